//! Files whose owner or group has no name. Ranges lent to containers (`/etc/subuid`, `/etc/subgid`) are known.

use super::{Gathered, Visitor};
use crate::cause::Cause;
use crate::host::Host;
use pasu_system::Entry;
use std::collections::HashSet;
use std::ops::Range;

pub(super) struct Unowned {
    users: HashSet<u32>,
    groups: HashSet<u32>,
    lent_users: Vec<Range<u32>>,
    lent_groups: Vec<Range<u32>>,
    pub(super) gathered: Gathered,
}

impl Unowned {
    pub(super) fn new(host: &Host) -> Result<Self, Cause> {
        Ok(Self {
            users: host.accounts()?.entries.iter().map(|account| account.uid).collect(),
            groups: host.groups()?.entries.iter().map(|group| group.gid).collect(),
            lent_users: lent(host, "/etc/subuid")?,
            lent_groups: lent(host, "/etc/subgid")?,
            gathered: Gathered::default(),
        })
    }
}

/// `name:first:count`.
fn lent(host: &Host, path: &str) -> Result<Vec<Range<u32>>, Cause> {
    let Some(file) = host.text(path)? else { return Ok(Vec::new()) };
    let range = |line: &str| {
        let mut fields = line.split(':').skip(1);
        let first: u32 = fields.next()?.trim().parse().ok()?;
        let count: u32 = fields.next()?.trim().parse().ok()?;
        Some(first..first.saturating_add(count))
    };
    Ok(file.settings().filter_map(|(_, line)| range(line)).collect())
}

impl Visitor for Unowned {
    fn visit(&self, entry: &Entry<'_>) {
        let (user, group) = (entry.metadata.uid, entry.metadata.gid);
        if (user | group) == 0 {
            return;
        }
        let known_user =
            self.users.contains(&user) || self.lent_users.iter().any(|range| range.contains(&user));
        let known_group = self.groups.contains(&group)
            || self.lent_groups.iter().any(|range| range.contains(&group));
        if !known_user || !known_group {
            self.gathered.add(entry);
        }
    }
}
