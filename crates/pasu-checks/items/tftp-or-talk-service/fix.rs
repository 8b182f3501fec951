//! The services switched off; of dnsmasq, which also serves names and addresses, only its TFTP.

use super::Facts;
use crate::fix::{Edit, Fix, services};
use crate::host::services::SignKind;
use crate::judgement::reason;
use crate::params::Params;

pub fn plan(facts: &Facts, _params: &Params) -> Fix {
    let mut fix = Fix::new();
    services::switch_off(&mut fix, "tftp", &facts.tftp);
    services::switch_off(&mut fix, "talk", &facts.talk);
    if facts.dnsmasq.is_used() {
        dnsmasq(&mut fix, facts);
    }
    fix
}

fn dnsmasq(fix: &mut Fix, facts: &Facts) {
    let settings = facts.settings.as_deref().unwrap_or_default();
    settings.iter().for_each(|setting| fix.comment_out(Some(&setting.place)));
    if !facts.dnsmasq.is_running() {
        return;
    }
    let is_held = facts.tftp.others.iter().any(|sign| sign.what.ends_with("(dnsmasq)"));
    if is_held || !settings.is_empty() {
        fix.consent(reason("fix-in-use").arg("what", "dnsmasq: TFTP"));
    }
    let unit = facts.dnsmasq.signs.iter().find(|sign| sign.kind == SignKind::Active);
    match unit {
        // Told on its command line: no file of its settings says so.
        _ if settings.is_empty() && is_held => fix.leave(reason("dnsmasq-by-option")),
        Some(unit) => fix.edit(Edit::Restart { unit: unit.what.clone(), closes: vec![69] }),
        None if is_held => fix.leave(reason("dnsmasq-restart")),
        None => {}
    }
}
