//! Owners and bits brought within their limits. What workers read for each request goes to their group first, so that
//! they do not lose it.

use crate::fix::web::keep_readable;
use crate::fix::{AttributesEdit, Edit, Fix};
use crate::host::FileFacts;
use crate::host::web::{Runner, ServerFacts, Spot, WebFacts};
use crate::judgement::reason;
use crate::params::Params;

pub fn plan(facts: &WebFacts, _params: &Params) -> Fix {
    let mut fix = Fix::new();
    for server in &facts.servers {
        for spot in &server.spots {
            if let Some(file) = &spot.file {
                one(&mut fix, server, spot, file);
            }
        }
    }
    fix
}

fn one(fix: &mut Fix, server: &ServerFacts, spot: &Spot, file: &FileFacts) {
    let limited = |limit| limited(file, limit);
    match (spot.sort.as_str(), spot.scope.as_str(), &server.runner) {
        ("owner", role, runner) => {
            fix.edit(AttributesEdit {
                path: file.path.clone(),
                owner: Some("root".to_owned()),
                ..AttributesEdit::default()
            });
            if runner.as_ref().is_none_or(|runner| runner.uid != file.uid) {
                let why = reason("fix-owner-loses").arg("name", &spot.value);
                fix.consent(why.file(&file.path));
            }
            if role == "users" {
                for_workers(fix, file, runner.as_ref());
            }
        }
        ("write", ..) => {
            fix.edit(limited(0o7755));
            for grant in file.acl.iter().filter(|grant| grant.permissions & 2 != 0) {
                fix.consent(reason("fix-acl-goes").arg("who", &grant.who).file(&file.path));
            }
        }
        ("secret", "users", runner) => {
            fix.edit(limited(0o7770));
            for_workers(fix, file, runner.as_ref());
        }
        ("secret", "tomcat", Some(runner)) => fix.edit(keep_readable(file, runner, 0o7770)),
        ("secret", "tomcat", None) => fix.leave(reason("fix-no-runner").file(&file.path)),
        ("secret", ..) => fix.edit(limited(0o7770)),
        ("root", ..) => {
            fix.edit(limited(0o7775));
            fix.consent(reason("fix-writers-lose").arg("mode", file.octal()).file(&file.path));
        }
        _ => {}
    }
}

fn limited(file: &FileFacts, limit: u32) -> Edit {
    let edit = AttributesEdit {
        path: file.path.clone(),
        limit: Some(limit),
        limit_acl: true,
        ..AttributesEdit::default()
    };
    edit.into()
}

/// The group of the workers may read the file.
fn for_workers(fix: &mut Fix, file: &FileFacts, runner: Option<&Runner>) {
    match runner {
        Some(runner) if runner.uid != 0 => fix.edit(AttributesEdit {
            path: file.path.clone(),
            group: Some(runner.gid.to_string()),
            add: 0o040,
            ..AttributesEdit::default()
        }),
        Some(_) => {}
        None => fix.need(reason("fix-no-runner").file(&file.path), false),
    }
}
