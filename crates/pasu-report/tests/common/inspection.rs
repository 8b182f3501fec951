//! Whole inspections: an empty one, a usual one, one without the rights of root, and one as large as one likes.
//!
//! `usual` is a Debian server with a guideline's part of 24 items, packages, two images, a patched image and two fixes.

use super::parts::{applied_fix, audit, image_audit, patched_image, undone_fix};
use super::{clean_run, finding, run};
use pasu_model::{
    Epss, HistoryEntry, ImageConfig, ImageInfo, ImageLayer, InspectedImage, Inspection, Inspector,
    KnownExploited, Package, PackageType, Part, PartReport, PartState, RootFs, Run, Severity,
    SourcePackage, Status, Target, TargetKind, Text, Tool, Verdict, Vulnerability,
};

/// A machine on which nothing is wrong and everything was seen; no engine.
pub fn empty() -> Inspection {
    let mut audit = audit();
    for result in &mut audit.results {
        result.verdict = Verdict::Pass;
        result.checked = None;
        result.answer = None;
        result.accepted = None;
        result.expired_answer = None;
    }
    audit.previous = None;
    Inspection {
        tool: Tool { name: "pasu".to_owned(), version: "0.1.0".to_owned() },
        started: "2026-11-30T03:00:00Z".to_owned(),
        finished: "2026-11-30T03:00:41Z".to_owned(),
        by: Inspector { login: "kim".to_owned(), account: "root".to_owned(), as_root: true },
        target: Target { kind: TargetKind::Host, name: "web01".to_owned() },
        os: run().os,
        parts: vec![
            part(Part::Guideline, PartState::Whole),
            part(Part::Packages, PartState::Whole),
            PartReport {
                why: Some(Text::new("컨테이너 엔진이 없습니다", "no container engine is there")),
                ..part(Part::Images, PartState::Absent)
            },
        ],
        audit: Some(audit),
        packages: Some(clean_run()),
        images: Vec::new(),
        fixes: Vec::new(),
        patches: Vec::new(),
    }
}

/// A usual result: something of everything.
pub fn usual() -> Inspection {
    let mut inspection = empty();
    inspection.audit = Some(audit());
    inspection.packages = Some(run());
    inspection.images = vec![image("shop:1.4", true), image("mail:2", false)];
    inspection.parts = vec![
        part(Part::Guideline, PartState::Incomplete),
        part(Part::Packages, PartState::Incomplete),
        part(Part::Images, PartState::Incomplete),
    ];
    inspection.fixes = vec![applied_fix(), undone_fix()];
    inspection.patches = vec![patched_image()];
    inspection
}

/// The usual one without the rights of root: much is blocked, and the images' part failed.
pub fn not_root() -> Inspection {
    let mut inspection = usual();
    inspection.by =
        Inspector { login: "kim".to_owned(), account: "kim".to_owned(), as_root: false };
    if let Some(audit) = &mut inspection.audit {
        audit.as_root = false;
        for result in audit.results.iter_mut().step_by(2) {
            result.verdict = Verdict::Blocked;
            result.reason.key = "unseen-permission".to_owned();
            result.reason.text = Text::new("읽을 권한이 없습니다", "no right to read it");
        }
    }
    inspection.images = Vec::new();
    inspection.parts[2] = PartReport {
        why: Some(Text::new(
            "엔진의 소켓을 열 권한이 없습니다",
            "no right to open the engine's socket",
        )),
        ..part(Part::Images, PartState::Failed)
    };
    inspection
}

/// The usual one with `count` findings of packages in all, Korean titles among them.
pub fn large(count: usize) -> Inspection {
    let mut inspection = usual();
    let there: usize = inspection.runs().map(|run| run.findings().count()).sum();
    let Some(run) = &mut inspection.packages else { return inspection };
    let set = &mut run.sets[0];
    for number in 0..count.saturating_sub(there) {
        // Ten findings a package, and every third package is built from the source before it.
        let source = number / 10;
        let index = set.packages.len();
        if number.is_multiple_of(10) {
            let version = format!("1.{}.0-1+deb12u{}", source % 40, source % 7);
            let mut package =
                Package::new(PackageType::Dpkg, format!("libsample{source}"), version.clone());
            let name = format!("sample{}", source - source % 3);
            package.source = Some(SourcePackage { name, version });
            set.packages.push(package);
        }
        let package = if number.is_multiple_of(10) { index } else { index - 1 };
        let severity = Severity::ALL[number % 5];
        let rule = format!("CVE-2026-{}", 40_000 + number);
        set.findings.push(finding(package, &rule, severity, vulnerability(number)));
    }
    inspection
}

fn vulnerability(number: usize) -> Vulnerability {
    let status = match number % 7 {
        0 => Status::Affected,
        1 => Status::WillNotFix,
        2 => Status::FixDeferred,
        3 => Status::EndOfLife,
        _ => Status::Fixed,
    };
    let title = if number.is_multiple_of(2) {
        format!(
            "조작된 입력을 처리할 때 힙 버퍼를 넘어 써서 임의 코드가 실행될 수 있는 취약점 {number}"
        )
    } else {
        format!("heap buffer overflow in the parser of crafted input, case {number}")
    };
    Vulnerability {
        status,
        fixed_versions: if status == Status::Fixed {
            vec![format!("1.{}.0-1+deb12u9", number / 10 % 40)]
        } else {
            Vec::new()
        },
        title,
        description: "A long description that a report must not print five thousand times. "
            .repeat(8),
        primary_url: format!(
            "https://security-tracker.debian.org/tracker/CVE-2026-{}",
            40_000 + number
        ),
        epss: number
            .is_multiple_of(3)
            .then(|| Epss { score: (number % 97) as f64 / 2000.0, percentile: 0.5 }),
        known_exploited: (number % 500 == 7).then(|| KnownExploited {
            added: "2026-10-01".to_owned(),
            due: "2026-10-22".to_owned(),
            ransomware: false,
        }),
        ..Vulnerability::default()
    }
}

/// An image with the usual packages in its base layer, and a configuration that was looked at or not.
pub fn image(name: &str, with_audit: bool) -> InspectedImage {
    let mut run: Run = run();
    run.target = Target { kind: TargetKind::Image, name: name.to_owned() };
    run.left_out.clear();
    let layer = |id: char, by: &str, size| ImageLayer {
        diff_id: format!("sha256:{}", id.to_string().repeat(64)),
        created_by: by.to_owned(),
        size,
        ..ImageLayer::default()
    };
    let steps =
        [("ADD rootfs.tar.xz / # debian", false), ("CMD [\"bash\"]", true), ("COPY . /srv", false)];
    run.image = Some(ImageInfo {
        id: format!("sha256:{}", "1".repeat(64)),
        repo_tags: vec![name.to_owned()],
        size: 120_400_000,
        layers: vec![
            layer('a', "ADD rootfs.tar.xz / # debian", 74_000_000),
            layer('b', "COPY . /srv", 46_400_000),
        ],
        config: ImageConfig {
            architecture: "amd64".to_owned(),
            os: "linux".to_owned(),
            rootfs: RootFs {
                diff_ids: ["a", "b"].map(|id| format!("sha256:{}", id.repeat(64))).to_vec(),
                ..RootFs::default()
            },
            history: steps
                .map(|(created_by, empty_layer)| HistoryEntry {
                    created_by: created_by.to_owned(),
                    empty_layer,
                    ..HistoryEntry::default()
                })
                .to_vec(),
            ..ImageConfig::default()
        },
        ..ImageInfo::default()
    });
    for set in &mut run.sets {
        let layer = usize::from(!set.kind.is_os());
        set.packages.iter_mut().for_each(|package| package.layer = Some(layer));
    }
    let audit = with_audit.then(|| image_audit(name));
    InspectedImage { run, audit }
}

fn part(part: Part, state: PartState) -> PartReport {
    PartReport { part, state, why: None, millis: 1200 }
}
