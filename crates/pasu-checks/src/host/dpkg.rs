//! Which package of dpkg owns a file: `/var/lib/dpkg/info/*.list`, with diversions, overridden modes and the links that
//! give `/usr/bin` the name `/bin`. dpkg records no modes.

use super::{FileKind, Host};
use crate::cause::{Cause, CauseKind};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

const INFO: &str = "/var/lib/dpkg/info";

/// The largest list of one package, in bytes.
const MAX_LIST: u64 = 32 << 20;

/// The most bytes of all lists together: a full desktop has some 20 MB.
const MAX_LISTS: usize = 512 << 20;

/// The owners of some paths.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owners {
    /// Whether there is a database of dpkg with lists: only then does a path without an owner belong to no package.
    pub is_known: bool,
    /// Names of packages by path.
    pub packages: BTreeMap<String, String>,
}

impl Owners {
    /// The package of a path.
    #[must_use]
    pub fn of(&self, path: &str) -> Option<&str> {
        self.packages.get(path).map(String::as_str)
    }
}

/// A line of `/var/lib/dpkg/statoverride`: `root crontab 2755 /usr/bin/crontab`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatOverride {
    /// Owner by name, or `#` and a number.
    pub user: String,
    /// Group by name, or `#` and a number.
    pub group: String,
    /// Bits (`0o7777`).
    pub mode: u32,
    /// The file.
    pub path: String,
    /// Line, from 1.
    pub line: u32,
}

/// `FROM`, `TO` and the package that keeps its own file at `FROM`, in three lines.
struct Diversion {
    from: String,
    to: String,
    package: String,
}

impl Host {
    /// Looks some paths up in the lists of all packages. Nothing is read where no path is asked for.
    ///
    /// # Errors
    /// A list is there and cannot be read.
    pub fn package_owners(&self, paths: &BTreeSet<String>) -> Result<Owners, Cause> {
        if paths.is_empty() {
            return Ok(Owners::default());
        }
        let lists: Vec<String> =
            self.list(INFO)?.into_iter().filter(|name| name.ends_with(".list")).collect();
        let mut owners = Owners { is_known: !lists.is_empty(), packages: BTreeMap::new() };
        if lists.is_empty() {
            return Ok(owners);
        }
        let diversions = diversions(self)?;
        let links = folder_links(self)?;
        let mut wanted = BTreeMap::new();
        for path in paths {
            for name in names_of(path, &links, &diversions) {
                wanted.entry(name).or_insert_with(Vec::new);
            }
        }
        self.search_lists(&lists, &mut wanted)?;
        for path in paths {
            let owner = names_of(path, &links, &diversions).into_iter().find_map(|name| {
                let packages = wanted.get(&name)?;
                packages.iter().find(|package| holds(package, path, &name, &diversions)).cloned()
            });
            owners.packages.extend(owner.map(|owner| (path.clone(), owner)));
        }
        Ok(owners)
    }

    fn search_lists(
        &self,
        lists: &[String],
        wanted: &mut BTreeMap<String, Vec<String>>,
    ) -> Result<(), Cause> {
        let mut read = 0;
        for list in lists {
            let path = format!("{INFO}/{list}");
            let Some(bytes) = self.bytes(&path, MAX_LIST)? else { continue };
            read += bytes.len();
            if read > MAX_LISTS {
                return Err(Cause::new(
                    CauseKind::Limit,
                    format!("{INFO}: more than {MAX_LISTS} bytes"),
                ));
            }
            // `libc6:amd64.list`
            let package = list.trim_end_matches(".list").split(':').next().unwrap_or_default();
            for line in String::from_utf8_lossy(&bytes).lines() {
                if let Some(found) = wanted.get_mut(line) {
                    found.push(package.to_owned());
                }
            }
        }
        Ok(())
    }

    /// The names under which lists of packages may hold a path, itself first: links of folders give others.
    ///
    /// # Errors
    /// A folder cannot be looked at.
    pub fn packaged_names(&self, path: &str) -> Result<Vec<String>, Cause> {
        Ok(names_of(path, &folder_links(self)?, &[]))
    }

    /// The modes that an administrator set over those of packages.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub fn stat_overrides(&self) -> Result<Vec<StatOverride>, Cause> {
        let Some(file) = self.text("/var/lib/dpkg/statoverride")? else { return Ok(Vec::new()) };
        let entry = |(line, text): (u32, &str)| {
            let mut words = text.splitn(4, ' ');
            let (user, group) = (words.next()?.to_owned(), words.next()?.to_owned());
            let mode = u32::from_str_radix(words.next()?, 8).ok()?;
            Some(StatOverride { user, group, mode, path: words.next()?.to_owned(), line })
        };
        Ok(file.settings().filter_map(entry).collect())
    }
}

fn diversions(host: &Host) -> Result<Vec<Diversion>, Cause> {
    let Some(file) = host.text("/var/lib/dpkg/diversions")? else { return Ok(Vec::new()) };
    let of = |lines: &[String]| {
        let [from, to, package] = lines else { return None };
        Some(Diversion { from: from.clone(), to: to.clone(), package: package.clone() })
    };
    Ok(file.lines.chunks_exact(3).filter_map(of).collect())
}

/// Folders that are links to others, as (real, link): lists of older packages name the link.
fn folder_links(host: &Host) -> Result<Vec<(&'static str, &'static str)>, Cause> {
    let merged = [
        ("/usr/bin/", "/bin"),
        ("/usr/sbin/", "/sbin"),
        ("/usr/bin/", "/usr/sbin"),
        ("/usr/bin/", "/sbin"),
        ("/usr/lib/", "/lib"),
        ("/usr/lib64/", "/lib64"),
    ];
    let mut links = Vec::new();
    for (real, link) in merged {
        if host.file(link)?.is_some_and(|facts| facts.kind == FileKind::Symlink) {
            links.push((real, link));
        }
    }
    Ok(links)
}

/// The names under which lists may hold a path.
fn names_of(path: &str, links: &[(&str, &str)], diversions: &[Diversion]) -> Vec<String> {
    let mut names = vec![path.to_owned()];
    for (real, link) in links {
        if let Some(rest) = path.strip_prefix(real) {
            names.push(format!("{link}/{rest}"));
        }
    }
    let diverted: Vec<String> = diversions
        .iter()
        .filter(|diversion| names.contains(&diversion.to))
        .map(|diversion| diversion.from.clone())
        .collect();
    names.extend(diverted);
    names
}

/// Whether a package whose list has `name` holds `path`: a diverted file is that of every package but the one that
/// diverts it.
fn holds(package: &str, path: &str, name: &str, diversions: &[Diversion]) -> bool {
    match diversions.iter().find(|diversion| diversion.from == name) {
        Some(diversion) if diversion.to == path => diversion.package != package,
        Some(diversion) => diversion.package == package,
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use crate::case::TestHost;
    use std::collections::BTreeSet;

    fn owners(host: TestHost, paths: &[&str]) -> super::Owners {
        let paths: BTreeSet<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        host.host().package_owners(&paths).unwrap()
    }

    #[test]
    fn links_of_folders_and_diversions_are_followed() {
        let host = TestHost::new()
            .link("/bin", "usr/bin")
            .file("/var/lib/dpkg/info/mount.list", "/.\n/bin\n/bin/mount\n")
            .file("/var/lib/dpkg/info/dash:amd64.list", "/bin/sh\n/usr/bin/dash\n")
            .file("/var/lib/dpkg/info/mine.list", "/usr/bin/tool\n")
            .file("/var/lib/dpkg/info/theirs.list", "/usr/bin/tool\n")
            .file("/var/lib/dpkg/diversions", "/usr/bin/tool\n/usr/bin/tool.distrib\nmine\n");
        let found = owners(
            host,
            &[
                "/usr/bin/mount",
                "/usr/bin/dash",
                "/usr/bin/tool",
                "/usr/bin/tool.distrib",
                "/usr/bin/x",
            ],
        );
        assert!(found.is_known);
        assert_eq!(found.of("/usr/bin/mount"), Some("mount"));
        assert_eq!(found.of("/usr/bin/dash"), Some("dash"));
        assert_eq!(found.of("/usr/bin/tool"), Some("mine"));
        assert_eq!(found.of("/usr/bin/tool.distrib"), Some("theirs"));
        assert_eq!(found.of("/usr/bin/x"), None);
    }

    #[test]
    fn without_lists_nothing_is_known() {
        assert!(!owners(TestHost::new(), &["/usr/bin/su"]).is_known);
    }

    #[test]
    fn overridden_modes_are_read() {
        let host = TestHost::new()
            .file("/var/lib/dpkg/statoverride", "root crontab 2750 /usr/bin/cron tab\nbroken\n")
            .host();
        let found = host.stat_overrides().unwrap();
        assert_eq!(
            (found.len(), found[0].mode, found[0].path.as_str()),
            (1, 0o2750, "/usr/bin/cron tab")
        );
    }
}
