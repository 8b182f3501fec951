//! Carrying plans out in memory. What needs real services is tested on real hosts.

use super::{NoBoot, Request, Session, apply};
use pasu_checks::fix::{Choice, PlanRequest, plan};
use pasu_checks::{Catalogue, Guideline, Host, HostOptions, Policy};
use pasu_model::{FixAuthor, FixEnd, FixState, Target, TargetKind, Tool};
use pasu_system::transaction::NoActions;
use pasu_system::{MemoryDisk, MemorySystem, System};
use std::path::Path;
use std::sync::Arc;

fn host(system: Arc<dyn System>) -> Host {
    let options = HostOptions {
        today: jiff::civil::date(2026, 11, 25),
        now: 1_795_996_800,
        as_root: true,
        deadline: None,
        software: None,
        in_container: false,
        image: None,
    };
    Host::new(system, options)
}

/// A machine whose clock nobody sets: chrony is there and switched off.
fn machine() -> MemorySystem {
    MemorySystem::new()
        .live()
        .with_directory("/proc/net")
        .with_directory("/run/systemd/system")
        .with_directory("/var/lib")
        .with_file("/proc/1/status", "Name:\tsystemd\nUid:\t0\t0\t0\t0\nNSpid:\t1\n")
        .with_file("/proc/1/cmdline", "/sbin/init\0")
        .with_file("/proc/1/cgroup", "0::/init.scope\n")
        .with_symlink("/proc/1/exe", "/usr/lib/systemd/systemd")
        .with_directory("/proc/1/fd")
        .with_file("/etc/chrony/chrony.conf", "pool 2.debian.pool.ntp.org iburst\n")
        .with_executable("/usr/sbin/chronyd", "")
        .with_file(
            "/lib/systemd/system/chrony.service",
            "[Service]\nExecStart=/usr/sbin/chronyd\n[Install]\nWantedBy=multi-user.target\n",
        )
}

#[test]
fn what_only_the_next_start_shows_is_not_undone_and_not_called_fixed() {
    let disk = MemoryDisk::from(machine());
    let before = host(disk.system());
    let catalogue = Catalogue::load().unwrap();
    let guideline = Guideline::load("kisa-2026").unwrap().unwrap();
    let policy = Policy::default();
    let choice = Choice { item: "no-time-sync".to_owned(), accepted: true, values: Vec::new() };
    let planned = plan(PlanRequest {
        host: &before,
        catalogue: &catalogue,
        guideline: &guideline,
        policy: &policy,
        choices: vec![choice],
        target: Target { kind: TargetKind::Host, name: "test".to_owned() },
        machine: None,
        made: String::new(),
        tool: Tool { name: "pasu".to_owned(), version: "0".to_owned() },
    })
    .unwrap();
    assert!(planned.at_boot.is_some(), "{:?}", planned.plan.items);
    let look = || Ok(host(disk.system()));
    let glance = || host(disk.system());
    let now = || 0;
    let session = Session {
        disk: &disk,
        actor: &NoActions,
        tools: None,
        boot: &NoBoot,
        look: &look,
        glance: &glance,
        now: &now,
        boot_id: "boot".to_owned(),
    };
    let request = Request {
        planned: &planned,
        before: &before,
        catalogue: &catalogue,
        policy: &policy,
        author: FixAuthor::default(),
        id: "1".to_owned(),
        started: String::new(),
        confirmation: None,
    };
    let record = apply(&session, &request).unwrap();
    assert_eq!(record.state, FixState::Applied, "{record:?}");
    let [outcome] = record.outcomes.as_slice() else { panic!("{record:?}") };
    assert_eq!(outcome.end, FixEnd::FixedAfterReboot);
    assert!(outcome.why.is_some());
    let link = "/etc/systemd/system/multi-user.target.wants/chrony.service";
    assert!(disk.system().exists(Path::new(link)));
}
