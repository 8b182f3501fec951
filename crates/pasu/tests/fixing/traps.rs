//! Traps: hosts on which keeping root out would leave nobody, though it does not look so.

use super::machine::Machine;

/// A trap: how it is laid, and how it is taken away.
struct Trap {
    name: &'static str,
    lay: &'static str,
    clear: &'static str,
    /// What the refusal says.
    says: &'static str,
}

/// sshd reads its files again; it was started by hand.
const RELOAD: &str = "pkill -HUP -o -x sshd; sleep 0.3";

/// In each the administrator has the key and a rule of sudo, and would not get in or become root all the same.
const TRAPS: &[Trap] = &[
    Trap {
        name: "a Match block that takes the administrator's key",
        lay: "printf 'Match User kim\n    PubkeyAuthentication no\n' > /etc/ssh/sshd_config.d/zz.conf",
        clear: "rm /etc/ssh/sshd_config.d/zz.conf",
        says: "no longer works",
    },
    Trap {
        name: "AllowGroups without the administrator's",
        lay: "echo 'AllowGroups root' > /etc/ssh/sshd_config.d/zz.conf",
        clear: "rm /etc/ssh/sshd_config.d/zz.conf",
        says: "no longer works",
    },
    Trap {
        name: "an account that has expired",
        lay: "chage -E 1 kim",
        clear: "chage -E -1 kim",
        says: "no longer works",
    },
    Trap {
        name: "a password that is too old even to be changed",
        lay: "chage -d 10000 -M 10 -I 5 kim",
        clear: "chage -d 20000 -M 99999 -I -1 kim",
        says: "no longer works",
    },
    Trap {
        name: "/etc/nologin, which root alone may pass",
        lay: "touch /etc/nologin",
        clear: "rm /etc/nologin",
        says: "no longer works",
    },
    Trap {
        name: "a home that others may write to",
        lay: "chmod 0777 /home/kim",
        clear: "chmod 0755 /home/kim",
        says: "no longer works",
    },
    Trap {
        name: "a file of keys that belongs to somebody else",
        lay: "chown games /home/kim/.ssh/authorized_keys",
        clear: "chown kim /home/kim/.ssh/authorized_keys",
        says: "no longer works",
    },
    Trap {
        name: "pam_faillock that refuses before a password is asked",
        lay: "cp /etc/pam.d/common-auth /root/test/; mv /etc/sudoers.d/kim /root/test/kim; gpasswd -a kim sudo;
              sed -i '0,/^auth/s//auth [default=die] pam_faillock.so authfail deny=3\\nauth/' /etc/pam.d/common-auth",
        clear: "cp /root/test/common-auth /etc/pam.d/; mv /root/test/kim /etc/sudoers.d/kim; gpasswd -d kim sudo",
        says: "no longer works",
    },
    Trap {
        name: "a rule of sudo for a group that the administrator left",
        lay: "mv /etc/sudoers.d/kim /root/test/kim; groupadd ops; echo '%ops ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/ops",
        clear: "mv /root/test/kim /etc/sudoers.d/kim; rm /etc/sudoers.d/ops; groupdel ops",
        says: "no longer works",
    },
    Trap {
        name: "a shell that lets nobody in",
        lay: "usermod -s /usr/sbin/nologin kim",
        clear: "usermod -s /bin/bash kim",
        says: "no longer works",
    },
];

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn refused_before_anything_is_touched() {
    let machine = Machine::without_init("traps");
    machine.assert_all_get_in();
    for trap in TRAPS {
        machine.sh(trap.lay);
        machine.sh(RELOAD);
        let gets_root = machine.ssh("kim", "echo Secret-Pass-9 | sudo -S -p \"\" id -u");
        assert_ne!(gets_root.out.trim(), "0", "{}: no trap", trap.name);
        let sums = "find /etc -type f -exec sha256sum {} + | sort; pgrep -x sshd | head -1";
        let laid = machine.sh(sums);
        let ran = machine.pasu("fix apply U-01 --yes");
        assert_eq!(ran.status, Some(2), "{}: {}{}", trap.name, ran.out, ran.err);
        ran.says(trap.says).says("--confirm-within");
        assert_eq!(machine.sh(sums), laid, "{}: something was touched", trap.name);
        assert!(machine.lets_in("root"), "{}: root is refused", trap.name);
        machine.sh(trap.clear);
        machine.sh(RELOAD);
    }
    machine.assert_all_get_in();
    assert_eq!(machine.try_sh("ls /var/lib/pasu/fix | grep ^20").out, "", "a transaction began");
    winner(&machine);
    within_a_group(&machine);
    another_port(&machine);
}

/// The first line wins, over drop-ins in the order of their names: the winner is edited, and every `Match`.
fn winner(machine: &Machine) {
    machine.sh("echo 'PermitRootLogin yes' > /etc/ssh/sshd_config.d/50-cloud.conf
                printf 'Match Address 127.0.0.0/8\n  PermitRootLogin yes\n' > /etc/ssh/sshd_config.d/60-match.conf
                sed -i 's/^#PermitRootLogin.*/PermitRootLogin no/' /etc/ssh/sshd_config");
    machine.sh(RELOAD);
    let before = machine.manifest();
    machine.assert_all_get_in();
    machine.pasu("fix apply U-01 --yes").ok();
    assert!(!machine.lets_in("root"), "the line that loses was edited");
    machine.assert_kim_becomes_root();
    assert_eq!(machine.sshd_says("root", "permitrootlogin"), "permitrootlogin no");
    machine.pasu("fix rollback --all --yes").ok();
    machine.assert_same(&before);
    machine.assert_all_get_in();
    machine.sh("rm /etc/ssh/sshd_config.d/[56]0-*.conf");
    machine.sh(RELOAD);
}

/// Rights that come through a group are rights: nothing is refused that works.
fn within_a_group(machine: &Machine) {
    machine.sh("mv /etc/sudoers.d/kim /root/test/kim; groupadd ops; usermod -aG ops kim
                echo '%ops ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/ops
                echo 'AllowGroups root ops' > /etc/ssh/sshd_config.d/zz.conf
                sed -i 's/^PermitRootLogin no/PermitRootLogin yes/' /etc/ssh/sshd_config");
    machine.sh(RELOAD);
    machine.pasu("fix apply U-01 --yes").ok().says("still works");
    assert!(!machine.lets_in("root"));
    machine.assert_kim_becomes_root();
    machine.pasu("fix rollback --all --yes").ok();
    machine.sh("mv /root/test/kim /etc/sudoers.d/kim; groupdel ops
                rm /etc/sudoers.d/ops /etc/ssh/sshd_config.d/zz.conf");
    machine.sh(RELOAD);
    machine.assert_all_get_in();
}

/// A port that somebody wrote down and sshd has not read: told of our change, it would leave the port in use.
fn another_port(machine: &Machine) {
    machine.sh("echo 'Port 2222' > /etc/ssh/sshd_config.d/zz.conf");
    machine.pasu("fix apply U-01 --yes").ended(2).says("2222");
    machine.assert_all_get_in();
    machine.sh("rm /etc/ssh/sshd_config.d/zz.conf");
}

/// Started by a socket, sshd dies of a reload on Debian: whoever applies it comes over such a daemon and must get to
/// the end.
#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn started_by_a_socket() {
    let machine = Machine::with_systemd("socket");
    machine.sh("systemctl disable --now ssh.service; systemctl enable --now ssh.socket");
    let states =
        |machine: &Machine| machine.try_sh("systemctl is-active ssh.socket ssh.service").out;
    assert_eq!(states(&machine), "active\ninactive\n");
    let before = machine.manifest();
    // Nobody has come yet: there is nothing to be told, and no folder in which sshd could prove its files.
    machine.sh("rm -rf /run/sshd");
    machine.pasu("fix apply U-01 --yes").ok().says("valid: sshd -t");
    assert_eq!(states(&machine), "active\ninactive\n");
    assert!(!machine.lets_in("root"));
    machine.assert_kim_becomes_root();
    machine.ssh("kim", "sudo /pasu fix rollback --all --yes --lang en").ok();
    machine.assert_all_get_in();
    machine
        .ssh("kim", "sudo /pasu fix apply U-01 --yes --lang en")
        .ok()
        .says("restart ssh.service");
    assert!(!machine.lets_in("root"), "the daemon that runs was not told");
    machine.assert_kim_becomes_root();
    machine.ssh("kim", "sudo /pasu fix rollback --all --yes --lang en").ok();
    machine.assert_same(&before);
    machine.assert_all_get_in();
    assert_eq!(states(&machine), "active\nactive\n");
    machine.sh("chage -E 1 kim");
    machine.pasu("fix apply U-01 --yes").ended(2).says("no longer works");
    assert!(machine.lets_in("root"));
}
