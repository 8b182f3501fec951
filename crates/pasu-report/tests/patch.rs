//! The report of a patched image: as JSON it keeps to its schema, and the table says what matters in both languages.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

use pasu_model::{
    ChangeState, IMAGE_PATCH_SCHEMA, ImagePatch, Lang, LeastPrivilege, Observed, OpenReason,
    PatchFinding, PatchOutcome, PatchRoute, PatchUpgrade, PatchedImage, PrivilegeChange, Severity,
    StartTest, StartVerdict, Text, Tool, Unseen, UnseenReason, WrittenImage,
};
use pasu_report::{RenderOptions, render_image_patch};
use std::collections::BTreeMap;

fn finding(id: &str, package: &str, why: Option<OpenReason>) -> PatchFinding {
    PatchFinding {
        id: id.into(),
        severity: Severity::High,
        package: package.into(),
        version: "1.0".into(),
        path: String::new(),
        fixed_versions: vec!["1.1".into()],
        why,
    }
}

fn patch() -> ImagePatch {
    let observed = Observed {
        running: true,
        ports: Some(vec!["tcp/80".into()]),
        log: vec!["ready".into()],
        ..Observed::default()
    };
    let test = StartTest {
        verdict: StartVerdict::Same,
        reasons: Vec::new(),
        seconds: 10,
        original: Some(observed.clone()),
        patched: Some(observed),
    };
    ImagePatch {
        schema_version: IMAGE_PATCH_SCHEMA,
        tool: Tool { name: "pasu".into(), version: "0".into() },
        started: "2026-11-30T03:00:00Z".into(),
        route: PatchRoute::Engine,
        outcome: PatchOutcome::Patched,
        image: PatchedImage {
            name: "web:1\u{1b}[2J".into(),
            id: format!("sha256:{}", "a".repeat(64)),
            pinned: "web@sha256:bb".into(),
            size: 120_400_000,
            layers: 3,
        },
        os: None,
        os_end_of_life: false,
        database: None,
        upgrades: vec![PatchUpgrade {
            package: "libssl3".into(),
            from: "3.0.1".into(),
            to: "3.0.2".into(),
            fixes: (1..=6).map(|number| format!("CVE-2026-000{number}")).collect(),
            source: "Debian-Security".into(),
        }],
        new_packages: vec!["libnew 1".into()],
        notes: vec![Text::new("참고할 것", "something to know")],
        dockerfile: Some("FROM web@sha256:bb\n".into()),
        start_test: Some(test.clone()),
        privilege: Some(LeastPrivilege {
            changes: vec![PrivilegeChange {
                kind: "user".into(),
                what: Text::new("UID 33으로 실행", "run as UID 33"),
                risk: Text::new("포트", "ports"),
                paths: vec!["/var/www".into()],
                state: ChangeState::TakenBack,
                why: Some(Text::new("종료", "it ended")),
            }],
            file_capabilities: vec!["/bin/ping = cap_net_raw+ep".into()],
            written_paths: vec!["/run".into()],
            compose: "services:\n".into(),
            kubernetes: "apiVersion: v1\n".into(),
            verified: Some(test),
        }),
        before: BTreeMap::from([(Severity::High, 3)]),
        after: Some(BTreeMap::from([(Severity::High, 2)])),
        fixed: vec![finding("CVE-2026-0001", "libssl3", None)],
        open: vec![
            finding("CVE-2026-0007", "zlib", Some(OpenReason::NoFix)),
            finding("CVE-2026-0008", "lodash", Some(OpenReason::Language)),
        ],
        introduced: Vec::new(),
        written: Some(WrittenImage {
            id: "sha256:cc".into(),
            file: Some("patched.tar".into()),
            tags: vec!["web:patched".into()],
            size: 125_000_000,
            added: 4_600_000,
            labels: BTreeMap::from([("a".into(), "b".into())]),
        }),
        unseen: vec![Unseen {
            path: "x".into(),
            reason: UnseenReason::Malformed,
            detail: "y".into(),
        }],
    }
}

fn table(patch: &ImagePatch, lang: Lang) -> String {
    let options = RenderOptions { lang, ..RenderOptions::default() };
    let mut out = Vec::new();
    render_image_patch(patch, &options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn json_keeps_to_its_schema() {
    let schema: serde_json::Value = serde_json::from_str(pasu_report::IMAGE_PATCH_SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut patch = patch();
    let check = |patch: &ImagePatch| {
        let json = serde_json::to_value(patch).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&json).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        let known = schema["properties"].as_object().unwrap();
        for name in json.as_object().unwrap().keys() {
            assert!(known.contains_key(name), "{name} is not in the schema");
        }
    };
    check(&patch);
    patch.after = None;
    patch.written = None;
    patch.start_test = None;
    patch.privilege = None;
    patch.dockerfile = None;
    check(&patch);
}

#[test]
fn the_table_says_what_was_done_in_both_languages() {
    let english = table(&patch(), Lang::En);
    for line in [
        "Result: patched",
        "Vulnerabilities: 3 (HIGH 3) -> 2 (HIGH 2)",
        "Size: 120.4 MB -> 125.0 MB (new layers 4.6 MB)",
        "libssl3 3.0.1 -> 3.0.2 · CVE-2026-0001, CVE-2026-0002, CVE-2026-0003, CVE-2026-0004 and 2 more",
        "libnew 1 (newly installed)",
        "same · 10 s",
        "original: running · tcp/80",
        "[taken back] run as UID 33",
        "Fixed: 1",
        "1 · a language package: the application must be built anew",
        "HIGH CVE-2026-0008 lodash 1.0 -> 1.1",
        "something to know",
        "x: malformed y",
        "FROM web@sha256:bb",
    ] {
        assert!(english.contains(line), "{line}\n{english}");
    }
    // What nobody here can mend is counted, not listed.
    assert!(!english.contains("CVE-2026-0007"));
    let korean = table(&patch(), Lang::Ko);
    for line in ["결과: 패치했습니다", "남은 취약점: 2", "[되돌림] UID 33으로 실행", "참고할 것"]
    {
        assert!(korean.contains(line), "{line}\n{korean}");
    }
    assert!(!english.contains('\u{1b}') && !korean.contains('\u{1b}'));
}
