//! Whether a package's scripts may be left out. Nothing of a package is executed, so a package whose scripts would do
//! something that lasts is refused, unless it was asked for all the same.

use super::error::Refusal;
use super::shell::{Command, World, commands};
use super::{Request, Stanza};
use pasu_model::Text;
use pasu_system::EntryKind;
use std::cmp::Ordering;
use std::path::Path;

/// Bytes of a file of the image that is looked into.
const MAX_LOOK: u64 = 16 << 20;

/// Commands that look and change nothing that lasts, as long as they write into no file.
const LOOKING: &[&str] = &[
    "echo",
    "printf",
    "cat",
    "grep",
    "egrep",
    "fgrep",
    "awk",
    "mawk",
    "cut",
    "tr",
    "head",
    "tail",
    "sort",
    "uniq",
    "wc",
    "basename",
    "dirname",
    "readlink",
    "realpath",
    "ls",
    "md5sum",
    "sha256sum",
    "cmp",
    "diff",
    "stat",
    "id",
    "getent",
    "uname",
    "date",
    "ischroot",
    "runlevel",
    "pidof",
    "ps",
    "expr",
    "seq",
    "which",
    "type",
    "dpkg-query",
    "break",
    "continue",
    "umask",
    "cd",
    "sleep",
    "debconf-communicate",
    "whoami",
    "hash",
];

/// Commands for running services and kernels, of which an image has none.
const RUNNING: &[&str] = &[
    "telinit",
    "invoke-rc.d",
    "deb-systemd-invoke",
    "systemctl",
    "service",
    "start-stop-daemon",
    "kill",
    "killall",
    "pkill",
    "udevadm",
    "systemd-tmpfiles",
    "apparmor_parser",
    "wall",
];

/// Commands that repeat in an upgrade what was done at the first installation.
const REPEATED: &[&str] = &[
    "deb-systemd-helper",
    "update-rc.d",
    "db_version",
    "db_input",
    "db_go",
    "db_get",
    "db_set",
    "db_stop",
    "db_fset",
    "db_reset",
    "db_subst",
    "db_title",
    "db_capb",
    "db_settitle",
    "db_beginblock",
    "db_endblock",
    "db_unregister",
    "db_purge",
    "db_metaget",
];

/// Commands that write caches which their readers check or do without.
const CACHES: &[&str] = &["ldconfig", "py3compile", "pycompile", "py3clean", "pyclean"];

/// A script and how it would be called.
pub(super) struct Script<'a> {
    /// `postinst`, `post-upgrade`…
    pub name: &'a str,
    pub text: Vec<u8>,
    pub arguments: [&'a str; 2],
}

/// Judges the scripts that the upgrade of an installed package would run, in their order. Those that may be left out are
/// named with what they would do.
pub(super) fn judge(
    request: &Request<'_>,
    old: &Stanza,
    scripts: Vec<Script<'_>>,
) -> Result<Vec<(String, Text)>, Refusal> {
    let image = Image { request, from: old.text("Version") };
    let mut found = Vec::new();
    for script in scripts {
        let variables = [
            ("DPKG_ROOT", ""),
            ("DPKG_MAINTSCRIPT_NAME", script.name),
            ("DPKG_MAINTSCRIPT_PACKAGE", old.text("Package")),
            ("DPKG_MAINTSCRIPT_ARCH", old.text("Architecture")),
            ("DEBIAN_FRONTEND", "noninteractive"),
        ];
        found.push((script.name, reached(&script.text, &script.arguments, &variables, &image)));
    }
    let removed: Vec<String> =
        found.iter().flat_map(|(_, found)| found).flat_map(removes).collect();
    let mut left = Vec::new();
    for (name, found) in found {
        // What one script makes and another takes away does not last.
        let passes =
            |command: &&Command| touches(command).is_some_and(|path| removed.contains(&path));
        let lasting =
            found.iter().filter(|command| !image.is_harmless(command) && !passes(command));
        let shown = lasting.map(|command| command.shown.chars().take(200).collect());
        let lasting: Vec<String> = shown.take(10).collect();
        if lasting.is_empty() {
            continue;
        }
        if !request.skip_scripts {
            return Err(Refusal::MustRun {
                script: name.to_owned(),
                package: old.text("Package").to_owned(),
                commands: lasting,
            });
        }
        let commands = lasting.join("; ");
        left.push((
            name.to_owned(),
            Text::new(format!("실행하지 않음: {commands}"), format!("not run: {commands}")),
        ));
    }
    Ok(left)
}

/// The path of `touch path`.
fn touches(command: &Command) -> Option<String> {
    match command.words.as_slice() {
        [Some(name), Some(path)] if name == "touch" => Some(path.clone()),
        _ => None,
    }
}

/// The paths of `rm -f path…`.
fn removes(command: &Command) -> Vec<String> {
    let is_rm = command.words.first().is_some_and(|name| name.as_deref() == Some("rm"));
    let paths = command.words.iter().skip(1).flatten().filter(|word| word.starts_with('/'));
    if is_rm { paths.cloned().collect() } else { Vec::new() }
}

/// The commands of a script that could be executed; one that is not to be understood is one such command.
fn reached(
    script: &[u8],
    arguments: &[&str],
    variables: &[(&str, &str)],
    image: &Image<'_>,
) -> Vec<Command> {
    let whole = |shown: String| vec![Command { words: vec![None], shown, outputs: Vec::new() }];
    let Ok(text) = std::str::from_utf8(script) else { return whole("(a program)".to_owned()) };
    let first = text.lines().next().unwrap_or_default();
    let program = first.strip_prefix("#!").map(|rest| rest.trim().replace("/usr/bin/env ", ""));
    let program = program.as_deref().and_then(|program| program.split_whitespace().next());
    let is_shell = program
        .and_then(|program| program.rsplit('/').next())
        .is_some_and(|program| ["sh", "bash", "dash", "ash"].contains(&program))
        || first.trim_end() == "#!/bin/busybox sh";
    if !is_shell {
        return whole(format!("{} …", first.trim()));
    }
    let found = commands(text, arguments, variables, image);
    found.unwrap_or_else(|| whole("(a script that cannot be judged)".to_owned()))
}

/// The image as its scripts would find it.
struct Image<'a> {
    request: &'a Request<'a>,
    /// The installed version.
    from: &'a str,
}

impl World for Image<'_> {
    fn compare(&self, a: &str, operator: &str, b: &str) -> Option<bool> {
        let (operator, newest) = match operator.strip_suffix("-nl") {
            Some(operator) => (operator, true),
            None => (operator, false),
        };
        let order = match (a.is_empty(), b.is_empty()) {
            (true, true) => Ordering::Equal,
            // No version is older than every other, and with `-nl` newer.
            (true, false) if newest => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, true) if newest => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => (self.request.order)(a, b)?,
        };
        match operator {
            "lt" | "<<" => Some(order.is_lt()),
            "le" | "<=" | "<" => Some(order.is_le()),
            "eq" | "=" => Some(order.is_eq()),
            "ne" => Some(order.is_ne()),
            "ge" | ">=" | ">" => Some(order.is_ge()),
            "gt" | ">>" => Some(order.is_gt()),
            _ => None,
        }
    }

    fn program(&self, name: &str) -> Option<bool> {
        let folders =
            ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"];
        let paths = folders.map(|folder| format!("{folder}/{name}"));
        Some(paths.iter().any(|path| self.is_there(path)))
    }

    fn file(&self, what: char, path: &str) -> Option<bool> {
        if !path.starts_with('/') {
            return None;
        }
        let path = Path::new(path);
        let system = self.request.system;
        let found = system.symlink_metadata(path).ok();
        let Some(found) = found else { return Some(false) };
        let is_link = found.kind == EntryKind::Symlink;
        match what {
            'L' | 'h' => Some(is_link),
            // Where a link leads is not looked up: both may be.
            _ if is_link => None,
            'e' | 'r' | 'w' => Some(true),
            'f' => Some(found.kind == EntryKind::File),
            'd' => Some(found.kind == EntryKind::Directory),
            'x' => Some(found.mode & 0o111 != 0),
            's' => Some(found.size > 0),
            _ => None,
        }
    }
}

impl Image<'_> {
    /// Whether it makes no lasting difference that a command is not executed.
    fn is_harmless(&self, command: &Command) -> bool {
        let to_nowhere = |output: &Option<String>| {
            matches!(
                output.as_deref(),
                Some("/dev/null" | "/dev/stderr" | "/dev/stdout" | "/dev/tty")
            )
        };
        if !command.outputs.iter().all(to_nowhere) {
            return false;
        }
        let words: Vec<&str> =
            command.words.iter().map(|word| word.as_deref().unwrap_or("\0")).collect();
        let Some((first, rest)) = words.split_first() else { return true };
        // Any program that says its version.
        if rest == ["--version"] {
            return true;
        }
        let name = first.rsplit('/').next().unwrap_or_default();
        // awk, sed and find can run what they are told to.
        let runs = |word: &&str| {
            word.contains("system(")
                || ["/e", ",e", "|e", "#e"].iter().any(|end| word.ends_with(end))
        };
        if matches!(name, "awk" | "mawk" | "sed") && rest.iter().any(runs) {
            return false;
        }
        if LOOKING.contains(&name) || RUNNING.contains(&name) || REPEATED.contains(&name) {
            return true;
        }
        match name {
            _ if CACHES.contains(&name) => true,
            "." | "source" => matches!(
                rest,
                ["/usr/share/debconf/confmodule" | "/lib/lsb/init-functions" | "/lib/init/vars.sh"]
            ),
            "sed" => {
                !rest.iter().any(|word| word.starts_with("-i") || word.starts_with("--in-place"))
            }
            "find" => {
                !rest.iter().any(|word| matches!(*word, "-delete" | "-exec" | "-execdir" | "\0"))
            }
            "dpkg" => matches!(rest.first(), Some(&("-s" | "-l" | "-L" | "--print-architecture"))),
            "perl" => {
                rest.len() <= 2
                    && rest.first() == Some(&"-e")
                    && rest.get(1).is_none_or(|code| code.is_empty())
            }
            "rm" | "rmdir" => {
                self.paths(rest).is_some_and(|paths| !paths.iter().any(|path| self.is_there(path)))
            }
            "mkdir" | "touch" => {
                self.paths(rest).is_some_and(|paths| paths.iter().all(|path| self.is_there(path)))
            }
            "groupadd" | "addgroup" => self.has_account("/etc/group", rest),
            "useradd" | "adduser" => self.has_account("/etc/passwd", rest),
            "command" => rest.first() == Some(&"-v"),
            "dpkg-trigger" => rest.last() == Some(&"ldconfig"),
            "update-alternatives" => self.has_alternative(rest),
            "dpkg-maintscript-helper" => self.is_done(rest),
            _ => false,
        }
    }

    /// The paths among a command's words, if all are known.
    fn paths<'w>(&self, words: &[&'w str]) -> Option<Vec<&'w str>> {
        let paths: Vec<&str> =
            words.iter().copied().filter(|word| !word.starts_with('-')).collect();
        paths.iter().all(|path| path.starts_with('/')).then_some(paths)
    }

    fn is_there(&self, path: &str) -> bool {
        self.request.system.exists(Path::new(path))
    }

    /// The account that the last word names is there already.
    fn has_account(&self, file: &str, words: &[&str]) -> bool {
        let Some(name) = words.last() else { return false };
        let bytes = self.request.system.read(Path::new(file), MAX_LOOK).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        text.lines().any(|line| line.split(':').next() == Some(name))
    }

    /// `update-alternatives --install link name path priority` of a name that is known already, and `--remove name path`
    /// of one that is not.
    fn has_alternative(&self, words: &[&str]) -> bool {
        let after = |option: &str, skip: usize| {
            let at = words.iter().position(|word| *word == option)?;
            words
                .get(at + skip)
                .map(|name| self.is_there(&format!("/var/lib/dpkg/alternatives/{name}")))
        };
        let further = words.iter().any(|word| matches!(*word, "--set" | "--remove-all"));
        !further && after("--install", 2).unwrap_or(true) && !after("--remove", 1).unwrap_or(false)
    }

    /// `dpkg-maintscript-helper(1)`: what it does for versions before the installed one was done then, and what it would
    /// move or remove may not be there.
    fn is_done(&self, words: &[&str]) -> bool {
        let end = words.iter().position(|word| *word == "--").unwrap_or(words.len());
        let (last, path) = match words[..end].first() {
            Some(&"rm_conffile") => (2, 1),
            Some(&("mv_conffile" | "symlink_to_dir" | "dir_to_symlink")) => (3, 1),
            Some(&"supports") => return true,
            _ => return false,
        };
        let prior = words[..end].get(last).copied().unwrap_or_default();
        let is_past = !prior.is_empty() && self.compare(self.from, "gt", prior) == Some(true);
        let path = words[..end].get(path).copied().unwrap_or("\0");
        is_past || path.starts_with('/') && !self.is_there(path)
    }
}
