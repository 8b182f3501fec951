//! Images of Debian and Ubuntu, also those without dpkg itself (distroless: `status.d`).

mod choose;
mod conffiles;
mod database;
mod depends;
mod files;
mod install;
mod rules;
mod scripts;

use super::error::{LayerError, Refusal};
use super::nodes::Nodes;
use super::write;
use super::{Outcome, Request, Upgrade, Upgraded};
use choose::{Chosen, Planner};
use database::Database;
use pasu_model::Text;

/// Builds the layer of an image with a database of dpkg's.
pub(super) fn build(request: &Request<'_>) -> Result<Outcome, LayerError> {
    let database = Database::read(request.system)?;
    let mut planner = Planner::new(request, &database);
    let mut upgrades: Vec<&Upgrade> = request.upgrades.iter().collect();
    upgrades.sort();
    upgrades.dedup();
    let mut refused: Vec<(Upgrade, Refusal)> = Vec::new();
    for upgrade in upgrades {
        if let Err(refusal) = planner.add(upgrade)? {
            refused.push((upgrade.clone(), refusal));
        }
    }
    let chosen = planner.finish();
    let mut outcome = Outcome {
        layer: None,
        epoch: request.epoch.unwrap_or_default(),
        upgraded: chosen.iter().map(|chosen| upgraded(chosen, &database)).collect(),
        refused,
        notes: Vec::new(),
    };
    if chosen.is_empty() {
        return Ok(outcome);
    }
    let scratch = |source| LayerError::File { path: request.scratch.to_path_buf(), source };
    let mut nodes = Nodes::new(request.system, request.scratch).map_err(scratch)?;
    let newest = install::install(request, &database, &chosen, &mut nodes, &mut outcome.notes)?;
    outcome.epoch = request.epoch.unwrap_or(newest);
    database.write(&chosen, &mut nodes, outcome.epoch)?;
    note_libraries(&nodes, &mut outcome.notes);
    outcome.layer = Some(write::write(&nodes, request.scratch, outcome.epoch)?);
    Ok(outcome)
}

fn upgraded(chosen: &Chosen<'_>, database: &Database) -> Upgraded {
    let fields = &chosen.control.stanza;
    Upgraded {
        name: fields.text("Package").to_owned(),
        architecture: fields.text("Architecture").to_owned(),
        from: database.records[chosen.record].version().to_owned(),
        to: fields.text("Version").to_owned(),
        along: chosen.along,
        verified: chosen.available.verified.clone(),
        scripts: chosen.scripts.clone(),
    }
}

/// Folders in which glibc looks without `ld.so.cache`: those of the architecture, and the plain ones.
fn is_default_folder(folder: &str) -> bool {
    let rest = folder.strip_prefix("/usr").unwrap_or(folder);
    let rest = rest.strip_prefix("/lib").map(|rest| rest.strip_prefix("64").unwrap_or(rest));
    rest.is_some_and(|rest| {
        rest.is_empty() || rest.strip_prefix('/').is_some_and(|rest| rest.contains("-linux-"))
    })
}

/// Says where `ld.so.cache`, which only ldconfig makes, would be missed: new libraries outside the folders in which glibc
/// looks anyway. One whose name stays the same is found by the old entry.
fn note_libraries(nodes: &Nodes<'_>, notes: &mut Vec<Text>) {
    if !nodes.base.exists(std::path::Path::new("/etc/ld.so.cache")) {
        return;
    }
    for path in nodes.entries.keys() {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { continue };
        let (folder, name) = (folder.to_string_lossy(), name.to_string_lossy());
        let is_library = name.starts_with("lib") && name.contains(".so.");
        let sub = folder.rsplit_once("-linux-").is_some_and(|(_, rest)| rest.contains('/'));
        if is_library && (!is_default_folder(&folder) || sub) && !nodes.base.exists(path) {
            let path = path.display();
            notes.push(Text::new(
                format!("{path}은(는) 새 라이브러리이지만 ld.so.cache에는 없습니다. 경로를 지정하지 않고 찾는다면 ldconfig를 실행해야 합니다"),
                format!("{path} is a new library that ld.so.cache does not list; ldconfig has to run where it is looked for by name alone"),
            ));
        }
    }
}
