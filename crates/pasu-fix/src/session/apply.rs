//! One plan carried out, from the proof that nobody is locked out to the last look.

use super::{Session, changes, probe, record, validate};
use crate::access::{self, Access, Comparison};
use pasu_checks::fix::{PathChange, Planned, at_rest, judge_again};
use pasu_checks::{Catalogue, Host, Policy};
use pasu_model::{
    FixAuthor, FixEffect, FixEnd, FixOutcome, FixRecord, PlanRisk, PlanStatus, Text, Verdict,
};
use pasu_system::transaction::{self, Action, Transaction, Transactions, Why};
use std::io;
use std::thread;
use std::time::{Duration, Instant};

/// How long services have to open their ports again.
const PATIENCE: Duration = Duration::from_secs(15);

/// How often is looked.
const PAUSE: Duration = Duration::from_millis(250);

/// How long a daemon that was told may take to die of it: being told is only a signal.
const SETTLING: Duration = Duration::from_millis(750);

/// What is carried out, and on whose word.
pub struct Request<'a> {
    /// The plan with its changes.
    pub planned: &'a Planned,
    /// The target that was planned for.
    pub before: &'a Host,
    /// All items.
    pub catalogue: &'a Catalogue,
    /// For parameters.
    pub policy: &'a Policy,
    /// Who does it.
    pub author: FixAuthor,
    /// Its name in the history, which sorts after all before it.
    pub id: String,
    /// When, RFC 3339.
    pub started: String,
    /// The undo by time.
    pub confirmation: Option<Confirmation<'a>>,
}

/// An undo by time.
pub struct Confirmation<'a> {
    /// After this time.
    pub within: Duration,
    /// Arms it, for a transaction's name.
    pub arm: &'a dyn Fn(&str) -> io::Result<()>,
}

/// Why nothing was touched.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Nobody is proven to get in afterwards, and there is no undo by time.
    #[error("{}", sentence(.0))]
    Lockout(Box<Comparison>),
    /// A configuration is broken already: whether a change breaks it cannot be told.
    #[error("{line}: the configuration is broken before anything is changed: {complaint}")]
    BrokenBefore {
        /// The proof's command line.
        line: String,
        /// Its complaint.
        complaint: String,
    },
    /// What sshd was not told yet would close the port that everybody comes by.
    #[error(
        "sshd waits at port {0}, but its configuration says {1}, which it has not read yet; hint: restart sshd yourself and see that you get in, or put the configuration back"
    )]
    PendingPort(u16, u16),
    /// The transaction did not begin, or could not be ended.
    #[error(transparent)]
    Transaction(#[from] transaction::Error),
    /// The undo by time could not be armed.
    #[error("the undo by time could not be armed: {0}")]
    Timer(io::Error),
    /// The unit that recovers at boot could not be installed.
    #[error("the unit that recovers at boot could not be installed: {0}")]
    Boot(io::Error),
}

fn sentence(comparison: &Comparison) -> String {
    comparison.verdict.sentence().en
}

/// What went wrong, and with which item if one is to blame.
struct Failure {
    why: Text,
    item: Option<String>,
}

impl Failure {
    fn new(ko: impl Into<String>, en: impl Into<String>) -> Self {
        Self { why: Text::new(ko, en), item: None }
    }
}

/// Carries a plan out. Whatever goes wrong after the first change is undone, and the record says why.
///
/// # Errors
/// Nothing was touched; or what was touched could not be put back, and is to be recovered.
pub fn apply(session: &Session<'_>, request: &Request<'_>) -> Result<FixRecord, ApplyError> {
    let access = lockout(session, request)?;
    let changes = &request.planned.changes;
    let proofs = session.tools.map(|tools| validate::ask(tools, session.disk, changes));
    let proofs = proofs.unwrap_or_default();
    if let Some(broken) = proofs.iter().find(|proof| proof.is_told && proof.complaint.is_some()) {
        let complaint = broken.complaint.clone().unwrap_or_default();
        return Err(ApplyError::BrokenBefore { line: broken.line.clone(), complaint });
    }
    let transactions = Transactions::open(session.disk)?;
    let header = record::header(&request.author, &request.started, &request.planned.plan);
    let steps = changes.iter().map(PathChange::step).collect();
    let begun = transactions.begin(&request.id, &header, steps)?;
    let mut work = Work { session, request, transaction: begun, before: access, proofs };
    let outcome = work.run();
    work.end(outcome)
}

/// Who gets in before, and whether that stays. A tree lets nobody in: what it loses is only told.
fn lockout(session: &Session<'_>, request: &Request<'_>) -> Result<Option<Access>, ApplyError> {
    if session.tools.is_none() {
        return Ok(None);
    }
    let before = access::read(request.before);
    let is_sshd = |effect: &FixEffect| match effect {
        FixEffect::Reload { unit } | FixEffect::Restart { unit } => {
            matches!(unit.as_str(), "ssh.service" | "sshd.service")
        }
        _ => false,
    };
    if request.planned.plan.effects.iter().any(is_sshd)
        && let Some((held, wanted)) = probe::pending_port(request.before, &before)
    {
        return Err(ApplyError::PendingPort(held, wanted));
    }
    let comparison = access::compare(&before, &access::read(&request.planned.after));
    if is_allowed(request, &comparison) {
        return Ok(Some(before));
    }
    Err(ApplyError::Lockout(Box::new(comparison)))
}

/// Where nobody is known to get in, a plan that touches nothing of logins takes nothing away.
fn is_allowed(request: &Request<'_>, comparison: &Comparison) -> bool {
    let is_far_from_logins = request.planned.plan.risk < PlanRisk::Lockout;
    comparison.holds()
        || request.confirmation.is_some()
        || is_far_from_logins && comparison.verdict == access::Verdict::NothingBefore
}

struct Work<'a, 't> {
    session: &'a Session<'a>,
    request: &'a Request<'a>,
    transaction: Transaction<'t>,
    before: Option<Access>,
    proofs: Vec<validate::Proof>,
}

impl Work<'_, '_> {
    /// Everything up to the decision. The outcomes of all items where all is well.
    fn run(&mut self) -> Result<Vec<FixOutcome>, Failure> {
        self.arm()?;
        let actor = self.session.actor;
        self.transaction.apply(actor).map_err(of_engine)?;
        let changes = &self.request.planned.changes;
        let units_change =
            changes.iter().any(|change| change.path.starts_with("/etc/systemd/system/"));
        let (first, told) = match self.session.tools {
            Some(_) => changes::actions(&self.request.planned.plan.effects, units_change),
            None => (Vec::new(), Vec::new()),
        };
        self.act(&first)?;
        self.prove()?;
        self.act(&told)?;
        if !(first.is_empty() && told.is_empty()) {
            thread::sleep(SETTLING);
        }
        self.running()?;
        let now = (self.session.look)()
            .map_err(|error| Failure::new(format!("다시 점검하지 못했습니다: {error}"), error))?;
        let outcomes = self.look(&now)?;
        self.still_in(&now)?;
        Ok(outcomes)
    }

    fn arm(&mut self) -> Result<(), Failure> {
        let boot = |error: io::Error| {
            let en = ApplyError::Boot(error).to_string();
            Failure::new("부팅 때 복구할 유닛을 설치하지 못했습니다", en)
        };
        self.session.boot.install().map_err(boot)?;
        let Some(confirmation) = &self.request.confirmation else { return Ok(()) };
        let within = i64::try_from(confirmation.within.as_secs()).unwrap_or(i64::MAX);
        let until = (self.session.now)().saturating_add(within);
        self.transaction.arm(until, &self.session.boot_id).map_err(of_engine)?;
        (confirmation.arm)(&self.request.id).map_err(|error| {
            let en = ApplyError::Timer(error).to_string();
            Failure::new("자동으로 되돌릴 타이머를 시작하지 못했습니다", en)
        })
    }

    fn act(&mut self, actions: &[Action]) -> Result<(), Failure> {
        for action in actions {
            let acted = self.transaction.act(action, self.session.actor).map_err(of_engine);
            acted.map_err(|failure| Failure { item: self.wanting(&unit_of(action)), ..failure })?;
            self.say(format!("실행: {action}"), format!("done: {action}"))?;
        }
        Ok(())
    }

    /// The one item that wants something of these units.
    fn wanting(&self, units: &[String]) -> Option<String> {
        let effects = self.request.planned.plan.effects.iter();
        let mut items = effects
            .zip(&self.request.planned.wanted_by)
            .filter(|(effect, _)| match effect {
                FixEffect::Stop { unit }
                | FixEffect::Start { unit }
                | FixEffect::Reload { unit }
                | FixEffect::Restart { unit } => units.contains(unit),
                FixEffect::Sysctl { .. } => false,
            })
            .map(|(_, item)| item);
        let first = items.next()?;
        items.all(|item| item == first).then(|| first.clone())
    }

    /// Services prove their new files before they are told.
    fn prove(&mut self) -> Result<(), Failure> {
        let Some(tools) = self.session.tools else { return Ok(()) };
        for proof in validate::ask(tools, self.session.disk, &self.request.planned.changes) {
            let was_broken = self
                .proofs
                .iter()
                .any(|before| before.subsystem == proof.subsystem && before.complaint.is_some());
            match &proof.complaint {
                None => self
                    .say(format!("검증 통과: {}", proof.line), format!("valid: {}", proof.line))?,
                Some(complaint) if was_broken => self.say(
                    format!("{}: 적용 전부터 지적하던 내용입니다: {complaint}", proof.line),
                    format!("{}: complained before too: {complaint}", proof.line),
                )?,
                Some(complaint) => {
                    return Err(Failure::new(
                        format!("{} 검증에 실패했습니다: {complaint}", proof.line),
                        format!("{}: {complaint}", proof.line),
                    ));
                }
            }
        }
        Ok(())
    }

    /// Looks until every port that was to stay is open and every unit that was told runs.
    fn running(&mut self) -> Result<(), Failure> {
        if self.session.tools.is_none() {
            return Ok(());
        }
        let end = Instant::now() + PATIENCE;
        loop {
            let now = (self.session.glance)();
            let missing = probe::missing(self.request.before, &self.request.planned.after, &now);
            let effects = &self.request.planned.plan.effects;
            let stopped = probe::stopped(self.request.before, effects, &now);
            if missing.is_empty() && stopped.is_empty() {
                let count = probe::open(&now).len();
                return self.say(
                    format!("열린 포트 {count}개를 확인했습니다"),
                    format!("{count} open ports checked"),
                );
            }
            if Instant::now() >= end {
                let item = self.wanting(&stopped);
                let ports = missing.iter().map(probe::Port::shown);
                let shown: Vec<String> = ports.chain(stopped).collect();
                let shown = shown.join(", ");
                return Err(Failure {
                    why: Text::new(
                        format!("열려 있어야 할 포트나 실행되어야 할 서비스가 없습니다: {shown}"),
                        format!("what was to be open or to run is not: {shown}"),
                    ),
                    item,
                });
            }
            thread::sleep(PAUSE);
        }
    }

    /// Judges every planned item again.
    fn look(&mut self, now: &Host) -> Result<Vec<FixOutcome>, Failure> {
        let mut outcomes = Vec::new();
        let planned = self.request.planned.plan.items.iter();
        for item in planned.filter(|item| item.status == PlanStatus::Planned) {
            let params = self.request.planned.params.get(&item.item);
            let found = judge_again(self.request.catalogue, &item.item, params, now);
            let Some((verdict, why)) = found else { continue };
            let end = match verdict {
                Verdict::Pass | Verdict::NotApplicable => FixEnd::Fixed,
                Verdict::Manual => FixEnd::NeedsPerson,
                Verdict::Fail | Verdict::Blocked if self.comes_later(&item.item, now) => {
                    FixEnd::FixedAfterReboot
                }
                Verdict::Fail | Verdict::Blocked => {
                    return Err(Failure {
                        why: Text::new(
                            format!(
                                "{}: 적용 후 다시 점검한 결과 {}: {}",
                                item.code,
                                verdict.text().ko,
                                why.ko
                            ),
                            format!(
                                "{}: {} when judged again: {}",
                                item.code,
                                verdict.text().en,
                                why.en
                            ),
                        ),
                        item: Some(item.item.clone()),
                    });
                }
            };
            outcomes.push(FixOutcome {
                code: item.code.clone(),
                item: item.item.clone(),
                end,
                verdict: Some(verdict),
                why: (end != FixEnd::Fixed).then_some(why),
            });
        }
        Ok(outcomes)
    }

    /// Whether a bad verdict was foreseen because only what runs is still bad: a clock that is just being set, a worker
    /// of before. What is written down is judged as the next start of the machine finds it.
    fn comes_later(&self, item: &str, now: &Host) -> bool {
        let planned = self.request.planned;
        let verdict = |host: &Host| {
            let params = planned.params.get(item);
            judge_again(self.request.catalogue, item, params, host).map(|(verdict, _)| verdict)
        };
        let is_bad = |verdict: Option<Verdict>| {
            matches!(verdict, None | Some(Verdict::Fail | Verdict::Blocked))
        };
        planned.at_boot.is_some()
            && is_bad(verdict(&planned.after))
            && !is_bad(verdict(&at_rest(now)))
    }

    /// Somebody who got in still does, by the target's own word.
    fn still_in(&mut self, now: &Host) -> Result<(), Failure> {
        let Some(before) = &self.before else { return Ok(()) };
        let comparison = access::compare(before, &access::read(now));
        let text = comparison.verdict.sentence();
        if is_allowed(self.request, &comparison) {
            return self.say(text.ko, text.en);
        }
        Err(Failure { why: text, item: None })
    }

    fn say(&mut self, ko: String, en: String) -> Result<(), Failure> {
        let note = record::said(&Text::new(ko, en));
        self.transaction.note(note).map_err(of_engine)
    }

    /// Keeps it, leaves it to be confirmed, or undoes it.
    fn end(mut self, outcome: Result<Vec<FixOutcome>, Failure>) -> Result<FixRecord, ApplyError> {
        match outcome {
            Ok(outcomes) => {
                for outcome in &outcomes {
                    self.transaction.note(record::outcome(outcome))?;
                }
                if self.request.confirmation.is_none() {
                    self.transaction.commit(serde_json::Value::Null)?;
                }
            }
            Err(failure) => self.undo(&failure)?,
        }
        if self.transaction.standing().is_final() {
            // A unit that stays finds nothing to do.
            let _ = self.session.boot.remove();
        }
        let id = self.request.id.clone();
        drop(self.transaction);
        record::record(self.session.disk, &id).map_err(ApplyError::from)
    }

    fn undo(&mut self, failure: &Failure) -> Result<(), ApplyError> {
        if self.transaction.standing().is_final() {
            return Ok(());
        }
        let planned = self.request.planned.plan.items.iter();
        for item in planned.filter(|item| item.status == PlanStatus::Planned) {
            let is_to_blame = failure.item.as_ref().is_none_or(|blamed| *blamed == item.item);
            let outcome = FixOutcome {
                code: item.code.clone(),
                item: item.item.clone(),
                end: FixEnd::Undone,
                verdict: None,
                why: is_to_blame.then(|| failure.why.clone()),
            };
            // On a full disk the undo matters more than its account.
            let _ = self.transaction.note(record::outcome(&outcome));
        }
        let why = Why::Asked { reason: record::said(&failure.why) };
        self.transaction.undo(why, self.session.actor)?;
        Ok(())
    }
}

fn unit_of(action: &Action) -> Vec<String> {
    match action {
        Action::Stop { unit }
        | Action::Start { unit }
        | Action::Restart { unit }
        | Action::Reload { unit } => vec![unit.clone()],
        Action::DaemonReload | Action::Sysctl { .. } | Action::Run { .. } => Vec::new(),
    }
}

fn of_engine(error: transaction::Error) -> Failure {
    Failure::new(format!("변경하지 못했습니다: {error}"), error.to_string())
}
