//! Small inspections, built from what differs.
#![allow(dead_code, reason = "each test uses its part")]

use pasu_model::{
    AbsentChapter, AcceptedRisk, Audit, DatabaseInfo, DatabaseOrigin, Detail, Finding, FindingSet,
    Fingerprint, GuidelineInfo, ImageInfo, Importance, InspectedImage, Inspection, Inspector,
    ItemResult, Message, Package, PackageType, Part, PartReport, PartState, Run, Severity,
    Suppressed, Target, TargetKind, Text, Tool, Unseen, UnseenReason, Verdict,
};
use std::collections::BTreeMap;

/// An item and its verdict.
pub fn item(code: &str, slug: &str, verdict: Verdict) -> Item {
    Item(ItemResult {
        code: code.to_owned(),
        item: slug.to_owned(),
        chapter: "unix".to_owned(),
        title: text(slug),
        category: text("category"),
        importance: Importance::High,
        verdict,
        checked: None,
        reason: Message { key: String::new(), args: BTreeMap::new(), text: text("") },
        evidence: Vec::new(),
        more_evidence: 0,
        remedy: text(""),
        threat: text(""),
        trivy: None,
        answer: None,
        expired_answer: None,
        accepted: None,
    })
}

#[derive(Clone)]
pub struct Item(ItemResult);

impl Item {
    pub fn chapter(mut self, chapter: &str) -> Self {
        self.0.chapter = chapter.to_owned();
        self
    }

    pub fn accepted(mut self, until: &str) -> Self {
        let (reason, source) = (String::new(), String::new());
        self.0.accepted = Some(AcceptedRisk { reason, until: until.to_owned(), source });
        self
    }
}

/// A package of a record, at a path.
pub fn package(record: &'static str, name: &'static str, path: &'static str) -> Found {
    Found { record, name, path, rules: Vec::new(), ignored: false }
}

#[derive(Clone)]
pub struct Found {
    record: &'static str,
    name: &'static str,
    path: &'static str,
    rules: Vec<&'static str>,
    ignored: bool,
}

impl Found {
    /// With a vulnerability.
    pub fn with(mut self, rule: &'static str) -> Self {
        self.rules.push(rule);
        self
    }

    /// All of it is ignored.
    pub fn ignored(mut self) -> Self {
        self.ignored = true;
        self
    }
}

/// A scan and an audit of something.
#[derive(Clone)]
struct Half {
    name: String,
    found: Vec<Found>,
    unseen: Vec<Unseen>,
    items: Option<Vec<Item>>,
}

impl Half {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), found: Vec::new(), unseen: Vec::new(), items: None }
    }

    fn unseen(&mut self, path: &str, reason: UnseenReason) {
        self.unseen.push(Unseen { path: path.to_owned(), reason, detail: String::new() });
    }
}

#[derive(Clone)]
pub struct Image {
    half: Half,
    id: String,
}

impl Image {
    pub fn new(name: &str) -> Self {
        Self { half: Half::new(name), id: "sha256:a".to_owned() }
    }

    pub fn id(mut self, id: &str) -> Self {
        self.id = id.to_owned();
        self
    }

    pub fn package(mut self, found: Found) -> Self {
        self.half.found.push(found);
        self
    }

    pub fn items(mut self, items: Vec<Item>) -> Self {
        self.half.items = Some(items);
        self
    }

    pub fn unseen(mut self, path: &str, reason: UnseenReason) -> Self {
        self.half.unseen(path, reason);
        self
    }
}

/// The machine `web01`.
#[derive(Clone)]
pub struct Machine {
    half: Half,
    day: String,
    guideline: String,
    absent: Vec<String>,
    database: Option<String>,
    narrowed: Vec<String>,
    left_out: Vec<String>,
    images: Vec<Image>,
    parts: BTreeMap<Part, PartState>,
}

impl Machine {
    /// Everything of it was looked at and there is nothing.
    pub fn new() -> Self {
        Self {
            half: Half { items: Some(Vec::new()), ..Half::new("web01") },
            day: "2026-11-30".to_owned(),
            guideline: "kisa-2026".to_owned(),
            absent: Vec::new(),
            database: Some("2026-11-29".to_owned()),
            narrowed: Vec::new(),
            left_out: Vec::new(),
            images: Vec::new(),
            parts: Part::ALL.map(|part| (part, PartState::Whole)).into(),
        }
    }

    pub fn at(mut self, day: &str) -> Self {
        self.day = day.to_owned();
        self
    }

    pub fn items(mut self, items: Vec<Item>) -> Self {
        self.half.items = Some(items);
        self
    }

    pub fn guideline(mut self, id: &str) -> Self {
        self.guideline = id.to_owned();
        self
    }

    pub fn absent(mut self, chapter: &str) -> Self {
        self.absent.push(chapter.to_owned());
        self
    }

    pub fn package(mut self, found: Found) -> Self {
        self.half.found.push(found);
        self
    }

    pub fn image(mut self, image: Image) -> Self {
        self.images.push(image);
        self
    }

    pub fn unseen(mut self, path: &str, reason: UnseenReason) -> Self {
        self.half.unseen(path, reason);
        self
    }

    pub fn left_out(mut self, folder: &str) -> Self {
        self.left_out.push(folder.to_owned());
        self
    }

    pub fn database(mut self, newest: Option<&str>) -> Self {
        self.database = newest.map(str::to_owned);
        self
    }

    pub fn narrowed(mut self, option: &str) -> Self {
        self.narrowed.push(option.to_owned());
        self
    }

    /// How the images' part ended.
    pub fn images(mut self, state: PartState) -> Self {
        self.parts.insert(Part::Images, state);
        self
    }

    /// A part that was not made.
    pub fn without(mut self, part: Part, state: PartState) -> Self {
        self.parts.insert(part, state);
        self
    }

    pub fn inspection(&self) -> Inspection {
        let is_made = |part| {
            !matches!(self.parts[&part], PartState::LeftOut | PartState::Failed | PartState::Absent)
        };
        let packages = self.run(&self.half, TargetKind::Host);
        let images = self.images.iter().map(|image| InspectedImage {
            run: Run {
                image: Some(ImageInfo { id: image.id.clone(), ..ImageInfo::default() }),
                narrowed: Vec::new(),
                left_out: Vec::new(),
                ..self.run(&image.half, TargetKind::Image)
            },
            audit: self.audit(&image.half),
        });
        Inspection {
            tool: tool(),
            started: format!("{}T03:00:00Z", self.day),
            finished: format!("{}T03:00:30Z", self.day),
            by: Inspector::default(),
            target: Target { kind: TargetKind::Host, name: "web01".to_owned() },
            os: None,
            parts: self
                .parts
                .iter()
                .map(|(part, state)| PartReport {
                    part: *part,
                    state: *state,
                    why: None,
                    millis: 1,
                })
                .collect(),
            audit: self.audit(&self.half).filter(|_| is_made(Part::Guideline)),
            packages: Some(packages).filter(|_| is_made(Part::Packages)),
            images: if is_made(Part::Images) { images.collect() } else { Vec::new() },
            fixes: Vec::new(),
            patches: Vec::new(),
        }
    }

    fn audit(&self, half: &Half) -> Option<Audit> {
        let items = half.items.as_ref()?;
        Some(Audit {
            tool: tool(),
            started: format!("{}T03:00:00Z", self.day),
            target: Target { kind: TargetKind::Host, name: half.name.clone() },
            os: None,
            guideline: GuidelineInfo {
                id: self.guideline.clone(),
                name: text("guideline"),
                source: String::new(),
            },
            policy: None,
            as_root: true,
            results: items.iter().map(|item| item.0.clone()).collect(),
            absent: self
                .absent
                .iter()
                .map(|id| AbsentChapter { id: id.clone(), name: text(id), items: 1 })
                .collect(),
            previous: None,
        })
    }

    fn run(&self, half: &Half, kind: TargetKind) -> Run {
        Run {
            tool: tool(),
            started: format!("{}T03:00:00Z", self.day),
            target: Target { kind, name: half.name.clone() },
            os: None,
            os_end_of_life: false,
            database: self.database.as_ref().map(|newest| DatabaseInfo {
                origin: DatabaseOrigin::Bundled,
                built: format!("{newest}T00:00:00Z"),
                newest: newest.clone(),
                age_days: 1,
                sources: Vec::new(),
            }),
            sets: half.found.iter().map(|found| set(&half.name, found)).collect(),
            unseen: half.unseen.clone(),
            left_out: self.left_out.clone(),
            narrowed: self.narrowed.clone(),
            suppressed: half.found.iter().flat_map(|found| suppressed(&half.name, found)).collect(),
            unmatched: Vec::new(),
            image: None,
        }
    }
}

fn set(target: &str, found: &Found) -> FindingSet {
    let mut package = Package::new(PackageType::Dpkg, found.name, "1.0");
    package.path = Some(found.path).filter(|path| !path.is_empty()).map(str::to_owned);
    let findings = found.rules.iter().map(|rule| finding(target, found, rule));
    FindingSet {
        kind: PackageType::Dpkg,
        target: found.record.to_owned(),
        packages: vec![package],
        findings: if found.ignored { Vec::new() } else { findings.collect() },
    }
}

fn suppressed(target: &str, found: &Found) -> Vec<Suppressed> {
    let rules = if found.ignored { found.rules.as_slice() } else { &[] };
    let suppressed = rules.iter().map(|rule| Suppressed {
        finding: finding(target, found, rule),
        package: format!("{} 1.0", found.name),
        target: found.record.to_owned(),
        status: "ignored".to_owned(),
        source: ".pasuignore".to_owned(),
        statement: "not used".to_owned(),
    });
    suppressed.collect()
}

fn finding(target: &str, found: &Found, rule: &str) -> Finding {
    Finding {
        rule: rule.to_owned(),
        severity: Severity::High,
        package: Some(0),
        fingerprint: Fingerprint::of(target, rule, &[found.record, found.name, found.path]),
        detail: Detail::Vulnerability(Box::default()),
    }
}

fn text(words: &str) -> Text {
    Text::new(words, words)
}

fn tool() -> Tool {
    Tool { name: "pasu".to_owned(), version: "0.1.0".to_owned() }
}
