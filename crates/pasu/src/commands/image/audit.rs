//! An image held against the guideline for images.

use crate::commands::audit::{catalogue, software};
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

/// The time that an audit without a limit takes at most.
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How an image is judged.
pub struct Asked<'a> {
    /// The policy file, if one is named.
    pub config: Option<PathBuf>,
    /// Where answers are kept.
    pub state: &'a State,
    /// Only these items.
    pub only: Vec<String>,
    /// The most time one item may take.
    pub item_timeout: Duration,
    /// When it began.
    pub started: jiff::Timestamp,
    /// When to stop.
    pub deadline: Option<Instant>,
}

/// Judges an image, whose packages were judged already, all of them.
pub fn judge(asked: &Asked<'_>, run: &Run, system: ImageSystem) -> Result<Audit> {
    let info = run.image.as_ref().context("not an image")?;
    let system: Arc<dyn System> = Arc::new(system);
    let catalogue = Arc::new(catalogue()?);
    let policy = policy(asked.config.as_deref(), &catalogue)?;
    let answers = asked.state.answers()?;
    let host = host(asked, info, &system, Software::of(run));
    let left = asked.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    Ok(pasu_checks::audit(AuditRequest {
        host: Arc::new(host),
        catalogue,
        guideline: Guideline::for_images()?,
        policy,
        answers,
        only: asked.only.clone(),
        target: run.target.clone(),
        started: asked.started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        tool: software::tool(),
        item_timeout: asked.item_timeout,
        timeout: left.unwrap_or(A_DAY),
    }))
}

/// The image as checks see it, walked once for all items about the whole tree.
fn host(asked: &Asked<'_>, info: &ImageInfo, system: &Arc<dyn System>, software: Software) -> Host {
    let options = |software| HostOptions {
        software,
        deadline: asked.deadline,
        ..HostOptions::of_image(info, database::today(), asked.started.as_second())
    };
    let visitors = Visitors::new(&Host::new(Arc::clone(system), options(None)));
    let shared = SharedWalk::new(&**system, &visitors);
    let walk = WalkOptions { deadline: asked.deadline, ..WalkOptions::default() };
    shared.walk(&walk, &|_| WalkStep::Continue);
    let facts = shared.into_report().map(|report| visitors.into_facts(&report));
    let host = Host::new(Arc::clone(system), options(Some(software)));
    if let Some(facts) = facts {
        host.set_walk(facts);
    }
    host
}
