//! The program that is installed switched on and told a server. Whether servers are reached is for a person.

use super::Facts;
use crate::fix::{Anchor, Edit, Fix, SettingEdit, Syntax};
use crate::host::KeyValue;
use crate::judgement::reason;
use crate::params::Params;

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut fix = Fix::new();
    let allowed: Vec<&str> = params.list("allowed_servers").collect();
    let servers = if allowed.is_empty() { vec![params.text("server")] } else { allowed.clone() };
    match &facts.spare {
        Some(spare) if facts.others.is_empty() => {
            if !spare.has_sources || !allowed.is_empty() {
                tell(&mut fix, &spare.name, spare.file.as_deref(), &servers);
            }
            fix.edit(Edit::Enable { unit: spare.unit.clone() });
        }
        None if facts.providers.is_empty() => fix.leave(reason("none-installed")),
        _ => {}
    }
    for provider in &facts.providers {
        let mut is_told = false;
        let sources = provider.sources.as_deref().unwrap_or_default();
        let is_allowed =
            |source: &KeyValue| allowed.is_empty() || allowed.contains(&&*source.value);
        let (kept, wrong): (Vec<_>, Vec<_>) = sources.iter().partition(|it| is_allowed(it));
        if provider.sources.is_ok() && (sources.is_empty() || !wrong.is_empty()) {
            let main = provider.file.as_deref();
            let own = provider.name == "timesyncd";
            for source in wrong.iter().filter(|it| !(own && is_of(it, main))) {
                fix.comment_out(Some(&source.place));
            }
            if own || kept.is_empty() {
                tell(&mut fix, &provider.name, main, &servers);
                is_told = true;
            }
        }
        match (&provider.clock, &provider.unit) {
            (None, Some(unit)) if facts.live => fix.edit(Edit::Enable { unit: unit.clone() }),
            // Without a server it could not have been right; it has to look for the new one first.
            (Some(Ok(clock)), Some(unit)) if !clock.synchronised && is_told => {
                fix.edit(Edit::Restart { unit: unit.clone(), closes: Vec::new() });
            }
            (Some(Ok(clock)), _) if !clock.synchronised => fix.leave(reason("reach")),
            _ => {}
        }
    }
    fix
}

/// Whether a source stands in the main file, whose line is written anew.
fn is_of(source: &KeyValue, main: Option<&str>) -> bool {
    matches!(&source.place, pasu_model::Place::File { path, .. } if Some(path.as_str()) == main)
}

fn tell(fix: &mut Fix, program: &str, file: Option<&str>, servers: &[&str]) {
    let Some(path) = file else {
        return fix.leave(reason("fix-no-settings").arg("name", program));
    };
    if program == "timesyncd" {
        for (key, value) in [("NTP", servers.join(" ")), ("FallbackNTP", String::new())] {
            fix.edit(SettingEdit::new(path, Syntax::Tight, key, value).in_section("Time"));
        }
        return;
    }
    let option = if path.contains("openntpd") { "" } else { " iburst" };
    let lines = servers.iter().map(|server| format!("server {server}{option}")).collect();
    fix.edit(Edit::Insert { path: path.to_owned(), at: Anchor::End, lines });
}
