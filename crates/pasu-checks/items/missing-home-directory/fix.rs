//! An empty directory for those whose home is not there. Which home an account should have that names none, or names
//! what is no directory, is for a person.

use super::{Facts, How};
use crate::fix::{Edit, Fix};
use crate::params::Params;

pub fn plan(facts: &Facts, _params: &Params) -> Fix {
    let mut fix = Fix::new();
    for missing in facts.missing.kept.iter().filter(|missing| missing.how == How::NotThere) {
        fix.edit(Edit::Directory {
            path: missing.home.clone(),
            mode: 0o700,
            owner: Some((missing.uid.to_string(), missing.gid.to_string())),
        });
    }
    fix
}
