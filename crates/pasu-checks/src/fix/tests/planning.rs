//! Plans as a whole: the order in which items are named means nothing, and the sum of a plan is of all of it.

use super::PASSWD;
use crate::case::TestHost;
use crate::catalogue::Catalogue;
use crate::fix::{Choice, PlanError, PlanRequest, digest, plan};
use crate::guideline::Guideline;
use crate::host::Host;
use crate::policy::Policy;
use pasu_model::{FixPlan, PlanStatus, Target, TargetKind, Tool};
use serde_json::Value;

fn planned(items: &[&str]) -> Result<FixPlan, PlanError> {
    let host = TestHost::new()
        .file("/etc/passwd", PASSWD)
        .mode("/etc/passwd", 0o666)
        .file("/etc/hosts", "127.0.0.1 localhost\n")
        .mode("/etc/hosts", 0o646)
        .file("/etc/crontab", "SHELL=/bin/sh\n")
        .file("/usr/bin/crontab", "")
        .mode("/usr/bin/crontab", 0o2755)
        .file("/var/lib/dpkg/info/cron.list", "/usr/bin/crontab\n")
        .host();
    planned_on(&host, items, &["cron-permissions"])
}

fn planned_on(host: &Host, items: &[&str], accepted: &[&str]) -> Result<FixPlan, PlanError> {
    let choice = |item: &&str| Choice {
        item: (*item).to_owned(),
        accepted: accepted.contains(item),
        values: Vec::new(),
    };
    let planned = plan(PlanRequest {
        host,
        catalogue: &Catalogue::load().unwrap(),
        guideline: &Guideline::load("kisa-2026").unwrap().unwrap(),
        policy: &Policy::default(),
        choices: items.iter().map(choice).collect(),
        target: Target { kind: TargetKind::Host, name: "test".to_owned() },
        machine: Some("0123".to_owned()),
        made: "2026-11-25T12:00:00Z".to_owned(),
        tool: Tool { name: "pasu".to_owned(), version: "0".to_owned() },
    })?;
    Ok(planned.plan)
}

const ITEMS: [&str; 3] = ["passwd-file-mode", "hosts-file-mode", "cron-permissions"];

#[test]
fn the_order_of_the_request_means_nothing() {
    let first = planned(&ITEMS).unwrap();
    assert!(first.items.iter().all(|item| item.status == PlanStatus::Planned));
    for order in [[2, 1, 0], [1, 2, 0], [0, 2, 1]] {
        let items: Vec<&str> = order.iter().map(|at| ITEMS[*at]).collect();
        assert_eq!(planned(&items).unwrap(), first);
    }
    let twice = [ITEMS[0], ITEMS[1], ITEMS[2], ITEMS[0]];
    assert_eq!(planned(&twice).unwrap(), first);
}

/// The age of a password counts once it stands in the shadow file, which another item brings about.
#[test]
fn an_item_wants_more_where_another_shows_it_more() {
    let hash = "$y$j9T$abcdefghijklmnop$0123456789012345678901234567890123456789012";
    let host = TestHost::new()
        .file("/etc/passwd", &format!("root:x:0:0::/root:/bin/sh\nkim:{hash}:7:7::/:/bin/sh\n"))
        .file("/etc/shadow", "root:*:20000:0:99999:7:::\nkim:!:20000:0:99999:7:::\n")
        .file("/etc/login.defs", "PASS_MAX_DAYS 99999\nPASS_MIN_DAYS 0\n")
        .file("/etc/group", "root:x:0:\n")
        .file("/etc/pam.d/passwd", "password requisite pam_pwquality.so\npassword required pam_unix.so yescrypt use_authtok\n")
        .file("/etc/pam.d/login", "password requisite pam_pwquality.so\npassword required pam_unix.so yescrypt use_authtok\n")
        .host();
    let items = ["weak-password-policy", "unshadowed-password"];
    let alone = planned_on(&host, &items[..1], &items).unwrap();
    assert!(!alone.items[0].paths.contains(&"/etc/shadow".to_owned()));
    let plan = planned_on(&host, &items, &items).unwrap();
    assert!(plan.items.iter().all(|item| item.status == PlanStatus::Planned), "{plan:#?}");
    assert!(plan.items[0].paths.contains(&"/etc/shadow".to_owned()));
    let shadow = plan.files.iter().find(|file| file.path == "/etc/shadow").unwrap();
    assert_eq!(shadow.items, ["unshadowed-password", "weak-password-policy"]);
}

/// The hash has to be in the shadow file before its change can be asked for.
#[test]
fn an_item_that_is_not_enough_alone_is_planned_with_what_completes_it() {
    let host = TestHost::new()
        .file(
            "/etc/passwd",
            "root:x:0:0::/root:/bin/sh\nkim:$1$abcdefgh$0123456789abcdefghijk1:7:7::/:/bin/sh\n",
        )
        .file("/etc/shadow", "root:*:20000:0:99999:7:::\nkim:!:20000:0:99999:7:::\n")
        .file("/etc/login.defs", "ENCRYPT_METHOD SHA512\n")
        .file("/etc/group", "root:x:0:\n")
        .file(
            "/etc/pam.d/passwd",
            "password requisite pam_pwquality.so\npassword required pam_unix.so md5\n",
        )
        .file(
            "/etc/pam.d/login",
            "password requisite pam_pwquality.so\npassword required pam_unix.so sha512\n",
        )
        .host();
    let items = ["unshadowed-password", "weak-password-hash", "weak-password-policy"];
    let alone = planned_on(&host, &items[1..2], &items).unwrap();
    assert_eq!(alone.items[0].status, PlanStatus::NeedsPerson);
    assert!(alone.files.is_empty());
    let plan = planned_on(&host, &items, &items).unwrap();
    let statuses: Vec<_> = plan.items.iter().map(|item| item.status).collect();
    assert_eq!(statuses, [PlanStatus::Planned; 3]);
    let shadow = plan.files.iter().find(|file| file.path == "/etc/shadow").unwrap();
    assert!(shadow.diff.contains("+kim:***:0:1:90:7:::"), "{}", shadow.diff);
    // Without a person's word it stays as it was.
    let plan = planned_on(&host, &items, &items[..1]).unwrap();
    let hash = plan.items.iter().find(|item| item.item == items[1]).unwrap();
    assert_eq!(hash.status, PlanStatus::NeedsPerson);
    let pam = plan.files.iter().find(|file| file.path == "/etc/pam.d/passwd");
    assert!(pam.is_none_or(|file| !file.items.contains(&items[1].to_owned())));
}

#[test]
fn an_unknown_item_is_named() {
    let error = planned(&["passwd-file-mode", "no-such-item"]).unwrap_err();
    assert_eq!(error.to_string(), "there is no item no-such-item");
}

/// Every value of the plan, one at a time, as another of its sort.
#[test]
fn the_sum_is_of_every_value() {
    let whole = planned(&ITEMS).unwrap();
    assert_eq!(whole.digest, digest(&whole));
    let document = serde_json::to_value(&whole).unwrap();
    let mut tried = 0;
    for pointer in leaves(&document, String::new()) {
        if matches!(pointer.as_str(), "/made" | "/digest") {
            continue;
        }
        let mut changed = document.clone();
        let value = changed.pointer_mut(&pointer).unwrap();
        *value = match value {
            Value::String(text) => Value::String(format!("{text}x")),
            Value::Bool(is) => Value::Bool(!*is),
            Value::Number(number) => Value::from(number.as_u64().unwrap() + 1),
            _ => continue,
        };
        // A word that is none of a list's is no plan at all.
        let Ok(other) = serde_json::from_value::<FixPlan>(changed) else { continue };
        tried += 1;
        assert_ne!(digest(&other), whole.digest, "{pointer}");
    }
    assert!(tried > 80, "only {tried} values tried");
}

fn leaves(value: &Value, at: String) -> Vec<String> {
    match value {
        Value::Object(fields) => {
            let of = |(name, value): (&String, &Value)| leaves(value, format!("{at}/{name}"));
            fields.iter().flat_map(of).collect()
        }
        Value::Array(values) => {
            let of = |(index, value): (usize, &Value)| leaves(value, format!("{at}/{index}"));
            values.iter().enumerate().flat_map(of).collect()
        }
        _ => vec![at],
    }
}
