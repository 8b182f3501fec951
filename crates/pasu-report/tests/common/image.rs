//! An image, and an audit of it.

use super::run;
use pasu_model::{
    AcceptedRisk, Audit, Evidence, GuidelineInfo, ImageInfo, ImageLayer, Importance, ItemResult,
    Message, Misconfigurations, Run, Severity, Target, TargetKind, Text, TrivyCheck, Verdict,
    Weight,
};
use pasu_report::{Audited, Format, RenderOptions, render_audited};
use std::collections::BTreeMap;

/// The software of [`run`] in an image of a registry, all of it brought by the first layer.
pub fn image_run() -> Run {
    let mut run = run();
    run.target = Target { kind: TargetKind::Image, name: "ghcr.io/team/shop:1".to_owned() };
    let layer = |id: char| ImageLayer {
        diff_id: format!("sha256:{}", id.to_string().repeat(64)),
        digest: format!("sha256:{}", id.to_string().repeat(64)),
        size: 1000,
        created_by: "COPY . /".to_owned(),
    };
    let mut image = ImageInfo {
        id: format!("sha256:{}", "c".repeat(64)),
        repo_tags: vec!["ghcr.io/team/shop:1".to_owned()],
        repo_digests: vec![format!("ghcr.io/team/shop@sha256:{}", "d".repeat(64))],
        size: 2000,
        layers: vec![layer('a'), layer('b')],
        ..ImageInfo::default()
    };
    image.config.architecture = "arm64".to_owned();
    run.image = Some(image);
    for package in run.sets.iter_mut().flat_map(|set| &mut set.packages) {
        package.layer = Some(0);
    }
    run
}

fn item(code: &str, verdict: Verdict, trivy: Option<&str>, weight: Weight) -> ItemResult {
    let message = Message {
        key: "found".to_owned(),
        args: BTreeMap::new(),
        text: Text::new(format!("{code} 사실"), format!("fact of {code}")),
    };
    let evidence =
        Evidence { weight, message: message.clone(), place: None, excerpt: None, part: None };
    ItemResult {
        code: code.to_owned(),
        item: format!("item-{}", code.to_lowercase()),
        chapter: "image".to_owned(),
        title: Text::new("제목", "title"),
        category: Text::new("분류", "category"),
        importance: Importance::Medium,
        verdict,
        checked: None,
        reason: message,
        evidence: vec![evidence],
        more_evidence: 0,
        remedy: Text::new("조치", "remedy"),
        threat: Text::new("위협", "threat"),
        trivy: trivy.map(|id| TrivyCheck {
            id: id.to_owned(),
            severity: Severity::Critical,
            reasons: Vec::new(),
        }),
        answer: None,
        expired_answer: None,
        accepted: None,
    }
}

/// Two things are wrong, one is accepted, one waits for a person, one passed.
pub fn audit() -> Audit {
    let run = image_run();
    let accepted = ItemResult {
        accepted: Some(AcceptedRisk {
            reason: "inside only".to_owned(),
            until: "2027-01-01".to_owned(),
            source: ".trivyignore".to_owned(),
        }),
        ..item("IMG-03", Verdict::Fail, None, Weight::Bad)
    };
    Audit {
        tool: run.tool,
        started: run.started,
        target: run.target,
        os: run.os,
        guideline: GuidelineInfo {
            id: "pasu-image".to_owned(),
            name: Text::new("이름", "name"),
            source: String::new(),
        },
        policy: None,
        as_root: true,
        results: vec![
            item("IMG-05", Verdict::Fail, Some("DS-0031"), Weight::Bad),
            item("IMG-10", Verdict::Fail, None, Weight::Bad),
            accepted,
            item("IMG-18", Verdict::Manual, None, Weight::Ask),
            item("IMG-02", Verdict::Pass, Some("DS-0026"), Weight::Good),
        ],
        absent: Vec::new(),
        previous: None,
    }
}

/// The image with its audit in a format.
pub fn audited(format: Format, options: &RenderOptions) -> Vec<u8> {
    let audit = audit();
    let found = Misconfigurations::of(&audit);
    let audited = Audited { audit: &audit, found: &found };
    let mut out = Vec::new();
    render_audited(&image_run(), Some(audited), format, options, &mut out)
        .expect("memory takes what is written");
    out
}
