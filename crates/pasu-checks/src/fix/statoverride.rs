//! What package managers do to owner and mode at the next upgrade.
//!
//! dpkg gives packaged files their old ones back unless `/var/lib/dpkg/statoverride` says otherwise. RPM has no such
//! list, so a plan says that they may come back.

use super::change::{ChangeKind, PathChange};
use super::draft::{Draft, Trouble};
use crate::cause::Cause;
use crate::host::{FileFacts, FileKind, Host};
use crate::judgement::{Reason, reason};
use std::collections::BTreeSet;

const FILE: &str = "/var/lib/dpkg/statoverride";

/// Where RPM keeps its database.
const RPM: [&str; 2] = ["/usr/lib/sysimage/rpm", "/var/lib/rpm"];

/// How many paths a sentence names.
const MAX_NAMED: usize = 5;

/// Writes down the new owner and mode of every packaged path whose attributes change. dpkg keeps those of configuration
/// files and of folders that are there by itself: they need a line only where one would bring the old ones back.
pub(super) fn draw(draft: &mut Draft<'_>) -> Result<(), Trouble> {
    let host = draft.host;
    let changed: Vec<PathChange> = draft.changes().into_iter().filter(moves_attributes).collect();
    let paths: BTreeSet<String> = changed.iter().map(|change| change.path.clone()).collect();
    let owners = host.package_owners(&paths)?;
    for change in changed {
        let names = host.packaged_names(&change.path)?;
        let item = change.items.first().cloned().unwrap_or_default();
        let known = overridden(host, &names)?;
        let name = match (known, owners.of(&change.path)) {
            (Some(name), _) => name,
            (None, Some(package))
                if !is_as_packaged(&change) && !keeps_itself(host, package, &change)? =>
            {
                listed_name(host, package, names)?
            }
            _ => continue,
        };
        let user = account_name(host, change.new.uid, false);
        let group = account_name(host, change.new.gid, true);
        let line = format!("{user} {group} {:o} {name}", change.new.mode);
        let (real, lines) = draft.text(FILE, &item)?;
        let is_of_path = |text: &str| path_of(text) == Some(name.as_str());
        let known = lines.iter().position(|line| is_of_path(&line.text()));
        match known {
            Some(at) => lines.replace(&real, at, &[line], &item)?,
            None => {
                let end = lines.iter().len();
                lines.insert(end, &[line], &item);
            }
        }
        for other in change.items.iter().skip(1) {
            draft.path(FILE, other)?;
        }
    }
    Ok(())
}

/// Says that an update of RPM may bring back what the changes take away.
pub(super) fn restored_by_rpm(
    host: &Host,
    changes: &[PathChange],
) -> Result<Option<Reason>, Cause> {
    let is_of_packages = |path: &str| {
        (path.starts_with("/usr/") && !path.starts_with("/usr/local/"))
            || ["/bin/", "/sbin/", "/lib/", "/lib64/", "/etc/"]
                .iter()
                .any(|at| path.starts_with(at))
    };
    let paths: Vec<&str> = changes
        .iter()
        .filter(|change| moves_attributes(change) && is_of_packages(&change.path))
        .map(|change| change.path.as_str())
        .collect();
    if paths.is_empty() {
        return Ok(None);
    }
    for folder in RPM {
        if host.file(folder)?.is_some() {
            let mut named = paths[..paths.len().min(MAX_NAMED)].join(", ");
            if paths.len() > MAX_NAMED {
                named.push_str(", …");
            }
            return Ok(Some(reason("fix-rpm-restores").arg("paths", named)));
        }
    }
    Ok(None)
}

/// Whether owner or mode of something that is there change.
fn moves_attributes(change: &PathChange) -> bool {
    let is_other = |facts: &FileFacts| {
        (facts.mode, facts.uid, facts.gid) != (change.new.mode, change.new.uid, change.new.gid)
    };
    matches!(change.kind, ChangeKind::Attributes | ChangeKind::Content)
        && change.before.as_ref().is_some_and(is_other)
}

/// Whether only others' right to write goes. Packages give it to nobody, so the next one does not bring it back.
fn is_as_packaged(change: &PathChange) -> bool {
    change.before.as_ref().is_some_and(|facts| {
        (facts.uid, facts.gid) == (change.new.uid, change.new.gid)
            && (facts.mode ^ change.new.mode) & !0o022 == 0
    })
}

/// The path of a line: `root crontab 2755 /usr/bin/crontab`.
fn path_of(line: &str) -> Option<&str> {
    line.splitn(4, ' ').nth(3)
}

/// The name under which an administrator overrode the mode of a path.
fn overridden(host: &Host, names: &[String]) -> Result<Option<String>, Trouble> {
    let overrides = host.stat_overrides()?;
    Ok(overrides.into_iter().map(|entry| entry.path).find(|path| names.contains(path)))
}

/// Whether dpkg leaves the attributes alone: `info/PACKAGE.conffiles` names it, or it is a folder.
fn keeps_itself(host: &Host, package: &str, change: &PathChange) -> Result<bool, Trouble> {
    let is_folder = |facts: &FileFacts| facts.kind == FileKind::Directory;
    Ok(change.before.as_ref().is_some_and(is_folder)
        || info(host, package, "conffiles")?.contains(&change.path))
}

/// By name, as dpkg-statoverride writes it, else `#` and the number.
fn account_name(host: &Host, id: u32, is_group: bool) -> String {
    if id == 0 {
        return "root".to_owned();
    }
    let name = if is_group {
        host.groups().ok().and_then(|groups| groups.of_gid(id).map(|group| group.name.clone()))
    } else {
        host.accounts().ok().and_then(|known| known.of_uid(id).map(|account| account.name.clone()))
    };
    name.unwrap_or_else(|| format!("#{id}"))
}

/// The name by which the package lists a path: on systems where `/bin` is `/usr/bin`, lists may name the link.
fn listed_name(host: &Host, package: &str, names: Vec<String>) -> Result<String, Trouble> {
    let lines: BTreeSet<String> = info(host, package, "list")?.into_iter().collect();
    let first = names.first().cloned().unwrap_or_default();
    Ok(names.into_iter().find(|name| lines.contains(name)).unwrap_or(first))
}

/// The lines of a package's list, whose file may carry the architecture: `libc6:amd64.list`.
fn info(host: &Host, package: &str, kind: &str) -> Result<Vec<String>, Trouble> {
    let folder = "/var/lib/dpkg/info";
    let with_architecture = host.glob(&format!("{folder}/{package}:*.{kind}"))?;
    let names = [format!("{folder}/{package}.{kind}")].into_iter().chain(with_architecture);
    let mut lines = Vec::new();
    for name in names {
        if let Some(bytes) = host.bytes(&name, 32 << 20)? {
            lines.extend(String::from_utf8_lossy(&bytes).lines().map(str::to_owned));
        }
    }
    Ok(lines)
}
