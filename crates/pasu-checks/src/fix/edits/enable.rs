//! Units that are started at boot, as `systemctl enable --now` does it.

use super::files;
use crate::fix::draft::{Draft, Trouble};
use crate::host::units::Unit;
use crate::judgement::reason;
use pasu_model::FixEffect;

/// Where the links of what an administrator enables lie.
const OURS: &str = "/etc/systemd/system";

pub(super) fn draw(draft: &mut Draft<'_>, name: &str, item: &str) -> Result<(), Trouble> {
    let units = draft.host.units()?;
    let Some(unit) = units.named(name).filter(|unit| !unit.is_script && !unit.path.is_empty())
    else {
        return Err(Trouble::Unfit(reason("fix-no-unit").arg("unit", name)));
    };
    // Somebody wanted it never to start.
    if unit.masked {
        return Err(Trouble::Unfit(reason("fix-masked").arg("unit", name).file(&unit.path)));
    }
    if !unit.is_enabled() {
        links(draft, unit, item)?;
    }
    if draft.host.is_live() && !unit.is_active() {
        draft.effect(FixEffect::Start { unit: unit.name.clone() }, item);
    }
    Ok(())
}

/// Links as the unit's `[Install]` section asks for them. A template would need an instance's name.
fn links(draft: &mut Draft<'_>, unit: &Unit, item: &str) -> Result<(), Trouble> {
    let mut wanted = Vec::new();
    for (key, folder) in [("WantedBy", "wants"), ("RequiredBy", "requires")] {
        for found in draft.host.unit_values(unit, "Install", key)? {
            let targets = found.value.split_whitespace();
            wanted.extend(targets.map(|target| format!("{OURS}/{target}.{folder}/{}", unit.name)));
        }
    }
    for found in draft.host.unit_values(unit, "Install", "Alias")? {
        wanted.extend(found.value.split_whitespace().map(|alias| format!("{OURS}/{alias}")));
    }
    if wanted.is_empty() || unit.name.contains("@.") {
        let why = reason("fix-no-install").arg("unit", &unit.name).file(&unit.path);
        return Err(Trouble::Unfit(why));
    }
    wanted.iter().try_for_each(|link| files::symlink(draft, link, &unit.path, item))
}
