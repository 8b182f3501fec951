//! An audit: every item of a guideline on one target, in parallel, each within its time.

use crate::answers::{Answers, is_valid};
use crate::aside::set_aside;
use crate::catalogue::{Catalogue, Decider, Item};
use crate::cause::{Cause, CauseKind};
use crate::guideline::{Entry, Guideline};
use crate::host::Host;
use crate::judgement::{Judgement, Reason, reason};
use crate::messages;
use crate::params::Params;
use crate::policy::Policy;
use pasu_model::{
    AbsentChapter, AcceptedRisk, Audit, Evidence, GuidelineInfo, ItemResult, Place, Target, Text,
    Tool, Verdict, Weight,
};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::sync::{Arc, mpsc::RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// How many pieces of evidence an item lists; the rest is counted.
const MAX_EVIDENCE: usize = 60;

/// How many items run at once: they mostly wait for the disk.
const AT_ONCE: usize = 4;

/// What an audit is asked for.
pub struct AuditRequest {
    /// The target.
    pub host: Arc<Host>,
    /// All items.
    pub catalogue: Arc<Catalogue>,
    /// The guideline.
    pub guideline: Guideline,
    /// Parameters and exceptions.
    pub policy: Policy,
    /// What people answered.
    pub answers: Answers,
    /// Only these codes or slugs; all where empty.
    pub only: Vec<String>,
    /// The target, for results to name.
    pub target: Target,
    /// When it began, RFC 3339.
    pub started: String,
    /// Who runs.
    pub tool: Tool,
    /// The most time that one item may take. Those that wait for the walk take what the walk takes.
    pub item_timeout: Duration,
    /// The most time that everything may take.
    pub timeout: Duration,
}

/// Runs an audit. It ends in time whatever an item does: one that hangs is blocked, and its thread is left behind.
#[must_use]
pub fn audit(request: AuditRequest) -> Audit {
    let AuditRequest {
        host,
        catalogue,
        guideline,
        policy,
        answers,
        only,
        target,
        started,
        tool,
        ..
    } = &request;
    let (entries, absent) = chosen(guideline, only, host);
    let aside = set_aside(host, &entries);
    let slugs = entries
        .iter()
        .filter(|entry| !aside.contains_key(entry.code.as_str()))
        .filter_map(|entry| catalogue.item(&entry.item));
    let mut jobs: Vec<&'static str> = slugs.map(|item| item.slug).collect();
    jobs.sort_unstable();
    jobs.dedup();
    // Those that need the walk begin it at once.
    jobs.sort_by_key(|slug| !catalogue.item(slug).is_some_and(|item| item.walks));
    let judgements = run_all(&request, jobs);
    let results = entries
        .iter()
        .map(|entry| {
            let item = catalogue.item(&entry.item);
            let judgement =
                aside.get(entry.code.as_str()).or_else(|| judgements.get(entry.item.as_str()));
            let judgement = match (item, judgement) {
                (Some(_), Some(judgement)) => judgement.clone(),
                (Some(_), None) => Judgement::blocked(&Cause::new(CauseKind::Timeout, "not begun")),
                (None, _) => Judgement::blocked(&Cause::new(
                    CauseKind::Panic,
                    format!("no item {}", entry.item),
                )),
            };
            let context = Context { guideline, policy, answers, host, target: &target.name };
            result(entry, item, judgement, &context)
        })
        .collect();
    Audit {
        tool: tool.clone(),
        started: started.clone(),
        target: target.clone(),
        os: host.os().cloned(),
        guideline: GuidelineInfo {
            id: guideline.id.clone(),
            name: guideline.name.clone(),
            source: guideline.source.clone(),
        },
        policy: Some(policy.source.clone()).filter(|source| !source.is_empty()),
        as_root: host.is_root(),
        results,
        absent,
        previous: None,
    }
}

/// The entries that were asked for, and the chapters about what is not there.
fn chosen<'a>(
    guideline: &'a Guideline,
    only: &[String],
    host: &Host,
) -> (Vec<&'a Entry>, Vec<AbsentChapter>) {
    if !only.is_empty() {
        let wanted = |entry: &&Entry| {
            only.iter().any(|name| entry.code.eq_ignore_ascii_case(name) || entry.item == *name)
        };
        return (guideline.entries.iter().filter(wanted).collect(), Vec::new());
    }
    let mut absent = Vec::new();
    for chapter in guideline.chapters.iter().filter(|chapter| !chapter.needs.is_empty()) {
        // What could not be seen may be there: its items then say so themselves.
        let is_absent = chapter.needs.iter().all(|name| is_surely_absent(host, name));
        if is_absent {
            let of_chapter = guideline.entries.iter().filter(|entry| entry.chapter == chapter.id);
            absent.push(AbsentChapter {
                id: chapter.id.clone(),
                name: chapter.name.clone(),
                items: of_chapter.count(),
            });
        }
    }
    let is_there = |entry: &&Entry| !absent.iter().any(|chapter| chapter.id == entry.chapter);
    (guideline.entries.iter().filter(is_there).collect(), absent)
}

/// Neither a sign of the service nor its configuration or package.
fn is_surely_absent(host: &Host, name: &str) -> bool {
    host.service(name).is_ok_and(|state| state.is_surely_unused())
        && crate::host::services::traces(name)
            .iter()
            .all(|pattern| host.glob(pattern).is_ok_and(|found| found.is_empty()))
}

type Judged = (&'static str, Judgement);

/// Runs items on a few threads. One that does not end in time is given up, and another thread takes its place.
fn run_all(request: &AuditRequest, jobs: Vec<&'static str>) -> BTreeMap<&'static str, Judgement> {
    let end = Instant::now() + request.timeout;
    let mut waiting = jobs.into_iter();
    let mut running: BTreeMap<&'static str, Instant> = BTreeMap::new();
    let mut done = BTreeMap::new();
    let (sender, receiver) = mpsc::channel::<Judged>();
    loop {
        while running.len() < AT_ONCE {
            let Some(slug) = waiting.next() else { break };
            let item = request.catalogue.item(slug);
            let limit = if item.is_some_and(|item| item.walks) {
                request.timeout
            } else {
                request.item_timeout
            };
            if spawn(request, slug, sender.clone()) {
                running.insert(slug, end.min(Instant::now() + limit));
            } else {
                let cause = Cause::new(CauseKind::Limit, "no thread could be started");
                done.insert(slug, Judgement::blocked(&cause));
            }
        }
        let Some(next) = running.values().min().copied() else { break };
        match receiver.recv_timeout(next.saturating_duration_since(Instant::now())) {
            Ok((slug, judgement)) => {
                // One that was given up may still answer: too late.
                if running.remove(slug).is_some() {
                    done.insert(slug, judgement);
                }
            }
            Err(RecvTimeoutError::Timeout) => {
                let now = Instant::now();
                let late: Vec<&str> = running
                    .iter()
                    .filter(|(_, until)| **until <= now)
                    .map(|(slug, _)| *slug)
                    .collect();
                for slug in late {
                    running.remove(slug);
                    let cause = Cause::new(CauseKind::Timeout, "the check was given up");
                    if let Some(item) = request.catalogue.item(slug) {
                        done.insert(item.slug, Judgement::blocked(&cause));
                    }
                }
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    done
}

fn spawn(request: &AuditRequest, slug: &'static str, sender: mpsc::Sender<Judged>) -> bool {
    let host = Arc::clone(&request.host);
    let catalogue = Arc::clone(&request.catalogue);
    let set = request.policy.items.get(slug).cloned();
    let job = move || {
        let Some(item) = catalogue.item(slug) else { return };
        let params = item.params(set.as_ref());
        // Nobody listens any more when the item was given up.
        let _ = sender.send((slug, judge(item, &host, &params)));
    };
    thread::Builder::new().name(slug.to_owned()).spawn(job).is_ok()
}

/// Runs one item; a panic blocks it and nothing else.
pub(crate) fn judge(item: &Item, host: &Host, params: &Params) -> Judgement {
    let run = || match &item.decider {
        Decider::Code(check) => check.run(host, params),
        Decider::Kind(kind) => kind.run(host),
    };
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|_| Judgement::blocked(&Cause::new(CauseKind::Panic, "please report it")))
}

struct Context<'a> {
    guideline: &'a Guideline,
    policy: &'a Policy,
    answers: &'a Answers,
    host: &'a Host,
    target: &'a str,
}

fn result(
    entry: &Entry,
    item: Option<&Item>,
    judgement: Judgement,
    context: &Context<'_>,
) -> ItemResult {
    let judgement = match &entry.part {
        Some(part) => judgement.of_part(part),
        None => judgement,
    }
    .joined();
    let checked = judgement.verdict();
    let newest = context.answers.newest(context.target, &entry.item).cloned();
    let (answer, expired_answer) = match newest {
        Some(answer) if is_valid(&answer, context.host.today()) => (Some(answer), None),
        other => (None, other),
    };
    // What is not there or was seen to be wrong needs no answer; a person's word stands only where the check asks.
    let answer = answer.filter(|_| matches!(checked, Verdict::Manual | Verdict::Blocked));
    let no_words = BTreeMap::new();
    let words = item.map_or(&no_words, |item| item.reasons());
    let nothing = reason("unseen-panic").arg("detail", "the check said nothing");
    let main = judgement.main_reason().unwrap_or(&nothing);
    let mut evidence: Vec<(Weight, &Reason)> = judgement
        .statements
        .iter()
        .map(|statement| (statement.weight, &statement.reason))
        .collect();
    evidence.sort_by_key(|(weight, _)| *weight);
    let more_evidence = evidence.len().saturating_sub(MAX_EVIDENCE) as u64;
    ItemResult {
        code: entry.code.clone(),
        item: entry.item.clone(),
        chapter: entry.chapter.clone(),
        title: entry.title.clone(),
        category: category(context.guideline, entry),
        importance: entry.importance,
        verdict: answer.as_ref().map_or(checked, |answer| answer.verdict),
        checked: answer.is_some().then_some(checked),
        reason: messages::message(main, words),
        evidence: evidence
            .iter()
            .take(MAX_EVIDENCE)
            .map(|(weight, reason)| Evidence {
                weight: *weight,
                message: messages::message(reason, words),
                place: reason.place.clone(),
                excerpt: reason.excerpt.clone(),
                part: reason.part.map(str::to_owned),
            })
            .collect(),
        more_evidence,
        remedy: item.map_or_else(|| Text::new("", ""), |item| item.fix.clone()),
        threat: item.map_or_else(|| Text::new("", ""), |item| item.threat.clone()),
        trivy: entry.trivy.clone(),
        answer,
        expired_answer,
        accepted: accepted(&judgement, checked, entry, context),
    }
}

fn category(guideline: &Guideline, entry: &Entry) -> Text {
    let known = guideline.categories.get(&entry.category).cloned();
    known.unwrap_or_else(|| Text::new(&entry.category, &entry.category))
}

/// The exception that covers everything that is wrong: the whole item, or each file that breaks it.
fn accepted(
    judgement: &Judgement,
    verdict: Verdict,
    entry: &Entry,
    context: &Context<'_>,
) -> Option<AcceptedRisk> {
    if verdict != Verdict::Fail {
        return None;
    }
    let today = context.host.today();
    let of = |path: Option<&str>| context.policy.exception(&entry.item, path, today);
    let bad = judgement.statements.iter().filter(|statement| statement.weight == Weight::Bad);
    let mut covering = None;
    for statement in bad {
        let path = match &statement.reason.place {
            Some(Place::File { path, .. }) => Some(path.as_str()),
            _ => None,
        };
        let exception = of(path)?;
        // The one that ends first decides how long all of it is covered.
        if covering.is_none_or(|known: &crate::policy::Exception| exception.until < known.until) {
            covering = Some(exception);
        }
    }
    covering.map(|exception| AcceptedRisk {
        reason: exception.reason.clone(),
        until: exception.until.to_string(),
        source: context.policy.source.clone(),
    })
}
