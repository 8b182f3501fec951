//! Cases of items: targets in memory as data, and what each item must decide about them.
//!
//! `items/<slug>/cases/*.toml` holds `[[case]]` tables. Beside the verdict, the runner holds every item to this: facts
//! that were stored judge the same, every sentence of `[reasons]` is said by some case with all its values, and there
//! are cases for good and for bad.

mod fixing;
mod host;
mod image;
mod layers;
mod transacting;

pub(crate) use host::TestHost;

use crate::audit::judge;
use crate::catalogue::{Automation, Catalogue, Decider, Item};
use crate::judgement::Judgement;
use crate::messages;
use pasu_model::{PlanStatus, Verdict};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    #[serde(default)]
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    expect: Verdict,
    /// Key of the sentence that decides.
    reason: String,
    /// Further keys that must be said.
    #[serde(default)]
    also: Vec<String>,
    /// Keys that must not be said.
    #[serde(default)]
    never: Vec<String>,
    /// Texts that must stand in what is said, in English.
    #[serde(default)]
    says: Vec<String>,
    /// Texts that must appear nowhere: secrets.
    #[serde(default)]
    hides: Vec<String>,
    #[serde(default)]
    params: BTreeMap<String, toml::Value>,
    /// What a fix comes to where the case fails; `planned` without it, for items that may be fixed unattended.
    #[serde(default)]
    fix: Option<PlanStatus>,
    /// Keys that the plan must say: why it needs a person, or to be accepted.
    #[serde(default)]
    fix_says: Vec<String>,
    /// Text that must stand in the plan's diffs.
    #[serde(default)]
    diff: Vec<String>,
    /// What attributes the plan leaves paths with: `0640 root:root /etc/crontab`.
    #[serde(default)]
    leaves: Vec<String>,
    /// Paths that the plan must not touch.
    #[serde(default)]
    keeps: Vec<String>,
    #[serde(flatten)]
    host: host::Description,
}

/// Runs the cases of one item.
pub(crate) fn check_item(slug: &str) {
    let catalogue = Catalogue::load().unwrap();
    let item = catalogue.item(slug).unwrap();
    let mut said = BTreeSet::new();
    let mut verdicts = BTreeSet::new();
    let mut problems = Vec::new();
    let mut planned = 0;
    for (file, case) in cases(slug) {
        let judgement = run(item, &case);
        verdicts.insert(judgement.verdict());
        for statement in &judgement.statements {
            said.insert(statement.reason.key.to_string());
        }
        problems.extend(compare(item, &case, &judgement).into_iter().map(|problem| {
            format!(
                "{file}: {}: {problem}\n    said: {}",
                case.name,
                spoken(item, &judgement).join("\n          ")
            )
        }));
        if case.expect == Verdict::Fail {
            let found = fixing::check(&catalogue, item, &case, &mut said);
            planned += usize::from(found.is_planned);
            let found = found.problems.into_iter();
            problems.extend(found.map(|it| format!("{file}: {}: fix: {it}", case.name)));
        }
    }
    for key in item.reasons.keys().filter(|key| !said.contains(*key)) {
        problems.push(format!("no case says `{key}`"));
    }
    if !verdicts.iter().any(|verdict| matches!(verdict, Verdict::Pass | Verdict::NotApplicable)) {
        problems.push("no case passes".to_owned());
    }
    let never_fails = matches!(&item.decider, Decider::Kind(kind) if kind.never_fails());
    let fails = |verdict: &Verdict| matches!(verdict, Verdict::Fail | Verdict::Manual);
    if !never_fails && !verdicts.iter().any(fails) {
        problems.push("no case fails or is for a person".to_owned());
    }
    let is_by_hand = item.automation == Automation::Never;
    if is_by_hand != (planned == 0) {
        let automation = item.automation;
        problems.push(format!("automation is {automation:?} and {planned} cases are planned"));
    }
    assert!(problems.is_empty(), "{slug}:\n  {}", problems.join("\n  "));
}

fn cases(slug: &str) -> Vec<(String, Case)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("items").join(slug).join("cases");
    let mut found = Vec::new();
    let entries =
        std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{slug}/cases: {error}"));
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|end| end == "toml")) {
        let text = std::fs::read_to_string(path).unwrap();
        let file: CaseFile =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        found.extend(file.case.into_iter().map(|case| (name.clone(), case)));
    }
    found
}

fn run(item: &Item, case: &Case) -> Judgement {
    for name in case.params.keys() {
        assert!(item.params.contains_key(name), "{}: no parameter {name}", case.name);
    }
    let host = case.host.host();
    let params = item.params(Some(&case.params));
    let judgement = judge(item, &host, &params);
    let stored = match &item.decider {
        Decider::Code(check) => check.run_stored(&host, &params),
        Decider::Kind(kind) => kind.run_stored(&host),
    };
    assert_eq!(stored.unwrap(), judgement, "{}: stored facts judge otherwise", case.name);
    judgement
}

fn compare(item: &Item, case: &Case, judgement: &Judgement) -> Vec<String> {
    let mut problems = Vec::new();
    if judgement.verdict() != case.expect {
        problems.push(format!("{:?}, expected {:?}", judgement.verdict(), case.expect));
    }
    let main = judgement.main_reason().map(|reason| reason.key.to_string()).unwrap_or_default();
    if main != case.reason {
        problems.push(format!("decided by `{main}`, expected `{}`", case.reason));
    }
    let keys: BTreeSet<&str> =
        judgement.statements.iter().map(|statement| &*statement.reason.key).collect();
    for key in case.also.iter().filter(|key| !keys.contains(key.as_str())) {
        problems.push(format!("`{key}` is not said"));
    }
    for key in case.never.iter().filter(|key| keys.contains(key.as_str())) {
        problems.push(format!("`{key}` is said"));
    }
    let spoken = spoken(item, judgement);
    for text in case.says.iter().filter(|text| !spoken.iter().any(|line| line.contains(*text))) {
        problems.push(format!("nothing says {text:?}"));
    }
    for text in case.hides.iter().filter(|text| spoken.iter().any(|line| line.contains(*text))) {
        problems.push(format!("{text:?} is shown"));
    }
    for statement in &judgement.statements {
        let reason = &statement.reason;
        let key = &*reason.key;
        let Some(text) = item.reasons.get(key).or_else(|| messages::shared().get(key)) else {
            problems.push(format!("no sentence for `{key}`"));
            continue;
        };
        let given: BTreeSet<&str> = reason.args.iter().map(|(name, _)| *name).collect();
        for name in messages::placeholders(&text.en) {
            if !given.contains(name) {
                problems.push(format!("`{key}` is not given {name}"));
            }
        }
        let details = reason.args.iter().filter(|(name, _)| *name == "detail");
        for (_, detail) in details.filter(|(_, detail)| !crate::details::is_known(detail)) {
            problems.push(format!("`{key}` has a detail without Korean: {detail}"));
        }
    }
    problems
}

/// What a reader sees: weight, place, sentence and excerpt.
fn spoken(item: &Item, judgement: &Judgement) -> Vec<String> {
    let line = |statement: &crate::judgement::Statement| {
        let reason = &statement.reason;
        let place = reason.place.as_ref().map(|place| place.shown() + ": ").unwrap_or_default();
        let text = messages::message(reason, &item.reasons).text.en;
        let excerpt = reason.excerpt.as_ref().map(|text| format!(" «{text}»")).unwrap_or_default();
        format!("{:?} {} {place}{text}{excerpt}", statement.weight, reason.key)
    };
    judgement.statements.iter().map(line).collect()
}

/// The page on adding an item shows one that works.
#[test]
fn the_item_of_the_contributing_page_passes_its_own_cases() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../CONTRIBUTING.md");
    let page = std::fs::read_to_string(page).unwrap();
    let section =
        page.split("## Add a guideline item").nth(1).unwrap().split("\n## ").next().unwrap();
    let blocks: Vec<String> = section
        .split("```")
        .skip(1)
        .step_by(2)
        .map(|block| {
            block.lines().skip(1).map(|line| line.trim_start().to_owned() + "\n").collect()
        })
        .collect();
    let [definition, cases] = blocks.as_slice() else { panic!("two examples on the page") };
    let item = crate::catalogue::item("example", definition, None).unwrap();
    let file: CaseFile = toml::from_str(cases).unwrap();
    assert_eq!(file.case.len(), 2);
    for case in &file.case {
        let judgement = run(&item, case);
        assert_eq!(compare(&item, case, &judgement), [""; 0], "{}", case.name);
    }
}
