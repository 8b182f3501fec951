//! `pasu audit`: from a target to results.

use super::{catalogue, guideline, software, unknown};
use crate::args::{AuditRunArgs, ITEM_TIMEOUT, ImportanceArg, ScanArgs};
use crate::commands::output::{self, Look};
use crate::commands::scan::locale;
use crate::database;
use crate::exit::Exit;
use crate::progress;
use crate::state::State;
use anyhow::{Context, Result, bail};
use pasu_checks::walk::{Visitors, WalkFacts};
use pasu_checks::{AuditRequest, Host, HostOptions, MAX_POLICY, Policy, Software};
use pasu_model::{Audit, Importance, Lang, PreviousAudit, Target, TargetKind, Verdict};
use pasu_report::{AuditFormat, render_audit};
use pasu_system::{System, TreeSystem};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Where the policy lies when none is named.
const POLICY: &str = "/etc/pasu/pasu.toml";

/// Audits this host or a tree, writes the result and keeps it.
pub fn run(args: &AuditRunArgs) -> Result<Exit> {
    let lang = args.lang.unwrap_or_else(locale);
    let formats =
        if args.format.is_empty() { vec![AuditFormat::Table] } else { args.format.clone() };
    let destinations = output::pair(formats, &args.output)?;
    let (audit, state) = look(args, lang, None)?;
    for destination in &destinations {
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

/// The audit as the first part of an inspection of this host, with the usual policy and state.
/// A walk that was made already need not be made again.
pub fn for_host(args: &ScanArgs, lang: Lang, walk: Option<WalkFacts>) -> Result<Audit> {
    let run = AuditRunArgs {
        root: None,
        guideline: None,
        item: Vec::new(),
        format: Vec::new(),
        output: Vec::new(),
        exit_code: 1,
        fail_on: ImportanceArg::Low,
        config: std::env::var_os("PASU_CONFIG").map(PathBuf::from),
        state: std::env::var_os("PASU_STATE").map(PathBuf::from),
        no_save: false,
        lang: Some(lang),
        quiet: args.quiet,
        timeout: args.timeout,
        item_timeout: ITEM_TIMEOUT,
        db: args.db.clone(),
    };
    let (audit, state) = look(&run, lang, walk)?;
    keep(&audit, &state, lang, args.quiet);
    Ok(audit)
}

/// Everything up to the result.
fn look(args: &AuditRunArgs, lang: Lang, walk: Option<WalkFacts>) -> Result<(Audit, State)> {
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
    let software = software::read(&*system, &target, args.db.as_deref())?;
    let options = host_options(&*system, started, Some(deadline), Some(software));
    let host = Host::new(Arc::clone(&system), options);
    if let Some(walk) = walk {
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

fn host_options(
    system: &dyn System,
    now: jiff::Timestamp,
    deadline: Option<Instant>,
    software: Option<Software>,
) -> HostOptions {
    HostOptions {
        today: database::today(),
        now: now.as_second(),
        as_root: pasu_system::is_root(),
        deadline,
        software,
        in_container: is_container(system),
    }
}

/// The name under which results and answers of a target are kept: the folder's own path, or the host's name.
pub fn target_name(root: Option<&Path>) -> Result<String> {
    match root {
        None => Ok(pasu_system::host_name()),
        Some(root) => {
            let path = std::fs::canonicalize(root)
                .with_context(|| format!("cannot look at {}", root.display()))?;
            Ok(path.display().to_string())
        }
    }
}

fn open(root: Option<&Path>) -> Result<(Arc<dyn System>, Target)> {
    let name = target_name(root)?;
    match root {
        None => {
            let system = TreeSystem::live().context("cannot open /")?;
            Ok((Arc::new(system), Target { kind: TargetKind::Host, name }))
        }
        Some(root) => {
            if !root.is_dir() {
                bail!("{}: not a directory", root.display());
            }
            let system =
                TreeSystem::new(root).with_context(|| format!("cannot open {}", root.display()))?;
            if !["etc", "usr", "bin"].iter().any(|name| system.exists(&Path::new("/").join(name))) {
                bail!(
                    "{}: no root file system: it has neither /etc nor /usr nor /bin",
                    root.display()
                );
            }
            Ok((Arc::new(system), Target { kind: TargetKind::Rootfs, name }))
        }
    }
}

/// Whether we look at a container: its engine leaves a mark, and so does systemd in its environment.
fn is_container(system: &dyn System) -> bool {
    ["/.dockerenv", "/run/.containerenv", "/run/systemd/container"]
        .iter()
        .any(|mark| system.exists(Path::new(mark)))
}

/// The policy named, else the usual one if it is there.
fn policy(named: Option<&Path>, catalogue: &pasu_checks::Catalogue) -> Result<Policy> {
    let path = match named {
        Some(path) => path.to_path_buf(),
        None if Path::new(POLICY).exists() => PathBuf::from(POLICY),
        None => return Ok(Policy::default()),
    };
    let shown = path.display().to_string();
    let size = std::fs::metadata(&path).with_context(|| format!("cannot read {shown}"))?.len();
    if size > MAX_POLICY {
        bail!("{shown}: {size} bytes, more than the {MAX_POLICY} that a policy may have");
    }
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {shown}"))?;
    Policy::parse(&text, &shown, catalogue).with_context(|| shown.clone())
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
