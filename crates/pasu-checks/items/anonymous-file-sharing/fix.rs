//! Each service told to refuse whom it does not know. The account `ftp` stays: packages use it.

use super::{Answer, Facts, Said};
use crate::fix::{Anchor, Edit, Fix, exports, ftp};
use crate::judgement::reason;
use crate::params::Params;
use pasu_model::Place;

pub fn plan(facts: &Facts, _params: &Params) -> Fix {
    let mut fix = Fix::new();
    let bad = facts.answers.iter().filter(|it| matches!(it.said, Said::Set | Said::BuiltIn));
    for answer in bad {
        let place = answer.place.as_ref();
        match answer.service.as_str() {
            "vsftpd" => ftp::vsftpd(&mut fix, place, "anonymous_enable", "NO"),
            "proftpd" => fix.comment_out_section(place),
            "pure-ftpd" => {
                let home = facts.pure_ftpd.as_ref();
                ftp::pure_ftpd(&mut fix, home, place, ("NoAnonymous", "yes"));
            }
            "nfs-server" => export(&mut fix, answer),
            "samba" => share(&mut fix, answer),
            _ => {
                let name = answer.setting.rsplit(' ').next().unwrap_or("ftp").to_owned();
                let path = "/etc/ftpusers".to_owned();
                fix.edit(Edit::Insert { path, at: Anchor::End, lines: vec![name] });
            }
        }
    }
    fix
}

/// The options go. Clients then write as who they are, which may not be allowed to.
fn export(fix: &mut Fix, answer: &Answer) {
    let Some((place, text)) = &answer.written else { return };
    if !exports::is_kept(place) {
        return fix.leave(reason("fix-export-by-hand").arg("what", &answer.setting));
    }
    fix.consent(reason("nfs-identity").arg("setting", &answer.setting).at(place.clone()));
    let is_kept = |option: &str| {
        let name = option.split('=').next().unwrap_or_default();
        !["all_squash", "anonuid", "anongid"].contains(&name)
    };
    let new = exports::with_options(text, |_, options| options.retain(|option| is_kept(option)));
    fix.restate(Some(place), new);
}

fn share(fix: &mut Fix, answer: &Answer) {
    match (&answer.written, &answer.place) {
        (Some((place, _)), _) => fix.restate(Some(place), "guest ok = no"),
        // A share that a user made: `guest_ok=y` in a file of its own.
        (None, Some(place @ Place::File { .. })) => fix.replace_line(Some(place), "guest_ok=n"),
        (None, _) => fix.leave(reason("samba-elsewhere").arg("setting", &answer.setting)),
    }
}
