//! Files whose owner or group has no name. Ranges lent to containers (`/etc/subuid`, `/etc/subgid`) are known.

use super::{UnknownId, Visitor};
use crate::cause::Cause;
use crate::host::Host;
use pasu_system::Entry;
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// How many paths of one number are kept.
const MAX_PATHS: usize = 200;

/// How many paths are kept in all.
const MAX_ALL_PATHS: usize = 2000;

/// How many numbers are told apart.
const MAX_IDS: usize = 10_000;

/// Numbers that systemd lends to services for as long as they run (`DynamicUser=`, systemd.exec(5)).
const DYNAMIC: Range<u32> = 61_184..65_520;

/// Where what such a service keeps stays with the number it had last.
const DYNAMIC_PLACES: [&str; 3] = ["/var/lib/private", "/var/cache/private", "/var/log/private"];

pub(super) struct Unowned {
    users: HashSet<u32>,
    groups: HashSet<u32>,
    lent_users: Vec<Range<u32>>,
    lent_groups: Vec<Range<u32>>,
    found: Mutex<Found>,
}

/// What belongs to each number, by whether it is a group's, and the number.
#[derive(Default)]
struct Found {
    ids: BTreeMap<(bool, u32), (u64, Vec<String>)>,
    paths: usize,
}

impl Unowned {
    pub(super) fn new(host: &Host) -> Result<Self, Cause> {
        Ok(Self {
            users: host.accounts()?.entries.iter().map(|account| account.uid).collect(),
            groups: host.groups()?.entries.iter().map(|group| group.gid).collect(),
            lent_users: lent(host, "/etc/subuid")?,
            lent_groups: lent(host, "/etc/subgid")?,
            found: Mutex::default(),
        })
    }
}

impl Unowned {
    fn add(&self, entry: &Entry<'_>, group: bool, id: u32) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let has_room = found.paths < MAX_ALL_PATHS;
        // Beyond that many numbers they are counted together, as the number that is none.
        let key = if found.ids.len() < MAX_IDS || found.ids.contains_key(&(group, id)) {
            (group, id)
        } else {
            (true, u32::MAX)
        };
        let (total, paths) = found.ids.entry(key).or_default();
        *total += 1;
        if has_room && paths.len() < MAX_PATHS {
            paths.push(entry.path.to_string_lossy().into_owned());
            found.paths += 1;
        }
    }

    pub(super) fn take(self) -> Vec<UnknownId> {
        let found = self.found.into_inner().unwrap_or_else(PoisonError::into_inner);
        let unknown = |((group, id), (total, mut paths)): (_, (_, Vec<String>))| {
            paths.sort_unstable();
            UnknownId { group, id, total, paths }
        };
        found.ids.into_iter().map(unknown).collect()
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
        if known_user && known_group {
            return;
        }
        let in_place = DYNAMIC_PLACES.iter().any(|place| entry.path.starts_with(place));
        let is_lent = |id: u32| in_place && DYNAMIC.contains(&id);
        if !known_user && !is_lent(user) {
            self.add(entry, false, user);
        }
        if !known_group && !is_lent(group) {
            self.add(entry, true, group);
        }
    }
}
