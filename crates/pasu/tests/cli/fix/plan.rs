//! What `pasu fix plan` prints.

use super::tree::{ITEMS, Tree, mode};
use crate::program::{pasu, run};
use serde_json::{Value, json};

fn schema() -> Value {
    serde_json::from_str(&run(&mut pasu(&["fix", "schema"])).out).unwrap()
}

/// The published schema lets fields be added; a test must see one that it does not name.
fn closed(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.contains_key("properties") {
                fields.entry("additionalProperties").or_insert(json!(false));
            }
            fields.values_mut().for_each(closed);
        }
        Value::Array(values) => values.iter_mut().for_each(closed),
        _ => {}
    }
}

#[test]
fn a_plan_matches_the_schema_that_the_program_prints() {
    let tree = Tree::new();
    let mut schema = schema();
    closed(&mut schema);
    let validator = jsonschema::validator_for(&schema).unwrap();
    for args in [&[][..], &ITEMS[..]] {
        let plan = tree.plan(args);
        let errors: Vec<String> = validator
            .iter_errors(&plan)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert_eq!(errors, [""; 0]);
        assert!(plan["items"].as_array().unwrap().len() >= args.len());
    }
}

#[test]
fn a_plan_changes_nothing_and_is_the_same_twice() {
    let tree = Tree::new();
    let before = tree.manifest();
    let (mut one, mut other) = (tree.plan(&[]), tree.plan(&[]));
    for plan in [&mut one, &mut other] {
        assert!(plan["made"].as_str().unwrap().ends_with('Z'));
        plan["made"] = Value::Null;
    }
    assert_eq!(one.to_string(), other.to_string());
    assert_eq!(tree.manifest(), before);
    assert!(!tree.path("var/lib/pasu").exists());
}

#[test]
fn the_order_in_which_items_are_named_does_not_matter() {
    let tree = Tree::new();
    let digest = |args: &[&str]| tree.plan(args)["digest"].clone();
    let mut backwards = ITEMS;
    backwards.reverse();
    assert_eq!(digest(&ITEMS), digest(&backwards));
    assert_ne!(digest(&ITEMS), digest(&ITEMS[1..]));
}

#[test]
fn a_plan_tells_edits_attributes_folders_and_links_item_by_item() {
    let tree = Tree::new();
    for (lang, expected) in [
        (
            "en",
            [
                "[planned]",
                "Fail -> Pass",
                "0664 root:root -> 0644 root:root",
                "+PermitRootLogin no",
                " UsePAM yes",
                " Port\t22",
                "new directory: /etc/systemd/system",
                "new link: /etc/systemd/system/finger.socket -> /dev/null",
                "changes: /etc/passwd",
                "U-16",
            ],
        ),
        (
            "ko",
            [
                "[조치 예정]",
                "취약 -> 양호",
                "0664 root:root -> 0644 root:root",
                "+PermitRootLogin no",
                " UsePAM yes",
                " Port\t22",
                "디렉터리 생성: /etc/systemd/system",
                "링크 생성: /etc/systemd/system/finger.socket -> /dev/null",
                "변경: /etc/passwd",
                "U-16",
            ],
        ),
    ] {
        let ran = tree.fix("plan", &[&ITEMS[..], &["--lang", lang]].concat());
        assert_eq!(ran.status, Some(0), "{}", ran.err);
        for part in expected {
            let root = format!("{}:{}", owner(&tree), owner(&tree));
            let part = part.replace("root:root", &root);
            assert!(ran.out.contains(&part), "{part} is not in\n{}", ran.out);
        }
        if lang == "en" {
            let is_korean = |c: char| ('가'..='힣').contains(&c);
            assert!(!ran.out.contains(is_korean), "{}", ran.out);
        }
    }
}

/// Whose the tree's files are, as the plan names them.
fn owner(tree: &Tree) -> String {
    let plan = tree.plan(&["passwd-file-mode"]);
    plan["files"][0]["before"]["owner"].as_str().unwrap().to_owned()
}

#[test]
fn categories_codes_and_slugs_choose_items() {
    let tree = Tree::new();
    let count = |args: &[&str]| tree.plan(args)["items"].as_array().unwrap().len();
    assert_eq!(count(&["U-16"]), 1);
    assert_eq!(count(&["u-16", "passwd-file-mode"]), 1, "one item by both of its names");
    let (all, safe, accounts) =
        (count(&[]), count(&["--all-safe"]), count(&["--category", "계정관리"]));
    assert!(all > safe && safe > 1 && accounts > 1 && accounts < all, "{all} {safe} {accounts}");
    assert!(count(&["--all-safe", "--category", "계정관리"]) < safe.min(accounts));
}

#[test]
fn several_forms_are_written_at_once() {
    let tree = Tree::new();
    let (json, table) = (tree.file("plan.json"), tree.file("plan.txt"));
    let forms = ["U-16", "-f", "json", "-o", &json, "-f", "table", "-o", &table];
    let ran = tree.fix("plan", &forms);
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), ""));
    let plan: Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    assert_eq!(plan["items"][0]["code"], "U-16");
    assert!(std::fs::read_to_string(&table).unwrap().contains("U-16"));
    assert_eq!(mode(&tree.path("etc/passwd")), 0o664);
}

#[test]
fn a_policy_and_a_value_change_what_is_planned() {
    let tree = Tree::new();
    std::fs::write(
        tree.machine.file("pasu.toml"),
        "[[audit.exceptions]]\nitem = \"passwd-file-mode\"\nreason = \"r\"\nuntil = 2099-01-01\n",
    )
    .unwrap();
    let all = tree.plan(&[]);
    let has = |plan: &Value, slug: &str| {
        plan["items"].as_array().unwrap().iter().any(|item| item["item"] == slug)
    };
    assert!(!has(&all, "passwd-file-mode"), "what was accepted is left alone");
    assert!(has(&tree.plan(&["U-16"]), "passwd-file-mode"), "unless it is named");
    let set = "root-remote-login.accept_prohibit_password=true";
    let plan = tree.plan(&["U-01", "--set", set]);
    assert_eq!(plan["items"][0]["status"], "nothing", "{}", plan["items"][0]);
    assert_eq!(plan["request"]["values"][0], set);
}
