//! Details that keep a way open.

use super::{Machine, debian, rhel, shown, ubuntu};

fn has(machine: Machine, way: &str) -> bool {
    shown(&machine.access()).iter().any(|shown| shown == way)
}

#[test]
fn what_is_strict_and_still_lets_in() {
    let rule = |text: &str| debian().key("/home/kim", 1000).file("/etc/sudoers.d/kim", text);
    for (name, machine, way) in [
        ("a list that names the account", ubuntu().drop_in("1.conf", "AllowUsers root k*\nAllowGroups sudo\n"), "kim key sudo"),
        ("both a key and a password", ubuntu().drop_in("1.conf", "AuthenticationMethods publickey,password\n"), "kim key sudo"),
        ("a Match that gives what is refused above", debian().drop_in("1.conf", "PermitRootLogin no\nMatch User root\nPermitRootLogin prohibit-password\n"), "root key root"),
        ("lax modes without StrictModes", debian().drop_in("1.conf", "StrictModes no\n").mode("/root", 0o777), "root key root"),
        ("another file of keys", debian().drop_in("1.conf", "AuthorizedKeysFile /etc/ssh/keys/%u .ssh/none\n").file("/etc/ssh/keys/root", super::KEY), "root key root"),
        ("a home behind a link", debian().key("/data/root", 0).file("/etc/passwd", "root:x:0:0::/r:/bin/bash\n").link("/r", "data/root"), "root key root"),
        ("a home below a link that others may write above", debian().key("/data/h/root", 0).mode("/data", 0o777).file("/etc/passwd", "root:x:0:0::/h/root:/bin/bash\n").link("/h", "data/h"), "root key root"),
        ("nologin stops others than root", debian().file("/etc/nologin", ""), "root key root"),
        ("a rule for the user", rule("kim ALL=(ALL) NOPASSWD: ALL\n").file("/etc/shadow", "kim:*:20000:0:99999:7:::\n"), "kim key sudo"),
        ("aliases", rule("User_Alias OPS = lee, %kim\nHost_Alias H = ALL\nRunas_Alias R = root\nCmnd_Alias C = /bin/ls, /bin/su\nOPS H = (R) C\n"), "kim key sudo"),
        ("a shell", rule("#1000 ALL = /bin/bash\n"), "kim key sudo"),
        ("a refusal taken back", rule("kim ALL=(ALL) !ALL\nkim ALL=(ALL) ALL\n"), "kim key sudo"),
        ("faillock in its place", rhel().file("/etc/pam.d/system-auth", &super::RHEL_AUTH.replacen("auth sufficient pam_unix.so nullok\n", "auth required pam_faillock.so preauth silent deny=4 unlock_time=1200\nauth sufficient pam_unix.so nullok\n", 1).replace("auth required pam_deny", "auth required pam_faillock.so authfail\nauth required pam_deny")), "kim password sudo"),
        ("a password past its age that may be changed", ubuntu().file("/etc/shadow", "kim:$6$a$b:20000:0:90:7:::\n"), "kim password sudo"),
        ("pam_wheel with a member", rhel().file("/etc/shadow", "root:$6$a$b:1::::::\nkim:$6$a$b:20000::::::\n").file("/etc/pam.d/su", "auth required pam_wheel.so use_uid\nauth include system-auth\naccount include system-auth\n"), "kim key su"),
        ("an optional module that nobody knows", ubuntu().file("/etc/pam.d/common-auth", &format!("auth optional pam_ecryptfs.so unwrap\n{}", super::DEBIAN_AUTH)), "kim password sudo"),
    ] {
        assert!(has(machine.clone(), way), "{name}: {:#?}", machine.access());
    }
}

#[test]
fn what_looks_open_and_is_not() {
    let rule = |text: &str| debian().key("/home/kim", 1000).file("/etc/sudoers.d/kim", text);
    for (name, machine, way) in [
        ("a command that is no shell", rule("kim ALL=(ALL) NOPASSWD: /bin/ls\n"), "kim key sudo"),
        ("as another than root", rule("kim ALL=(postgres) ALL\n"), "kim key sudo"),
        (
            "another host",
            rule("kim web9=(ALL) ALL\n").file("/etc/hostname", "web1\n"),
            "kim key sudo",
        ),
        ("a shell with arguments", rule("kim ALL=(ALL) /bin/bash /opt/x.sh\n"), "kim key sudo"),
        ("no further programs", rule("kim ALL=(ALL) NOEXEC: ALL\n"), "kim key sudo"),
        (
            "all but shells",
            rule(
                "kim ALL=(ALL) ALL, !/bin/bash, !/bin/sh, !/usr/bin/*sh, !/bin/su, !/usr/bin/su\n",
            ),
            "kim key sudo",
        ),
        (
            "a locked account without PAM",
            debian().sshd("UsePAM no\n").file("/etc/shadow", "root:!:20000::::::\n"),
            "root key root",
        ),
        (
            "root by a password",
            debian().file("/etc/shadow", "root:$6$a$b:20000::::::\n"),
            "root password root",
        ),
        (
            "an empty password",
            ubuntu().file("/etc/shadow", "kim::20000::::::\n"),
            "kim password sudo",
        ),
        (
            "keys that may be revoked",
            debian().drop_in("1.conf", "RevokedKeys /etc/ssh/revoked\n"),
            "root key root",
        ),
        (
            "two keys",
            debian().drop_in("1.conf", "AuthenticationMethods publickey,publickey\n"),
            "root key root",
        ),
    ] {
        assert!(!has(machine, way), "{name}");
    }
}

#[test]
fn accounts_of_a_directory_are_told() {
    let machine = ubuntu().file("/etc/nsswitch.conf", "passwd: files ldap\ngroup: files\n");
    let access = machine.access();
    assert!(access.doubts.iter().any(|doubt| doubt.why.text.en.contains("elsewhere (ldap)")));
    assert!(!access.ways.is_empty());
}

#[test]
fn a_running_sshd_outside_units_counts() {
    let folder = "/etc/systemd/system/multi-user.target.wants";
    let status = "Name:\tsshd\nUid:\t0\t0\t0\t0\nNSpid:\t7\n";
    let idle = debian()
        .link(&format!("{folder}/ssh.service"), "/x")
        .link("/etc/systemd/system/ssh.service", "/dev/null");
    assert!(!has(idle.clone(), "root key root"));
    let live = idle
        .file("/proc/7/status", status)
        .file(
            "/proc/7/cmdline",
            "sshd: /usr/sbin/sshd -D -p 2022 [listener] 0 of 10-100 startups\0",
        )
        .file("/proc/7/cgroup", "0::/\n")
        .link("/proc/7/exe", "/usr/sbin/sshd");
    let live = Machine(live.0.live().with_directory("/proc/7/fd").with_directory("/proc/net"));
    let access = live.access();
    assert_eq!(shown(&access), ["root key root"]);
    assert_eq!(access.endpoints[0].port, 2022);
}

#[test]
fn an_account_that_is_locked_at_this_moment_has_no_proven_way() {
    let auth = format!("auth required pam_faillock.so preauth\n{}", super::DEBIAN_AUTH);
    let machine = ubuntu().file("/etc/pam.d/common-auth", &auth);
    let tally = |age: i64, times: usize| {
        let mut record = vec![0_u8; 54];
        record.extend(1_u16.to_ne_bytes());
        record.extend((1_795_608_000 - age).to_ne_bytes());
        Machine(machine.0.clone().with_file("/var/run/faillock/kim", record.repeat(times)))
    };
    for (age, times, open) in [(60, 2, true), (60, 3, false), (3600, 3, true)] {
        assert_eq!(has(tally(age, times), "kim key sudo"), open, "{age} {times}");
    }
}
