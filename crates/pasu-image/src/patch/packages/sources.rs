//! The archives that an image is configured for: `sources.list(5)`, in both of its forms.

use crate::patch::layer::stanza;
use pasu_system::System;
use std::path::Path;

const MAX_LIST: u64 = 4 << 20;

/// One suite of one archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// Without a `/` at its end.
    pub uri: String,
    pub suite: String,
    /// Empty for an archive without components, whose suite is a path that ends with `/`.
    pub components: Vec<String>,
    /// The file with its key, or the key itself, where one is named.
    pub signed_by: Option<String>,
}

impl Source {
    /// Where its `Release` is.
    pub fn base(&self) -> String {
        match self.suite.strip_suffix('/') {
            Some(path) => {
                format!("{}/{}", self.uri, path.trim_matches('.')).trim_end_matches('/').to_owned()
            }
            None => format!("{}/dists/{}", self.uri, self.suite),
        }
    }
}

/// Reads the image's lists.
pub(super) fn read(system: &dyn System, architecture: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let text = |path: &Path| {
        let bytes = system.read(path, MAX_LIST).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    lines(&text(Path::new("/etc/apt/sources.list")), &mut found);
    let folder = Path::new("/etc/apt/sources.list.d");
    let mut names = system.read_dir(folder).unwrap_or_default();
    names.sort();
    for (name, _) in names {
        let path = folder.join(&name);
        match name.extension().and_then(|extension| extension.to_str()) {
            Some("list") => lines(&text(&path), &mut found),
            Some("sources") => stanzas(&text(&path), &mut found),
            _ => {}
        }
    }
    for source in &mut found {
        source.uri = source.uri.replace("$(ARCH)", architecture).trim_end_matches('/').to_owned();
        source.suite = source.suite.replace("$(ARCH)", architecture);
    }
    found.retain(|source| source.uri.starts_with("http://") || source.uri.starts_with("https://"));
    found.dedup();
    found
}

/// `deb [arch=amd64 signed-by=/x] http://deb.debian.org/debian bookworm main`
fn lines(text: &str, found: &mut Vec<Source>) {
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        let Some(rest) = line.strip_prefix("deb").filter(|rest| rest.starts_with([' ', '\t']))
        else {
            continue;
        };
        let rest = rest.trim();
        let (options, rest) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((options, rest)) => (options, rest),
            None => ("", rest),
        };
        let signed_by =
            options.split_whitespace().find_map(|option| option.strip_prefix("signed-by="));
        let mut words = rest.split_whitespace().map(str::to_owned);
        if let (Some(uri), Some(suite)) = (words.next(), words.next()) {
            let signed_by = signed_by.map(str::to_owned);
            found.push(Source { uri, suite, components: words.collect(), signed_by });
        }
    }
}

fn stanzas(text: &str, found: &mut Vec<Source>) {
    for bytes in stanza::split(text.as_bytes()) {
        let stanza = stanza::parse(bytes);
        let words = |field: &str| -> Vec<String> {
            stanza.text(field).split_whitespace().map(str::to_owned).collect()
        };
        let disabled = matches!(stanza.text("Enabled"), "no" | "false" | "0");
        if disabled || !words("Types").iter().any(|kind| kind == "deb") {
            continue;
        }
        for uri in words("URIs") {
            for suite in words("Suites") {
                found.push(Source {
                    uri: uri.clone(),
                    suite,
                    components: words("Components"),
                    signed_by: stanza.get("Signed-By").map(str::to_owned),
                });
            }
        }
    }
}

/// What an image without lists is of, by its `os-release`: the suites of its release, at the distribution's own archives.
pub(super) fn by_release(system: &dyn System, architecture: &str) -> Vec<Source> {
    let paths = ["/etc/os-release", "/usr/lib/os-release"];
    let bytes = paths.iter().find_map(|path| system.read(Path::new(path), MAX_LIST).ok());
    let text = String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned();
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.map(|value| value.trim_matches('"').to_owned()).unwrap_or_default()
    };
    let pretty = field("PRETTY_NAME");
    let inside = pretty.split('(').nth(1).and_then(|rest| rest.split(')').next());
    let codename = match field("VERSION_CODENAME") {
        name if name.is_empty() => inside.unwrap_or_default().to_owned(),
        name => name,
    };
    let (id, like) = (field("ID"), field("ID_LIKE"));
    if codename.is_empty() {
        return Vec::new();
    }
    let ubuntu = id == "ubuntu" || like.contains("ubuntu");
    let [main, security] = match (ubuntu, architecture) {
        (false, _) => ["http://deb.debian.org/debian", "http://deb.debian.org/debian-security"],
        (true, "amd64" | "i386") => {
            ["http://archive.ubuntu.com/ubuntu", "http://security.ubuntu.com/ubuntu"]
        }
        // The other architectures of Ubuntu are all here.
        (true, _) => ["http://ports.ubuntu.com/ubuntu-ports"; 2],
    };
    let components: &[&str] =
        if ubuntu { &["main", "restricted", "universe", "multiverse"] } else { &["main"] };
    ["", "-updates", "-security"]
        .map(|suffix| Source {
            uri: if suffix == "-security" { security } else { main }.to_owned(),
            suite: format!("{codename}{suffix}"),
            components: components.iter().map(|name| (*name).to_owned()).collect(),
            signed_by: None,
        })
        .into()
}

#[cfg(test)]
mod tests {
    use super::{by_release, read};
    use pasu_system::MemorySystem;

    #[test]
    fn both_forms_are_read() {
        let system = MemorySystem::new()
            .with_file(
                "/etc/apt/sources.list",
                "# deb http://no x y\ndeb http://deb.debian.org/debian/ bullseye main contrib # c\n\
                 deb-src http://no x y\ndeb [arch=amd64 signed-by=/k.gpg] https://x/y ./\ndeb cdrom:[x]/ y z\n",
            )
            .with_file(
                "/etc/apt/sources.list.d/debian.sources",
                "Types: deb deb-src\nURIs: http://a http://b\nSuites: s s-updates\nComponents: main\nSigned-By: /k\n\n\
                 Types: deb\nURIs: http://c\nSuites: s\nEnabled: no\n",
            );
        let found = read(&system, "amd64");
        let bases: Vec<String> = found.iter().map(super::Source::base).collect();
        assert_eq!(
            bases,
            [
                "http://deb.debian.org/debian/dists/bullseye",
                "https://x/y",
                "http://a/dists/s",
                "http://a/dists/s-updates",
                "http://b/dists/s",
                "http://b/dists/s-updates",
            ]
        );
        assert_eq!(found[0].components, ["main", "contrib"]);
        assert_eq!(found[1].signed_by.as_deref(), Some("/k.gpg"));
    }

    #[test]
    fn an_image_without_lists_is_known_by_its_release() {
        let system = MemorySystem::new().with_file(
            "/etc/os-release",
            "PRETTY_NAME=\"Distroless\"\nID=\"debian\"\nVERSION_CODENAME=bookworm\n",
        );
        assert_eq!(
            bases(&system, "arm64"),
            [
                "http://deb.debian.org/debian/dists/bookworm",
                "http://deb.debian.org/debian/dists/bookworm-updates",
                "http://deb.debian.org/debian-security/dists/bookworm-security",
            ]
        );
        assert!(bases(&MemorySystem::new(), "amd64").is_empty());
    }

    fn bases(system: &MemorySystem, architecture: &str) -> Vec<String> {
        by_release(system, architecture).iter().map(super::Source::base).collect()
    }

    #[test]
    fn architectures_of_ubuntu_are_in_two_archives() {
        let system = MemorySystem::new().with_file(
            "/etc/os-release",
            "NAME=\"Ubuntu\"\nID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=jammy\n",
        );
        assert_eq!(
            bases(&system, "amd64"),
            [
                "http://archive.ubuntu.com/ubuntu/dists/jammy",
                "http://archive.ubuntu.com/ubuntu/dists/jammy-updates",
                "http://security.ubuntu.com/ubuntu/dists/jammy-security",
            ]
        );
        let ports = "http://ports.ubuntu.com/ubuntu-ports/dists/jammy";
        assert_eq!(
            bases(&system, "arm64"),
            ["", "-updates", "-security"].map(|suffix| format!("{ports}{suffix}"))
        );
        let universe = by_release(&system, "arm64")[0].components.contains(&"universe".to_owned());
        assert!(universe);
    }
}
