//! Members that nobody allowed leave the group. An account whose primary group it is needs another one, which a person
//! chooses.

use super::Facts;
use crate::fix::{Edit, Fix};
use crate::params::Params;

pub fn plan(facts: &Facts, _params: &Params) -> Fix {
    let mut fix = Fix::new();
    for member in &facts.members.kept {
        let (group, member) = (member.group.clone(), member.name.clone());
        fix.edit(Edit::RemoveMember { group, member });
    }
    fix
}
