//! `pasu audit --image`: a container image instead of this host.

use super::{software, unknown};
use crate::args::AuditRunArgs;
use crate::commands::image::audit::{Asked, judge};
use crate::commands::image::gather::ImageGather;
use crate::commands::image::look::Look;
use crate::commands::image::source;
use crate::progress;
use crate::state::State;
use anyhow::{Result, bail};
use pasu_checks::Guideline;
use pasu_model::{Audit, Lang, Target, TargetKind};
use pasu_packages::{InventoryOptions, LayerScanner};
use std::time::Instant;

/// Everything up to the result.
pub fn look(args: &AuditRunArgs, lang: Lang) -> Result<(Audit, State)> {
    let started = jiff::Timestamp::now();
    let deadline = Instant::now().checked_add(args.timeout);
    let guideline = Guideline::for_images()?;
    for name in &args.item {
        if guideline.entries_of(name).next().is_none() {
            bail!(unknown(name, &guideline));
        }
    }
    let state = State::new(args.state.as_deref());
    let spinner = progress::spinner(lang.pick("점검하는 중", "auditing"), args.quiet);
    let options = InventoryOptions { deadline, ..InventoryOptions::installed() };
    let gather = ImageGather { packages: LayerScanner::new(&options)?, checks: true };
    let asked_sources = source::options(&args.source, deadline)?;
    let (input, name) = (args.input.as_deref(), args.image.as_deref());
    let image = source::image(input, name, &args.source, &asked_sources, &gather)?;
    let (system, looked) = Look::alone(&options, &gather).with_tree(&image)?;
    let target = Target { kind: TargetKind::Image, name: image.name.clone() };
    let info = looked.info(&image);
    let run = software::judge(looked.found, &target, Some(info), args.db.as_deref())?;
    let asked = Asked {
        config: args.config.clone(),
        state: &state,
        only: args.item.clone(),
        item_timeout: args.item_timeout,
        started,
        deadline,
    };
    let mut audit = judge(&asked, &run, system)?;
    spinner.finish_and_clear();
    if args.item.is_empty() {
        audit.previous = state.previous(&target.name, &audit.guideline.id).unwrap_or_default();
    }
    Ok((audit, state))
}
