//! What has shut administrators out elsewhere: each change must be seen to take the way that it takes.

use super::super::{Verdict, compare};
use super::{DEBIAN_AUTH, Machine, RHEL_AUTH, debian, rhel, short, ubuntu};

struct Trap {
    name: &'static str,
    before: Machine,
    after: Machine,
    /// The way that must be lost.
    loses: &'static str,
    /// Whether it is lost for sure; else only in doubt.
    surely: bool,
    verdict: Verdict,
    /// A part of where the reason is seen.
    place: &'static str,
}

/// A trap that shuts root, the only one with a way, out of a stock Debian.
fn root(name: &'static str, after: Machine, place: &'static str) -> Trap {
    let (before, verdict) = (debian(), Verdict::AllLost);
    Trap { name, before, after, loses: "root key root", surely: true, verdict, place }
}

/// A trap that shuts kim, the only one with a way, out of an Ubuntu.
fn kim(
    name: &'static str,
    change: impl Fn(Machine) -> Machine,
    loses: &'static str,
    place: &'static str,
) -> Trap {
    let before = ubuntu().drop_in("10.conf", "PermitRootLogin no\n");
    let after = change(before.clone());
    Trap { name, before, after, loses, surely: true, verdict: Verdict::AllLost, place }
}

fn in_doubt(trap: Trap) -> Trap {
    Trap { surely: false, ..trap }
}

fn ends(verdict: Verdict, trap: Trap) -> Trap {
    Trap { verdict, ..trap }
}

fn check(traps: Vec<Trap>) {
    for trap in traps {
        let name = trap.name;
        let (before, after) = (trap.before.access(), trap.after.access());
        let comparison = compare(&before, &after);
        let lost = comparison.lost.iter().find(|lost| {
            let way = &lost.way;
            short(&way.account, way.login.kind(), way.root.kind()) == trap.loses
        });
        let lost = lost.unwrap_or_else(|| panic!("{name}: not lost: {:?}", before.ways));
        assert_eq!(lost.surely, trap.surely, "{name}: {:?}", lost.why);
        let place = lost.why.place.as_ref().map(|place| place.shown()).unwrap_or_default();
        assert!(place.contains(trap.place), "{name}: {:?}", lost.why);
        assert_eq!(comparison.verdict, trap.verdict, "{name}: {:?}", comparison.kept);
        assert!(!lost.why.text.ko.is_empty() && !lost.why.text.en.is_empty(), "{name}");
        assert!(!comparison.holds(), "{name}");
    }
}

/// The same where whoever is shut out still has the console, which may be far away.
fn kim_far(name: &'static str, lines: &'static str, place: &'static str) -> Trap {
    let trap = kim(name, |machine| machine.drop_in("50.conf", lines), "kim key sudo", place);
    ends(Verdict::RemoteLost, trap)
}

#[test]
fn sshd_settings_that_shut_out() {
    let include = "Include /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\n";
    let main = |text: &str| debian().sshd(&format!("{include}{text}"));
    let first = main("PermitRootLogin yes\n").drop_in("00-fix.conf", "PermitRootLogin no\n");
    let forced = debian().drop_in("1.conf", "PermitRootLogin forced-commands-only\n");
    let by_user = main("PermitRootLogin yes\nMatch User root\n PermitRootLogin no\n");
    let by_address = main("Match Address 192.0.2.0/24\n PermitRootLogin no\n");
    let no_password = "PasswordAuthentication no\n";
    check(vec![
        root("1 Match refuses root", by_user, "sshd_config:5"),
        in_doubt(root("1 Match by address", by_address, "sshd_config:4")),
        kim_far("2 AllowGroups", "AllowGroups operators root\n", "50.conf:1"),
        root("3 a drop-in wins over what is set below", first, "00-fix.conf:1"),
        root("PermitRootLogin no", main("PermitRootLogin no\n"), "sshd_config:3"),
        root("forced commands", forced, "1.conf"),
        kim_far("AllowUsers", "AllowUsers lee\n", "50.conf:1"),
        in_doubt(kim_far("AllowUsers by address", "AllowUsers kim@10.0.0.*\n", "50.conf:1")),
        kim_far("DenyGroups", "DenyGroups adm?ns\n", "50.conf:1"),
        kim_far("keys elsewhere", "AuthorizedKeysFile /k/%u\nPasswordAuthentication no\n", ""),
        kim_far(
            "methods",
            "PasswordAuthentication no\nAuthenticationMethods publickey,password\n",
            "50.conf:1",
        ),
        kim_far(
            "algorithms",
            "PubkeyAcceptedAlgorithms rsa-sha2-*\nPasswordAuthentication no\n",
            "50.conf:1",
        ),
        kim_far("ForceCommand", "Match Group sudo\nForceCommand /bin/true\n", "50.conf:2"),
    ]);
    let only_password = ubuntu().file("/home/kim/.ssh/authorized_keys", "");
    let before = only_password.drop_in("10.conf", "PermitRootLogin no\n");
    check(vec![Trap {
        name: "whoever has only a password",
        after: before.clone().drop_in("50.conf", no_password),
        before,
        loses: "kim password sudo",
        surely: true,
        verdict: Verdict::RemoteLost,
        place: "50.conf:1",
    }]);
}

#[test]
fn accounts_that_cannot_be_used_any_more() {
    let expired = "root:*:20000:0:99999:7::20700:\nkim:$6$a$b:20000:0:99999:7:::\n";
    let nologin = "root:x:0:0::/root:/usr/sbin/nologin\n";
    let missing = "root:x:0:0::/root:/bin/zsh\n";
    let old = "root:*:20000:0:90:7:30::\n";
    let forced = "root:$6$a$b:0:0:90:7:::\n";
    check(vec![
        root("4 expired", debian().file("/etc/shadow", expired), "/etc/shadow:1"),
        root("5 nologin", debian().file("/etc/passwd", nologin), "/etc/passwd:1"),
        root("a shell that is not there", debian().file("/etc/passwd", missing), "/etc/passwd:1"),
        root("a shell that nobody may start", debian().mode("/bin/bash", 0o644), "/etc/passwd:1"),
        root("no line in shadow", debian().file("/etc/shadow", "kim:*:1::::::\n"), "/etc/shadow"),
        root("an old password", debian().file("/etc/shadow", old), "/etc/shadow:1"),
        in_doubt(root(
            "a password that must be changed",
            debian().file("/etc/shadow", forced),
            "/etc/shadow:1",
        )),
        root(
            "an account that is gone",
            debian().file("/etc/passwd", "toor:x:1:1::/:/bin/bash\n"),
            "",
        ),
        kim(
            "nologin for all but root",
            |machine| machine.file("/etc/nologin", ""),
            "kim key sudo",
            "/etc/nologin",
        ),
    ]);
}

#[test]
fn keys_that_sshd_does_not_take() {
    check(vec![
        root(
            "6 a key file others may write",
            debian().mode("/root/.ssh/authorized_keys", 0o660),
            "authorized_keys",
        ),
        root("6 a home others may write", debian().mode("/root", 0o775), "/root"),
        root("a folder of another", debian().owner("/root/.ssh", 1000), "/root/.ssh"),
        root(
            "a key with a command",
            debian()
                .file("/root/.ssh/authorized_keys", &format!("command=\"/bin/a\" {}", super::KEY)),
            "authorized_keys:1",
        ),
        in_doubt(root(
            "a key from an address",
            debian().file("/root/.ssh/authorized_keys", &format!("from=\"10.*\" {}", super::KEY)),
            "authorized_keys:1",
        )),
        root("no key", debian().file("/root/.ssh/authorized_keys", "# none\n"), "authorized_keys"),
        ends(
            Verdict::RemoteLost,
            kim(
                "a file of root's that kim may not read",
                |machine| {
                    machine
                        .owner("/home/kim/.ssh/authorized_keys", 0)
                        .drop_in("50.conf", "PasswordAuthentication no\n")
                },
                "kim key sudo",
                "authorized_keys",
            ),
        ),
    ]);
}

#[test]
fn stacks_of_pam_that_refuse() {
    let faillock = format!(
        "auth required pam_faillock.so preauth\n{}",
        DEBIAN_AUTH.replace(
            "auth requisite",
            "auth [default=die] pam_faillock.so authfail\nauth requisite"
        )
    );
    let early = format!("auth [default=die] pam_faillock.so authfail\n{DEBIAN_AUTH}");
    let denied = format!("auth requisite pam_deny.so\n{RHEL_AUTH}");
    let by_password = |machine: Machine| machine.drop_in("50.conf", "PubkeyAuthentication no\n");
    let trap = |name, auth: &str, place| {
        let before = by_password(ubuntu());
        let after = before.clone().file("/etc/pam.d/common-auth", auth);
        Trap {
            name,
            before,
            after,
            loses: "kim password sudo",
            surely: true,
            verdict: Verdict::AllLost,
            place,
        }
    };
    let red = by_password(rhel());
    check(vec![
        // The jump of pam_unix was not made longer and leads to the denial.
        trap("7 authfail between pam_unix and the denial", &faillock, "common-auth:"),
        trap("7 authfail before pam_unix", &early, "common-auth:1"),
        Trap {
            name: "7 deny first",
            before: red.clone(),
            after: red.clone().file("/etc/pam.d/system-auth", &denied),
            loses: "kim password sudo",
            surely: true,
            verdict: Verdict::AllLost,
            place: "system-auth:1",
        },
        in_doubt(trap(
            "a lock that never opens",
            &format!("auth required pam_faillock.so preauth deny=3 unlock_time=0\n{DEBIAN_AUTH}"),
            "common-auth:1",
        )),
        in_doubt(trap(
            "a second factor",
            &format!("{DEBIAN_AUTH}auth required pam_google_authenticator.so\n"),
            "common-auth:4",
        )),
    ]);
    // Elsewhere the account phase decides, for keys too.
    let account =
        |text: &str| debian().file("/etc/pam.d/sshd", &format!("{text}@include common-account\n"));
    check(vec![
        root("pam_access", account("account required pam_access.so\n").file("/etc/security/access.conf", "# x\n-:ALL EXCEPT kim:ALL\n"), "access.conf:2"),
        in_doubt(root("pam_access by address", account("account required pam_access.so\n").file("/etc/security/access.conf", "+:root:192.0.2.1\n-:ALL:ALL\n"), "access.conf:1")),
        root("pam_succeed_if", account("account required pam_succeed_if.so uid >= 1000 quiet\n"), "sshd:1"),
        root("pam_listfile", account("account required pam_listfile.so item=user sense=deny file=/etc/ssh/deny onerr=succeed\n").file("/etc/ssh/deny", "root\n"), "/etc/ssh/deny"),
        in_doubt(root("pam_time", account("account required pam_time.so\n").file("/etc/security/time.conf", "sshd;*;*;Wk0900-1800\n"), "time.conf")),
        root(
            "a module that is not installed",
            debian().file("/usr/lib64/security/pam_unix.so", "x"),
            "/etc/pam.d/sshd:2",
        ),
        in_doubt(root("a file that PAM misses", debian().file("/etc/pam.d/sshd", "@include gone\n"), "/etc/pam.d/sshd")),
    ]);
}

#[test]
fn sshd_that_waits_elsewhere() {
    let socket = |machine: Machine, text: &str| {
        machine.file("/usr/lib/systemd/system/ssh.socket", text).link(
            "/etc/systemd/system/sockets.target.wants/ssh.socket",
            "/usr/lib/systemd/system/ssh.socket",
        )
    };
    let plain = "[Socket]\nListenStream=22\n";
    let drop_in = "/etc/systemd/system/ssh.socket.d/override.conf";
    let generator = "/usr/lib/systemd/system-generators/sshd-socket-generator";
    let port = |machine: Machine| machine.drop_in("10-port.conf", "Port 2222\n");
    for (name, before, after, to) in [
        ("9 another port", debian(), port(debian()), vec!["*:2222"]),
        (
            "another port for an address",
            debian(),
            debian().drop_in("1.conf", "ListenAddress 192.0.2.1:2200\n"),
            vec!["192.0.2.1:2200"],
        ),
        (
            "8 the socket's own port",
            socket(debian(), plain),
            socket(debian(), plain).file(
                drop_in,
                "[Socket]\nListenStream=\nListenStream=0.0.0.0:2222\nListenStream=[::]:2222\n",
            ),
            vec!["*:2222"],
        ),
        (
            "8 the generator follows sshd_config",
            socket(debian(), plain).file(generator, ""),
            port(socket(debian(), plain).file(generator, "")),
            vec!["*:2222"],
        ),
    ] {
        let comparison = compare(&before.access(), &after.access());
        assert_eq!(comparison.verdict, Verdict::PortMoved, "{name}");
        let moved = comparison.moved.unwrap();
        let ends: Vec<String> = moved.to.iter().map(super::super::Endpoint::shown).collect();
        assert_eq!(ends, to, "{name}");
        assert!(moved.sentence().ko.contains(to[0]), "{name}");
    }
    // Without a generator the socket waits where it did, and the new Port says nothing: that is told.
    let (before, after) = (socket(debian(), plain), port(socket(debian(), plain)));
    let comparison = compare(&before.access(), &after.access());
    assert!(comparison.holds());
    assert!(
        comparison.doubts[0].why.text.en.contains("Port 2222 of sshd's settings has no effect")
    );
    // A second port moves nobody.
    let both = debian().drop_in("1.conf", "Port 22\nPort 2222\n");
    assert!(compare(&debian().access(), &both.access()).holds());
    let wanted = "/etc/systemd/system/multi-user.target.wants/ssh.service";
    check(vec![
        root(
            "only this machine itself",
            debian().drop_in("1.conf", "ListenAddress 127.0.0.1\nListenAddress ::1\n"),
            "",
        ),
        root("masked", debian().link("/etc/systemd/system/ssh.service", "/dev/null"), ""),
        root(
            "switched off",
            debian().link(wanted, "/x").link("/etc/systemd/system/ssh.service", "/dev/null"),
            "",
        ),
    ]);
}

#[test]
fn root_that_is_out_of_reach() {
    let shadow = "root:$6$a$b:20000:0:99999:7:::\nkim:$6$a$b:20000:0:99999:7:::\n";
    let group = "root:x:0:\nkim:x:1000:\nsudo:x:27:\nadmins:x:900:kim\n";
    let su = |machine: Machine| machine.file("/etc/shadow", shadow).file("/etc/group", group);
    let wheel = "auth sufficient pam_rootok.so\nauth required pam_wheel.so use_uid group=ops\n@include common-auth\n@include common-account\n";
    let su_trap = |name, change: &dyn Fn(Machine) -> Machine, place| {
        let before = su(ubuntu().drop_in("10.conf", "PermitRootLogin no\n"))
            .file("/etc/securetty", "pts/0\n");
        let login =
            "auth required pam_securetty.so\n@include common-auth\n@include common-account\n";
        let before = before.file("/etc/pam.d/login", login);
        let after = change(before.clone());
        Trap {
            name,
            before,
            after,
            loses: "kim key su",
            surely: true,
            verdict: Verdict::AllLost,
            place,
        }
    };
    check(vec![
        kim(
            "10 a group that loses its member",
            |machine| machine.file("/etc/group", group),
            "kim key sudo",
            "/etc/sudoers",
        ),
        kim(
            "the rule is taken",
            |machine| machine.file("/etc/sudoers", "root ALL=(ALL) ALL\n#%sudo ALL=(ALL) ALL\n"),
            "kim key sudo",
            "/etc/sudoers",
        ),
        kim(
            "a file with a dot",
            |machine| {
                machine
                    .file("/etc/sudoers", "@includedir /etc/sudoers.d\n")
                    .file("/etc/sudoers.d/90.conf", "kim ALL=(ALL) ALL\n")
            },
            "kim key sudo",
            "/etc/sudoers",
        ),
        kim(
            "sudo without its setuid bit",
            |machine| machine.mode("/usr/bin/sudo", 0o755),
            "kim key sudo",
            "/usr/bin/sudo",
        ),
        kim(
            "root's password is asked and there is none",
            |machine| machine.file("/etc/sudoers.d/x", "Defaults rootpw\n"),
            "kim key sudo",
            "/etc/shadow:1",
        ),
        kim(
            "a later rule refuses",
            |machine| machine.file("/etc/sudoers.d/x", "kim ALL=(ALL) !ALL\n"),
            "kim key sudo",
            "/etc/sudoers",
        ),
        in_doubt(kim(
            "a later rule may refuse",
            |machine| machine.file("/etc/sudoers.d/x", "+ops ALL=(ALL) !ALL\n"),
            "kim key sudo",
            "/etc/sudoers.d/x:1",
        )),
        kim(
            "sudoers that others may write",
            |machine| machine.mode("/etc/sudoers", 0o666),
            "kim key sudo",
            "/etc/sudoers",
        ),
        kim(
            "NOPASSWD is gone and there is no password",
            |machine| machine.file("/etc/shadow", "kim:*:20000:0:99999:7:::\n"),
            "kim key sudo",
            "/etc/shadow:1",
        ),
        su_trap(
            "pam_wheel asks for a group that is not there",
            &|machine| machine.file("/etc/pam.d/su", wheel),
            "/etc/pam.d/su:2",
        ),
        su_trap(
            "root's password is locked",
            &|machine| machine.file("/etc/shadow", &shadow.replace("root:", "root:!")),
            "/etc/shadow:1",
        ),
        su_trap("su without its setuid bit", &|machine| machine.mode("/bin/su", 0o755), "/bin/su"),
        su_trap(
            "root's shell",
            &|machine| {
                machine.file(
                    "/etc/passwd",
                    "root:x:0:0::/root:/bin/false\nkim:x:1000:1000::/home/kim:/bin/bash\n",
                )
            },
            "/etc/passwd:1",
        ),
    ]);
}

#[test]
fn losing_every_way_over_ssh_is_no_proof_although_the_console_is_left() {
    let before = ubuntu();
    let after = before.clone().drop_in("1.conf", "AllowUsers lee\n");
    let comparison = compare(&before.access(), &after.access());
    assert_eq!(comparison.verdict, Verdict::RemoteLost);
    assert_eq!(comparison.kept.len(), 1);
}
