//! The method of new passwords, where a weak one is named. A hash that is stored changes only with its password, which
//! the next login then has to set; without the method, it would be weak again.

use super::{Facts, Source, Strength, strength};
use crate::fix::{AccountField, Edit, Fix, PamChange, PamEdit, SettingEdit, Syntax, login_defs};
use crate::host::pam::Phase;
use crate::judgement::reason;
use crate::params::Params;
use pasu_model::Place;

/// What every distribution's libcrypt knows.
const METHOD: &str = "sha512";

/// Other words of pam_unix for methods.
const OTHERS: [&str; 8] =
    ["md5", "bigcrypt", "des", "sha256", "blowfish", "bcrypt", "yescrypt", "gost_yescrypt"];

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut fix = Fix::new();
    let is_weak = |kind| strength(kind, params) == Strength::Weak;
    for method in facts.methods.iter().filter(|method| is_weak(method.kind)) {
        match &method.source {
            Source::Pam(service) => fix.edit(of_pam(service)),
            Source::LoginDefs => default(&mut fix, facts),
            Source::Libuser => fix.edit(
                SettingEdit::new("/etc/libuser.conf", Syntax::Equals, "crypt_style", METHOD)
                    .in_section("defaults"),
            ),
        }
    }
    if facts.encrypt_method.is_none() && !facts.unnamed.is_empty() {
        default(&mut fix, facts);
    }
    let is_stored =
        |stored: &&super::Stored| !stored.locked && !stored.ending && is_weak(stored.kind);
    let (ours, others): (Vec<_>, Vec<_>) = facts
        .stored
        .iter()
        .filter(is_stored)
        .partition(|it| matches!(&it.place, Place::File { path, .. } if path == "/etc/shadow"));
    if facts.wordless && !ours.is_empty() {
        fix.need(reason("fix-no-dictionary"), false);
    }
    for stored in ours {
        let name = stored.name.clone();
        fix.consent(reason("must-change").arg("name", &name));
        fix.edit(Edit::Account { name, field: AccountField::LastChange, value: "0".to_owned() });
    }
    if !others.is_empty() {
        let names: Vec<&str> = others.iter().map(|stored| stored.name.as_str()).collect();
        fix.leave(reason("stored-stays").arg("names", names.join(", ")));
    }
    fix
}

fn default(fix: &mut Fix, facts: &Facts) {
    login_defs::set(fix, &facts.login_defs, "ENCRYPT_METHOD", &METHOD.to_ascii_uppercase());
}

fn of_pam(service: &str) -> Edit {
    let change = PamChange::Arguments {
        module: "pam_unix".to_owned(),
        set: vec![METHOD.to_owned()],
        unset: OTHERS.iter().map(|word| (*word).to_owned()).collect(),
    };
    PamEdit { service: service.to_owned(), phase: Phase::Password, change }.into()
}
