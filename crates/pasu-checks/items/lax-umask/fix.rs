//! The line that wins: of a start file, of login.defs, of pam_umask or of an FTP server. Bits that were taken away stay
//! away.

use super::{FIRST, Facts, Given};
use crate::fix::{Fix, PamChange, PamEdit, SettingEdit, Syntax, login_defs, shells};
use crate::host::login_shell::umask::parse_octal;
use crate::host::login_shell::{Setting, Who};
use crate::host::pam::Phase;
use crate::params::Params;
use pasu_model::Place;

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut fix = Fix::new();
    let Some(target) = parse_octal(params.text("target")) else { return fix };
    for session in &facts.sessions {
        for setting in &session.umask {
            match &setting.value {
                Some(value) => of_line(&mut fix, setting, value, target),
                None => facts
                    .given
                    .iter()
                    .for_each(|given| of_login(&mut fix, facts, given, session.who, target)),
            }
        }
    }
    for setting in &facts.ftp {
        let mask = parse_octal(&setting.value);
        if mask.is_some_and(|mask| mask & target == target) {
            continue;
        }
        let new = octal(mask.unwrap_or(FIRST) | target);
        match (setting.key.as_str(), &setting.place) {
            ("vsftpd local_umask", Place::File { path, .. }) => {
                fix.edit(SettingEdit::new(path, Syntax::Tight, "local_umask", new));
            }
            _ => fix.replace_part(Some(&setting.place), &setting.value, &new),
        }
    }
    fix
}

fn octal(mask: u32) -> String {
    format!("{mask:03o}")
}

/// `umask 002` of a start file.
fn of_line(fix: &mut Fix, setting: &Setting, value: &str, target: u32) {
    let Some(mask) = parse_octal(value).filter(|mask| mask & target != target) else { return };
    let mut words = setting.excerpt.split(|c: char| c.is_whitespace() || c == ';');
    let Some(word) = words.by_ref().skip_while(|word| *word != "umask").nth(1) else { return };
    let old = format!("umask {word}");
    fix.replace_part(setting.place.as_ref(), &old, &format!("umask {}", octal(mask | target)));
}

/// What the login gives where no start file says anything.
fn of_login(fix: &mut Fix, facts: &Facts, given: &Given, who: Who, target: u32) {
    let relaxed = given.user_groups && who == Who::User;
    if given.mask & target == target && !relaxed {
        return;
    }
    let new = octal(given.mask | target);
    if given.mask & target != target && given.by_login_defs {
        login_defs::set(fix, &facts.defs, "UMASK", &new);
    }
    let Some(service) = &given.service else {
        let line = format!("umask {new}");
        shells::for_logins(fix, facts.reads_profile_d, "zz-umask.sh", &[&line]);
        return;
    };
    let mut set = Vec::new();
    if given.mask & target != target && !given.by_login_defs {
        set.push(format!("umask={new}"));
    }
    let mut unset = Vec::new();
    if relaxed {
        set.push("nousergroups".to_owned());
        unset.push("usergroups".to_owned());
    }
    if !set.is_empty() {
        let change = PamChange::Arguments { module: "pam_umask".to_owned(), set, unset };
        fix.edit(PamEdit { service: service.clone(), phase: Phase::Session, change });
    }
}
