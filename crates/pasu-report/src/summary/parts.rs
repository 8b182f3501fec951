//! One line for each part: how it stands.

use super::Context;
use crate::safe_text::clip;
use crate::table::paint::Ink;
use pasu_model::{Inspection, Lang, Part, PartReport, PartState, Run, Severity, Status, Verdict};
use std::collections::BTreeSet;
use std::io::{self, Write};

pub(super) fn write(context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    for report in &context.inspection.parts {
        let name = report.part.text();
        let first = format!("{}: ", name.get(context.lang));
        match says(context, report) {
            Some(lines) => {
                for (index, (ink, line)) in lines.iter().enumerate() {
                    let first = if index == 0 { first.as_str() } else { "  " };
                    context.paragraph(first, *ink, line, out)?;
                }
            }
            None => context.paragraph(&first, Ink::Dim, &without(context, report), out)?,
        }
    }
    Ok(())
}

/// What a part found; nothing where there is no result of it.
fn says(context: &Context<'_>, report: &PartReport) -> Option<Vec<(Ink, String)>> {
    match report.part {
        Part::Guideline => guideline(context),
        Part::Packages => context.inspection.packages.as_ref().map(|run| packages(context, run)),
        Part::Images => images(context),
    }
}

fn without(context: &Context<'_>, report: &PartReport) -> String {
    if let Some(why) = &report.why {
        return clip(why.get(context.lang), 300);
    }
    let (ko, en) = match report.state {
        PartState::LeftOut => ("점검에서 제외했습니다", "left out"),
        PartState::Failed => ("점검하지 못했습니다", "could not be inspected"),
        _ => ("해당 없음", "nothing there"),
    };
    context.pick(ko, en).to_owned()
}

fn guideline(context: &Context<'_>) -> Option<Vec<(Ink, String)>> {
    let audit = context.inspection.audit.as_ref()?;
    let score = audit.score();
    let counts: Vec<String> = Verdict::ALL
        .iter()
        .map(|verdict| format!("{} {}", verdict.text().get(context.lang), score.count(*verdict)))
        .collect();
    let line = match (score.percent(), score.lower_bound(), context.lang) {
        (Some(percent), Some(least), Lang::Ko) => {
            format!("{percent:.1}점 / 100 (확인하지 못한 항목이 모두 취약하면 {least:.1})")
        }
        (Some(percent), Some(least), Lang::En) => {
            format!("{percent:.1} / 100 ({least:.1} if everything open turned out wrong)")
        }
        _ => context.pick("판정한 항목이 없습니다", "no item was judged").to_owned(),
    };
    Some(vec![(Ink::Bold, line), (Ink::Plain, counts.join(" · "))])
}

fn packages(context: &Context<'_>, run: &Run) -> Vec<(Ink, String)> {
    let count = run.package_count();
    if run.database.is_none() {
        return vec![(
            Ink::Plain,
            match context.lang {
                Lang::Ko => format!("패키지 {count}개 (취약점은 점검하지 않았습니다)"),
                Lang::En => format!("{count} packages (not held against advisories)"),
            },
        )];
    }
    let findings = Counts::of([run]);
    let line = match context.lang {
        Lang::Ko => format!("패키지 {count}개, {}", findings.words(context)),
        Lang::En => format!("{count} packages, {}", findings.words(context)),
    };
    let mut lines = vec![(findings.ink(), line)];
    if run.os_end_of_life {
        let text = context.pick(
            "이 운영체제는 보안 업데이트 지원이 끝났습니다",
            "this operating system gets no security updates any more",
        );
        lines.push((Ink::Alarm, text.to_owned()));
    }
    if let Some(database) = &run.database
        && database.age_days > crate::words::database::OLD_DAYS
    {
        lines.push((Ink::Alarm, crate::words::database::old(database.age_days, context.lang)));
    }
    lines
}

fn images(context: &Context<'_>) -> Option<Vec<(Ink, String)>> {
    let Inspection { images, .. } = context.inspection;
    let report = context.inspection.part(Part::Images)?;
    if images.is_empty()
        && matches!(report.state, PartState::Absent | PartState::LeftOut | PartState::Failed)
    {
        return None;
    }
    let findings = Counts::of(images.iter().map(|image| &image.run));
    let line = match context.lang {
        Lang::Ko => format!("이미지 {}개, {}", images.len(), findings.words(context)),
        Lang::En => format!("{} images, {}", images.len(), findings.words(context)),
    };
    Some(vec![(findings.ink(), line)])
}

/// How many findings there are.
#[derive(Default)]
struct Counts<'a> {
    all: usize,
    by_severity: [usize; 5],
    fixable: usize,
    exploited: BTreeSet<&'a str>,
}

impl<'a> Counts<'a> {
    fn of(runs: impl IntoIterator<Item = &'a Run>) -> Self {
        let mut counts = Self::default();
        for (_, finding) in runs.into_iter().flat_map(Run::findings) {
            counts.all += 1;
            counts.by_severity[finding.severity as usize] += 1;
            let Some(vulnerability) = finding.vulnerability() else { continue };
            counts.fixable += usize::from(vulnerability.status == Status::Fixed);
            if vulnerability.known_exploited.is_some() {
                counts.exploited.insert(&finding.rule);
            }
        }
        counts
    }

    fn ink(&self) -> Ink {
        if self.exploited.is_empty() { Ink::Plain } else { Ink::Alarm }
    }

    fn words(&self, context: &Context<'_>) -> String {
        if self.all == 0 {
            return context.pick("알려진 취약점 없음", "no known vulnerabilities").to_owned();
        }
        let severities: Vec<String> = Severity::ALL
            .iter()
            .rev()
            .filter(|severity| self.by_severity[**severity as usize] > 0)
            .map(|severity| format!("{severity} {}", self.by_severity[*severity as usize]))
            .collect();
        let (all, fixable, exploited) = (self.all, self.fixable, self.exploited.len());
        let severities = severities.join(" · ");
        match context.lang {
            Lang::Ko => format!(
                "취약점 {all}건 ({severities}), 패치 있음 {fixable}건, 악용이 확인된 취약점 {exploited}종"
            ),
            Lang::En => format!(
                "{all} vulnerabilities ({severities}), {fixable} with a fix, {exploited} known to be exploited"
            ),
        }
    }
}
