//! Fields of `/etc/passwd` move to `/etc/shadow`; an account that asks no password is locked, if a person accepts it.

use super::{Facts, ShadowFacts};
use crate::fix::{AccountField, Edit, Fix};
use crate::host::accounts::PasswordField;
use crate::judgement::reason;
use crate::params::Params;

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut fix = Fix::new();
    // A hash that the policy takes where it is stays.
    let hashed = facts.hashed.kept.iter().filter(|_| !params.flag("hash_in_passwd_ok"));
    for account in facts.unshadowed.kept.iter().chain(hashed) {
        fix.edit(Edit::Shadow { name: account.name.clone() });
        match account.password {
            PasswordField::Empty => locks(&mut fix, &account.name),
            PasswordField::Hash(_) => fix.leave(reason("known").arg("name", &account.name)),
            _ => {}
        }
    }
    if let ShadowFacts::Seen { empty, text, .. } = &facts.shadow {
        for (name, _) in &empty.kept {
            locks(&mut fix, name);
        }
        for (name, _) in empty.kept.iter().chain(&text.kept) {
            fix.edit(Edit::Account {
                name: name.clone(),
                field: AccountField::LockPassword,
                value: String::new(),
            });
        }
    }
    fix
}

fn locks(fix: &mut Fix, name: &str) {
    fix.consent(reason("will-lock").arg("name", name));
}
