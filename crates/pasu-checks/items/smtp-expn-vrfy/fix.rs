//! Each server told not to answer: where it is told otherwise now, else in its main file.

use super::Facts;
use crate::fix::{Edit, Fix};
use crate::host::exim::{Answer, Exim};
use crate::host::postfix::{Instance, is_yes};
use crate::judgement::reason;
use crate::params::Params;
use pasu_model::Place;

const VRFY: &str = "disable_vrfy_command";

pub fn plan(facts: &Facts, _params: &Params) -> Fix {
    let mut fix = Fix::new();
    for instance in facts.postfix.iter().flatten().flatten() {
        postfix(&mut fix, instance);
    }
    if let Some(Ok(exim)) = &facts.exim {
        self::exim(&mut fix, exim);
    }
    if let Some(Ok(sendmail)) = &facts.sendmail {
        let flags = ["novrfy", "noexpn"].into_iter().filter(|flag| !sendmail.has_privacy(flag));
        let flags: Vec<String> = flags.map(str::to_owned).collect();
        if !flags.is_empty() {
            fix.edit(Edit::SendmailPrivacy { flags });
        }
    }
    fix
}

fn postfix(fix: &mut Fix, instance: &Instance) {
    for server in &instance.servers {
        if is_yes(&instance.setting(server, VRFY).value) {
            continue;
        }
        let service = match &server.place {
            Place::File { line, .. } if server.overrides.contains_key(VRFY) => *line,
            _ => None,
        };
        fix.edit(Edit::Postfix {
            folder: instance.folder.clone(),
            service,
            name: VRFY.to_owned(),
            value: "yes".to_owned(),
        });
    }
}

/// Without a list Exim refuses both, so the line that names one goes.
fn exim(fix: &mut Fix, exim: &Exim) {
    for (answer, lines) in [(&exim.vrfy, &exim.vrfy_lines), (&exim.expn, &exim.expn_lines)] {
        if *answer != Answer::Accepted {
            continue;
        }
        // Debian's file is made anew at every start, from lines that have to be known.
        if exim.is_generated() && lines.len() < 2 {
            fix.leave(reason("exim-generated").file(&exim.path));
            continue;
        }
        lines.iter().for_each(|place| fix.comment_out(Some(place)));
    }
}
