//! Trees that lie, break or do not end.

use super::machine::Machine;
use std::fmt::Write;
use std::time::{Duration, Instant};

/// No item may take its time from the number of accounts: a run of all of them stays well below this.
const SOON: Duration = Duration::from_secs(120);

#[test]
fn damaged_files_block_and_never_pass() {
    let machine = Machine::new();
    machine.write("etc/passwd", b"root:x:0:0:root:/root:/bin/bash\n\xff\xfe\x00\x00::\nx:x\n");
    machine.write("etc/shadow", "root\n");
    machine.mode("etc/shadow", 0o400);
    for code in ["U-04", "U-05", "U-10"] {
        assert_eq!(machine.verdict(code).0, "blocked", "{code}");
    }
}

#[test]
fn links_never_lead_out_of_the_root() {
    let machine = Machine::new();
    let outside = machine.file("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("sshd_config"), "PermitRootLogin yes\n").unwrap();
    std::fs::write(outside.join("hosts"), "secret\n").unwrap();
    machine.link("etc/ssh", outside.to_str().unwrap());
    machine.link("etc/hosts", "../../outside/hosts");
    machine.link("etc/services", "services");
    machine.link("etc/pam.d", "pam.d");
    let audit = machine.json(&[]);
    let text = audit.to_string();
    assert!(!text.contains("secret") && !text.contains("PermitRootLogin yes"), "{text}");
    for result in audit["results"].as_array().unwrap() {
        assert_ne!(result["reason_key"], "unseen-panic", "{result}");
    }
}

#[test]
fn includes_in_a_circle_end() {
    let machine = Machine::new();
    machine.write("etc/ssh/sshd_config", "Include /etc/ssh/sshd_config\nInclude /etc/ssh/*.conf\n");
    machine.write("etc/ssh/a.conf", "Include /etc/ssh/b.conf\n");
    machine.write("etc/ssh/b.conf", "Include /etc/ssh/a.conf\n");
    machine.write("etc/sudoers", "@includedir /etc/sudoers.d\n@include /etc/sudoers\n");
    machine.write("etc/sudoers.d/a", "@include /etc/sudoers\n");
    machine.write(
        "etc/pam.d/common-auth",
        "@include common-auth\nauth include common-auth\nauth substack su\n",
    );
    machine.write("etc/pam.d/su", "auth include common-auth\n@include su\n");
    machine.write("etc/pam.d/common-password", "@include common-password\n");
    machine.write(
        "etc/rsyslog.conf",
        "$IncludeConfig /etc/rsyslog.conf\ninclude(file=\"/etc/rsyslog.d/*.conf\")\n",
    );
    machine.write("etc/rsyslog.d/a.conf", "$IncludeConfig /etc/rsyslog.conf\n");
    let start = Instant::now();
    let audit = machine.json(&["--timeout", "90s"]);
    assert_eq!(audit["results"].as_array().map(Vec::len), Some(67));
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    let late = audit["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|result| result["reason_key"] == "unseen-timeout");
    assert_eq!(late.count(), 0);
}

#[test]
fn a_hundred_thousand_accounts_are_judged_in_time() {
    let machine = Machine::new();
    let (mut passwd, mut shadow, mut group) = (String::new(), String::new(), String::new());
    passwd.push_str("root:x:0:0:root:/root:/bin/bash\n");
    shadow.push_str("root:*:19700:0:99999:7:::\n");
    group.push_str("root:x:0:\n");
    for number in 1000..101_000 {
        writeln!(passwd, "u{number}:x:{number}:{number}::/home/u{number}:/bin/bash").unwrap();
        writeln!(shadow, "u{number}:$y$j9T$abc$0123456789:19700:0:99999:7:::").unwrap();
        writeln!(group, "u{number}:x:{number}:").unwrap();
    }
    machine.write("etc/passwd", passwd);
    machine.write("etc/shadow", shadow);
    machine.write("etc/group", group);
    let start = Instant::now();
    let audit = machine.json(&[]);
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    for result in audit["results"].as_array().unwrap() {
        assert_ne!(result["reason_key"], "unseen-timeout", "{result}");
        assert!(result["evidence"].as_array().unwrap().len() <= 60, "evidence is bounded");
    }
}

#[test]
fn a_file_that_is_too_large_is_not_read_and_said() {
    let machine = Machine::new();
    machine.write("etc/login.defs", "");
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(machine.root().join("etc/login.defs"))
        .unwrap();
    // Sparse: it takes no room, and reading it would.
    file.set_len(3 << 30).unwrap();
    let audit = machine.json(&["--item", "U-02"]);
    let evidence = audit["results"][0]["evidence"].as_array().unwrap();
    let limit = evidence.iter().find(|evidence| evidence["key"] == "unseen-limit");
    assert_eq!(limit.map(|evidence| &evidence["path"]), Some(&"/etc/login.defs".into()), "{audit}");
}

#[test]
fn a_pipe_in_the_place_of_a_file_is_never_waited_for() {
    let machine = Machine::new();
    let path = machine.root().join("etc/hosts.equiv");
    let mode = rustix::fs::Mode::from_raw_mode(0o644);
    for name in ["etc/hosts.equiv", "etc/login.defs", "etc/profile", "etc/motd", "etc/crontab"] {
        let path = machine.root().join(name);
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    }
    assert!(path.exists());
    let audit = machine.json(&["--timeout", "60s"]);
    for result in audit["results"].as_array().unwrap() {
        assert_ne!(result["reason_key"], "unseen-timeout", "{result}");
    }
}
