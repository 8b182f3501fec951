//! Images of Alpine and its kin.

mod database;
mod install;
mod package;
mod translate;

pub use package::read_control;
pub(crate) use package::{Members, members};
pub(crate) use translate::translated;

use super::choose::{Format, Installed, choose};
use super::deb::Control;
use super::error::{LayerError, Refusal};
use super::nodes::Nodes;
use super::scripts::{self, Script};
use super::write;
use super::{Outcome, Request, Stanza};
use database::Database;
use pasu_model::Text;

/// Builds the layer of an image with a database of apk's.
pub(super) fn build(request: &Request<'_>) -> Result<Outcome, LayerError> {
    let database = Database::read(request.system)?;
    let installed: Vec<Installed<'_>> = database
        .records
        .iter()
        .map(|record| Installed { stanza: &record.stanza, status: ["install", "ok", "installed"] })
        .collect();
    let (chosen, mut outcome) = choose(request, &Apk, &installed)?;
    if chosen.is_empty() {
        return Ok(outcome);
    }
    let scratch = |source| LayerError::File { path: request.scratch.to_path_buf(), source };
    let mut nodes = Nodes::new(request.system, request.scratch).map_err(scratch)?;
    let newest = install::install(request, &database, &chosen, &mut nodes, &mut outcome.notes)?;
    outcome.epoch = newest;
    outcome.layer = Some(write::write(&nodes, request.scratch, outcome.epoch)?);
    Ok(outcome)
}

/// How packages of Alpine are read and judged.
struct Apk;

impl Format for Apk {
    fn control(&self, file: Box<dyn std::io::Read>) -> std::io::Result<Control> {
        read_control(file)
    }

    fn judge(
        &self,
        request: &Request<'_>,
        old: &Stanza,
        new: &Control,
    ) -> Result<Vec<(String, Text)>, Refusal> {
        let arguments = [new.stanza.text("Version"), old.text("Version")];
        let mut scripts = Vec::new();
        for name in ["pre-upgrade", "post-upgrade"] {
            let text = new.files.get(name).cloned();
            scripts.extend(text.map(|text| Script { name, text, arguments }));
        }
        scripts::judge(request, old, scripts)
    }
}
