//! Filters, exit statuses and wrong flags.

use super::place::{OS_IDS, Place, results, vulnerabilities};

#[test]
fn exit_statuses() {
    let place = Place::new();
    let status = |args: &[&str]| place.pasu(&[&["rootfs", "machine"], args].concat()).status;
    assert_eq!(status(&[]), Some(0), "findings alone are no failure");
    assert_eq!(status(&["--exit-code", "3"]), Some(3));
    assert_eq!(status(&["--exit-code", "0"]), Some(0));
    assert_eq!(status(&["--exit-code", "3", "--severity", "CRITICAL"]), Some(0), "none is left");
    place.write("empty/readme", "nothing here");
    assert_eq!(place.pasu(&["fs", "empty", "--exit-code", "3"]).status, Some(0));
}

#[test]
fn severities_and_statuses_are_chosen() {
    let place = Place::new();
    let ids = |args: &[&str]| place.ids(&[&["rootfs", "machine"], args].concat());
    assert_eq!(ids(&["--severity", "HIGH"]), ["CVE-2021-23337", "CVE-2024-1737"]);
    assert_eq!(ids(&["-s", "high,low"]), ["CVE-2010-4756", "CVE-2021-23337", "CVE-2024-1737"]);
    let mended = ["CVE-2021-23337", "CVE-2024-1737", "CVE-2024-2511", "CVE-2024-6119"];
    assert_eq!(ids(&["--ignore-unfixed"]), mended);
    assert_eq!(ids(&["--ignore-status", "affected"]), mended);
    assert_eq!(ids(&["--ignore-status", "fixed"]), ["CVE-2010-4756"]);
}

#[test]
fn packages_without_findings_are_listed_unless_told_not_to() {
    let place = Place::new();
    let packages = |args: &[&str]| {
        let report = place.json(&[&["rootfs", "machine"], args].concat());
        results(&report).filter_map(|result| result["Packages"].as_array()).flatten().count()
    };
    assert_eq!(packages(&[]), 5);
    assert_eq!(packages(&["--list-all-pkgs"]), 5);
    assert_eq!(packages(&["--list-all-pkgs=false"]), 0);
}

#[test]
fn packages_alone_need_no_database() {
    let place = Place::new();
    let args = ["rootfs", "machine", "--scanners", "license", "--db", "nowhere.db"];
    let report = place.json(&args);
    assert_eq!(vulnerabilities(&report).count(), 0);
    assert!(results(&report).count() > 0);
}

#[test]
fn flags_of_trivy_that_need_no_action_are_taken() {
    let place = Place::new();
    let flags =
        ["--offline-scan", "--skip-db-update=true", "--no-progress", "--cache-dir", "x", "-q"];
    let args =
        [&["rootfs", "machine", "--pkg-types", "os", "--timeout", "5m0s"][..], &flags].concat();
    assert_eq!(place.ids(&args), OS_IDS);
    let repository = ["--db-repository", "mirror.local/trivy-db", "--skip-check-update"];
    let words =
        ["--light", "--debug", "--dependency-tree", "--ignore-unfixed=false", "--parallel", "0"];
    let more =
        ["--detection-priority", "precise", "--security-checks", "vuln", "--cache-ttl", "1h"];
    assert_eq!(place.ids(&[&args[..], &repository, &words, &more].concat()), OS_IDS);
}

/// Whoever asks for secrets must not take silence for an answer; the other scanners answer all the same.
#[test]
fn secrets_that_nobody_looked_for_are_said() {
    let place = Place::new();
    let args = ["rootfs", "machine", "--format", "json", "--scanners", "vuln,secret"];
    let ran = place.pasu(&args);
    assert_eq!(ran.status, Some(2), "{}", ran.err);
    assert_eq!(ran.err.matches("--scanners secret").count(), 1, "{}", ran.err);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(vulnerabilities(&report).count(), OS_IDS.len() + 1, "and lodash");
    assert_eq!(report["Pasu"]["Unseen"][0]["Reason"], "not-looked-for");
}

/// A guideline that was asked for and that the format does not hold is no clean result.
#[test]
fn an_audit_that_was_asked_for_and_not_made_is_said() {
    let place = Place::new();
    for args in [
        &["rootfs", "machine", "--scanners", "vuln,misconfig"][..],
        &["rootfs", "machine", "--scanners", "vuln,misconfig", "--format", "json"],
    ] {
        let ran = place.pasu(args);
        assert_eq!(ran.status, Some(2), "{args:?}: {}", ran.err);
        // A table breaks its lines.
        let said = ran.out + &ran.err;
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            said.contains("--scanners misconfig") && said.contains("pasu audit --root"),
            "{args:?}: {said}"
        );
    }
}

#[test]
fn flags_of_trivy_without_an_answer_are_refused_with_the_reason() {
    let place = Place::new();
    for (args, why) in [
        (&["--server", "http://trivy:4954"][..], "not on a server"),
        (&["--ignore-policy", "x.rego"], "Rego"),
        (&["--template", "@html.tpl"], "--format json"),
        (&["-c", "trivy.yaml"], "trivy.yaml"),
        (&["--removed-pkgs"], "not there any more"),
        (&["--cache-backend", "redis://localhost:6379"], "memory"),
        (&["--detection-priority", "comprehensive"], "precise"),
    ] {
        let ran = place.pasu(&[&["image", "--input", "missing.tar"], args].concat());
        assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""), "{args:?}: {}", ran.err);
        assert!(ran.err.contains(why), "{args:?}: {}", ran.err);
    }
    assert_eq!(
        place.ids(&["rootfs", "machine", "--removed-pkgs=false", "--pkg-types", "os"]),
        OS_IDS
    );
}

#[test]
fn what_is_typed_wrong_is_said_before_anything_is_looked_at() {
    let place = Place::new();
    for (args, said) in [
        (&["--severity", "SEVERE"][..], "SEVERE"),
        (&["--format", "yaml"], "one of table"),
        (&["--exit-code", "999"], "999"),
        (&["--lang", "fr"], "ko or en"),
        (&["--timeout", "soon"], "a time such as"),
        (&["--pkg-types", "apps"], "apps"),
        (&["--ignore-status", "open"], "will_not_fix"),
        (&["--no-such-flag"], "--no-such-flag"),
        (&["--format", "json", "--format", "table"], "--output"),
        (&["--output", "a", "--output", "b"], "--format"),
        (&["--db", "missing.db"], "missing.db"),
        (&["--db", "machine/etc/os-release"], "not an advisory database"),
        (&["--ignorefile", "missing.ignore"], "missing.ignore"),
        (&["--vex", "missing.vex"], "missing.vex"),
    ] {
        let ran = place.pasu(&[&["rootfs", "machine"], args].concat());
        assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""), "{args:?}: {}", ran.err);
        assert!(ran.err.contains(said), "{args:?}: {}", ran.err);
    }
    for target in [&["rootfs", "missing"][..], &["fs", "missing"], &["sbom", "missing.json"]] {
        let ran = place.pasu(target);
        assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""), "{target:?}");
        assert!(ran.err.contains("missing"), "{target:?}: {}", ran.err);
        assert_eq!(ran.err.lines().count(), 1, "{target:?}: {}", ran.err);
    }
}
