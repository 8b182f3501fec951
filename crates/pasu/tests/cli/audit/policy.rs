//! The policy file: parameters, exceptions, and mistakes with their place.

use super::machine::Machine;

fn policy(machine: &Machine, text: &str) {
    std::fs::write(machine.file("pasu.toml"), text).unwrap();
}

#[test]
fn an_exception_is_shown_and_no_longer_counts_against_the_run() {
    let machine = Machine::new();
    machine.mode("etc/hosts", 0o666);
    policy(
        &machine,
        "[[audit.exceptions]]\nitem = \"U-19\"\npath = \"/etc/hosts\"\nreason = \"written by DHCP\"\nuntil = 2099-01-01\n",
    );
    let root = machine.root();
    let ran =
        machine.pasu(&["--root", root.to_str().unwrap(), "--item", "U-19", "--format", "json"]);
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    let audit: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let result = &audit["results"][0];
    assert_eq!(
        (result["verdict"].as_str(), result["accepted"]["reason"].as_str()),
        (Some("fail"), Some("written by DHCP"))
    );
    assert_eq!(
        (audit["summary"]["score"].as_f64(), audit["summary"]["accepted"].as_u64()),
        (Some(0.0), Some(1)),
        "accepted is not good"
    );
    policy(
        &machine,
        "[[audit.exceptions]]\nitem = \"hosts-file-mode\"\npath = \"/etc/other\"\nreason = \"r\"\nuntil = \"2099-01-01\"\n",
    );
    assert_eq!(
        machine.pasu(&["--root", root.to_str().unwrap(), "--item", "U-19"]).status,
        Some(1),
        "another file"
    );
}

#[test]
fn mistakes_name_their_place_and_the_way_out() {
    let machine = Machine::new();
    let root = machine.root();
    for (text, words) in [
        ("[audits]\n", "unknown field `audits`"),
        ("[audit]\nguideline = \"kisa-1999\"\n", "kisa-2026"),
        ("[audit.items.no-such-item]\n", "pasu audit list"),
        ("[audit.items.U-18]\naccept = true\n", "audit.items.U-18"),
        ("[audit.items.U-18]\naccept_debian_0640_shadow = 1\n", "true or false"),
        (
            "[[audit.exceptions]]\nitem = \"U-19\"\nreason = \" \"\nuntil = 2099-01-01\n",
            "a reason is needed",
        ),
        (
            "[[audit.exceptions]]\nitem = \"U-19\"\nreason = \"r\"\nuntil = \"soon\"\n",
            "until = 2027-03-31",
        ),
        ("[audit\n", "line 1"),
    ] {
        policy(&machine, text);
        let ran = machine.pasu(&["--root", root.to_str().unwrap()]);
        assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""), "{text}");
        assert!(ran.err.contains(words) && ran.err.contains("pasu.toml"), "{text}: {}", ran.err);
    }
}

#[test]
fn the_schema_takes_what_the_program_takes() {
    let machine = Machine::new();
    let schema: serde_json::Value =
        serde_json::from_str(&machine.pasu(&["schema", "policy"]).out).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let good = serde_json::json!({"audit": {"guideline": "kisa-2021", "items": {"shadow-file-mode": {"accept_debian_0640_shadow": true}},
        "exceptions": [{"item": "U-19", "reason": "r", "until": "2099-01-01"}]}});
    assert!(validator.is_valid(&good));
    for bad in [
        serde_json::json!({"audits": {}}),
        serde_json::json!({"audit": {"items": {"shadow-file-mode": {"accept": true}}}}),
        serde_json::json!({"audit": {"exceptions": [{"item": "U-19"}]}}),
    ] {
        assert!(!validator.is_valid(&bad), "{bad}");
    }
}
