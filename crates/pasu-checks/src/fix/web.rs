//! What fixes of items about web servers have in common.

use super::edit::{AttributesEdit, Edit, Fix};
use super::statement::{ApacheChange, NginxChange, XmlChange};
use crate::host::FileFacts;
use crate::host::web::{Handle, Runner, ServerFacts, Spot, WebFacts};
use crate::judgement::reason;
use crate::kinds::file_mode::OwnedFile;

/// Plans for every finding of every server; a server whose settings change reads them again.
pub(crate) fn each(facts: &WebFacts, mut plan: impl FnMut(&ServerFacts, &Spot, &mut Fix)) -> Fix {
    let mut fix = Fix::new();
    for server in &facts.servers {
        let before = fix.edits.len();
        for spot in &server.spots {
            plan(server, spot, &mut fix);
        }
        if fix.edits.len() == before {
            continue;
        }
        if server.product == "Tomcat" {
            fix.leave(reason("web-restart").file(&server.path));
        } else if let Some(unit) = &server.unit {
            fix.edit(Edit::Reload { unit: unit.clone() });
        }
    }
    fix
}

/// The directive that says what was found gets other arguments.
pub(crate) fn set(fix: &mut Fix, spot: &Spot, arguments: &str) {
    match &spot.handle {
        Some(Handle::Nginx(at)) => {
            let change = NginxChange::Arguments(arguments.to_owned());
            fix.edit(Edit::Nginx { at: at.clone(), change });
        }
        Some(Handle::Apache(at)) => {
            let change = ApacheChange::Arguments(arguments.to_owned());
            fix.edit(Edit::Apache { at: at.clone(), change });
        }
        _ => {}
    }
}

/// The directive or element that says what was found is commented out.
pub(crate) fn comment_out(fix: &mut Fix, handle: &Handle) {
    fix.edit(match handle.clone() {
        Handle::Nginx(at) => Edit::Nginx { at, change: NginxChange::CommentOut },
        Handle::Apache(at) => Edit::Apache { at, change: ApacheChange::CommentOut },
        Handle::Xml(at) => Edit::Xml { at, change: XmlChange::CommentOut },
    });
}

/// A line of `Options` that was found no longer gives these.
pub(crate) fn without_options(fix: &mut Fix, spot: &Spot, names: &[&str]) {
    if let Some(Handle::Apache(at)) = &spot.handle {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let change = ApacheChange::WithoutOptions { names, instead: None };
        fix.edit(Edit::Apache { at: at.clone(), change });
    }
}

/// Statements are added to the blocks of nginx that the finding is about.
pub(crate) fn add(fix: &mut Fix, spot: &Spot, statements: &str) {
    for handle in &spot.near {
        if let Handle::Nginx(at) = handle {
            let change = NginxChange::Add(statements.to_owned());
            fix.edit(Edit::Nginx { at: at.clone(), change });
        }
    }
}

/// Lines for the whole of an Apache are added where its distribution has such lines.
pub(crate) fn add_to_apache(fix: &mut Fix, server: &ServerFacts, lines: Vec<String>) {
    let Some(home) = &server.home else { return };
    fix.edit(Edit::Insert { path: home.path.clone(), at: super::Anchor::End, lines });
    if let Some((path, target)) = &home.link {
        fix.edit(Edit::Symlink { path: path.clone(), target: target.clone() });
    }
}

/// Takes everybody's rights to a file away whom its daemon is not, so that the daemon can still read it: by its owner,
/// else by its group, which the daemon's takes the place of where only everybody's bits let it in.
pub(crate) fn keep_readable(file: &FileFacts, runner: &Runner, limit: u32) -> Edit {
    let mut edit = AttributesEdit {
        path: file.path.clone(),
        limit: Some(limit),
        limit_acl: true,
        ..AttributesEdit::default()
    };
    let by_group = file.mode & limit & 0o040 != 0;
    if runner.uid != 0 && file.uid != runner.uid {
        if by_group {
            edit.group = (file.gid != runner.gid).then(|| runner.gid.to_string());
        } else {
            edit.owner = Some(runner.uid.to_string());
        }
    }
    edit.into()
}

/// A file with secrets of a daemon brought within a mode. Where a person owned it, a person has to agree.
pub(crate) fn hide(
    fix: &mut Fix,
    OwnedFile { file, owner }: &OwnedFile,
    runner: Option<&Runner>,
    mode: u32,
) {
    if file.bits_beyond(mode) == 0 && file.grants_beyond(mode).next().is_none() {
        return;
    }
    let Some(runner) = runner else {
        return fix.leave(reason("fix-no-runner").file(&file.path));
    };
    for grant in file.grants_beyond(mode) {
        fix.consent(reason("fix-acl-goes").arg("who", &grant.who).file(&file.path));
    }
    let edit = keep_readable(file, runner, mode);
    if let Edit::Attributes(AttributesEdit { owner: Some(_), .. }) = &edit
        && file.uid != 0
    {
        fix.consent(reason("fix-owner-loses").arg("name", owner).file(&file.path));
    }
    fix.edit(edit);
}
