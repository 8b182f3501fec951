//! A scenario: a host, what is done to it, and what each item must come to.

use super::container::Container;
use super::inspection;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    /// Debian's base alone, without servers.
    #[serde(default)]
    minimal: bool,
    /// With systemd as process 1.
    #[serde(default)]
    systemd: bool,
    /// Judged as a tree (`--root /`), although it runs.
    #[serde(default)]
    as_tree: bool,
    /// Who runs Pasu; root without it.
    user: Option<String>,
    /// Shell, run as root inside.
    setup: String,
    /// Exit status of the audit.
    status: i32,
    /// Verdicts by code, or verdict and the key of its reason. Several verdicts (`fail|blocked`) where it depends on the
    /// day: updates appear, advisories grow old.
    expect: BTreeMap<String, Expected>,
    /// Texts that must stand nowhere in the result.
    #[serde(default)]
    hides: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Expected {
    Verdict(String),
    Reason([String; 2]),
}

/// Sets a host up, audits it and compares.
pub fn check(name: &str) {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/hosts/scenarios/{name}.toml"));
    let text = std::fs::read_to_string(&path).unwrap();
    let scenario: Scenario =
        toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let container = Container::start(name, scenario.minimal, scenario.systemd);
    container.must(&["sh", "-euc", &scenario.setup]);
    let user = scenario.user.as_deref().unwrap_or("root");
    let mut words = vec!["/pasu", "audit", "--format", "json", "--lang", "en"];
    words.extend(if scenario.as_tree { &["--root", "/"][..] } else { &[] });
    let ran = container.exec(user, &words);
    let text = String::from_utf8_lossy(&ran.stdout).into_owned();
    let audit: Value = serde_json::from_str(&text).unwrap_or_else(|error| {
        panic!("{name}: {error}: {}", String::from_utf8_lossy(&ran.stderr))
    });
    let mut problems = compare(&scenario, &audit);
    if ran.status.code() != Some(scenario.status) {
        problems.push(format!("exit status {:?}, expected {}", ran.status.code(), scenario.status));
    }
    for hidden in scenario.hides.iter().filter(|hidden| text.contains(*hidden)) {
        problems.push(format!("{hidden:?} is shown"));
    }
    if !scenario.as_tree {
        problems.extend(inspection::check(&container, user, &audit, &scenario.hides));
    }
    assert!(problems.is_empty(), "{name}:\n  {}", problems.join("\n  "));
}

fn compare(scenario: &Scenario, audit: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let results = audit["results"].as_array().map(Vec::as_slice).unwrap_or_default();
    for result in results {
        let code = result["code"].as_str().unwrap_or_default();
        let found = (
            result["verdict"].as_str().unwrap_or_default(),
            result["reason_key"].as_str().unwrap_or_default(),
        );
        let is_right = match scenario.expect.get(code) {
            Some(Expected::Verdict(verdicts)) => {
                verdicts.split('|').any(|verdict| verdict == found.0)
            }
            Some(Expected::Reason([verdict, key])) => found.0 == verdict && found.1 == key,
            None => false,
        };
        if !is_right {
            let said: Vec<String> =
                result["evidence"].as_array().into_iter().flatten().take(6).map(shown).collect();
            problems.push(format!(
                "{code} {} ({})\n      {}",
                found.0,
                found.1,
                said.join("\n      ")
            ));
        }
    }
    let codes: Vec<&str> = results.iter().filter_map(|result| result["code"].as_str()).collect();
    for code in scenario.expect.keys().filter(|code| !codes.contains(&code.as_str())) {
        problems.push(format!("{code} is not in the result"));
    }
    problems
}

fn shown(evidence: &Value) -> String {
    let text = |name: &str| evidence[name].as_str().unwrap_or_default().to_owned();
    format!("{} {}{} {}", text("weight"), text("path"), text("command"), text("message"))
}
