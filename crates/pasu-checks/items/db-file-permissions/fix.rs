//! Every file within its limit, and still readable for the server: with another owner or group where only everybody's
//! bits let it in.

use super::{Checked, Facts};
use crate::fix::web::keep_readable;
use crate::fix::{AttributesEdit, Edit, Fix};
use crate::host::web::Runner;
use crate::judgement::reason;
use crate::kinds::file_mode::{deviations, within};
use crate::params::Params;

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut fix = Fix::new();
    for checked in &facts.files {
        let limit = checked.limit(params);
        if deviations(&checked.file, &limit).is_empty() {
            continue;
        }
        let path = &checked.file.file.path;
        // Homes and the file of root's scripts name their owner first.
        let edit = match (&checked.runner, checked.is_of_server) {
            (Some(runner), _) => within_for(checked, runner, limit.mode),
            (None, false) => within(&checked.file, &limit),
            (None, true) => {
                fix.leave(reason("fix-no-runner").file(path));
                continue;
            }
        };
        if checked.is_foreign() {
            fix.consent(reason("fix-owner-loses").arg("name", &checked.file.owner).file(path));
        }
        for grant in checked.file.file.grants_beyond(limit.mode) {
            fix.consent(reason("fix-acl-goes").arg("who", &grant.who).file(path));
        }
        fix.extend(edit);
    }
    fix
}

impl Checked {
    fn is_foreign(&self) -> bool {
        !self.owners.contains(&self.file.owner)
    }
}

/// A foreign owner gives way to the server's account; settings that its group may read, to root.
fn within_for(checked: &Checked, runner: &Runner, mode: u32) -> Option<Edit> {
    let file = &checked.file.file;
    let Edit::Attributes(edit) = keep_readable(file, runner, mode) else { return None };
    if !checked.is_foreign() {
        return Some(edit.into());
    }
    let by_group = checked.is_config && file.mode & mode & 0o040 != 0;
    let (owner, group) = if by_group {
        ("root".to_owned(), Some(runner.gid.to_string()))
    } else {
        (runner.uid.to_string(), None)
    };
    Some(AttributesEdit { owner: Some(owner), group, ..edit }.into())
}
