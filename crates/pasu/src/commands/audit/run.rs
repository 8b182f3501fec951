//! `pasu audit`: from a target to results.

use super::image;
use super::{catalogue, guideline, software, unknown};
use crate::args::{AuditRunArgs, ITEM_TIMEOUT, ImportanceArg, ScanArgs, SourceArgs};
use crate::commands::output::{self, Destination, Look};
use crate::commands::scan::locale;
use crate::commands::target::{host_options, open, policy};
use crate::commands::whole::Whole;
use crate::exit::Exit;
use crate::progress;
use crate::settings::Settings;
use crate::state::State;
use anyhow::{Result, bail};
use pasu_checks::walk::{Visitors, WalkFacts};
use pasu_checks::{AuditRequest, Host, Software};
use pasu_model::{Audit, Importance, Inspection, Lang, PreviousAudit, Verdict};
use pasu_report::{AuditFormat, render_audit};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// Audits this host or a tree, writes the result and keeps it.
pub fn run(args: &AuditRunArgs) -> Result<Exit> {
    let lang = args.lang.unwrap_or_else(locale);
    let formats =
        if args.format.is_empty() { vec![AuditFormat::Table] } else { args.format.clone() };
    let destinations = output::pair(formats, &args.output)?;
    let (audit, state) = match args.image.is_some() || args.input.is_some() {
        true => image::look(args, lang)?,
        false => look(args, lang, Known::default())?,
    };
    for destination in &destinations {
        if let Some(format) = destination.format.of_inspections() {
            let file = destination.file.clone();
            document(&audit, args, &Destination { format, file }, lang)?;
            continue;
        }
        output::to(destination.file.as_deref(), lang, |look: &Look, out: &mut dyn Write| {
            render_audit(&audit, destination.format, &look.options, out)
        })?;
    }
    if !args.no_save && args.item.is_empty() {
        keep(&audit, &state, lang, args.quiet);
    }
    if !destinations.iter().any(|destination| destination.format == AuditFormat::Table) {
        say_blocked(&audit, lang);
    }
    Ok(exit(&audit, args))
}

/// Writes an audit as a document: an inspection of one part.
fn document(
    audit: &Audit,
    args: &AuditRunArgs,
    destination: &Destination,
    lang: Lang,
) -> Result<()> {
    let inspection = Inspection::of_audit(audit.clone());
    let settings = Settings::read(args.config.as_deref())?;
    let whole = Whole {
        inspection: &inspection,
        changes: None,
        brand: &settings.brand,
        lang,
        list_packages: false,
        show_suppressed: false,
    };
    whole.write(destination)
}

/// The audit as a part of an inspection of this host.
pub struct HostAudit<'a> {
    /// How packages are looked at.
    pub scan: &'a ScanArgs,
    /// The policy file, if one is named.
    pub config: Option<PathBuf>,
    /// The folder of answers, if one is named.
    pub state: Option<PathBuf>,
    /// Whether the result is kept for the next comparison.
    pub save: bool,
    /// Language of messages.
    pub lang: Lang,
    /// A walk that was made already.
    pub walk: Option<WalkFacts>,
    /// Packages that were judged already.
    pub software: Option<Software>,
}

/// Audits this host as a part of an inspection.
pub fn for_host(asked: HostAudit<'_>) -> Result<Audit> {
    let HostAudit { scan, config, state, save, lang, walk, software } = asked;
    let run = AuditRunArgs {
        root: None,
        image: None,
        input: None,
        source: SourceArgs::default(),
        guideline: None,
        item: Vec::new(),
        format: Vec::new(),
        output: Vec::new(),
        exit_code: 1,
        fail_on: ImportanceArg::Low,
        config,
        state,
        no_save: !save,
        lang: Some(lang),
        // The inspection has its own line of progress.
        quiet: true,
        timeout: scan.timeout,
        item_timeout: ITEM_TIMEOUT,
        db: scan.db.clone(),
    };
    let (audit, state) = look(&run, lang, Known { walk, software })?;
    if save {
        keep(&audit, &state, lang, scan.quiet);
    }
    Ok(audit)
}

/// What need not be found out again.
#[derive(Default)]
struct Known {
    walk: Option<WalkFacts>,
    software: Option<Software>,
}

/// Everything up to the result.
fn look(args: &AuditRunArgs, lang: Lang, known: Known) -> Result<(Audit, State)> {
    let started = jiff::Timestamp::now();
    let deadline = Instant::now() + args.timeout;
    let catalogue = Arc::new(catalogue()?);
    let policy = policy(args.config.as_deref(), &catalogue)?;
    let guideline = guideline(args.guideline.as_deref().or(policy.guideline.as_deref()))?;
    for name in &args.item {
        if guideline.entries_of(name).next().is_none() {
            bail!(unknown(name, &guideline));
        }
    }
    let state = State::new(args.state.as_deref());
    let answers = state.answers()?;
    let (system, target) = open(args.root.as_deref())?;
    let spinner = progress::spinner(lang.pick("점검하는 중", "auditing"), args.quiet);
    let software = match known.software {
        Some(software) => software,
        None => software::read(&*system, &target, args.db.as_deref())?,
    };
    let options = host_options(&*system, started, Some(deadline), Some(software));
    let host = Host::new(Arc::clone(&system), options);
    if let Some(walk) = known.walk {
        host.set_walk(walk);
    }
    let request = AuditRequest {
        host: Arc::new(host),
        catalogue,
        guideline,
        policy,
        answers,
        only: args.item.clone(),
        target: target.clone(),
        started: started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        tool: software::tool(),
        item_timeout: args.item_timeout,
        timeout: deadline.saturating_duration_since(Instant::now()),
    };
    let mut audit = pasu_checks::audit(request);
    spinner.finish_and_clear();
    if args.item.is_empty() {
        // A damaged record of the last run spoils the comparison, not the audit.
        match state.previous(&target.name, &audit.guideline.id) {
            Ok(previous) => audit.previous = previous,
            Err(error) => note(&format!("{error:#}"), args.quiet),
        }
    }
    Ok((audit, state))
}

/// What rides along on a walk over this host.
pub fn visitors(deadline: Option<Instant>) -> Result<Visitors> {
    let (system, _) = open(None)?;
    let options = host_options(&*system, jiff::Timestamp::now(), deadline, None);
    Ok(Visitors::new(&Host::new(system, options)))
}

fn keep(audit: &Audit, state: &State, lang: Lang, quiet: bool) {
    let result = PreviousAudit {
        started: audit.started.clone(),
        score: audit.score(),
        verdicts: audit
            .results
            .iter()
            .map(|result| (result.code.clone(), result.verdict))
            .collect(),
    };
    if let Err(error) = state.keep(&audit.target.name, &audit.guideline.id, &result) {
        let what = lang.pick("결과를 보관하지 못했습니다", "the result could not be kept");
        note(&format!("{what}: {error:#}"), quiet);
    }
}

fn note(text: &str, quiet: bool) {
    if !quiet {
        // Where standard error is closed there is nobody left to tell.
        let _ = writeln!(std::io::stderr(), "pasu: {}", pasu_report::printable(text));
    }
}

/// Says on standard error what could not be checked, for formats that programs read.
fn say_blocked(audit: &Audit, lang: Lang) {
    let blocked = audit.results.iter().filter(|result| result.verdict == Verdict::Blocked);
    for result in blocked {
        let what = lang.pick("점검불가", "not checked");
        let reason = pasu_report::printable(result.reason.text.get(lang));
        let _ = writeln!(std::io::stderr(), "pasu: {}: {what}: {reason}", result.code);
    }
}

/// 2 when something could not be seen, else the user's status when something is wrong.
fn exit(audit: &Audit, args: &AuditRunArgs) -> Exit {
    if audit.results.iter().any(|result| result.verdict == Verdict::Blocked) {
        return Exit::Incomplete;
    }
    let bar: Importance = args.fail_on.into();
    let failed =
        audit.results.iter().any(|result| result.is_open_failure() && result.importance >= bar);
    if failed && args.exit_code != 0 { Exit::Findings(args.exit_code) } else { Exit::Clean }
}
