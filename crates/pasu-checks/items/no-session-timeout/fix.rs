//! The line that sets too long a time is mended; where nothing sets one, each login gets it from a file of its own.

use super::{Facts, lost, seconds};
use crate::fix::{Anchor, Edit, Fix, shells};
use crate::host::login_shell::{Session, SessionKind, Setting};
use crate::params::Params;
use pasu_model::Place;

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut fix = Fix::new();
    let max = params.integer("max_seconds");
    for session in &facts.shells.sessions {
        one(&mut fix, session, facts, max);
    }
    fix
}

fn one(fix: &mut Fix, session: &Session, facts: &Facts, max: i64) {
    let is_csh = session.kind == SessionKind::Csh;
    let (name, wanted) = if is_csh { ("autologout", max / 60) } else { ("TMOUT", max) };
    let settings = session.variable(name);
    let is_good =
        |setting: &Setting| seconds(setting, name).is_some_and(|value| (1..=max).contains(&value));
    for setting in settings.iter().filter(|setting| !setting.is_computed() && !is_good(setting)) {
        if let Some(value) = &setting.value {
            let (old, new) = (format!("{name}={value}"), format!("{name}={wanted}"));
            fix.replace_part(setting.place.as_ref(), &old, &new);
        }
    }
    if settings.iter().any(|setting| setting.value.is_some()) {
        return;
    }
    if is_csh {
        let lines = vec![format!("set autologout={wanted}")];
        fix.edit(Edit::Insert { path: "/etc/csh.login".to_owned(), at: Anchor::End, lines });
    } else if let Some(Place::File { path, line: Some(line) }) =
        lost(session, &facts.shells).and_then(|login| login.place.as_ref())
    {
        let lines = vec!["export TMOUT".to_owned()];
        fix.edit(Edit::Insert { path: path.clone(), at: Anchor::After(*line), lines });
    } else {
        let reads = facts.shells.reads_profile_d;
        let set = format!("TMOUT={wanted}");
        shells::for_logins(fix, reads, "zz-timeout.sh", &[&set, "export TMOUT"]);
    }
}
