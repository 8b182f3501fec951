//! Switching off what an item does not want to run. What is in use is not stopped unless a person accepts it.

use super::edit::{Edit, Fix};
use crate::host::services::{ServiceState, SignKind};
use crate::judgement::reason;

/// Adds what takes every sign of a service away: units disabled and masked, entries of super-servers switched off.
///
/// A process without a unit cannot be kept from coming back, so it stays for a person.
pub fn switch_off(fix: &mut Fix, name: &str, state: &ServiceState) {
    let has_unit = state
        .signs
        .iter()
        .any(|sign| matches!(sign.kind, SignKind::Active | SignKind::Enabled | SignKind::Inetd));
    for sign in &state.signs {
        match sign.kind {
            SignKind::Active | SignKind::Enabled => {
                fix.edit(Edit::Disable { unit: sign.what.clone(), mask: true });
            }
            SignKind::Inetd => {
                if let Some(place) = &sign.place {
                    let ports = ports(state);
                    fix.edit(Edit::SuperServerOff { place: place.clone(), ports });
                }
            }
            SignKind::Process if !has_unit => {
                let what = format!("{name}: {}", sign.what);
                fix.leave(reason("fix-no-unit-of-process").arg("what", what));
            }
            _ => {}
        }
        if matches!(
            sign.kind,
            SignKind::Process | SignKind::Port | SignKind::Active | SignKind::Inetd
        ) {
            let what = format!("{name}: {}", sign.what);
            fix.consent(reason("fix-in-use").arg("what", what).at(sign.place.clone()));
        }
    }
}

/// The ports that the service holds: `tcp 0.0.0.0:23`.
fn ports(state: &ServiceState) -> Vec<u16> {
    let of = |what: &str| what.rsplit(':').next().and_then(|port| port.parse().ok());
    let ports = state.signs.iter().filter(|sign| sign.kind == SignKind::Port);
    ports.filter_map(|sign| of(&sign.what)).collect()
}
