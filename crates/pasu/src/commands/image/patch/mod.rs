//! `pasu image patch`: from an image to one with fixed packages.

mod compare;
mod judged;
mod offline;
mod outcome;
mod privilege;
mod rights;
mod say;
mod simulate;
mod start;
mod work;

use super::source;
use crate::args::{ImagePatchArgs, PatchFormat};
use crate::commands::fix::write_json;
use crate::commands::output::{self, Look};
use crate::commands::scan::locale;
use crate::database;
use crate::exit::Exit;
use crate::state::State;
use anyhow::{Context, Result, bail};
use judged::Judge;
use offline::Offline;
use pasu_image::patch::engine::{Session, SessionOptions, Stop};
use pasu_image::source::engine::Engine;
use pasu_image::source::{SourceKind, SourceOptions};
use pasu_model::{ImagePatch, Lang, PatchOutcome};
use pasu_report::render_image_patch;
use pasu_store::Store;
use say::Say;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;
use work::Work;

/// Patches an image.
pub fn run(args: &ImagePatchArgs) -> Result<Exit> {
    let lang = args.lang.unwrap_or_else(locale);
    check(args)?;
    // From here on an interrupt first takes away what was made at the engine.
    let stop = Stop::on_signals();
    let deadline = Instant::now().checked_add(args.timeout);
    let chosen = database::choose(args.db.as_deref())?;
    let name = args.name();
    let judge = Judge::new(&name, &chosen, deadline)?;
    let say = Say::new(lang, args.quiet);
    if args.is_offline() {
        let options = source::options(&args.source, deadline)?;
        let mirrors = args.mirror.iter().filter(|url| !url.is_empty()).cloned().collect();
        let (options, stop) = (&options, stop.flag());
        let (chosen, judge, say) = (&chosen, &judge, &say);
        let work = Offline { args, options, chosen, judge, say, stop, deadline, mirrors };
        let patched = work.patch();
        say.end();
        let patched = patched?;
        keep(args, &patched, lang);
        write(args, &patched, lang)?;
        return Ok(exit(&patched));
    }
    let kind = engine_kind(args)?;
    let options = SourceOptions { sources: vec![kind], ..source::options(&args.source, deadline)? };
    // The deadline is the session's: cleaning up goes on after it.
    let connect = SourceOptions { deadline: None, ..options.clone() };
    let engine = Engine::connect(&connect, kind)?;
    let network = args.network.clone();
    let session = Session::begin(&engine, SessionOptions { network, deadline, stop })?;
    let work = Work {
        args,
        session: &session,
        options: &options,
        chosen: &chosen,
        judge: &judge,
        say: &say,
    };
    let patched = work.patch();
    say.end();
    let cleaned = session.end().context("cannot take away what was made at the engine");
    let patched = patched?;
    cleaned?;
    keep(args, &patched, lang);
    write(args, &patched, lang)?;
    Ok(exit(&patched))
}

/// Prints the schema of the report.
pub fn schema() -> Result<Exit> {
    let schema = pasu_report::IMAGE_PATCH_SCHEMA.as_bytes();
    std::io::stdout().lock().write_all(schema).context("cannot write to standard output")?;
    Ok(Exit::Clean)
}

/// Everything that can be wrong before the engine is asked.
fn check(args: &ImagePatchArgs) -> Result<()> {
    let is_variable = |text: &str| text.split_once('=').is_some_and(|(name, _)| !name.is_empty());
    if !args.start_env.iter().all(|variable| is_variable(variable.expose())) {
        bail!("--start-env: expected NAME=VALUE");
    }
    if args.input.is_some() && !args.is_offline() {
        bail!(
            "--input: an archive is patched without an engine; hint: --mirror or --offline-packages DIR, or `docker load` it first"
        )
    }
    if args.is_offline() && (args.least_privilege.is_some() || args.dockerfile.is_some()) {
        bail!("--least-privilege and --dockerfile need an engine");
    }
    if args.allow_unsigned && args.mirror.is_none() {
        bail!("--allow-unsigned is about what --mirror fetches");
    }
    if args.least_privilege.is_some() && args.start_time.is_zero() {
        bail!("--least-privilege learns from the start test; hint: leave --start-time 0s out");
    }
    for path in [&args.output, &args.report, &args.dockerfile].into_iter().flatten() {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        if path != Path::new("-") && !folder.is_dir() {
            bail!("cannot write {}: there is no folder {}", path.display(), folder.display());
        }
    }
    if args.output.as_deref() == Some(Path::new("-")) {
        bail!("--output: the archive goes to a file; hint: -o patched.tar");
    }
    Ok(())
}

/// The one engine that is meant.
fn engine_kind(args: &ImagePatchArgs) -> Result<SourceKind> {
    match args.source.image_src[..] {
        [] => Ok(SourceKind::Docker),
        [kind @ (SourceKind::Docker | SourceKind::Podman)] => Ok(kind),
        _ => bail!("--image-src: patching needs one engine: docker or podman"),
    }
}

fn write(args: &ImagePatchArgs, patched: &ImagePatch, lang: Lang) -> Result<()> {
    let is_dash = args.dockerfile.as_deref() == Some(Path::new("-"));
    if let (Some(path), Some(text)) = (&args.dockerfile, &patched.dockerfile) {
        let file = Some(&**path).filter(|_| !is_dash);
        output::to(file, lang, |_, out: &mut dyn Write| out.write_all(text.as_bytes()))?;
    }
    if is_dash && args.report.is_none() {
        return Ok(());
    }
    output::to(args.report.as_deref(), lang, |look: &Look, out: &mut dyn Write| match args.format {
        PatchFormat::Table => render_image_patch(patched, &look.options, out),
        PatchFormat::Json => write_json(patched, out),
    })
}

/// Keeps what was done for the reports of this machine. Where that cannot be, it is said, and the image is there all the
/// same.
fn keep(args: &ImagePatchArgs, patched: &ImagePatch, lang: Lang) {
    if patched.outcome != PatchOutcome::Patched {
        return;
    }
    let state = State::new(std::env::var_os("PASU_STATE").map(PathBuf::from).as_deref());
    let kept = Store::open(state.folder()).and_then(|store| store.add_patch(patched));
    if let Err(error) = kept
        && !args.quiet
    {
        let what =
            lang.pick("패치 기록을 보관하지 못했습니다", "the patch could not be kept for reports");
        // Where standard error is closed there is nobody left to tell.
        let _ = writeln!(std::io::stderr(), "pasu: {what}: {error}");
    }
}

/// 1 where the patched image does not start as the original does, 2 where something could not be seen or had.
fn exit(patched: &ImagePatch) -> Exit {
    let is_different = patched
        .start_test
        .as_ref()
        .is_some_and(|test| test.verdict == pasu_model::StartVerdict::Different);
    if is_different || patched.outcome == PatchOutcome::Different {
        Exit::Findings(1)
    } else if outcome::is_complete(patched) {
        Exit::Clean
    } else {
        Exit::Incomplete
    }
}
