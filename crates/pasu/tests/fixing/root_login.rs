//! Keeping root out over SSH while somebody else gets in, and when nobody else does.

use super::machine::{Machine, SSH_OPTIONS};

/// With another administrator it is applied, sshd obeys it, and a rollback brings every byte back.
fn keeps_root_out(machine: &Machine) {
    machine.assert_all_get_in();
    let before = machine.manifest();
    machine.pasu("fix apply U-01 --yes").ok().says("fixed").says("reload ssh.service");
    assert!(!machine.lets_in("root"), "sshd was not told");
    machine.assert_kim_becomes_root();
    machine.pasu("fix apply U-01 --yes").ok().says("nothing to apply");
    machine.pasu("fix rollback --all --yes").ok();
    machine.assert_same(&before);
    machine.assert_all_get_in();
}

/// Becoming root by a password, asked by sudo through the group of the same name.
fn password_of_sudo(machine: &Machine) {
    let setup = "mv /etc/sudoers.d/kim /root/test/kim; gpasswd -a kim sudo";
    machine.sh(setup);
    machine.pasu("fix apply U-01 --yes").ok();
    let ran = machine.ssh("kim", "echo Secret-Pass-9 | sudo -S -p \"\" id -u").ok();
    assert_eq!(ran.out.trim(), "0");
    machine.pasu("fix rollback --all --yes").ok();
    machine.sh("mv /root/test/kim /etc/sudoers.d/kim; gpasswd -d kim sudo");
}

/// Without another way it is refused, and with an undo by time it comes back by itself.
fn comes_back_by_itself(machine: &Machine, systemd: bool) {
    machine.sh("mv /home/kim/.ssh/authorized_keys /root/test/keys");
    assert!(!machine.lets_in("kim"));
    let before = machine.manifest();
    machine.pasu("fix apply U-01 --yes").ended(2).says("SSH").says("--confirm-within");
    machine.assert_same(&before);
    assert!(machine.lets_in("root"));

    // Over SSH, by root itself at a terminal, whose connection is then cut off.
    let apply = "/pasu fix apply U-01 --yes --confirm-within 12s --lang en; sleep 60";
    machine.sh(&format!("(ssh -tt {SSH_OPTIONS} root@127.0.0.1 '{apply}' </dev/null >/root/test/said 2>&1 &) </dev/null"));
    machine.wait("root is refused", 15, |machine| !machine.lets_in("root"));
    machine.wait("it waits", 15, |machine| {
        machine.sh("cat /root/test/said").contains("pasu fix confirm")
    });
    let timers = machine.try_sh("systemctl list-timers --all | grep pasu-fix-").status == Some(0);
    assert_eq!(timers, systemd, "the undo runs in the wrong place");
    machine.sh("pkill -HUP -f '^sshd: root@' || true");
    machine.pasu("audit --item U-01").says("waits to be confirmed");
    machine.wait("root gets in again", 25, |machine| machine.lets_in("root"));
    machine.wait("it has ended", 10, |machine| machine.pasu("fix history").out.contains("undone"));
    machine.assert_same(&before);
    machine.sh("mv /root/test/keys /home/kim/.ssh/authorized_keys");
}

/// A confirmation keeps it, but only over a new connection.
fn confirmed(machine: &Machine) {
    let before = machine.manifest();
    let apply = "sudo /pasu fix apply U-01 --yes --confirm-within 12s --lang en";
    let same = machine.ssh("kim", &format!("{apply} && sudo /pasu fix confirm --lang en"));
    same.ended(2).says("this is the connection");
    assert!(!machine.lets_in("root"));
    machine.ssh("kim", "sudo /pasu fix confirm --lang en").ok().says("applied");
    machine.pasu("fix confirm").ended(2).says("nothing waits");
    machine.sh("sleep 13");
    assert_eq!(machine.try_sh("pgrep -f '[w]ait-for'").status, Some(1), "something still waits");
    assert!(!machine.lets_in("root"), "it was undone although it was confirmed");
    machine.pasu("fix rollback --all --yes").ok();
    machine.assert_same(&before);
    assert!(machine.lets_in("root"));
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn with_systemd() {
    let machine = Machine::with_systemd("systemd");
    keeps_root_out(&machine);
    password_of_sudo(&machine);
    comes_back_by_itself(&machine, true);
    confirmed(&machine);
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn without_init() {
    let machine = Machine::without_init("by-hand");
    keeps_root_out(&machine);
    comes_back_by_itself(&machine, false);
    confirmed(&machine);
}
