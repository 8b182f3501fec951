//! Daemons that no init watches over: the process that has to be told.

use super::process::stat;
use pasu_checks::fix::daemons_of;
use pasu_checks::{Host, HostOptions};
use pasu_system::TreeSystem;
use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

/// The processes of the daemon of a unit that others wait at, without those that serve one connection: a signal would
/// end the administrator's own.
pub(super) fn of_unit(unit: &str) -> io::Result<Vec<u32>> {
    let (names, only_waiting) = daemons_of(unit);
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let system = Arc::new(TreeSystem::live()?);
    let options = HostOptions {
        today: jiff::civil::date(1970, 1, 1),
        now: 0,
        as_root: true,
        deadline: None,
        software: None,
        in_container: false,
        image: None,
    };
    let host = Host::new(Arc::clone(&system) as Arc<dyn pasu_system::System>, options);
    let unread = |cause: pasu_checks::Cause| io::Error::other(cause.detail);
    let processes = host.processes().map_err(unread)?;
    let own: BTreeSet<u32> = processes
        .iter()
        .filter(|process| process.is_any_of(&names))
        .map(|process| process.pid)
        .collect();
    let listeners = host.listeners().map_err(unread)?;
    let waiting: BTreeSet<u32> = listeners
        .iter()
        .flat_map(|listener| &listener.pids)
        .copied()
        .filter(|pid| own.contains(pid))
        .collect();
    let found = if waiting.is_empty() && !only_waiting { own } else { waiting };
    let is_first = |pid: &u32| stat(&*system, *pid).is_some_and(|at| !found.contains(&at.parent));
    Ok(found.iter().copied().filter(is_first).collect())
}
