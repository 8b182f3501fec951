//! Settings of FTP daemons, each written as its daemon reads it.

use super::edit::{Edit, Fix, SettingEdit, Syntax};
use crate::host::ftp::pure_ftpd::Home;
use crate::judgement::reason;
use pasu_model::Place;

/// Sets a key of vsftpd in the file of an instance, or that of the line that sets it now.
pub fn vsftpd(fix: &mut Fix, place: Option<&Place>, key: &str, value: &str) {
    match place {
        Some(Place::File { path, .. }) => {
            fix.edit(SettingEdit::new(path, Syntax::Tight, key, value));
        }
        Some(place) => fix.leave(reason("fix-command-line").at(place.clone())),
        None => fix.leave(reason("fix-no-settings").arg("name", "vsftpd")),
    }
}

/// Sets an option of Pure-FTPd, in its folder or its file.
pub fn pure_ftpd(
    fix: &mut Fix,
    home: Option<&Home>,
    place: Option<&Place>,
    (key, value): (&str, &str),
) {
    match (home, place) {
        (_, Some(place @ Place::Command { .. })) => {
            fix.leave(reason("fix-command-line").at(place.clone()));
        }
        (Some(Home::Folder(folder)), _) => {
            let path = format!("{folder}/{key}");
            fix.edit(Edit::Write { path, content: format!("{value}\n"), mode: 0o644 });
        }
        (Some(Home::File(path)), _) => {
            fix.edit(SettingEdit::new(path, Syntax::Spaced, key, value).any_case());
        }
        (None, _) => fix.leave(reason("fix-no-settings").arg("name", "pure-ftpd")),
    }
}
