//! Files get the owner and the group that the policy names. Whose they are only a person knows, so without a name nothing
//! is planned. What would run with the new owner's rights loses set-user-ID and set-group-ID.

use super::Facts;
use crate::fix::{AttributesEdit, Fix};
use crate::host::FileKind;
use crate::judgement::reason;
use crate::params::Params;

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut fix = Fix::new();
    for found in &facts.unknown {
        if facts.resolved.contains(&(found.group, found.id)) {
            continue;
        }
        let name = params.text(if found.group { "new_group" } else { "new_owner" }).trim();
        if name.is_empty() {
            fix.leave(reason("no-name"));
            continue;
        }
        for path in &found.paths {
            match facts.kinds.get(path) {
                Some(FileKind::File | FileKind::Directory) => {
                    fix.edit(given(path, name, found.group, facts.kinds[path]));
                }
                // What a link leads to is not what was found.
                _ => fix.leave(reason("by-hand").file(path)),
            }
        }
    }
    fix
}

fn given(path: &str, name: &str, is_group: bool, kind: FileKind) -> AttributesEdit {
    AttributesEdit {
        path: path.to_owned(),
        owner: (!is_group).then(|| name.to_owned()),
        group: is_group.then(|| name.to_owned()),
        limit: Some(if kind == FileKind::Directory { 0o7777 } else { 0o1777 }),
        ..AttributesEdit::default()
    }
}
