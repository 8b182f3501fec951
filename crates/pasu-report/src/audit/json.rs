//! JSON of an audit, in structs of its own: a rename inside never breaks a user. `schema/pasu-audit-1.json` is its schema.

use pasu_model::{Audit, Evidence, ItemResult, Lang, Place, Score, Verdict, Weight};
use serde::Serialize;
use std::collections::BTreeMap;

/// Raised when a field goes or changes its meaning; new fields do not raise it.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
pub(crate) struct Document<'a> {
    schema_version: u32,
    kind: &'static str,
    lang: Lang,
    tool: &'a pasu_model::Tool,
    started: &'a str,
    target: &'a pasu_model::Target,
    #[serde(skip_serializing_if = "Option::is_none")]
    os: Option<Os<'a>>,
    guideline: Guideline<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<&'a str>,
    as_root: bool,
    complete: bool,
    summary: Summary,
    categories: Vec<Category<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<Previous<'a>>,
    not_installed: Vec<Absent<'a>>,
    results: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Os<'a> {
    family: &'static str,
    name: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct Guideline<'a> {
    id: &'a str,
    name: &'a str,
    source: &'a str,
}

#[derive(Serialize)]
struct Summary {
    /// Per cent of the points of what passed or failed.
    score: Option<f64>,
    /// Per cent if everything manual or blocked turned out wrong.
    score_lower_bound: Option<f64>,
    counts: BTreeMap<&'static str, u32>,
    accepted: u32,
}

#[derive(Serialize)]
struct Category<'a> {
    chapter: &'a str,
    name: &'a str,
    #[serde(flatten)]
    summary: Summary,
}

#[derive(Serialize)]
struct Previous<'a> {
    started: &'a str,
    #[serde(flatten)]
    summary: Summary,
    changed: Vec<Change<'a>>,
}

#[derive(Serialize)]
struct Change<'a> {
    code: &'a str,
    before: Verdict,
    now: Verdict,
}

#[derive(Serialize)]
struct Absent<'a> {
    chapter: &'a str,
    name: &'a str,
    items: usize,
}

#[derive(Serialize)]
struct Entry<'a> {
    code: &'a str,
    item: &'a str,
    chapter: &'a str,
    category: &'a str,
    importance: pasu_model::Importance,
    title: &'a str,
    verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    checked_verdict: Option<Verdict>,
    reason: &'a str,
    reason_key: &'a str,
    reason_args: &'a BTreeMap<String, String>,
    evidence: Vec<Piece<'a>>,
    more_evidence: u64,
    remedy: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<&'a pasu_model::Answer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expired_answer: Option<&'a pasu_model::Answer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<&'a pasu_model::AcceptedRisk>,
}

#[derive(Serialize)]
struct Piece<'a> {
    weight: Weight,
    message: &'a str,
    key: &'a str,
    args: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    excerpt: Option<&'a str>,
}

pub(crate) fn document(audit: &Audit, lang: Lang) -> Document<'_> {
    Document {
        schema_version: SCHEMA_VERSION,
        kind: "audit",
        lang,
        tool: &audit.tool,
        started: &audit.started,
        target: &audit.target,
        os: audit.os.as_ref().map(|os| Os {
            family: os.family.name(),
            name: os.pretty_name.as_deref().unwrap_or(&os.id),
            version: &os.version,
        }),
        guideline: Guideline {
            id: &audit.guideline.id,
            name: audit.guideline.name.get(lang),
            source: &audit.guideline.source,
        },
        policy: audit.policy.as_deref(),
        as_root: audit.as_root,
        complete: audit.results.iter().all(|result| result.verdict != Verdict::Blocked),
        summary: summary(&audit.score()),
        categories: audit
            .categories()
            .into_iter()
            .map(|(chapter, name, results)| Category {
                chapter,
                name: name.get(lang),
                summary: summary(&Score::of(results)),
            })
            .collect(),
        previous: audit.previous.as_ref().map(|previous| Previous {
            started: &previous.started,
            summary: summary(&previous.score),
            changed: audit
                .results
                .iter()
                .filter_map(|result| {
                    let before = *previous.verdicts.get(&result.code)?;
                    let change = Change { code: &result.code, before, now: result.verdict };
                    (before != result.verdict).then_some(change)
                })
                .collect(),
        }),
        not_installed: audit
            .absent
            .iter()
            .map(|chapter| Absent {
                chapter: &chapter.id,
                name: chapter.name.get(lang),
                items: chapter.items,
            })
            .collect(),
        results: audit.results.iter().map(|result| entry(result, lang)).collect(),
    }
}

fn summary(score: &Score) -> Summary {
    let rounded = |percent: f64| (percent * 10.0).round() / 10.0;
    Summary {
        score: score.percent().map(rounded),
        score_lower_bound: score.lower_bound().map(rounded),
        counts: Verdict::ALL.iter().map(|verdict| (verdict.key(), score.count(*verdict))).collect(),
        accepted: score.accepted,
    }
}

fn entry(result: &ItemResult, lang: Lang) -> Entry<'_> {
    Entry {
        code: &result.code,
        item: &result.item,
        chapter: &result.chapter,
        category: result.category.get(lang),
        importance: result.importance,
        title: result.title.get(lang),
        verdict: result.verdict,
        checked_verdict: result.checked,
        reason: result.reason.text.get(lang),
        reason_key: &result.reason.key,
        reason_args: &result.reason.args,
        evidence: result.evidence.iter().map(|evidence| piece(evidence, lang)).collect(),
        more_evidence: result.more_evidence,
        remedy: result.remedy.get(lang),
        answer: result.answer.as_ref(),
        expired_answer: result.expired_answer.as_ref(),
        accepted: result.accepted.as_ref(),
    }
}

fn piece(evidence: &Evidence, lang: Lang) -> Piece<'_> {
    let (path, line, command) = match &evidence.place {
        Some(Place::File { path, line }) => (Some(path.as_str()), *line, None),
        Some(Place::Command { line }) => (None, None, Some(line.as_str())),
        None => (None, None, None),
    };
    Piece {
        weight: evidence.weight,
        message: evidence.message.text.get(lang),
        key: &evidence.message.key,
        args: &evidence.message.args,
        path,
        line,
        command,
        excerpt: evidence.excerpt.as_deref(),
    }
}
