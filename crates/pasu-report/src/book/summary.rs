//! The whole on one page: the score and what it means, counts as pictures, what changed, what was not seen.

use super::contents::Contents;
use super::{Block, Chapter, Chart, ChartKind, Fact, Note, Tone, changes, tones, unseen};
use crate::words::{self, support};
use pasu_model::{Importance, ItemResult, Lang, Score, Severity, Status, Verdict};
use std::collections::BTreeSet;

pub(super) fn chapter(contents: &Contents<'_>) -> Chapter {
    let mut blocks = Vec::new();
    blocks.extend(support_note(contents));
    blocks.extend(score(contents));
    blocks.extend(verdicts(contents));
    blocks.extend(categories(contents));
    blocks.extend(severities(contents));
    blocks.push(Block::Facts(counts(contents)));
    blocks.extend(changes::blocks(contents));
    blocks.extend(unseen::blocks(contents));
    Chapter { id: "summary", title: contents.pick("종합 결과", "Summary").to_owned(), blocks }
}

/// That the operating system gets no updates any more, or soon will not.
fn support_note(contents: &Contents<'_>) -> Option<Block> {
    let inspection = contents.inspection;
    let os = inspection.os.as_ref()?;
    let day = inspection.started.get(..10)?.parse().ok()?;
    let found = os.support(day)?;
    let advice = support::advice(os, found, contents.lang)?;
    Some(Block::Note(Note {
        tone: if found.is_over() { Tone::Alarm } else { Tone::Info },
        title: super::cover::system(contents, os),
        lines: vec![advice.to_owned()],
    }))
}

/// The score in words: what it is of, and how low it could be.
fn score(contents: &Contents<'_>) -> Option<Block> {
    let score = contents.inspection.score()?;
    let Some(percent) = score.percent() else {
        let text = contents.pick(
            "판정된 항목이 없어 점수를 낼 수 없습니다.",
            "No item was judged, so there is no score.",
        );
        return Some(Block::Paragraph(text.to_owned()));
    };
    let mut text = match contents.lang {
        Lang::Ko => format!(
            "보안 설정 점수는 100점 만점에 {percent:.1}점입니다. 양호나 취약으로 판정한 항목의 배점 {}점 중 양호한 항목이 {}점을 얻었습니다(상 3점, 중 2점, 하 1점).",
            score.judged_points, score.good_points
        ),
        Lang::En => format!(
            "The score of the security settings is {percent:.1} of 100: of {} points of the items judged good or bad, {} were earned (importance high 3, medium 2, low 1).",
            score.judged_points, score.good_points
        ),
    };
    if let Some(least) = score.lower_bound().filter(|_| score.open_points > 0) {
        let open = score.count(Verdict::Manual) + score.count(Verdict::Blocked);
        text.push(' ');
        text.push_str(&match contents.lang {
            Lang::Ko => format!(
                "수동점검과 점검불가 {open}개 항목은 점수에 넣지 않았으며, 이 항목이 모두 취약이라면 {least:.1}점입니다."
            ),
            Lang::En => format!(
                "The {open} manual and blocked items do not count; if all of them turned out bad, it would be {least:.1}."
            ),
        });
    }
    Some(Block::Paragraph(text))
}

/// The verdicts as a ring around the score.
fn verdicts(contents: &Contents<'_>) -> Option<Block> {
    let score = contents.inspection.score()?;
    let counts = Verdict::ALL.map(|verdict| f64::from(score.count(verdict)));
    let centre = score
        .percent()
        .map(|percent| (format!("{percent:.1}"), contents.pick("점", "of 100").to_owned()));
    Some(Block::Chart(Chart {
        title: contents.pick("점검 항목의 판정", "Verdicts of the items").to_owned(),
        kind: ChartKind::Ring,
        series: verdict_series(contents),
        rows: vec![(contents.pick("항목 수", "Items").to_owned(), counts.to_vec())],
        centre,
    }))
}

fn verdict_series(contents: &Contents<'_>) -> Vec<(String, Tone)> {
    let series =
        |verdict: Verdict| (verdict.text().get(contents.lang).to_owned(), tones::verdict(verdict));
    Verdict::ALL.map(series).to_vec()
}

/// The verdicts by category as bars.
fn categories(contents: &Contents<'_>) -> Option<Block> {
    let audit = contents.inspection.audit.as_ref()?;
    let rows = audit.categories().into_iter().map(|(chapter, category, results)| {
        let score = Score::of(results);
        let counts = Verdict::ALL.map(|verdict| f64::from(score.count(verdict)));
        (super::guideline::category_name(contents, chapter, category), counts.to_vec())
    });
    Some(Block::Chart(Chart {
        title: contents.pick("분류별 판정", "Verdicts by category").to_owned(),
        kind: ChartKind::Bars,
        series: verdict_series(contents),
        rows: rows.collect(),
        centre: None,
    }))
}

/// Findings of packages by severity, the machine's and the images', as bars.
fn severities(contents: &Contents<'_>) -> Option<Block> {
    let inspection = contents.inspection;
    let rows: Vec<(String, Vec<f64>)> = inspection
        .runs()
        .map(|run| {
            let count = |severity: &Severity| {
                run.findings().filter(|(_, finding)| finding.severity == *severity).count() as f64
            };
            let kind = words::target_kind(run.target.kind, contents.lang);
            let name = format!("{} ({kind})", crate::safe_text::clip(&run.target.name, 80));
            (name, Severity::ALL.iter().rev().map(count).collect())
        })
        .collect();
    if rows.is_empty() {
        return None;
    }
    let series =
        Severity::ALL.iter().rev().map(|s| (s.name().to_owned(), tones::severity(*s))).collect();
    Some(Block::Chart(Chart {
        title: contents.pick("심각도별 취약점", "Vulnerabilities by severity").to_owned(),
        kind: ChartKind::Bars,
        series,
        rows,
        centre: None,
    }))
}

/// The numbers one is asked for.
fn counts(contents: &Contents<'_>) -> Vec<Fact> {
    let mut facts = Vec::new();
    facts.extend(items(contents));
    facts.extend(vulnerabilities(contents));
    facts.extend(image_items(contents));
    let images = contents.inspection.images.len();
    if images > 0 {
        let name = contents.pick("컨테이너 이미지", "Container images");
        facts.push(Fact::new(
            name,
            match contents.lang {
                Lang::Ko => format!("{images}개"),
                Lang::En => images.to_string(),
            },
        ));
    }
    let applied = contents.inspection.fixes.len();
    if applied > 0 {
        let name = contents.pick("조치 이력", "Fixes in the history");
        facts.push(Fact::new(name, contents.number(applied)));
    }
    facts
}

fn items(contents: &Contents<'_>) -> Option<Fact> {
    let audit = contents.inspection.audit.as_ref()?;
    let open: Vec<&ItemResult> =
        audit.results.iter().filter(|result| result.is_open_failure()).collect();
    let of = |importance: Importance| {
        open.iter().filter(|result| result.importance == importance).count()
    };
    let (high, medium, low) = (of(Importance::High), of(Importance::Medium), of(Importance::Low));
    let mut text = match contents.lang {
        Lang::Ko => format!("{}개 (상 {high}, 중 {medium}, 하 {low})", open.len()),
        Lang::En => format!("{} (high {high}, medium {medium}, low {low})", open.len()),
    };
    let accepted = audit.score().accepted;
    if accepted > 0 {
        text.push_str(&match contents.lang {
            Lang::Ko => format!(", 이 밖에 예외 승인 {accepted}개"),
            Lang::En => format!("; accepted besides: {accepted}"),
        });
    }
    Some(Fact::new(contents.pick("취약 항목", "Failed items"), text))
}

/// Failed items of the images' configuration, each image's own.
fn image_items(contents: &Contents<'_>) -> Option<Fact> {
    let audits: Vec<_> =
        contents.inspection.images.iter().filter_map(|image| image.audit.as_ref()).collect();
    if audits.is_empty() {
        return None;
    }
    let results = audits.iter().flat_map(|audit| &audit.results);
    let failed = results.filter(|result| result.is_open_failure()).count();
    let text = match contents.lang {
        Lang::Ko => format!("{failed}개 (이미지 {}개)", audits.len()),
        Lang::En => format!("{failed} (images: {})", audits.len()),
    };
    Some(Fact::new(contents.pick("이미지 구성 취약 항목", "Failed items of images"), text))
}

fn vulnerabilities(contents: &Contents<'_>) -> Option<Fact> {
    let inspection = contents.inspection;
    inspection.runs().next()?;
    let findings: Vec<_> =
        inspection.runs().flat_map(|run| run.findings().map(|(_, finding)| finding)).collect();
    let distinct: BTreeSet<&str> = findings.iter().map(|finding| finding.rule.as_str()).collect();
    let is = |test: fn(&pasu_model::Vulnerability) -> bool| {
        let rules = findings.iter().filter(|finding| finding.vulnerability().is_some_and(test));
        rules.map(|finding| finding.rule.as_str()).collect::<BTreeSet<_>>().len()
    };
    let exploited = is(|found| found.known_exploited.is_some());
    let fixable = is(|found| found.status == Status::Fixed);
    let text = match contents.lang {
        Lang::Ko => format!(
            "{}건, 서로 다른 취약점 {}개 (실제 악용 중 {exploited}개, 패치 있음 {fixable}개)",
            findings.len(),
            distinct.len()
        ),
        Lang::En => format!(
            "{} findings of {} vulnerabilities (known to be exploited: {exploited}, with a fix: {fixable})",
            findings.len(),
            distinct.len()
        ),
    };
    Some(Fact::new(contents.pick("패키지 취약점", "Vulnerabilities of packages"), text))
}
