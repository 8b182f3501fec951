//! A neutral greeting: a text for vsftpd, silence for ProFTPD. The other daemons cannot be told.

use super::{By, Facts, Greeting, Shown, revealed};
use crate::fix::{Anchor, Edit, Fix, ftp};
use crate::judgement::reason;
use crate::params::Params;
use pasu_model::Place;

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut fix = Fix::new();
    let text = params.text("banner");
    if revealed(text).is_some() || text.is_empty() {
        fix.need(reason("banner-reveals").arg("text", text), false);
    }
    for greeting in facts.greetings.iter().filter(|it| is_bad(&it.shown)) {
        match greeting.daemon.as_str() {
            "vsftpd" => vsftpd(&mut fix, greeting, text),
            "proftpd" => proftpd(&mut fix, greeting),
            daemon => fix.leave(reason("greeting-fixed").arg("daemon", daemon)),
        }
    }
    fix
}

fn is_bad(shown: &Shown) -> bool {
    match shown {
        Shown::BuiltIn => true,
        Shown::Text(text) => revealed(text).is_some(),
        Shown::Neutral | Shown::Unknown(_) => false,
    }
}

/// A file of a greeting wins over the text, so its line goes and the file stays.
fn vsftpd(fix: &mut Fix, greeting: &Greeting, text: &str) {
    if greeting.by == By::File {
        fix.comment_out(greeting.place.as_ref());
    }
    ftp::vsftpd(fix, greeting.place.as_ref(), "ftpd_banner", text);
}

fn proftpd(fix: &mut Fix, greeting: &Greeting) {
    let off = "ServerIdent off";
    match (&greeting.place, greeting.by) {
        (place, By::File) => fix.comment_out(place.as_ref()),
        (place, By::Setting) => fix.restate(place.as_ref(), off),
        // The head of a virtual server.
        (Some(Place::File { path, line: Some(line) }), By::Nothing) => {
            let (path, at) = (path.clone(), Anchor::After(*line));
            fix.edit(Edit::Insert { path, at, lines: vec![format!("  {off}")] });
        }
        (Some(Place::File { path, line: None }), By::Nothing) => {
            let (path, at) = (path.clone(), Anchor::End);
            fix.edit(Edit::Insert { path, at, lines: vec![off.to_owned()] });
        }
        _ => fix.leave(reason("fix-no-settings").arg("name", "proftpd")),
    }
}
