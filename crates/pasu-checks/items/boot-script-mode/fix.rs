//! Scripts, units and folders become root's and lose what lets others write. What a link leads to outside the folders of
//! the system belongs to an application or a person and stays.

use super::{Facts, OpenFile, writers};
use crate::fix::{AttributesEdit, Fix};
use crate::judgement::reason;
use crate::kinds::file_mode::consent_to_lost_entries;
use crate::params::Params;

/// Trees whose files are the system's own.
const SYSTEM: [&str; 5] = ["/etc/", "/usr/", "/lib/", "/run/systemd/", "/var/lib/systemd/"];

pub fn plan(facts: &Facts, _params: &Params) -> Fix {
    let mut fix = Fix::new();
    for open in &facts.open {
        let path = &open.file.path;
        if !SYSTEM.iter().any(|tree| path.starts_with(tree)) {
            fix.leave(reason("linked").file(path));
            continue;
        }
        if open.by_person {
            // Whoever owns it may be the one who maintains it.
            fix.consent(reason("maintained").arg("owner", &open.owner).file(path));
        }
        if path.starts_with("/run/") {
            fix.leave(reason("runtime").file(path));
        }
        consent_to_lost_entries(&mut fix, &open.file, 0o7755);
        fix.edit(closed(open));
    }
    fix
}

fn closed(open: &OpenFile) -> AttributesEdit {
    let file = &open.file;
    // The group of root may go on writing, unless the mode's digit is the mask of an access list that goes.
    let by_list = writers(file).iter().any(|who| who.contains(':'));
    let limit = if file.gid == 0 && !by_list { 0o7775 } else { 0o7755 };
    AttributesEdit {
        path: file.path.clone(),
        owner: (file.uid != 0).then(|| "root".to_owned()),
        limit: Some(limit),
        limit_acl: by_list,
        ..AttributesEdit::default()
    }
}
