//! dpkg gives packaged files their old owner and mode at every upgrade, unless `/var/lib/dpkg/statoverride` says
//! otherwise.

use super::change::ChangeKind;
use super::draft::{Draft, Trouble};
use crate::host::Host;
use std::collections::BTreeSet;

const FILE: &str = "/var/lib/dpkg/statoverride";

/// Writes down the new owner and mode of every packaged path whose attributes change. Configuration files need none:
/// dpkg keeps theirs.
pub(super) fn draw(draft: &mut Draft<'_>) -> Result<(), Trouble> {
    let host = draft.host;
    let changed: Vec<_> = draft
        .changes()
        .into_iter()
        .filter(|change| change.kind == ChangeKind::Attributes)
        .collect();
    let paths: BTreeSet<String> = changed.iter().map(|change| change.path.clone()).collect();
    let owners = host.package_owners(&paths)?;
    for change in changed {
        let Some(package) = owners.of(&change.path) else { continue };
        if is_conffile(host, package, &change.path)? {
            continue;
        }
        let name = listed_name(host, package, &change.path)?;
        let user = account_name(host, change.new.uid, false);
        let group = account_name(host, change.new.gid, true);
        let line = format!("{user} {group} {:o} {name}", change.new.mode);
        let item = change.items.first().cloned().unwrap_or_default();
        let (real, lines) = draft.text(FILE, &item)?;
        let is_of_path = |text: &str| text.splitn(4, ' ').nth(3) == Some(name.as_str());
        let known = lines.iter().position(|line| is_of_path(&line.text()));
        match known {
            Some(at) => lines.replace(&real, at, &[line], &item)?,
            None => {
                let end = lines.iter().len();
                lines.insert(end, &[line], &item);
            }
        }
    }
    Ok(())
}

/// By name, as dpkg-statoverride writes it, else `#` and the number.
fn account_name(host: &Host, id: u32, is_group: bool) -> String {
    let name = if is_group {
        host.groups().ok().and_then(|groups| groups.of_gid(id).map(|group| group.name.clone()))
    } else {
        host.accounts().ok().and_then(|known| known.of_uid(id).map(|account| account.name.clone()))
    };
    name.unwrap_or_else(|| if id == 0 { "root".to_owned() } else { format!("#{id}") })
}

/// Whether the package lists it as a configuration file: `info/PACKAGE.conffiles`.
fn is_conffile(host: &Host, package: &str, path: &str) -> Result<bool, Trouble> {
    Ok(info(host, package, "conffiles")?.iter().any(|line| line == path))
}

/// The name by which the package lists a path: on systems where `/bin` is `/usr/bin`, lists may name the link.
fn listed_name(host: &Host, package: &str, path: &str) -> Result<String, Trouble> {
    let lines = info(host, package, "list")?;
    let short = path.strip_prefix("/usr").unwrap_or(path);
    let found = [path, short].into_iter().find(|name| lines.iter().any(|line| line == name));
    Ok(found.unwrap_or(path).to_owned())
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
