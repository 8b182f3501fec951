//! Ending what is open: confirmed, taken back, or recovered.

use super::{Session, changes, record};
use pasu_checks::fix::effects_of;
use pasu_model::{FixRecord, Text};
use pasu_system::transaction::{Error, Recovered, Standing, Transactions, Why, unfinished};
use std::io;
use std::thread;
use std::time::Duration;

/// How often is tried again while another process is at work, and after which pause.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(250);

/// Why something was not kept or taken back.
#[derive(Debug, thiserror::Error)]
pub enum EndError {
    /// It is about to be undone.
    #[error("the time to confirm it is over")]
    TooLate,
    /// The unit that recovers at boot could not be installed.
    #[error("the unit that recovers at boot could not be installed: {0}")]
    Boot(io::Error),
    /// A service did not read the files that were put back.
    #[error("the files are as before, but a service was not told: {0}")]
    Untold(String),
    /// The transaction refused.
    #[error(transparent)]
    Transaction(#[from] Error),
}

/// What recovery did with one entry.
#[derive(Debug, Clone)]
pub struct Ended {
    /// Its name.
    pub id: String,
    /// What was done, in words.
    pub said: Text,
    /// Whether a person has to look: it could not be ended, or something was left alone.
    pub needs_person: bool,
}

/// Keeps what would otherwise undo itself.
///
/// # Errors
/// It does not wait to be confirmed, its time is over, or another process is at work.
pub fn confirm(session: &Session<'_>, id: &str) -> Result<FixRecord, EndError> {
    let transactions = patiently(session)?;
    let mut transaction = transactions.resume(id)?;
    if let Standing::AwaitingConfirmation { until, .. } = transaction.standing()
        && (session.now)() >= until
    {
        return Err(EndError::TooLate);
    }
    transaction.confirm()?;
    transaction.commit(serde_json::Value::Null)?;
    // A unit that stays finds nothing to do.
    let _ = session.boot.remove();
    Ok(record::record(session.disk, id)?)
}

/// Takes an applied entry back; one that waits to be confirmed is undone.
///
/// # Errors
/// A later entry changed the same files, it is not applied, or what is kept of it is damaged: nothing is touched.
pub fn rollback(session: &Session<'_>, id: &str) -> Result<FixRecord, EndError> {
    let transactions = patiently(session)?;
    let mut transaction = transactions.resume(id)?;
    session.boot.install().map_err(EndError::Boot)?;
    let taken_back = match transaction.standing() {
        Standing::AwaitingConfirmation { .. } => {
            let asked = Text::new("되돌리라는 요청이 있었습니다", "it was asked for");
            let why = Why::Asked { reason: record::said(&asked) };
            transaction.undo(why, session.actor)
        }
        _ => transactions.rollback(id, session.actor),
    };
    if unfinished(session.disk).is_some() {
        taken_back?;
        return Ok(record::record(session.disk, id)?);
    }
    // A unit that stays finds nothing to do.
    let _ = session.boot.remove();
    taken_back?;
    let record = record::record(session.disk, id)?;
    match tell(session, &record) {
        Some(error) => Err(EndError::Untold(error)),
        None => Ok(record),
    }
}

/// Has services read the files that were put back, which run by now and were not told of the change: they were started
/// after it. Says what went wrong.
fn tell(session: &Session<'_>, record: &FixRecord) -> Option<String> {
    session.tools?;
    let texts = record.plan.files.iter().filter(|file| !file.diff.is_empty());
    let paths: Vec<&str> = texts.map(|file| file.path.as_str()).collect();
    let mut effects = effects_of(&(session.glance)(), &paths);
    effects.retain(|effect| !record.plan.effects.contains(effect));
    let (_, told) = changes::actions(&effects, false);
    let failed = told.iter().filter_map(|action| session.actor.act(action).err());
    let failed: Vec<String> = failed.map(|error| error.to_string()).collect();
    (!failed.is_empty()).then(|| failed.join("; "))
}

/// The transactions, once whoever is at work has ended: the process that waits looks for a moment.
fn patiently<'d>(session: &Session<'d>) -> Result<Transactions<'d>, Error> {
    for _ in 1..TRIES {
        match Transactions::open(session.disk) {
            Err(Error::Busy(_)) => thread::sleep(PAUSE),
            other => return other,
        }
    }
    Transactions::open(session.disk)
}

/// Ends every entry that has no end; with `expired_only`, only those whose time to be confirmed is over.
///
/// # Errors
/// Another process is at work, or the folder cannot be read.
pub fn recover(session: &Session<'_>, expired_only: bool) -> Result<Vec<Ended>, Error> {
    let transactions = Transactions::open(session.disk)?;
    let now = (session.now)();
    let done = transactions.recover(session.actor, now, &session.boot_id, expired_only)?;
    if unfinished(session.disk).is_none() {
        // A unit that stays finds nothing to do.
        let _ = session.boot.remove();
    }
    drop(transactions);
    Ok(done.into_iter().map(|(id, recovered)| put_back(session, id, &recovered)).collect())
}

fn put_back(session: &Session<'_>, id: String, recovered: &Recovered) -> Ended {
    let mut ended = ended(id, recovered);
    if matches!(recovered, Recovered::Undone { .. } | Recovered::RolledBack(_))
        && let Ok(record) = record::record(session.disk, &ended.id)
        && let Some(error) = tell(session, &record)
    {
        ended.said = Text::new(
            format!("{} (서비스에 알리지 못했습니다: {error})", ended.said.ko),
            format!("{} (a service was not told: {error})", ended.said.en),
        );
        ended.needs_person = true;
    }
    ended
}

fn ended(id: String, recovered: &Recovered) -> Ended {
    let (said, needs_person) = match recovered {
        Recovered::Undone { why, undone } => {
            let because = record::because(why);
            let (conflicts, failed) = (undone.conflicts.len(), undone.failed.len());
            let said = Text::new(
                format!("이전 상태로 되돌렸습니다: {}", because.ko),
                format!("put back to the state before: {}", because.en),
            );
            (with_rest(said, conflicts, failed), conflicts + failed > 0)
        }
        Recovered::RolledBack(undone) => {
            let (conflicts, failed) = (undone.conflicts.len(), undone.failed.len());
            let said = Text::new(
                "중단된 되돌리기를 마쳤습니다",
                "ended the rollback that was interrupted",
            );
            (with_rest(said, conflicts, failed), conflicts + failed > 0)
        }
        Recovered::Committed => {
            (Text::new("확인된 변경을 확정했습니다", "kept what had been confirmed"), false)
        }
        Recovered::Waiting { .. } => (
            Text::new(
                "아직 확인을 기다립니다. `pasu fix confirm`으로 확정하거나 `pasu fix rollback`으로 되돌리십시오",
                "it still waits: `pasu fix confirm` keeps it, `pasu fix rollback` takes it back",
            ),
            false,
        ),
        Recovered::Discarded => (
            Text::new("시작되지 않은 작업의 흔적을 지웠습니다", "cleared away what had not begun"),
            false,
        ),
        Recovered::Failed(error) => (
            Text::new(
                format!("복구하지 못했습니다: {error}"),
                format!("could not be recovered: {error}"),
            ),
            true,
        ),
    };
    Ended { id, said, needs_person }
}

fn with_rest(said: Text, conflicts: usize, failed: usize) -> Text {
    if conflicts + failed == 0 {
        return said;
    }
    Text::new(
        format!(
            "{} (이후 변경되어 그대로 둔 파일 {conflicts}개, 되돌리지 못한 서비스 동작 {failed}개)",
            said.ko
        ),
        format!(
            "{} ({conflicts} paths changed since were left alone, {failed} actions could not be taken back)",
            said.en
        ),
    )
}
