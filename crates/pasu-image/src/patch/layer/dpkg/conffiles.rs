//! Configuration files, decided as `dpkg --force-confold` does: a file that was changed stays, the package's own is put
//! beside it as `.dpkg-dist`; one that was deleted stays deleted; all others are replaced.

use super::super::stanza::Stanza;
use std::collections::BTreeMap;

/// What happens to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// The package's file is put in its place.
    Install,
    /// What is there stays.
    Keep,
    /// What is there stays, and the package's file is put beside it.
    KeepAndShow,
}

/// Decides by MD5 sums: what the old version had (`None` if it had no such file), what is in the image (`None` if
/// nothing is), and what the new version brings.
pub(super) fn decide(old: Option<&str>, current: Option<&str>, new: &str) -> Decision {
    match (old, current) {
        (_, Some(current)) if current == new => Decision::Keep,
        (None, None) => Decision::Install,
        (Some(_), None) => Decision::Keep,
        (Some(old), Some(current)) if old == current => Decision::Install,
        (Some(old), Some(_)) if old == new => Decision::Keep,
        (_, Some(_)) => Decision::KeepAndShow,
    }
}

/// The configuration files of a record in the database: path and MD5 sum, `newconffile` and the like among them; obsolete
/// ones are marked.
pub(super) fn recorded(stanza: &Stanza) -> BTreeMap<String, (String, bool)> {
    let mut found = BTreeMap::new();
    for line in stanza.text("Conffiles").lines() {
        let line = line.trim();
        let (line, obsolete) = match line.strip_suffix(" obsolete") {
            Some(line) => (line, true),
            None => (line.strip_suffix(" remove-on-upgrade").unwrap_or(line), false),
        };
        if let Some((path, sum)) = line.rsplit_once(' ') {
            found.insert(path.to_owned(), (sum.to_owned(), obsolete));
        }
    }
    found
}

/// The configuration files of a package: the lines of its `conffiles` that are paths. `remove-on-upgrade /path` asks for
/// a file to go, which is left as an obsolete one.
pub(super) fn listed(conffiles: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(conffiles).into_owned();
    let paths = text.lines().map(str::trim).filter(|line| line.starts_with('/'));
    paths.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::{Decision, decide, listed, recorded};
    use crate::patch::layer::stanza::Stanza;

    #[test]
    fn changes_of_the_administrator_stay() {
        use Decision::{Install, Keep, KeepAndShow};
        for (old, current, new, expected) in [
            (Some("a"), Some("a"), "b", Install),
            (Some("a"), Some("x"), "b", KeepAndShow),
            (Some("a"), Some("x"), "a", Keep),
            (Some("a"), Some("b"), "b", Keep),
            (Some("a"), None, "b", Keep),
            (None, None, "b", Install),
            (None, Some("x"), "b", KeepAndShow),
        ] {
            assert_eq!(decide(old, current, new), expected, "{old:?} {current:?} {new}");
        }
    }

    #[test]
    fn both_lists_are_read() {
        let stanza = Stanza::parse("Package: a\nConffiles:\n /etc/a b 00\n /etc/c 11 obsolete\n");
        let recorded = recorded(&stanza);
        assert_eq!(recorded["/etc/a b"], ("00".to_owned(), false));
        assert_eq!(recorded["/etc/c"], ("11".to_owned(), true));
        assert_eq!(listed(b"/etc/a\nremove-on-upgrade /etc/b\n"), ["/etc/a"]);
    }
}
