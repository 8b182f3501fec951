//! Killed and cut off: what a half-done fix leaves, who says so, and how it ends.

use super::machine::Machine;
use std::time::{Duration, Instant};

/// What a fix of sshd can touch, in a form that is quick to compare.
const STATE: &str = "find /etc/ssh /etc/systemd/system -printf '%p %y %m %U %G %l\\n' -type f -exec sha256sum {} \\;";

/// Kills Pasu as soon as its journal holds a text, and so many seconds later. Whether it had not ended before.
fn killed_at(machine: &Machine, arguments: &str, record: &str, later: &str) -> bool {
    let script = format!(
        "rm -rf /var/lib/pasu/fix
         /pasu {arguments} --lang en > /root/test/said 2>&1 &
         while kill -0 $! && ! grep -aqs '{record}' /var/lib/pasu/fix/*/journal; do sleep 0.002; done 2>/dev/null
         sleep {later}
         kill -KILL $! 2>/dev/null && echo killed
         wait $!"
    );
    machine.try_sh(&script).out.contains("killed")
}

/// The records of a transaction, in order, and pauses after them.
const MOMENTS: &[(&str, &str)] = &[
    ("begun", "0"),
    ("begun", "0.01"),
    ("begun", "0.02"),
    ("begun", "0.03"),
    ("begun", "0.05"),
    ("step", "0"),
    ("applied", "0"),
    ("applied", "0.05"),
    ("valid: sshd", "0"),
    (r#""record":"act""#, "0"),
    ("done: reload", "0"),
    ("done: reload", "0.4"),
    ("open ports checked", "0"),
    ("open ports checked", "0.2"),
    ("still works", "0"),
    ("outcome", "0"),
    ("committed", "0"),
];

/// Whatever the moment: it is told, and ends in the state before or the state after.
fn at_every_moment(machine: &Machine) {
    let before = machine.sh(STATE);
    let mut told = 0;
    for (record, later) in MOMENTS {
        killed_at(machine, "fix apply U-01 --yes", record, later);
        if machine.try_sh("test -e /var/lib/pasu/fix/open").status == Some(0) {
            machine.pasu("audit --item U-01 >/dev/null").says("was interrupted");
            machine.pasu("fix apply U-01 --yes").ended(2).says("unfinished");
            told += 1;
        }
        machine.pasu("fix recover").ok();
        if machine.lets_in("root") {
            assert_eq!(machine.sh(STATE), before, "{record} {later}");
        } else {
            assert_eq!(machine.sshd_says("root", "permitrootlogin"), "permitrootlogin no");
            machine.pasu("fix rollback --all --yes").ok();
        }
        machine.assert_all_get_in();
    }
    assert!(told > 5, "killed in the middle only {told} times");
    assert_eq!(machine.sh(STATE), before);
}

/// The machine itself ends it, before sshd reads its files.
fn at_boot(machine: &Machine) {
    let started = Instant::now();
    machine.cut_power(true);
    assert!(started.elapsed() < Duration::from_secs(45), "the start was held up");
    assert_eq!(machine.try_sh("test -e /var/lib/pasu/fix/open").status, Some(1), "not recovered");
    let id = machine.newest();
    let ended = machine.sh(&format!("stat -c %Y /var/lib/pasu/fix/{id}/journal"));
    let sshd =
        machine.sh("date -d \"$(systemctl show -P ExecMainStartTimestamp ssh.service)\" +%s");
    let seconds = |text: &str| text.trim().parse::<u64>().unwrap();
    assert!(seconds(&ended) <= seconds(&sshd), "sshd was started before: {ended} {sshd}");
    machine.pasu(&format!("fix show {id}")).ok().says("undone");
    machine.assert_all_get_in();
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn killed() {
    let machine = Machine::without_init("killed");
    at_every_moment(&machine);
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn cut_off() {
    let machine = Machine::with_systemd("cut-off");
    let before = machine.sh(STATE);
    assert!(killed_at(&machine, "fix apply U-01 --yes", "done: reload", "0.3"));
    assert!(!machine.lets_in("root"), "not half done");
    at_boot(&machine);
    assert_eq!(machine.sh(STATE), before);

    // While it waits to be confirmed.
    machine.pasu("fix apply U-01 --yes --confirm-within 10m").ok();
    assert!(!machine.lets_in("root"));
    at_boot(&machine);
    assert_eq!(machine.sh(STATE), before);

    // What stops a service starts it again when it is undone at boot.
    machine.sh("sed -i 's/,.::1.//' /etc/snmp/snmpd.conf; systemctl restart snmpd.service");
    let before = machine.sh(STATE);
    machine.pasu("fix apply unneeded-snmp --yes --accept unneeded-snmp --confirm-within 10m").ok();
    assert_eq!(machine.try_sh("systemctl is-active snmpd.service").out.trim(), "inactive");
    machine.cut_power(true);
    assert_eq!(machine.sh(STATE), before);
    machine.wait("snmpd is back", 10, |machine| {
        machine.try_sh("systemctl is-active snmpd.service").out.trim() == "active"
    });

    // The one who applied died while the undo by time was armed: nobody has to wait for the time.
    let apply = "fix apply U-01 --yes --confirm-within 8s";
    assert!(killed_at(&machine, apply, "done: reload", "0.3"));
    assert!(!machine.lets_in("root"), "not half done");
    machine.wait("root gets in again", 25, |machine| machine.lets_in("root"));
}
