//! Who an image could run as.

use pasu_system::System;
use std::collections::BTreeSet;
use std::path::Path;

/// The user of images in which none stands out.
const NOBODY_ELSE: u32 = 10_001;

/// The largest `/etc/passwd` that is read, in bytes.
const LIMIT: u64 = 1 << 20;

/// User and group, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// User ID.
    pub uid: u32,
    /// Group ID.
    pub gid: u32,
}

impl std::fmt::Display for Account {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}", self.uid, self.gid)
    }
}

/// Whether a USER is root.
#[must_use]
pub fn is_root(user: &str, system: &dyn System) -> bool {
    let name = user.split(':').next().unwrap_or_default();
    match name.parse::<u32>() {
        Ok(uid) => uid == 0,
        Err(_) => {
            name.is_empty()
                || passwd(system).iter().any(|(known, account)| known == name && account.uid == 0)
        }
    }
}

/// The numbers of a USER that is a name; `None` where it is a number, or nobody of the image.
#[must_use]
pub fn numeric(user: &str, system: &dyn System) -> Option<Account> {
    let name = user.split(':').next().unwrap_or_default();
    if name.is_empty() || name.parse::<u32>().is_ok() {
        return None;
    }
    passwd(system).into_iter().find(|(known, _)| known == name).map(|(_, account)| account)
}

/// The user that the image's processes become by themselves, else the only one that is there for a service, else one
/// with a number that nobody has.
#[must_use]
pub fn account(system: &dyn System, uids: Option<&BTreeSet<u32>>) -> Account {
    let users = passwd(system);
    let learnt: Vec<u32> = uids.into_iter().flatten().copied().filter(|uid| *uid != 0).collect();
    if let [uid] = learnt[..] {
        let known = users.iter().find(|(_, account)| account.uid == uid);
        return known.map_or(Account { uid, gid: uid }, |(_, account)| *account);
    }
    // Those below 100 are in every image of a distribution, and so is what begins with an underscore or is systemd's.
    let of_service = users.iter().filter(|(name, account)| {
        (100..60_000).contains(&account.uid)
            && !name.starts_with('_')
            && !name.starts_with("systemd")
            && name != "messagebus"
    });
    let of_service: Vec<Account> = of_service.map(|(_, account)| *account).collect();
    match of_service[..] {
        [account] => account,
        _ => Account { uid: NOBODY_ELSE, gid: NOBODY_ELSE },
    }
}

fn passwd(system: &dyn System) -> Vec<(String, Account)> {
    let bytes = system.read(Path::new("/etc/passwd"), LIMIT).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let lines = text.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        let (uid, gid) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
        Some((name, Account { uid, gid }))
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::{account, is_root, numeric};
    use pasu_system::MemorySystem;
    use std::collections::BTreeSet;

    const BASE: &str = "root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/:/x\n_apt:x:100:65534::/:/x\nnobody:x:65534:65534::/:/x\n";

    fn system(more: &str) -> MemorySystem {
        MemorySystem::new().with_file("/etc/passwd", format!("{BASE}{more}").as_str())
    }

    #[test]
    fn the_user_is_the_one_that_stands_out() {
        let uids = BTreeSet::from([0, 33]);
        assert_eq!(account(&system(""), Some(&uids)).to_string(), "33:33");
        assert_eq!(account(&system(""), None).to_string(), "10001:10001");
        let node = system("node:x:1000:1001::/home/node:/bin/sh\n");
        assert_eq!(account(&node, Some(&BTreeSet::from([0]))).to_string(), "1000:1001");
        let two = system("a:x:1000:1000::/:/x\nb:x:1001:1001::/:/x\n");
        assert_eq!(account(&two, None).to_string(), "10001:10001");
    }

    #[test]
    fn root_has_several_names() {
        let system = system("toor:x:0:0::/:/x\n");
        for user in ["", "0", "0:0", "root", "toor", "root:root"] {
            assert!(is_root(user, &system), "{user}");
        }
        assert!(!is_root("www-data", &system) && !is_root("33", &system));
        assert_eq!(
            numeric("www-data:www-data", &system).map(|it| it.to_string()).as_deref(),
            Some("33:33")
        );
        assert_eq!(numeric("33", &system), None);
    }
}
