//! Machines as they are installed.

use super::super::{Login, Root, Verdict, compare};
use super::{base, debian, rhel, shown, ubuntu};

#[test]
fn a_stock_debian_is_entered_by_roots_key_alone() {
    let access = debian().access();
    assert_eq!(shown(&access), ["root key root"]);
    let Login::SshKey { ports, file } = &access.ways[0].login else { panic!() };
    assert_eq!((&ports[..], file.as_str()), (&[22][..], "/root/.ssh/authorized_keys"));
    assert_eq!(access.ssh_accounts(), ["root"]);
    assert!(access.doubts.is_empty(), "{:?}", access.doubts);
}

#[test]
fn an_ubuntu_is_entered_by_its_administrator_too() {
    let access = ubuntu().access();
    let expected = ["root key root", "kim key sudo", "kim password sudo", "kim console sudo"];
    assert_eq!(shown(&access), expected);
    let Root::Sudo { rule, passwordless } = &access.ways[1].root else { panic!() };
    assert_eq!((rule.shown().as_str(), *passwordless), ("/etc/sudoers:3", false));
}

#[test]
fn a_red_hat_is_entered_by_its_administrator_too() {
    let access = rhel().access();
    let expected = ["root key root", "kim key sudo", "kim password sudo", "kim console sudo"];
    assert_eq!(shown(&access), expected);
    assert!(access.doubts.is_empty(), "{:?}", access.doubts);
}

#[test]
fn su_is_a_way_where_root_has_a_password() {
    let shadow = "root:$6$a$b:20000:0:99999:7:::\nkim:$6$a$b:20000:0:99999:7:::\n";
    let access = debian().file("/etc/shadow", shadow).access();
    assert_eq!(
        shown(&access),
        ["root key root", "root console root", "kim password su", "kim console su"]
    );
}

#[test]
fn nothing_changed_loses_nothing() {
    for machine in [debian(), ubuntu(), rhel()] {
        let access = machine.access();
        let comparison = compare(&access, &machine.access());
        assert!(comparison.holds() && comparison.lost.is_empty() && comparison.moved.is_none());
        assert!(comparison.doubts.is_empty());
        assert_eq!(comparison.kept, access.ways);
    }
}

#[test]
fn where_nobody_gets_in_nothing_can_be_proven() {
    let access =
        base().file("/etc/shadow", "root:*:1::::::\n").sshd("PubkeyAuthentication no\n").access();
    assert_eq!(compare(&access, &access).verdict, Verdict::NothingBefore);
    let empty = super::Machine(pasu_system::MemorySystem::new()).access();
    assert!(empty.ways.is_empty() && !empty.doubts.is_empty());
}
