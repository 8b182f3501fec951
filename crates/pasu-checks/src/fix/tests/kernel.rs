//! Settings of the kernel: what is stored and what runs go together.

use super::super::draft::Draft;
use super::super::{edits, predict};
use crate::case::TestHost;
use crate::kinds::Kind;
use pasu_model::{FixEffect, Verdict};

const SPEC: &str = "key = \"net.ipv4.ip_forward\"\nallowed = [\"0\"]\ndefault = \"0\"";

#[test]
fn it_is_stored_where_it_wins_and_set_now_and_the_old_value_is_kept() {
    let kind = Kind::parse("sysctl", toml::from_str(SPEC).unwrap()).unwrap();
    let host = TestHost::new()
        .live()
        .file("/proc/sys/net/ipv4/ip_forward", "1\n")
        .file("/etc/sysctl.conf", "# kernel\nnet.ipv4.ip_forward=1\n")
        .file("/etc/sysctl.d/99-z.conf", "net/ipv4/ip_forward = 1\nvm.swappiness = 10\n")
        .host();
    assert_eq!(kind.run(&host).verdict(), Verdict::Fail);
    let fix = kind.fix(&host).unwrap();
    let mut draft = Draft::new(&host);
    for edit in &fix.edits {
        edits::draw(&mut draft, edit, "item").unwrap();
    }
    let changes = draft.changes();
    let paths: Vec<&str> = changes.iter().map(|change| change.path.as_str()).collect();
    let files = ["/etc/sysctl.conf", "/etc/sysctl.d/99-pasu.conf", "/etc/sysctl.d/99-z.conf"];
    assert_eq!(paths, files);
    for change in &changes {
        let text = String::from_utf8(change.new.content.clone().unwrap().to_vec()).unwrap();
        assert!(text.ends_with("net.ipv4.ip_forward = 0\n"), "{}: {text}", change.path);
    }
    let effect = FixEffect::Sysctl {
        key: "net.ipv4.ip_forward".to_owned(),
        before: "1".to_owned(),
        value: "0".to_owned(),
    };
    assert_eq!(draft.effects, [(effect, "item".to_owned())]);
    let after = predict::after(&draft);
    assert_eq!(kind.run(&after.host).verdict(), Verdict::Pass);
}
