//! Whose files of a rootless storage are: on the disk they are the user's own and those of his subordinate numbers
//! (`man subuid`), in the image root's and everyone else's.

use std::path::Path;

/// Who owns what has an owner that the image cannot have, as the kernel shows it.
const OVERFLOW: u32 = 65534;

/// Owners in an image, by those on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owners {
    users: Vec<Range>,
    groups: Vec<Range>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    inside: u32,
    outside: u32,
    count: u32,
}

/// A line of `/etc/passwd`.
pub(in crate::source) struct Account {
    pub name: String,
    pub gid: u32,
    pub home: String,
}

/// The account of a user's number.
pub(in crate::source) fn account(passwd: &str, uid: u32) -> Option<Account> {
    passwd.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, number, gid, _, home, ..] = fields.as_slice() else { return None };
        let is_it = number.parse() == Ok(uid);
        let gid = gid.parse().ok().filter(|_| is_it)?;
        Some(Account { name: (*name).to_owned(), gid, home: (*home).to_owned() })
    })
}

impl Owners {
    /// Those of a user's storage, by this machine's `/etc`.
    pub(in crate::source) fn of_user(uid: u32, gid: u32) -> Self {
        let text = |path: &str| {
            let bytes = super::records::small(Path::new(path)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let account = account(&text("/etc/passwd"), uid);
        let gid = account.as_ref().map_or(gid, |account| account.gid);
        let name = account.map(|account| account.name).unwrap_or_default();
        Self::new(&name, (uid, gid), &text("/etc/subuid"), &text("/etc/subgid"))
    }

    fn new(name: &str, (uid, gid): (u32, u32), subuid: &str, subgid: &str) -> Self {
        let number = uid.to_string();
        let ranges = |own: u32, text: &str| {
            let mut ranges = vec![Range { inside: 0, outside: own, count: 1 }];
            let mut next = 1_u32;
            for line in text.lines() {
                let mut fields = line.trim().split(':');
                let whose = fields.next().unwrap_or_default();
                let mut numeric = || fields.next().and_then(|field| field.parse::<u32>().ok());
                let (Some(outside), Some(count)) = (numeric(), numeric()) else { continue };
                if !whose.is_empty() && (whose == name || whose == number) {
                    ranges.push(Range { inside: next, outside, count });
                    next = next.saturating_add(count);
                }
            }
            ranges
        };
        Self { users: ranges(uid, subuid), groups: ranges(gid, subgid) }
    }

    /// User and group in the image, by those on the disk.
    #[must_use]
    pub fn inside(&self, uid: u32, gid: u32) -> (u32, u32) {
        let find = |ranges: &[Range], number: u32| {
            let within = |range: &Range| {
                let further = number.checked_sub(range.outside).filter(|by| *by < range.count)?;
                range.inside.checked_add(further)
            };
            ranges.iter().find_map(within).unwrap_or(OVERFLOW)
        };
        (find(&self.users, uid), find(&self.groups, gid))
    }
}

#[cfg(test)]
mod tests {
    use super::{Owners, account};

    #[test]
    fn subordinate_numbers_follow_the_users_own() {
        let subuid = "other:100000:65536\nann:200000:1000\n# x\nann:bad\n1000:500000:10\n";
        let owners = Owners::new("ann", (1000, 1001), subuid, "ann:300000:65536");
        for ((uid, gid), expected) in [
            ((1000, 1001), (0, 0)),
            ((200_000, 300_000), (1, 1)),
            ((200_999, 365_535), (1000, 65536)),
            ((500_000, 365_536), (1001, 65534)),
            ((100_000, 0), (65534, 65534)),
            ((0, u32::MAX), (65534, 65534)),
        ] {
            assert_eq!(owners.inside(uid, gid), expected, "{uid}:{gid}");
        }
        let far = format!("ann:{}:{}\nann:7:9", u32::MAX - 1, u32::MAX);
        assert_eq!(Owners::new("ann", (5, 5), &far, "").inside(u32::MAX, 5), (2, 0));
    }

    #[test]
    fn accounts_are_found_by_number() {
        let passwd = "root:x:0:0::/root:/bin/sh\nbad\nann:x:1000:1001:Ann:/home/ann:/bin/sh\n";
        let ann = account(passwd, 1000).unwrap();
        assert_eq!((ann.name.as_str(), ann.gid, ann.home.as_str()), ("ann", 1001, "/home/ann"));
        assert!(account(passwd, 1001).is_none());
    }
}
