//! What several images have in common: steps, and the layers that bring most.

use super::Context;
use crate::actions::over_runs;
use crate::safe_text::clip;
use crate::table::paint::Ink;
use crate::table::paragraph::Paragraph;
use crate::words::instruction;
use crate::{Action, ActionKind};
use pasu_model::{Run, Severity, Status};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// As many steps, and as many layers, as one does in an afternoon.
const SHOWN: usize = 5;
/// How many images are named.
const NAMED: usize = 3;

/// A step with the images that it concerns.
struct Step {
    action: Action,
    images: Vec<usize>,
}

/// Writes the steps that matter most over all images.
pub(super) fn actions(context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let steps = steps(context);
    if steps.is_empty() {
        return Ok(());
    }
    let title = context.lang.pick("먼저 할 일 (모든 이미지)", "What to do first, over all images");
    writeln!(out, "\n{}", context.paint.text(Ink::Bold, title))?;
    for (number, step) in steps.iter().take(SHOWN).enumerate() {
        paragraph(context, &format!("  {}. ", number + 1), &said(context, step), out)?;
        paragraph(context, "     ", &names(context, &step.images), out)?;
    }
    Ok(())
}

/// Steps of all images that upgrade the same package are one.
fn steps(context: &Context<'_>) -> Vec<Step> {
    let runs: Vec<&Run> = context.runs.iter().collect();
    let mut steps: Vec<Step> = over_runs(&runs)
        .into_iter()
        .filter(|(action, _)| action.kind != ActionKind::Watch)
        .map(|(action, images)| Step { action, images })
        .collect();
    // Exploited ones first; then what ends most harm over all images together.
    let weight = |step: &Step| step.action.score * step.images.len() as f64;
    steps.sort_by(|a, b| {
        let exploited = |step: &Step| step.action.known_exploited > 0;
        exploited(b)
            .cmp(&exploited(a))
            .then_with(|| weight(b).total_cmp(&weight(a)))
            .then_with(|| a.action.package.cmp(&b.action.package))
    });
    steps
}

fn said(context: &Context<'_>, step: &Step) -> String {
    let package = clip(&step.action.package, 80);
    let to = match &step.action.kind {
        ActionKind::Upgrade { to } => clip(to, 80),
        _ => String::new(),
    };
    let what = match &step.action.kind {
        ActionKind::Upgrade { .. } => context
            .lang
            .pick("{package} 업그레이드: {to} 이상", "Upgrade {package} to {to} or later"),
        ActionKind::Remove => context
            .lang
            .pick("{package} 제거: 악성 코드입니다", "Remove {package}: it is malicious code"),
        ActionKind::Contain | ActionKind::Watch => context
            .lang
            .pick("{package} 접근 제한: 아직 패치가 없습니다", "Contain {package}: no fix yet"),
    };
    let mut text = what.replace("{package}", &package).replace("{to}", &to);
    let counts = context.lang.pick(
        " (취약점 {n}건, 이미지 {images}개, 최고 {severity}",
        " (vulnerabilities: {n}, images: {images}, worst {severity}",
    );
    text.push_str(
        &counts
            .replace("{n}", &step.action.vulnerabilities.len().to_string())
            .replace("{images}", &step.images.len().to_string())
            .replace("{severity}", step.action.severity.name()),
    );
    if step.action.known_exploited > 0 {
        text.push_str(context.lang.pick(", 실제 악용 중", ", known to be exploited"));
    }
    text.push(')');
    text
}

/// What one layer brings into how many images.
#[derive(Default)]
pub(crate) struct Shared<'a> {
    /// Numbers of the images.
    pub images: Vec<usize>,
    /// The instruction that made it.
    pub created_by: &'a str,
    /// Findings of its packages in one image.
    pub findings: usize,
    /// How many of those have a fix.
    pub fixable: usize,
    /// The worst severity among them.
    pub worst: Severity,
}

/// The layers that several images share, by uncompressed digest: those one rebuilds first on top.
pub(crate) fn shared_layers<'a>(runs: &[&'a Run]) -> Vec<(&'a str, Shared<'a>)> {
    let mut layers: Vec<(&str, Shared<'_>)> =
        by_layer(runs).into_iter().filter(|(_, shared)| shared.images.len() > 1).collect();
    layers.sort_by(|(a_id, a), (b_id, b)| {
        let weight = |shared: &Shared<'_>| (shared.fixable * shared.images.len(), shared.findings);
        weight(b).cmp(&weight(a)).then_with(|| a_id.cmp(b_id))
    });
    layers
}

/// Writes the layers that bring most.
pub(super) fn layers(context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let runs: Vec<&Run> = context.runs.iter().collect();
    let layers = shared_layers(&runs);
    if layers.is_empty() {
        return Ok(());
    }
    let title = context.lang.pick("여러 이미지에 함께 있는 레이어", "Layers that images share");
    writeln!(out, "\n{}", context.paint.text(Ink::Bold, title))?;
    for (diff_id, shared) in layers.iter().take(SHOWN) {
        let text = context
            .lang
            .pick(
                "{id}: 취약점 {n}건 (패치 있음 {fixable}건, 최고 {worst}), 이미지 {images}개 {by}",
                "{id}: findings: {n} ({fixable} fixable, worst {worst}), images: {images} {by}",
            )
            .replace("{id}", &short(diff_id))
            .replace("{n}", &shared.findings.to_string())
            .replace("{fixable}", &shared.fixable.to_string())
            .replace("{worst}", shared.worst.name())
            .replace("{images}", &shared.images.len().to_string())
            .replace("{by}", &clip(instruction::plain(shared.created_by), 120));
        paragraph(context, "  - ", text.trim_end(), out)?;
        paragraph(context, "    ", &names(context, &shared.images), out)?;
    }
    Ok(())
}

fn by_layer<'a>(runs: &[&'a Run]) -> BTreeMap<&'a str, Shared<'a>> {
    let mut layers: BTreeMap<&str, Shared<'_>> = BTreeMap::new();
    for (image, run) in runs.iter().enumerate() {
        let Some(info) = &run.image else { continue };
        for (set, finding) in run.findings() {
            let number = set.package_of(finding).and_then(|package| package.layer);
            let Some(layer) = number.and_then(|number| info.layers.get(number)) else { continue };
            let shared = layers.entry(&layer.diff_id).or_default();
            if shared.images.is_empty() || shared.images == [image] {
                // Each image with the layer has the same findings from it: those of the first are counted.
                shared.findings += 1;
                let status = finding.vulnerability().map(|found| found.status);
                shared.fixable += usize::from(status == Some(Status::Fixed));
                shared.worst = shared.worst.max(finding.severity);
                shared.created_by = &layer.created_by;
            }
            if shared.images.last() != Some(&image) {
                shared.images.push(image);
            }
        }
    }
    layers
}

/// A digest as engines shorten it.
pub(crate) fn short(digest: &str) -> String {
    let hex: String = digest.trim_start_matches("sha256:").chars().take(12).collect();
    clip(&hex, 12)
}

/// The first few images, and how many more.
fn names(context: &Context<'_>, images: &[usize]) -> String {
    let name = |image: &usize| context.runs.get(*image).map(|run| clip(&run.target.name, 100));
    let shown: Vec<String> = images.iter().take(NAMED).filter_map(name).collect();
    let mut text = shown.join(", ");
    if images.len() > NAMED {
        text.push_str(&format!(" +{}", images.len() - NAMED));
    }
    text
}

/// A text wrapped to the width, the first line after `first`, all others indented as far.
fn paragraph(
    context: &Context<'_>,
    first: &str,
    text: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    Paragraph { first, text, width: context.width }.write(out)
}
