//! What is done to services and the kernel, in order.

use pasu_model::FixEffect;
use pasu_system::transaction::Action;

/// What is done before services prove their files, and what tells them afterwards.
pub(super) fn actions(effects: &[FixEffect], units_change: bool) -> (Vec<Action>, Vec<Action>) {
    let mut first = Vec::new();
    let mut told = Vec::new();
    for effect in effects {
        match effect.clone() {
            FixEffect::Stop { unit } => first.push(Action::Stop { unit }),
            FixEffect::Sysctl { key, before, value } => {
                first.push(Action::Sysctl { key, value, before });
            }
            FixEffect::Start { unit } => told.push(Action::Start { unit }),
            FixEffect::Reload { unit } => told.push(Action::Reload { unit }),
            FixEffect::Restart { unit } => told.push(Action::Restart { unit }),
        }
    }
    if units_change {
        // After the stops: taken back in reverse, systemd sees the old units before it starts them.
        first.push(Action::DaemonReload);
    }
    (first, told)
}
