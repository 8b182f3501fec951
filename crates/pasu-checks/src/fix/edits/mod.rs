//! How each kind of edit is drawn into the state that a target would have.

mod account;
mod apache;
mod bind;
mod disable;
mod enable;
mod files;
mod inetd;
mod nginx;
mod pam;
mod postfix;
mod sendmail;
mod setting;
mod shadow;
mod span;
mod sshd;
mod sysctl;
mod text;
mod xml;

use super::attributes;
use super::draft::{Draft, Trouble};
use super::edit::Edit;
use pasu_model::FixEffect;

/// Draws one edit of an item.
pub(super) fn draw(draft: &mut Draft<'_>, edit: &Edit, item: &str) -> Result<(), Trouble> {
    match edit {
        Edit::Attributes(edit) => attributes::draw(draft, edit, item),
        Edit::Line { path, line, change } => text::line(draft, path, *line, change, item),
        Edit::Part { path, line, old, new } => text::part(draft, path, *line, (old, new), item),
        Edit::Insert { path, at, lines } => text::insert(draft, path, at, lines, item),
        Edit::Setting(edit) => setting::draw(draft, edit, item),
        Edit::Write { path, content, mode } => files::write(draft, path, content, *mode, item),
        Edit::Remove { path } => files::remove(draft, path, item),
        Edit::Symlink { path, target } => files::symlink(draft, path, target, item),
        Edit::Directory { path, mode, owner } => {
            files::directory(draft, path, *mode, owner.as_ref(), item)
        }
        Edit::Sshd { keyword, value, everywhere } => {
            sshd::draw(draft, keyword, value, *everywhere, item)
        }
        Edit::Nginx { at, change } => nginx::draw(draft, at, change, item),
        Edit::Apache { at, change } => apache::draw(draft, at, change, item),
        Edit::Xml { at, change } => xml::draw(draft, at, change, item),
        Edit::Named { at, change } => bind::draw(draft, at, change, item),
        Edit::Postfix { folder, service: None, name, value } => {
            postfix::main(draft, folder, name, value, item)
        }
        Edit::Postfix { folder, service: Some(line), name, value } => {
            postfix::service(draft, folder, *line, (name, value), item)
        }
        Edit::SendmailPrivacy { flags } => sendmail::privacy(draft, flags, item),
        Edit::Account { name, field, value } => account::field(draft, name, *field, value, item),
        Edit::RemoveMember { group, member } => account::remove_member(draft, group, member, item),
        Edit::Shadow { name } => shadow::draw(draft, name, item),
        Edit::Pam(edit) => pam::draw(draft, edit, item),
        Edit::Disable { unit, mask } => disable::draw(draft, unit, *mask, item),
        Edit::Enable { unit } => enable::draw(draft, unit, item),
        Edit::SuperServerOff { place, ports } => inetd::draw(draft, place, ports, item),
        Edit::Sysctl { key, value } => sysctl::draw(draft, key, value, item),
        Edit::Restart { unit, closes } => {
            draft.restarts = true;
            draft.effect(FixEffect::Restart { unit: unit.clone() }, item);
            closes.iter().for_each(|port| draft.close(*port));
            Ok(())
        }
        Edit::Reload { unit } => {
            draft.effect(FixEffect::Reload { unit: unit.clone() }, item);
            Ok(())
        }
    }
}
