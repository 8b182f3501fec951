//! Entries with hidden or odd names, outside homes: what an intruder may have put where nobody looks.
//!
//! What lies inside a hidden folder is not told of again. Names that packages and work trees are full of are left out
//! where nothing about them is unusual; the item that shows the list decides about the rest.

use super::{Gathered, Visitor};
use crate::host::Host;
use pasu_system::{Entry, EntryKind};
use std::os::unix::ffi::OsStrExt;

/// Files that say nothing about an intruder, as long as they are neither executable nor in a temporary place.
const USUAL_FILES: [&[u8]; 26] = [
    b".placeholder",
    b".keep",
    b".gitkeep",
    b".gitignore",
    b".gitattributes",
    b".gitmodules",
    b".mailmap",
    b".npmignore",
    b".npmrc",
    b".package-lock.json",
    b".editorconfig",
    b".eslintrc",
    b".eslintrc.json",
    b".eslintrc.yml",
    b".eslintignore",
    b".jshintrc",
    b".nycrc",
    b".prettierrc",
    b".prettierignore",
    b".travis.yml",
    b".coveragerc",
    b".dockerignore",
    b".htaccess",
    b".user.ini",
    b".perltidyrc",
    b".yardopts",
];

/// Folders of the same sort.
const USUAL_FOLDERS: [&[u8]; 6] =
    [b".build-id", b".bin", b".github", b".dwz", b".well-known", b".circleci"];

/// Where everybody may write: nothing is usual there.
const TEMPORARY: [&[u8]; 2] = [b"/tmp/", b"/var/tmp/"];

/// Trees that an account's home never makes a home, whatever `/etc/passwd` says: `bin` is at home in `/bin`.
const NO_HOMES: [&str; 13] = [
    "/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/run", "/sbin", "/tmp", "/usr",
    "/var/tmp", "/var/www",
];

pub(super) struct Hidden {
    /// Homes, each with a slash at its end.
    homes: Vec<Vec<u8>>,
    pub(super) gathered: Gathered,
}

impl Hidden {
    /// Where accounts cannot be read, only `/home` and `/root` are homes.
    pub(super) fn new(host: &Host) -> Self {
        let mut homes = vec![b"/home/".to_vec(), b"/root/".to_vec()];
        if let Ok(accounts) = host.accounts() {
            for home in accounts.entries.iter().map(|account| account.home.trim_end_matches('/')) {
                let is_deep = home.starts_with('/') && home.matches('/').count() >= 2;
                let is_tree =
                    NO_HOMES.iter().any(|tree| std::path::Path::new(home).starts_with(tree));
                if is_deep && !is_tree {
                    homes.push(format!("{home}/").into_bytes());
                }
            }
        }
        homes.sort_unstable();
        homes.dedup();
        Self { homes, gathered: Gathered::default() }
    }

    fn is_of_interest(&self, folder: &[u8], name: &[u8], entry: &Entry<'_>) -> bool {
        if is_odd(name) {
            return true;
        }
        let is_below_hidden = folder.windows(2).any(|pair| pair == b"/.");
        let in_home = || self.homes.iter().any(|home| folder.starts_with(home));
        !is_below_hidden && !in_home() && !is_usual(folder, name, entry)
    }
}

impl Visitor for Hidden {
    fn visit(&self, entry: &Entry<'_>) {
        if !matches!(entry.metadata.kind, EntryKind::File | EntryKind::Directory) {
            return;
        }
        let path = entry.path.as_os_str().as_bytes();
        let Some(slash) = path.iter().rposition(|byte| *byte == b'/') else { return };
        let (folder, name) = path.split_at(slash + 1);
        // The first byte decides for nearly all; the rest of a name is looked at for what a terminal does not show.
        let may_be = matches!(name.first(), Some(b'.' | b' '))
            || name.iter().any(|byte| *byte < b' ' || *byte == 0x7f);
        if may_be && self.is_of_interest(folder, name, entry) {
            self.gathered.add(entry);
        }
    }
}

/// Nothing but dots and spaces, or with a control character: a name that a listing hides or shows as another.
pub(crate) fn is_odd(name: &[u8]) -> bool {
    !name.is_empty()
        && (name.iter().all(|byte| matches!(byte, b'.' | b' '))
            || name.iter().any(|byte| *byte < b' ' || *byte == 0x7f))
}

fn is_usual(folder: &[u8], name: &[u8], entry: &Entry<'_>) -> bool {
    // A name that begins with a space and has more in it hides from nobody.
    if name.first() == Some(&b' ') {
        return true;
    }
    if TEMPORARY.iter().any(|place| folder.starts_with(place)) {
        return false;
    }
    match entry.metadata.kind {
        EntryKind::Directory => USUAL_FOLDERS.contains(&name),
        // `.libcrypto.so.3.hmac`: the sums that FIPS wants beside libraries of Red Hat's.
        _ => {
            entry.metadata.mode & 0o6111 == 0
                && (USUAL_FILES.contains(&name) || name.ends_with(b".hmac"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_odd;
    use crate::case::TestHost;

    #[test]
    fn odd_names_hide_by_what_they_are() {
        for (name, odd) in [
            ("...", true),
            (".. ", true),
            (" ", true),
            (".x", false),
            ("a\u{7f}", true),
            ("a\nb", true),
            ("with space", false),
            ("", false),
        ] {
            assert_eq!(is_odd(name.as_bytes()), odd, "{name:?}");
        }
    }

    #[test]
    fn homes_and_usual_names_are_left_out() {
        let host = TestHost::new()
            .file(
                "/etc/passwd",
                "root:x:0:0::/root:/bin/sh\nbin:x:2:2::/bin:/x\nci:x:9:9::/var/lib/ci:/bin/sh\n",
            )
            .file("/etc/group", "root:x:0:\n")
            .file("/root/.bashrc", "")
            .file("/home/a/.ssh/config", "")
            .file("/var/lib/ci/.cache/x", "")
            .file("/usr/lib/.build-id/aa", "")
            .file("/usr/lib64/.libcrypto.so.3.hmac", "")
            .file("/etc/cron.d/.placeholder", "")
            .file("/etc/cron.d/.run", "")
            .mode("/etc/cron.d/.run", 0o755)
            .file("/usr/.ssh_backdoor/.inner", "")
            .file("/home/a/... ", "")
            .file("/var/tmp/.gitignore", "")
            .host();
        let found: Vec<String> =
            host.walk().unwrap().hidden.found.iter().map(|found| found.path.clone()).collect();
        assert_eq!(
            found,
            ["/etc/cron.d/.run", "/home/a/... ", "/usr/.ssh_backdoor", "/var/tmp/.gitignore"]
        );
    }
}
