//! The shells' start files: what has to hold for every login goes into a file of `/etc/profile.d`, where `/etc/profile`
//! reads them, else to the end of `/etc/profile`. `/etc/bash.bashrc` and its kin return early for scripts and are left
//! alone.

use super::edit::{Anchor, Edit, Fix};

/// Adds lines that each login shell reads last; `name` is the file's, which the shells sort.
pub fn for_logins(fix: &mut Fix, reads_profile_d: bool, name: &str, lines: &[&str]) {
    let path =
        if reads_profile_d { format!("/etc/profile.d/{name}") } else { "/etc/profile".to_owned() };
    let lines = lines.iter().map(|line| (*line).to_owned()).collect();
    fix.edit(Edit::Insert { path, at: Anchor::End, lines });
}
