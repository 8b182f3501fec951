//! Units and start scripts that are no longer started, and are stopped where they run.

use super::files;
use crate::fix::draft::{Draft, Trouble};
use crate::host::FileKind;
use crate::host::units::{Unit, Units};
use crate::judgement::reason;
use pasu_model::FixEffect;
use std::path::Path;

/// Where links of an administrator lie: those of vendors stay, and masking wins over them.
const OURS: &str = "/etc/";

pub(super) fn draw(
    draft: &mut Draft<'_>,
    name: &str,
    mask: bool,
    item: &str,
) -> Result<(), Trouble> {
    let units = draft.host.units()?;
    let Some(unit) = units.named(name) else {
        return Err(Trouble::Unfit(reason("fix-no-unit").arg("unit", name)));
    };
    // First what would start a stopped service again.
    for trigger in triggers(&units, &unit.name) {
        one(draft, trigger, mask, item)?;
    }
    one(draft, unit, mask, item)
}

/// The socket, path and timer of a service that are in use.
fn triggers<'a>(units: &'a Units, name: &'a str) -> impl Iterator<Item = &'a Unit> {
    let stem = name.strip_suffix(".service");
    let kinds = ["socket", "path", "timer"].iter();
    let names = kinds.filter_map(move |kind| Some(format!("{}.{kind}", stem?)));
    names.filter_map(|name| units.named(&name)).filter(|unit| unit.is_active() || unit.is_enabled())
}

fn one(draft: &mut Draft<'_>, unit: &Unit, mask: bool, item: &str) -> Result<(), Trouble> {
    if unit.is_script {
        script(draft, unit, item)?;
    } else {
        native(draft, unit, mask, item)?;
    }
    let runs = unit.is_active() || draft.host.is_live() && holds_processes(draft, &unit.name)?;
    if runs {
        draft.effect(FixEffect::Stop { unit: unit.name.clone() }, item);
    }
    Ok(())
}

fn holds_processes(draft: &Draft<'_>, unit: &str) -> Result<bool, Trouble> {
    Ok(draft.host.processes()?.iter().any(|process| process.unit.as_deref() == Some(unit)))
}

fn native(draft: &mut Draft<'_>, unit: &Unit, mask: bool, item: &str) -> Result<(), Trouble> {
    let mut is_left = false;
    for link in &unit.enabled_by {
        let is_link = draft.host.file(link)?.is_some_and(|facts| facts.kind == FileKind::Symlink);
        if link.starts_with(OURS) && is_link {
            files::remove(draft, link, item)?;
        } else {
            is_left = true;
        }
    }
    // The instance of one connection, which its socket named, comes never again once the socket is off.
    let is_of_connection = unit.name.contains('@') && unit.enabled_by.is_empty();
    if !is_left && (!mask || is_of_connection) {
        return Ok(());
    }
    let path = format!("/etc/systemd/system/{}", unit.name);
    match draft.host.file(&path)?.map(|facts| facts.kind) {
        // A unit of the administrator's own stands where the mask would: without its links it starts no more.
        Some(kind) if kind != FileKind::Symlink => {
            if is_left {
                return Err(Trouble::Unfit(
                    reason("fix-own-unit").arg("unit", &unit.name).file(&path),
                ));
            }
            Ok(())
        }
        _ => files::symlink(draft, &path, "/dev/null", item),
    }
}

/// `S20telnet` becomes `K20telnet`, as `update-rc.d disable` does: without any link the package would switch it on
/// again. The links of OpenRC's runlevels go.
fn script(draft: &mut Draft<'_>, unit: &Unit, item: &str) -> Result<(), Trouble> {
    for link in &unit.enabled_by {
        let path = Path::new(link);
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { continue };
        let Ok(target) = draft.host.system().read_link(path) else {
            // A script itself in the place of a link.
            return Err(Trouble::Unfit(reason("fix-script-no-link").file(link)));
        };
        files::remove(draft, link, item)?;
        let name = name.to_string_lossy();
        let killed = name.strip_prefix('S').filter(|_| !link.starts_with("/etc/runlevels/"));
        if let Some(rest) = killed {
            let kill = folder.join(format!("K{rest}"));
            files::symlink(draft, &kill.to_string_lossy(), &target.to_string_lossy(), item)?;
        }
    }
    Ok(())
}
