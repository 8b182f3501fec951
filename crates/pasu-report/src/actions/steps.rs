//! What to do first over a whole inspection: the machine's settings and packages and its images in one order.
//!
//! The order is that of [`super::first_actions`]: malicious code, then what is known to be exploited, then the
//! probability of exploitation times what is at stake. No source scores a setting, so it is given a probability here:
//! one through which somebody from outside comes in is tried on every machine that can be reached, all others are taken
//! for as likely as a flaw that EPSS does not score.

use super::{Action, ActionKind, drop_watching, over_runs, rank, words};
use crate::safe_text::clip;
use pasu_model::{Audit, Importance, Inspection, ItemResult, Lang, Run, Severity, Text};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Items through which somebody comes in from outside, by slug: remote logins, passwords that can be guessed or are
/// sent in the clear, services and data open to all.
pub const OPEN_DOORS: [&str; 24] = [
    "anonymous-file-sharing",
    "db-default-account-password",
    "db-shared-account",
    "db-unrestricted-remote-access",
    "db-xp-cmdshell",
    "extra-uid-zero",
    "image-ssh-server",
    "no-account-lockout",
    "no-host-firewall",
    "open-mail-relay",
    "open-nfs-export",
    "open-snmp-access",
    "r-services",
    "rhosts-trust",
    "root-ftp-login",
    "root-remote-login",
    "telnet-service",
    "tftp-or-talk-service",
    "unshadowed-password",
    "weak-password-policy",
    "weak-snmp-community",
    "web-dav-enabled",
    "web-exposed-db-config",
    "web-weak-admin-password",
];

/// Probability assumed for an open door: such logins and services are tried all day on every address of the Internet.
const OPEN_DOOR: f64 = 0.5;

/// A step of a whole inspection.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What to do.
    pub kind: StepKind,
    /// The images that it concerns, by name; none where it is about the machine itself.
    pub images: Vec<String>,
    /// Probability of exploitation times what is at stake; the order is made from it.
    pub score: f64,
}

/// What a step of a whole inspection is about.
#[derive(Debug, Clone, PartialEq)]
pub enum StepKind {
    /// A package.
    Package(Action),
    /// An item of a guideline that failed.
    Item(ItemStep),
}

/// An item of a guideline as a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemStep {
    /// Code in the guideline: `U-01`.
    pub code: String,
    /// Slug.
    pub item: String,
    /// Title.
    pub title: Text,
    /// Category.
    pub category: Text,
    /// Weight in the guideline.
    pub importance: Importance,
    /// What decided.
    pub reason: Text,
    /// How to put it right.
    pub remedy: Text,
    /// Whether somebody comes in through it from outside.
    pub is_open_door: bool,
}

/// The steps to take over a whole inspection, most pressing first, at most `limit`.
#[must_use]
pub fn first_steps(inspection: &Inspection, limit: usize) -> Vec<Step> {
    let mut packages = of_packages(inspection);
    let mut items = of_machine(inspection.audit.as_ref());
    items.extend(of_image_audits(inspection));
    if !items.is_empty() {
        packages.retain(|(action, _)| action.kind != ActionKind::Watch);
    }
    drop_watching(&mut packages, |(action, _)| action);
    let of_package = |(action, images): (Action, Vec<String>)| Step {
        score: action.score,
        kind: StepKind::Package(action),
        images,
    };
    let mut steps: Vec<Step> = packages.into_iter().map(of_package).chain(items).collect();
    steps.sort_by(compare);
    steps.truncate(limit);
    steps
}

/// The steps about packages, of the machine and of the images.
fn of_packages(inspection: &Inspection) -> Vec<(Action, Vec<String>)> {
    let own: Vec<&Run> = inspection.packages.iter().collect();
    let images: Vec<&Run> = inspection.images.iter().map(|image| &image.run).collect();
    let mut steps: Vec<(Action, Vec<String>)> =
        over_runs(&own).into_iter().map(|(action, _)| (action, Vec::new())).collect();
    for (mut action, numbers) in over_runs(&images) {
        let names: Vec<String> = numbers
            .iter()
            .filter_map(|number| images.get(*number))
            .map(|run| run.target.name.clone())
            .collect();
        // The machine's package manager does not reach into an image.
        action.command = patch_command(&action, &names);
        steps.push((action, names));
    }
    steps
}

/// The command that patches the only image concerned.
fn patch_command(action: &Action, images: &[String]) -> Option<String> {
    let [name] = images else { return None };
    let is_plain = name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-/:@".contains(c));
    let is_upgrade = matches!(action.kind, ActionKind::Upgrade { .. }) && action.record.is_os();
    (is_plain && is_upgrade).then(|| format!("pasu image patch {name} -o patched.tar"))
}

fn of_machine(audit: Option<&Audit>) -> Vec<Step> {
    let results = audit.into_iter().flat_map(|audit| &audit.results);
    results.filter(|result| result.is_open_failure()).map(of_item).collect()
}

/// Failing items of the images, the same item of several images once.
fn of_image_audits(inspection: &Inspection) -> Vec<Step> {
    let mut steps: BTreeMap<&str, Step> = BTreeMap::new();
    for image in &inspection.images {
        let results = image.audit.iter().flat_map(|audit| &audit.results);
        for result in results.filter(|result| result.is_open_failure()) {
            let step = steps.entry(&result.code).or_insert_with(|| of_item(result));
            step.images.push(image.run.target.name.clone());
        }
    }
    steps.into_values().collect()
}

fn of_item(result: &ItemResult) -> Step {
    let is_open_door =
        result.importance == Importance::High && OPEN_DOORS.contains(&result.item.as_str());
    let probability = if is_open_door { OPEN_DOOR } else { rank::UNSCORED };
    Step {
        kind: StepKind::Item(ItemStep {
            code: result.code.clone(),
            item: result.item.clone(),
            title: result.title.clone(),
            category: result.category.clone(),
            importance: result.importance,
            reason: result.reason.text.clone(),
            remedy: result.remedy.clone(),
            is_open_door,
        }),
        images: Vec::new(),
        score: probability * rank::stake(result.importance.severity()),
    }
}

/// Malicious, then known exploited, then the score, then how bad, how much, and the name; the machine before its images.
fn compare(a: &Step, b: &Step) -> Ordering {
    b.alarm()
        .cmp(&a.alarm())
        .then_with(|| b.score.total_cmp(&a.score))
        .then_with(|| b.severity().cmp(&a.severity()))
        .then_with(|| a.images.is_empty().cmp(&b.images.is_empty()).reverse())
        .then_with(|| b.ends().cmp(&a.ends()))
        .then_with(|| b.images.len().cmp(&a.images.len()))
        .then_with(|| a.name().cmp(b.name()))
}

impl Step {
    fn alarm(&self) -> u8 {
        match &self.kind {
            StepKind::Package(action) => rank::alarm(&action.reason),
            StepKind::Item(_) => 0,
        }
    }

    /// How bad what it ends is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match &self.kind {
            StepKind::Package(action) => action.severity,
            StepKind::Item(item) => item.importance.severity(),
        }
    }

    /// Whether somebody is known to exploit it, or it is malicious itself.
    #[must_use]
    pub fn is_alarming(&self) -> bool {
        self.alarm() > 0
    }

    /// How many findings it ends.
    fn ends(&self) -> usize {
        match &self.kind {
            StepKind::Package(action) => action.vulnerabilities.len(),
            StepKind::Item(_) => 1,
        }
    }

    /// What it is called in lists: the package or the item's code.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.kind {
            StepKind::Package(action) => &action.package,
            StepKind::Item(item) => &item.code,
        }
    }

    /// What to do, in one line.
    #[must_use]
    pub fn what(&self, lang: Lang) -> String {
        let mut text = match &self.kind {
            StepKind::Package(action) => words::step(action, lang),
            StepKind::Item(item) => {
                let (code, title) = (clip(&item.code, 20), clip(item.title.get(lang), 120));
                format!("{code} {title}{}", lang.pick(": 설정 조치", ": put the setting right"))
            }
        };
        if !self.images.is_empty() {
            let label = lang.pick("이미지", "images");
            text.push_str(&format!(" [{label}: {}]", words::list(&self.images)));
        }
        text
    }

    /// Why it stands where it stands, in one line.
    #[must_use]
    pub fn why(&self, lang: Lang) -> String {
        match &self.kind {
            StepKind::Package(action) => words::why(action, lang),
            StepKind::Item(item) => {
                let lead = match (item.is_open_door, lang) {
                    (true, Lang::Ko) => "외부에서 들어오는 통로가 되는 설정, 중요도 상",
                    (true, Lang::En) => "a way in from outside, importance high",
                    (false, Lang::Ko) => match item.importance {
                        Importance::High => "중요도 상인 항목이 취약",
                        Importance::Medium => "중요도 중인 항목이 취약",
                        Importance::Low => "중요도 하인 항목이 취약",
                    },
                    (false, Lang::En) => match item.importance {
                        Importance::High => "an item of high importance failed",
                        Importance::Medium => "an item of medium importance failed",
                        Importance::Low => "an item of low importance failed",
                    },
                };
                format!("{lead}: {}", clip(item.reason.get(lang), 300))
            }
        }
    }

    /// What it ends, in one line; nothing where [`Step::why`] says it all.
    #[must_use]
    pub fn effect(&self, lang: Lang) -> Option<String> {
        match &self.kind {
            StepKind::Package(action) => Some(words::effect(action, lang)),
            StepKind::Item(_) => None,
        }
    }

    /// The command that does it or shows what it would change, where one does.
    #[must_use]
    pub fn command(&self) -> Option<String> {
        match &self.kind {
            StepKind::Package(action) => action.command.clone(),
            StepKind::Item(item) if self.images.is_empty() => {
                let is_plain = item.code.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
                is_plain.then(|| format!("sudo pasu fix plan {}", item.code))
            }
            StepKind::Item(_) => None,
        }
    }

    /// How it is done where no command does it.
    #[must_use]
    pub fn remedy(&self, lang: Lang) -> Option<String> {
        match &self.kind {
            StepKind::Item(item) => Some(crate::safe_text::clean_lines(item.remedy.get(lang))),
            StepKind::Package(action) if self.images.is_empty() => {
                let is_upgrade = matches!(action.kind, ActionKind::Upgrade { .. });
                (is_upgrade && action.command.is_none())
                    .then(|| words::by_hand(action, lang).to_owned())
            }
            StepKind::Package(action) => {
                let is_upgrade = matches!(action.kind, ActionKind::Upgrade { .. });
                is_upgrade.then(|| words::in_image(action, lang).to_owned())
            }
        }
    }
}
