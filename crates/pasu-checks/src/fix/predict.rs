//! What the checks would say afterwards: the target seen through the drawn changes, judged by the same code.

use super::draft::Draft;
use crate::host::Host;
use pasu_model::FixEffect;
use pasu_system::{Layer, Overlay};
use std::path::Path;
use std::sync::Arc;

/// The target as it would be.
pub(super) struct After {
    pub(super) host: Host,
    /// Once it is started anew, where a unit is started or started again: what that will do cannot be seen before, only what its files
    /// say.
    pub(super) at_boot: Option<Host>,
}

pub(super) fn host_after(draft: &Draft<'_>) -> Host {
    draft.host.through(Arc::new(overlay_of(draft)))
}

pub(super) fn after(draft: &Draft<'_>) -> After {
    let host = host_after(draft);
    let starts = draft.effects.iter().any(|(it, _)| matches!(it, FixEffect::Start { .. }));
    let at_boot = (starts || draft.restarts).then(|| {
        let mut overlay = overlay_of(draft);
        overlay.rest();
        draft.host.through(Arc::new(overlay))
    });
    After { host, at_boot }
}

fn overlay_of(draft: &Draft<'_>) -> Overlay {
    let host = draft.host;
    let mut overlay = Overlay::new(host.door());
    for change in draft.changes() {
        let acl = host.system().acl(Path::new(&change.path)).ok().flatten();
        overlay.cover(&change.path, change.layer(acl));
    }
    for (effect, _) in &draft.effects {
        apply(host, effect, &mut overlay);
    }
    for port in &draft.closed {
        overlay.close(*port);
    }
    overlay
}

/// A target as it is before anything runs: what the next start of the machine begins with.
#[must_use]
pub fn at_rest(host: &Host) -> Host {
    let mut overlay = Overlay::new(host.door());
    overlay.rest();
    host.through(Arc::new(overlay))
}

fn apply(host: &Host, effect: &FixEffect, overlay: &mut Overlay) {
    match effect {
        FixEffect::Stop { unit } => stop(host, unit, overlay),
        FixEffect::Sysctl { key, value, .. } => {
            let path = format!("/proc/sys/{}", key.replace('.', "/"));
            if let Ok(metadata) = host.system().symlink_metadata(Path::new(&path)) {
                let content = format!("{value}\n").into_bytes();
                overlay.cover(path, Layer::File(content.into(), metadata, None));
            }
        }
        FixEffect::Start { .. } | FixEffect::Reload { .. } | FixEffect::Restart { .. } => {}
    }
}

/// Its processes are gone with their sockets; of a socket unit, the ports that systemd holds for it.
fn stop(host: &Host, unit: &str, overlay: &mut Overlay) {
    let Ok(processes) = host.processes() else { return };
    for process in processes.iter().filter(|process| process.unit.as_deref() == Some(unit)) {
        overlay.hide(process.pid, sockets_of(host, process.pid));
    }
    overlay.idle(unit);
    let Some(known) = host.units().ok().and_then(|units| units.named(unit).cloned()) else {
        return;
    };
    if unit.ends_with(".socket") {
        let keys = ["ListenStream", "ListenDatagram"];
        let values = keys.iter().filter_map(|key| host.unit_values(&known, "Socket", key).ok());
        let ports = values.flatten().filter_map(|found| {
            found.value.rsplit(':').next().and_then(|port| port.parse::<u16>().ok())
        });
        for port in ports {
            overlay.close(port);
        }
    }
}

fn sockets_of(host: &Host, pid: u32) -> Vec<u64> {
    let folder = format!("/proc/{pid}/fd");
    let Ok(entries) = host.system().read_dir(Path::new(&folder)) else { return Vec::new() };
    let inode = |name: &Path| {
        let link = host.system().read_link(&Path::new(&folder).join(name)).ok()?;
        link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
    };
    entries.iter().filter_map(|(name, _)| inode(name)).collect()
}
