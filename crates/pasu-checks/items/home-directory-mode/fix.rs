//! Homes lose what lets others write, and get their account as owner. What is in them is not touched. A directory that
//! several accounts, an application or sshd needs as it is stays for a person.

use super::{Facts, Home};
use crate::fix::{AttributesEdit, Fix};
use crate::host::homes::is_system_directory;
use crate::judgement::{Reason, reason};
use crate::kinds::file_mode::{consent_to_lost_entries, rwx};
use crate::params::Params;

pub fn plan(facts: &Facts, _params: &Params) -> Fix {
    let mut fix = Fix::new();
    for home in &facts.open.kept {
        match obstacle(home, facts.has_chroot) {
            Some(why) => fix.leave(why),
            None => close(&mut fix, home),
        }
    }
    fix
}

/// Why only a person can decide about a home.
fn obstacle(home: &Home, has_chroot: bool) -> Option<Reason> {
    let directory = &home.directory;
    let is_foreign = directory.uid != home.uid;
    let said = |key| Some(reason(key).arg("name", &home.name).file(&directory.path));
    match () {
        () if is_system_directory(&directory.path) => said("leads-to-system"),
        () if is_foreign && !home.shared_with.is_empty() => {
            let others = home.shared_with.join(", ");
            said("shared").map(|said| said.arg("others", others))
        }
        () if is_foreign && directory.uid == 0 && has_chroot => said("chroot"),
        () => None,
    }
}

fn close(fix: &mut Fix, home: &Home) {
    let directory = &home.directory;
    let is_foreign = directory.uid != home.uid;
    if is_foreign && home.is_owner_known {
        let owned = reason("owned").arg("name", &home.name).arg("owner", &home.owner);
        fix.consent(owned.file(&directory.path));
    }
    let grants = directory.acl.iter().filter(|grant| grant.permissions & 2 != 0);
    let who: Vec<String> =
        grants.map(|grant| format!("{} {}", grant.who, rwx(grant.permissions))).collect();
    if !who.is_empty() {
        fix.consent(reason("granted").arg("who", who.join(", ")).file(&directory.path));
        consent_to_lost_entries(fix, directory, 0o7755);
    }
    fix.edit(AttributesEdit {
        path: directory.path.clone(),
        owner: is_foreign.then(|| home.uid.to_string()),
        // Write access of the group is only told of; with an access list the digit is its mask.
        limit: Some(if who.is_empty() { 0o7775 } else { 0o7755 }),
        limit_acl: !who.is_empty(),
        ..AttributesEdit::default()
    });
}
