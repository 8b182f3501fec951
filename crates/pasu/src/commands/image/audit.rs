//! An image held against the guideline for images.

use crate::args::ITEM_TIMEOUT;
use crate::commands::audit::{catalogue, software};
use crate::commands::scan::Job;
use crate::commands::target::policy;
use crate::database;
use crate::state::State;
use anyhow::{Context, Result};
use pasu_checks::walk::Visitors;
use pasu_checks::{AuditRequest, Guideline, Host, HostOptions, Software};
use pasu_image::tree::ImageSystem;
use pasu_model::{Audit, ImageInfo, Run};
use pasu_system::{SharedWalk, System, WalkOptions, WalkStep};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Judges an image, whose packages were judged already, all of them.
pub fn of(job: &Job<'_>, run: &Run, system: ImageSystem) -> Result<Audit> {
    let info = run.image.as_ref().context("not an image")?;
    let system: Arc<dyn System> = Arc::new(system);
    let catalogue = Arc::new(catalogue()?);
    let config = std::env::var_os("PASU_CONFIG").map(PathBuf::from);
    let policy = policy(config.as_deref(), &catalogue)?;
    let state = State::new(std::env::var_os("PASU_STATE").map(PathBuf::from).as_deref());
    let answers = state.answers()?;
    let host = host(job, info, &system, Software::of(run));
    let left = job.deadline().map(|deadline| deadline.saturating_duration_since(Instant::now()));
    Ok(pasu_checks::audit(AuditRequest {
        host: Arc::new(host),
        catalogue,
        guideline: Guideline::for_images()?,
        policy,
        answers,
        only: Vec::new(),
        target: run.target.clone(),
        started: run.started.clone(),
        tool: software::tool(),
        item_timeout: ITEM_TIMEOUT,
        timeout: left.unwrap_or(Duration::MAX),
    }))
}

/// The image as checks see it, walked once for all items about the whole tree.
fn host(job: &Job<'_>, info: &ImageInfo, system: &Arc<dyn System>, software: Software) -> Host {
    let options = |software| HostOptions {
        software,
        deadline: job.deadline(),
        ..HostOptions::of_image(info, database::today(), job.started().as_second())
    };
    let visitors = Visitors::new(&Host::new(Arc::clone(system), options(None)));
    let shared = SharedWalk::new(&**system, &visitors);
    let walk = WalkOptions { deadline: job.deadline(), ..WalkOptions::default() };
    shared.walk(&walk, &|_| WalkStep::Continue);
    let facts = shared.into_report().map(|report| visitors.into_facts(&report));
    let host = Host::new(Arc::clone(system), options(Some(software)));
    if let Some(facts) = facts {
        host.set_walk(facts);
    }
    host
}
