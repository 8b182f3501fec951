//! `--all-safe` on a stock host and on one that nobody looks after.

use super::machine::Machine;
use std::collections::BTreeSet;

const PORTS: &str = "ss -Hltun | awk '{ print $1, $5 }' | sort -u";

/// Verdicts by item.
fn audit(machine: &Machine) -> Vec<(String, String)> {
    let ran = machine.pasu("audit --format json");
    let audit: serde_json::Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| {
        panic!("{error}: {}", ran.err);
    });
    let text = |result: &serde_json::Value, key: &str| result[key].as_str().unwrap().to_owned();
    let results = audit["results"].as_array().unwrap();
    results.iter().map(|result| (text(result, "item"), text(result, "verdict"))).collect()
}

fn all_safe(machine: &Machine) {
    assert!(machine.lets_in("root") && machine.lets_in("kim"));
    let before = machine.manifest();
    let open: BTreeSet<String> = machine.sh(PORTS).lines().map(str::to_owned).collect();
    machine.pasu("fix plan --all-safe --format json --output /root/test/plan.json").ok();
    let plan: serde_json::Value =
        serde_json::from_str(&machine.sh("cat /root/test/plan.json")).unwrap();
    let planned: BTreeSet<String> = plan["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item["status"] == "planned")
        .map(|item| item["item"].as_str().unwrap().to_owned())
        .collect();
    assert!(!planned.is_empty());
    let ran = machine.pasu("fix apply --all-safe --yes");
    assert!(ran.out.contains("[applied]"), "{}{}", ran.out, ran.err);
    for (item, verdict) in audit(machine).iter().filter(|(item, _)| planned.contains(item)) {
        assert!(
            matches!(verdict.as_str(), "pass" | "not-applicable" | "manual"),
            "{item}: {verdict} although it was fixed\n{}{}",
            ran.out,
            ran.err
        );
    }
    let now: BTreeSet<String> = machine.sh(PORTS).lines().map(str::to_owned).collect();
    // A daemon that is started anew takes other high numbers.
    let lost: Vec<&String> = open.difference(&now).filter(|port| is_fixed(port)).collect();
    assert!(lost.is_empty(), "no longer open: {lost:?}");
    assert!(machine.lets_in("root") && machine.lets_in("kim"));
    machine.pasu("fix apply --all-safe --yes").says("nothing to apply");
    machine.pasu("fix rollback --all --yes").ok();
    machine.assert_same(&before);
    assert!(machine.lets_in("root") && machine.lets_in("kim"));
}

fn is_fixed(port: &str) -> bool {
    let number = port.rsplit(':').next().and_then(|number| number.parse::<u32>().ok());
    number.is_some_and(|number| number < 32768)
}

/// Every item at once, with the consent of a person: one that fails is left out, and the rest is done.
fn all_accepted(machine: &Machine) {
    // Services of which a container may not have what they need are no service of the test's.
    machine.sh("systemctl disable --now chrony.service");
    let before = machine.manifest();
    let items: Vec<String> = audit(machine).into_iter().map(|(item, _)| item).collect();
    let ran = machine.pasu(&format!("fix apply --yes --accept {}", items.join(",")));
    assert!(ran.out.contains("Trying again without") || ran.err.contains("Trying again without"));
    assert!(ran.out.contains("[applied]"), "{}{}", ran.out, ran.err);
    assert!(!machine.lets_in("root"));
    machine.assert_kim_becomes_root();
    machine.pasu("fix rollback --all --yes").ok();
    machine.assert_same(&before);
    assert!(machine.lets_in("root") && machine.lets_in("kim"));
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn stock() {
    let machine = Machine::with_systemd("stock");
    all_safe(&machine);
    all_accepted(&machine);
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn neglected() {
    let machine = Machine::without_init("neglected");
    let scenario: toml::Value =
        toml::from_str(include_str!("../hosts/scenarios/neglected.toml")).unwrap();
    let setup = scenario["setup"].as_str().unwrap();
    // The accounts are there already, and sshd runs.
    let setup =
        setup.replace("useradd -m -s /bin/bash kim", "true").replace("/usr/sbin/sshd", "true");
    machine.sh(&setup);
    // What keeps the key from being taken is another test's.
    machine.sh("chmod 0755 /home/kim; usermod -p '*' kim");
    all_safe(&machine);
}
