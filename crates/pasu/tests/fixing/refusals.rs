//! What is refused whole: without the rights of root, two at once, no room to keep the way back, a plan that is stale.

use super::machine::Machine;

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn nothing_is_touched() {
    let machine = Machine::without_init("refusals");
    let before = machine.manifest();
    machine.ssh("kim", "/pasu fix apply U-01 --yes --lang en").ended(2).says("rights of root");
    two_at_once(&machine);
    full_disk(&machine);
    stale(&machine);
    machine.assert_same(&before);
    machine.assert_all_get_in();
}

/// The second waits for nobody.
fn two_at_once(machine: &Machine) {
    machine.sh("mkdir -p -m 0755 /var/lib/pasu; mkdir -p -m 0700 /var/lib/pasu/fix");
    let apply = "fix apply U-01 --yes --lang en";
    machine
        .try_sh(&format!("flock /var/lib/pasu/fix/lock /pasu {apply}"))
        .ended(2)
        .says("another pasu fix is at work");
    assert!(machine.lets_in("root"));
}

/// Room for nothing, and room for some of what is to be kept.
fn full_disk(machine: &Machine) {
    for size in ["4k", "8k", "16k", "24k", "32k"] {
        machine.sh(&format!(
            "rm -rf /var/lib/pasu/*; mount -t tmpfs -o size={size} tmpfs /var/lib/pasu"
        ));
        let ran = machine.pasu("fix apply U-01 --yes");
        let is_in = machine.lets_in("root");
        if ran.status == Some(0) {
            assert!(!is_in, "{size}: applied and not told");
            machine.pasu("fix rollback --all --yes").ok();
        } else {
            assert!(is_in, "{size}: neither applied nor undone: {}{}", ran.out, ran.err);
            machine.pasu("fix recover").ok();
        }
        machine.sh("umount /var/lib/pasu");
    }
}

/// A plan that was made before something else changed.
fn stale(machine: &Machine) {
    machine.pasu("fix plan U-01 --format json --output /root/test/plan.json").ok();
    machine.sh("cp -p /etc/ssh/sshd_config /root/test/sshd_config; echo '# a line' >> /etc/ssh/sshd_config");
    machine.pasu("fix apply /root/test/plan.json --yes").ended(2).says("stale");
    machine.sh("cp -p /root/test/sshd_config /etc/ssh/sshd_config");
    assert!(machine.lets_in("root"));
}
