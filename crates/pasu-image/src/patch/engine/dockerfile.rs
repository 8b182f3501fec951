//! The Dockerfile of a patch: one step that upgrades and cleans up after itself, between a pinned base and the settings
//! that the base had.
//!
//! Only what that step disturbs is written again. ENV, WORKDIR, ENTRYPOINT, CMD, EXPOSE, VOLUME, STOPSIGNAL and
//! HEALTHCHECK are inherited and stay untouched as long as nothing of the kind stands here.

use crate::error::ImageError;
use pasu_model::ContainerConfig;
use std::fmt::Write;
use std::slice;

/// What a package manager is to install, as it takes it on its command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packages {
    /// `name=version`.
    Apt(Vec<String>),
    /// `name-epoch:version-release.architecture`.
    Dnf(Vec<String>),
    /// Names: it takes no version without noting it as wanted for ever.
    Apk(Vec<String>),
}

/// What a Dockerfile is made from.
#[derive(Debug, Clone)]
pub struct Recipe<'a> {
    /// The base: `name@sha256:…`, or an image ID.
    pub from: &'a str,
    /// The base's settings.
    pub config: &'a ContainerConfig,
    /// What is installed, if anything.
    pub packages: Option<&'a Packages>,
    /// Further commands of a shell, as root, each a step of its own, with the remark above it.
    pub commands: &'a [(String, String)],
    /// The user to run as, in the place of the base's.
    pub user: Option<&'a str>,
    /// Labels to set.
    pub labels: &'a [(String, String)],
}

/// Before anything else: what an image says about `PATH` may leave out what packages need for their scripts.
const PATH: &str =
    "export PATH=\"$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"";

/// A folder for temporary files that an image names may come with a volume alone.
const TEMPORARY: &str = "unset TMPDIR";

/// Nobody is asked, and configuration files stay.
const APT_ENVIRONMENT: &str = "export DEBIAN_FRONTEND=noninteractive DEBIAN_PRIORITY=critical UCF_FORCE_CONFFOLD=1 \
     NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none";

/// What `apt-get`, `dpkg` and their programs write beside packages.
const APT_TRACES: &str = "find /var/log /var/cache/ldconfig /var/cache/debconf /var/lib/dpkg -type f \\( -path '/var/log/*' \\\n      -o \
     -path '/var/cache/ldconfig/*' -o -name '*-old' \\) 2>/dev/null | sort";

/// Lists and package files in a folder of their own, so that those of the image stay as they are.
const APT_FOLDERS: &str = "-o Dir::State::Lists=\"$work/lists\" -o Dir::Cache=\"$work/cache\"";

impl Packages {
    /// The command that fetches lists of packages.
    #[must_use]
    pub const fn refresh(&self) -> &'static [&'static str] {
        match self {
            Self::Apt(_) => &["apt-get", "update", "-q", "-o", "APT::Update::Error-Mode=any"],
            Self::Dnf(_) => &["dnf", "-q", "makecache", "--refresh"],
            Self::Apk(_) => &["apk", "update"],
        }
    }

    /// What is installed.
    #[must_use]
    pub fn names(&self) -> &[String] {
        match self {
            Self::Apt(names) | Self::Dnf(names) | Self::Apk(names) => names,
        }
    }

    fn commands(&self) -> Vec<String> {
        let refresh = self.refresh().join(" ");
        let names = self.names().join(" \\\n      ");
        let mut commands = vec![PATH.to_owned(), TEMPORARY.to_owned()];
        let more = match self {
            Self::Apt(_) => vec![
                APT_ENVIRONMENT.to_owned(),
                "work=$(mktemp -d)".to_owned(),
                // Package files are fetched as another user.
                "chmod 755 \"$work\"".to_owned(),
                "mkdir -p \"$work/lists/partial\" \"$work/cache/archives/partial\"".to_owned(),
                format!("{{ {APT_TRACES} >\"$work/before\" || true; }}"),
                format!("{refresh} {APT_FOLDERS}"),
                format!(
                    "apt-get -y -q --no-remove --only-upgrade --no-install-recommends {APT_FOLDERS} \\\n      \
                     -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \\\n      \
                     -o APT::Get::AutomaticRemove=false install \\\n      {names}"
                ),
                format!(
                    "{APT_TRACES} | {{ grep -vxFf \"$work/before\" || true; }} | while read -r file; do rm -f \"$file\"; done"
                ),
                "rm -rf \"$work\"".to_owned(),
            ],
            Self::Dnf(_) => vec![
                "had=$(ls -A /var/cache/dnf 2>/dev/null || true)".to_owned(),
                refresh,
                format!("dnf -y --setopt=install_weak_deps=False upgrade \\\n      {names}"),
                "dnf -q clean all".to_owned(),
                "{ [ -n \"$had\" ] || rm -rf /var/cache/dnf; }".to_owned(),
                "rm -f /var/log/dnf.log /var/log/dnf.librepo.log /var/log/dnf.rpm.log /var/log/hawkey.log".to_owned(),
            ],
            Self::Apk(_) => vec![format!("apk --no-cache fix --upgrade \\\n      {names}")],
        };
        commands.extend(more);
        commands
    }
}

/// Whether a word can stand on a shell's command line as it is.
fn is_word(word: &str) -> bool {
    !word.is_empty()
        && !word.starts_with('-')
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.:~^_=@/".contains(&byte))
}

/// An absolute path as a word of a shell's command line in a RUN, quoted where it must be. `None` where a Dockerfile has
/// no spelling for it: its lines end at line ends, some builders take `<<` for the start of a document, and an engine
/// tells bytes that are not UTF-8 as U+FFFD.
#[must_use]
pub fn shell_path(path: &str) -> Option<String> {
    let is_odd =
        |character: char| character.is_control() || character == char::REPLACEMENT_CHARACTER;
    if !path.starts_with('/') || path.contains(is_odd) || path.contains("<<") {
        return None;
    }
    Some(if is_word(path) { path.to_owned() } else { format!("'{}'", path.replace('\'', "'\\''")) })
}

impl Recipe<'_> {
    /// The Dockerfile.
    ///
    /// # Errors
    ///
    /// A name or version that a package manager would not write.
    pub fn dockerfile(&self) -> Result<String, ImageError> {
        self.written(&[])
    }

    /// The same with further labels right after the base, so that every image on the way carries them.
    pub(super) fn written(&self, first: &[(String, String)]) -> Result<String, ImageError> {
        let mut text = format!("FROM {}\n", self.from);
        labels(&mut text, first);
        let config = self.config;
        let has_steps = self.packages.is_some() || !self.commands.is_empty();
        let is_root = matches!(&*config.user, "" | "0" | "root" | "0:0" | "root:root");
        let has_shell = !matches!(
            config.shell.iter().map(String::as_str).collect::<Vec<_>>()[..],
            [] | ["/bin/sh", "-c"]
        );
        if has_steps && !is_root {
            text.push_str("USER 0\n");
        }
        if has_steps && has_shell {
            text.push_str("SHELL [\"/bin/sh\", \"-c\"]\n");
        }
        if let Some(packages) = self.packages {
            if let Some(odd) = packages.names().iter().find(|name| !is_word(name)) {
                return Err(ImageError::malformed("name of a package", format!("{odd:?}")));
            }
            step(&mut text, &packages.commands());
        }
        for (remark, command) in self.commands {
            for line in remark.lines() {
                let _ = writeln!(text, "# {line}");
            }
            step(&mut text, slice::from_ref(command));
        }
        if has_steps && has_shell {
            let _ = writeln!(text, "SHELL {}", json(&config.shell));
        }
        match self.user {
            Some(user) => {
                let _ = writeln!(text, "USER {}", word(user));
            }
            None if has_steps && !is_root => {
                let _ = writeln!(text, "USER {}", word(&config.user));
            }
            None => {}
        }
        // Those of the base have run, and are gone from what was built on it.
        for trigger in &config.on_build {
            // A line that goes on would take others with it, and one of several would be as many instructions.
            if trigger.contains(['\n', '\r']) || trigger.ends_with('\\') {
                let _ =
                    writeln!(text, "# No line says it: ONBUILD {}", json(slice::from_ref(trigger)));
            } else {
                let _ = writeln!(text, "ONBUILD {trigger}");
            }
        }
        labels(&mut text, self.labels);
        Ok(text)
    }
}

/// One RUN, in which the first command that fails ends it.
fn step(text: &mut String, commands: &[String]) {
    text.push_str("RUN set -eu");
    for command in commands {
        let _ = write!(text, "; \\\n    {command}");
    }
    text.push('\n');
}

fn labels(text: &mut String, labels: &[(String, String)]) {
    for (name, value) in labels {
        let _ = writeln!(text, "LABEL {}={}", word(name), word(value));
    }
}

/// A word in double quotes, in which the builder looks for variables.
fn word(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' | '$' => quoted.extend(['\\', character]),
            // A line ends an instruction, unless the line's end is escaped, and then it is gone: it has no spelling.
            '\n' | '\r' => quoted.push(' '),
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

fn json(words: &[String]) -> String {
    serde_json::to_string(words).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Packages, Recipe, shell_path};
    use pasu_model::ContainerConfig;

    fn recipe<'a>(config: &'a ContainerConfig, packages: &'a Packages) -> Recipe<'a> {
        Recipe {
            from: "web@sha256:00",
            config,
            packages: Some(packages),
            commands: &[],
            user: None,
            labels: &[],
        }
    }

    #[test]
    fn only_what_the_step_disturbs_is_written_again() {
        let packages = Packages::Apt(vec!["libc6=2.31-13+deb11u11".into(), "login=1:4.8.1".into()]);
        let plain = recipe(&ContainerConfig::default(), &packages).dockerfile().unwrap();
        assert!(plain.starts_with("FROM web@sha256:00\nRUN set -eu; \\\n"), "{plain}");
        assert!(plain.contains("\n      libc6=2.31-13+deb11u11 \\\n      login=1:4.8.1; \\\n"));
        assert!(!plain.contains("USER") && !plain.contains("SHELL"), "{plain}");
        let config = ContainerConfig {
            user: "www-data:www-data".into(),
            shell: vec!["/bin/bash".into(), "-o".into(), "pipe\"fail".into(), "-c".into()],
            on_build: vec!["RUN make".into(), "ENV a=1\nRUN rm -r /".into(), "RUN a \\".into()],
            env: vec!["A=\"$x\"\n".into()],
            cmd: vec!["sh".into()],
            ..ContainerConfig::default()
        };
        let labels = [("org.x".to_owned(), "a \"b\" $c".to_owned())];
        let mut recipe = recipe(&config, &packages);
        recipe.labels = &labels;
        let text = recipe.dockerfile().unwrap();
        let before = "FROM web@sha256:00\nUSER 0\nSHELL [\"/bin/sh\", \"-c\"]\nRUN ";
        assert!(text.starts_with(before), "{text}");
        let after = "SHELL [\"/bin/bash\",\"-o\",\"pipe\\\"fail\",\"-c\"]\nUSER \"www-data:www-data\"\n\
                     ONBUILD RUN make\n# No line says it: ONBUILD [\"ENV a=1\\nRUN rm -r /\"]\n\
                     # No line says it: ONBUILD [\"RUN a \\\\\"]\nLABEL \"org.x\"=\"a \\\"b\\\" \\$c\"\n";
        assert!(text.ends_with(after), "{text}");
        assert!(!text.contains("\nENV") && !text.contains("\nCMD"), "{text}");
    }

    #[test]
    fn what_is_no_name_of_a_package_does_not_reach_the_shell() {
        for odd in ["a;reboot", "$(x)", "-o=x", "a b", "a\nb", ""] {
            let packages = Packages::Apk(vec![odd.into()]);
            assert!(recipe(&ContainerConfig::default(), &packages).dockerfile().is_err(), "{odd}");
        }
    }

    #[test]
    fn paths_mean_themselves_to_the_shell() {
        for path in ["/var/lib/app data", "/a 'b' \"c\" $d `e` \\", "/한글;x", "/plain"] {
            let words = shell_path(path).unwrap();
            let shell = std::process::Command::new("/bin/sh")
                .args(["-c", &format!("printf %s {words}")])
                .output()
                .unwrap();
            assert_eq!(String::from_utf8(shell.stdout).unwrap(), path, "{words}");
        }
        assert_eq!(shell_path("/plain").as_deref(), Some("/plain"));
        for path in ["a b", "", "/a\nb", "/a\u{fffd}", "/a<<b"] {
            assert_eq!(shell_path(path), None, "{path}");
        }
    }
}
