//! What people answer, and for how long it counts.

use super::machine::Machine;

/// Items that only a person judges on this tree.
const MANUAL: &str = "U-07";

fn answer(machine: &Machine, args: &[&str]) -> crate::program::Ran {
    let root = machine.root();
    let fixed = ["answer", MANUAL, "--root", root.to_str().unwrap(), "--by", "kim"];
    machine.pasu(&[&fixed, args].concat())
}

#[test]
fn an_answer_stands_with_its_author_until_it_expires() {
    let machine = Machine::new();
    assert_eq!(machine.verdict(MANUAL).0, "manual");
    let ran = answer(
        &machine,
        &["--verdict", "pass", "--reason", "list reviewed", "--until", "2099-12-31"],
    );
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    let result = machine.json(&["--item", MANUAL])["results"][0].clone();
    assert_eq!(
        (result["verdict"].as_str(), result["checked_verdict"].as_str()),
        (Some("pass"), Some("manual"))
    );
    assert_eq!(
        (result["answer"]["by"].as_str(), result["answer"]["reason"].as_str()),
        (Some("kim"), Some("list reviewed"))
    );
    let kept = std::fs::read_to_string(machine.file("state/answers.json")).unwrap();
    std::fs::write(machine.file("state/answers.json"), kept.replace("2099-12-31", "2020-01-01"))
        .unwrap();
    let result = machine.json(&["--item", MANUAL])["results"][0].clone();
    assert_eq!(result["verdict"], "manual");
    assert_eq!(result["expired_answer"]["until"], "2020-01-01");
}

#[test]
fn an_answer_hides_nothing_that_was_seen_to_be_wrong() {
    let machine = Machine::new();
    machine.mode("etc/hosts", 0o777);
    let root = machine.root();
    let args = [
        "answer",
        "U-19",
        "--root",
        root.to_str().unwrap(),
        "--verdict",
        "pass",
        "--reason",
        "no",
        "--until",
        "2099-01-01",
    ];
    assert_eq!(machine.pasu(&args).status, Some(0));
    assert_eq!(machine.verdict("U-19").0, "fail");
}

#[test]
fn answers_without_reason_or_in_the_past_are_refused() {
    let machine = Machine::new();
    for (args, words) in [
        (["--verdict", "pass", "--reason", " ", "--until", "2099-01-01"], "--reason is empty"),
        (["--verdict", "pass", "--reason", "r", "--until", "2020-01-01"], "that day is over"),
        (["--verdict", "pass", "--reason", "r", "--until", "tomorrow"], "--until"),
        (["--verdict", "blocked", "--reason", "r", "--until", "2099-01-01"], "--verdict"),
    ] {
        let ran = answer(&machine, &args);
        assert_eq!(ran.status, Some(2), "{args:?}");
        assert!(ran.err.contains(words), "{}", ran.err);
    }
    assert!(!machine.file("state/answers.json").exists());
}
