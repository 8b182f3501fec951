//! Root put into a list that the daemon obeys, or told to be refused by a setting of the daemon itself.

use super::Facts;
use crate::fix::{Anchor, Edit, Fix, SettingEdit, Syntax, ftp};
use crate::host::ftp::Door;
use crate::judgement::reason;
use crate::params::Params;
use pasu_model::Place;

/// The list that vsftpd's own setting names where no other list is obeyed. It is ours, so that no list of the
/// administrator's comes to mean something else.
const VSFTPD_LIST: &str = "/etc/vsftpd.denied_users";

pub fn plan(facts: &Facts, _params: &Params) -> Fix {
    let mut fix = Fix::new();
    for door in facts.doors.iter().filter(|door| door.root.is_empty()) {
        match door.daemon.as_str() {
            "pure-ftpd" => {
                let place = door.place.as_ref();
                ftp::pure_ftpd(&mut fix, facts.pure_ftpd.as_ref(), place, ("MinUID", "1000"));
            }
            "proftpd" => {
                let lines = door.admits_root.iter();
                lines.for_each(|place| fix.restate(Some(place), "RootLogin off"));
            }
            "vsftpd" => vsftpd(&mut fix, door),
            _ => list(&mut fix, door),
        }
    }
    fix
}

fn vsftpd(fix: &mut Fix, door: &Door) {
    // A list of those who are let in: without root's line it refuses root.
    if let Some(place) = door.admits_root.first() {
        return fix.delete_line(Some(place));
    }
    if door.refusing.is_some() {
        return list(fix, door);
    }
    let Some(Place::File { path, .. }) = &door.place else {
        return fix.leave(reason("fix-no-settings").arg("name", "vsftpd"));
    };
    for (key, value) in
        [("userlist_enable", "YES"), ("userlist_deny", "YES"), ("userlist_file", VSFTPD_LIST)]
    {
        fix.edit(SettingEdit::new(path, Syntax::Tight, key, value));
    }
    add_root(fix, VSFTPD_LIST);
}

fn list(fix: &mut Fix, door: &Door) {
    match &door.refusing {
        Some(path) => add_root(fix, path),
        None => fix.leave(reason("no-list").arg("daemon", &door.daemon)),
    }
}

fn add_root(fix: &mut Fix, path: &str) {
    let (path, lines) = (path.to_owned(), vec!["root".to_owned()]);
    fix.edit(Edit::Insert { path, at: Anchor::End, lines });
}
