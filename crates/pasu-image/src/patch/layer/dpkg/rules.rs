//! What the image's administrator told dpkg about files: paths to leave out, diversions, owners and modes.

use super::super::error::LayerError;
use super::database::MAX_RECORD;
use pasu_system::System;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The rules of an image.
#[derive(Default)]
pub(super) struct Rules {
    /// `path-exclude` and `path-include`, in order: whether it excludes, and the pattern.
    filters: Vec<(bool, String)>,
    /// Diverted paths: where to, and the package whose own file stays where it is (`:` for nobody).
    diversions: HashMap<PathBuf, (PathBuf, String)>,
    overrides: HashMap<PathBuf, Owner>,
}

/// What `dpkg-statoverride` sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Owner {
    pub uid: u32,
    pub gid: u32,
    pub mode: u32,
}

impl Rules {
    pub fn read(system: &dyn System) -> Result<Self, LayerError> {
        let mut rules = Self::default();
        let mut configuration = vec![PathBuf::from("/etc/dpkg/dpkg.cfg")];
        let folder = Path::new("/etc/dpkg/dpkg.cfg.d");
        let mut names = system.read_dir(folder).unwrap_or_default();
        names.sort();
        configuration.extend(names.into_iter().map(|(name, _)| folder.join(name)));
        for path in configuration {
            rules.filters.extend(text(system, &path)?.lines().filter_map(filter));
        }
        let diversions = text(system, Path::new("/var/lib/dpkg/diversions"))?;
        let lines: Vec<&str> = diversions.lines().collect();
        for triple in lines.chunks_exact(3) {
            let to = (PathBuf::from(triple[1]), triple[2].to_owned());
            rules.diversions.insert(PathBuf::from(triple[0]), to);
        }
        let users = text(system, Path::new("/etc/passwd"))?;
        let groups = text(system, Path::new("/etc/group"))?;
        let path = Path::new("/var/lib/dpkg/statoverride");
        for line in text(system, path)?.lines() {
            let owner = parse_override(line, &users, &groups);
            let (target, owner) = owner.ok_or_else(|| LayerError::Record {
                path: path.to_path_buf(),
                problem: format!("cannot read {line:?}"),
            })?;
            rules.overrides.insert(target, owner);
        }
        Ok(rules)
    }

    /// Whether a path is left out: the last pattern that fits decides.
    pub fn is_excluded(&self, path: &Path) -> bool {
        let path = path.to_string_lossy();
        let fits = self.filters.iter().rev().find(|(_, pattern)| matches(pattern, &path));
        fits.is_some_and(|(excludes, _)| *excludes)
    }

    /// Where a package's file goes.
    pub fn place<'p>(&'p self, path: &'p Path, package: &str) -> &'p Path {
        match self.diversions.get(path) {
            Some((to, owner)) if owner != package => to,
            _ => path,
        }
    }

    /// What the administrator wants of a path.
    pub fn owner(&self, path: &Path) -> Option<Owner> {
        self.overrides.get(path).copied()
    }
}

fn text(system: &dyn System, path: &Path) -> Result<String, LayerError> {
    if !system.exists(path) {
        return Ok(String::new());
    }
    match system.read(path, MAX_RECORD) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(LayerError::Record { path: path.into(), problem: error.to_string() }),
    }
}

/// `path-exclude=/usr/share/doc/*`, also with blanks instead of `=`.
fn filter(line: &str) -> Option<(bool, String)> {
    let (key, pattern) = line.trim().split_once(['=', ' ', '\t'])?;
    let pattern = pattern.trim_matches([' ', '\t', '=', '"']).to_owned();
    match key.trim() {
        "path-exclude" => Some((true, pattern)),
        "path-include" => Some((false, pattern)),
        _ => None,
    }
}

/// `root shadow 2755 /usr/bin/x`; `#12` is a number.
fn parse_override(line: &str, users: &str, groups: &str) -> Option<(PathBuf, Owner)> {
    let mut parts = line.splitn(4, ' ');
    let (user, group, mode, path) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let id = |name: &str, list: &str| match name.strip_prefix('#') {
        Some(number) => number.parse().ok(),
        None => list.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next()? == name).then(|| fields.nth(1)?.parse().ok())?
        }),
    };
    let mode = u32::from_str_radix(mode, 8).ok()?;
    Some((PathBuf::from(path), Owner { uid: id(user, users)?, gid: id(group, groups)?, mode }))
}

/// `fnmatch(3)` without flags, as dpkg uses it: `*` and `?` also stand for slashes.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        let step = match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
                continue;
            }
            Some('?') => Some(p + 1),
            Some('[') => class(&pattern, p, text[t]),
            Some('\\') if pattern.get(p + 1) == Some(&text[t]) => Some(p + 2),
            Some(found) if *found == text[t] => Some(p + 1),
            _ => None,
        };
        match (step, star) {
            (Some(next), _) => (p, t) = (next, t + 1),
            (None, Some((at, from))) => {
                star = Some((at, from + 1));
                (p, t) = (at + 1, from + 1);
            }
            (None, None) => return false,
        }
    }
    pattern[p..].iter().all(|rest| *rest == '*')
}

/// A set in brackets: where the pattern goes on if the character is in it.
fn class(pattern: &[char], start: usize, found: char) -> Option<usize> {
    let end = pattern.iter().skip(start + 2).position(|c| *c == ']')? + start + 2;
    let mut set = &pattern[start + 1..end];
    let negated = matches!(set.first(), Some('!' | '^'));
    if negated {
        set = &set[1..];
    }
    let mut inside = false;
    let mut at = 0;
    while at < set.len() {
        if set.get(at + 1) == Some(&'-') && at + 2 < set.len() {
            inside |= (set[at]..=set[at + 2]).contains(&found);
            at += 3;
        } else {
            inside |= set[at] == found;
            at += 1;
        }
    }
    (inside != negated).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::{Owner, Rules};
    use pasu_system::MemorySystem;
    use std::path::Path;

    #[test]
    fn the_administrators_rules_are_read() {
        let system = MemorySystem::new()
            .with_file("/etc/dpkg/dpkg.cfg", "log /var/log/dpkg.log\n")
            .with_file(
                "/etc/dpkg/dpkg.cfg.d/docker",
                "path-exclude /usr/share/doc/*\npath-include=/usr/share/doc/*/copyright\n\
                 path-exclude=/usr/share/locale/[a-dx]?/*\n",
            )
            .with_file("/var/lib/dpkg/diversions", "/bin/sh\n/bin/sh.distrib\ndash\n/a\n/b\n:\n")
            .with_file("/etc/passwd", "root:x:0:0::/:/bin/sh\nman:x:6:12::/:/bin/sh\n")
            .with_file("/etc/group", "root:x:0:\nman:x:12:\n")
            .with_file("/var/lib/dpkg/statoverride", "man #7 2755 /usr/bin/man\n");
        let rules = Rules::read(&system).unwrap();
        for (path, excluded) in [
            ("/usr/share/doc/a/changelog", true),
            ("/usr/share/doc/a/copyright", false),
            ("/usr/share/locale/ko/x", false),
            ("/usr/share/locale/cs/x", true),
            ("/usr/bin/doc", false),
        ] {
            assert_eq!(rules.is_excluded(Path::new(path)), excluded, "{path}");
        }
        let place = |path, package| rules.place(Path::new(path), package).to_path_buf();
        assert_eq!(place("/bin/sh", "bash"), Path::new("/bin/sh.distrib"));
        assert_eq!(place("/bin/sh", "dash"), Path::new("/bin/sh"));
        assert_eq!(place("/a", "dash"), Path::new("/b"));
        let owner = rules.owner(Path::new("/usr/bin/man"));
        assert_eq!(owner, Some(Owner { uid: 6, gid: 7, mode: 0o2755 }));
    }
}
