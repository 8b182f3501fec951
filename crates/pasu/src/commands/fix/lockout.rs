//! What a plan means to whoever logs in, told before anything is asked.

use super::choice::Bench;
use pasu_checks::fix::Planned;
use pasu_fix::access;
use pasu_model::{Lang, PlanRisk};
use pasu_report::printable;
use std::io::Write;

/// Says on standard error whether somebody who gets in and becomes root now still does, and which ways are lost.
pub fn tell(bench: &Bench, planned: &Planned, lang: Lang) {
    // Without the rights of root hardly a way can be proven, whatever is planned.
    if planned.plan.risk < PlanRisk::Lockout || !bench.host.is_root() {
        return;
    }
    let before = access::read(&bench.host);
    let comparison = access::compare(&before, &access::read(&planned.after));
    if !bench.host.is_live() && before.ways.is_empty() {
        return;
    }
    say(comparison.verdict.sentence().get(lang));
    for lost in &comparison.lost {
        say(&format!("  {}", lost.sentence().get(lang)));
    }
    if let Some(moved) = &comparison.moved {
        say(&format!("  {}", moved.sentence().get(lang)));
    }
}

fn say(text: &str) {
    // Where standard error is closed there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "pasu: {}", printable(text));
}
