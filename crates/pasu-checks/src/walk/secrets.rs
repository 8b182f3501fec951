//! Files of an image that are called as files with secrets are. What is in them is looked at later, by the item.

use super::{Gathered, Visitor};
use pasu_system::{Entry, EntryKind};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The largest file that is taken for one, in bytes.
pub const MAX_SECRET: u64 = 1 << 20;

/// Names of files with credentials.
const NAMES: [&[u8]; 20] = [
    b".netrc",
    b"_netrc",
    b".git-credentials",
    b".npmrc",
    b".yarnrc",
    b".yarnrc.yml",
    b".pypirc",
    b".dockercfg",
    b".pgpass",
    b".my.cnf",
    b".vault-token",
    b".htpasswd",
    b".env",
    b"id_rsa",
    b"id_dsa",
    b"id_ecdsa",
    b"id_ed25519",
    b"application_default_credentials.json",
    b"credentials.json",
    b"service-account.json",
];

/// Names that mean something only in their folder.
const PLACES: [&[u8]; 6] = [
    b"/.docker/config.json",
    b"/containers/auth.json",
    b"/.aws/credentials",
    b"/.kube/config",
    b"/.azure/accessTokens.json",
    b"/.cargo/credentials.toml",
];

/// Ends of names of keys.
const ENDS: [&[u8]; 3] = [b".pem", b".key", b"_rsa"];

/// Folders of examples and tests.
const EXAMPLES: [&[u8]; 9] = [
    b"/doc/",
    b"/docs/",
    b"/test/",
    b"/tests/",
    b"/testdata/",
    b"/test-data/",
    b"/fixtures/",
    b"/example/",
    b"/examples/",
];

pub(super) struct SecretFiles {
    pub(super) gathered: Gathered,
}

impl Visitor for SecretFiles {
    fn visit(&self, entry: &Entry<'_>) {
        if entry.metadata.kind == EntryKind::File
            && entry.metadata.size <= MAX_SECRET
            && is_candidate(entry.path)
        {
            self.gathered.add(entry);
        }
    }
}

/// Whether a file may hold a secret, by its path.
#[must_use]
pub fn is_candidate(path: &Path) -> bool {
    let bytes = path.as_os_str().as_bytes();
    let is_named = path.file_name().is_some_and(|name| is_named(name.as_bytes()))
        || PLACES.iter().any(|place| bytes.ends_with(place));
    is_named && !EXAMPLES.iter().any(|example| contains(bytes, example))
}

/// Whether the path of a file with this last name may be that of a candidate.
#[must_use]
pub fn is_candidates_name(name: &OsStr) -> bool {
    let name = name.as_bytes();
    let is_of = |place: &&[u8]| place.rsplit(|byte| *byte == b'/').next() == Some(name);
    is_named(name) || PLACES.iter().any(is_of)
}

/// Whether files with this name are called as files with secrets are, wherever they lie.
fn is_named(name: &[u8]) -> bool {
    let is_host_key = name.starts_with(b"ssh_host_") && name.ends_with(b"_key");
    // `.env.production`, but not `.env.example`.
    let is_environment = name.starts_with(b".env.")
        && ![&b"example"[..], b"sample", b"template", b"dist", b"defaults"]
            .iter()
            .any(|end| name.ends_with(end));
    NAMES.contains(&name)
        || is_environment
        || is_host_key
        || ENDS.iter().any(|end| name.ends_with(end))
}

fn contains(path: &[u8], part: &[u8]) -> bool {
    path.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::{is_candidate, is_candidates_name};
    use std::path::Path;

    #[test]
    fn names_are_told_from_others_before_paths_are() {
        for (name, is) in
            [("credentials", true), ("config", true), (".env", true), ("passwd", false)]
        {
            assert_eq!(is_candidates_name(name.as_ref()), is, "{name}");
        }
    }

    #[test]
    fn names_make_candidates() {
        for (path, is) in [
            ("/root/.ssh/id_rsa", true),
            ("/app/server.key", true),
            ("/app/.env", true),
            ("/app/.env.production", true),
            ("/etc/ssh/ssh_host_ed25519_key", true),
            ("/root/.docker/config.json", true),
            ("/root/.aws/credentials", true),
            ("/a/_netrc", true),
            ("/a/.netrc", true),
            ("/a/.git-credentials", true),
            ("/a/.npmrc", true),
            ("/a/.yarnrc", true),
            ("/a/.yarnrc.yml", true),
            ("/a/.pypirc", true),
            ("/a/.dockercfg", true),
            ("/a/.pgpass", true),
            ("/a/.my.cnf", true),
            ("/a/.vault-token", true),
            ("/a/.htpasswd", true),
            ("/a/id_dsa", true),
            ("/a/id_ecdsa", true),
            ("/a/id_ed25519", true),
            ("/a/application_default_credentials.json", true),
            ("/a/credentials.json", true),
            ("/a/service-account.json", true),
            ("/a/deploy_rsa", true),
            ("/a/a.pem", true),
            ("/run/containers/auth.json", true),
            ("/root/.kube/config", true),
            ("/root/.azure/accessTokens.json", true),
            ("/home/app/.cargo/credentials.toml", true),
            ("/a/auth.json", false),
            ("/a/config", false),
            ("/a/credentials", false),
            ("/a/ssh_host_key.pub", false),
            ("/a/.env.sample", false),
            ("/a/.env.template", false),
            ("/a/.env.dist", false),
            ("/a/.env.defaults", false),
            ("/a/docs/a.key", false),
            ("/a/tests/a.key", false),
            ("/a/testdata/a.key", false),
            ("/a/test-data/a.key", false),
            ("/a/fixtures/a.key", false),
            ("/a/example/a.key", false),
            ("/a/examples/a.key", false),
            ("/a/contest/a.key", true),
            ("/app/config.json", false),
            ("/app/.env.example", false),
            ("/root/.ssh/id_rsa.pub", false),
            ("/usr/share/doc/x/server.key", false),
            ("/usr/lib/python3/test/keycert.pem", false),
            ("/etc/passwd", false),
        ] {
            assert_eq!(is_candidate(Path::new(path)), is, "{path}");
            let name = Path::new(path).file_name().unwrap();
            assert!(is_candidates_name(name) || !is, "{path}");
        }
    }
}
