//! Images of Debian and Ubuntu, also those without dpkg itself (distroless: `status.d`).

mod conffiles;
mod database;
mod files;
mod install;
mod rules;

use super::choose::{Format, Installed};
use super::deb::{Control, read_control};
use super::error::{LayerError, Refusal};
use super::nodes::Nodes;
use super::scripts::{self, Script};
use super::write;
use super::{Outcome, Request, Stanza};
use database::{Database, MAX_RECORD};
use pasu_model::Text;
use pasu_system::System;
use std::path::Path;

/// Builds the layer of an image with a database of dpkg's.
pub(super) fn build(request: &Request<'_>) -> Result<Outcome, LayerError> {
    let database = Database::read(request.system)?;
    let installed: Vec<Installed<'_>> = database.installed();
    let format = Dpkg { split: database.split };
    let (chosen, mut outcome) = super::choose::choose(request, &format, &installed)?;
    if chosen.is_empty() {
        return Ok(outcome);
    }
    let scratch = |source| LayerError::File { path: request.scratch.to_path_buf(), source };
    let mut nodes = Nodes::new(request.system, request.scratch).map_err(scratch)?;
    let newest = install::install(request, &database, &chosen, &mut nodes, &mut outcome.notes)?;
    outcome.epoch = request.epoch.unwrap_or(newest);
    database.write(&chosen, &mut nodes, outcome.epoch)?;
    note_libraries(&nodes, &mut outcome.notes);
    note_triggers(&mut nodes, &mut outcome.notes);
    outcome.layer = Some(write::write(&nodes, request.scratch, outcome.epoch)?);
    Ok(outcome)
}

/// How packages of Debian are read and judged.
struct Dpkg {
    /// Distroless.
    split: bool,
}

impl Format for Dpkg {
    fn control(&self, file: Box<dyn std::io::Read>) -> std::io::Result<Control> {
        read_control(file)
    }

    fn judge(
        &self,
        request: &Request<'_>,
        old: &Stanza,
        new: &Control,
    ) -> Result<Vec<(String, Text)>, Refusal> {
        // Distroless images never ran a script.
        if self.split {
            return Ok(Vec::new());
        }
        let (from, to) = (old.text("Version"), new.stanza.text("Version"));
        let mut scripts = Vec::new();
        // The new package's own before and after, the old one's around its removal.
        for (name, arguments) in [
            ("preinst", ["upgrade", from]),
            ("postinst", ["configure", from]),
            ("prerm", ["upgrade", to]),
            ("postrm", ["upgrade", to]),
        ] {
            let text = match name {
                "preinst" | "postinst" => new.files.get(name).cloned(),
                _ => installed_script(request.system, old, name),
            };
            scripts.extend(text.map(|text| Script { name, text, arguments }));
        }
        scripts::judge(request, old, scripts)
    }

    fn is_stripped(&self) -> bool {
        self.split
    }
}

fn installed_script(system: &dyn System, old: &Stanza, kind: &str) -> Option<Vec<u8>> {
    let (name, architecture) = (old.text("Package"), old.text("Architecture"));
    let names = [format!("{name}:{architecture}.{kind}"), format!("{name}.{kind}")];
    let mut paths = names.iter().map(|name| Path::new("/var/lib/dpkg/info").join(name));
    paths.find_map(|path| system.read(&path, MAX_RECORD).ok())
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
    if !nodes.base.exists(Path::new("/etc/ld.so.cache")) {
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

/// Says which packages would have been told of changed files (`deb-triggers(5)`), to bring a cache up to date: dpkg keeps
/// lines such as `/usr/share/man man-db` in `triggers/File`.
fn note_triggers(nodes: &mut Nodes<'_>, notes: &mut Vec<Text>) {
    let bytes = nodes.base.read(Path::new("/var/lib/dpkg/triggers/File"), MAX_RECORD);
    let text = String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned();
    for line in text.lines() {
        let Some((path, package)) = line.trim().rsplit_once(' ') else { continue };
        let package = package.split('/').next().unwrap_or_default();
        // The folder itself may be a link, which is followed for what is in it.
        let Ok(inside) = nodes.real(&Path::new(path).join("x")) else { continue };
        let folder = inside.parent().unwrap_or(Path::new("/"));
        if nodes.entries.keys().any(|changed| changed.starts_with(folder)) {
            notes.push(Text::new(
                format!("{path} 아래의 파일이 바뀌었지만 {package}의 트리거는 실행하지 않았습니다. 여기에서 만든 캐시는 이전 상태입니다"),
                format!("files below {path} changed and the trigger of {package} was not run: a cache that it makes of them is as before"),
            ));
        }
    }
}
