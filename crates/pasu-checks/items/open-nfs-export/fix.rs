//! Clients named in the place of everybody, root squashed, and the files' modes.

use super::{Facts, keeps_root};
use crate::fix::{Fix, exports};
use crate::host::exports::Export;
use crate::judgement::reason;
use crate::kinds::file_mode::{self, Limit};
use crate::params::Params;

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut fix = Fix::new();
    let limit = Limit { owners: vec!["root".to_owned()], mode: 0o644 };
    fix.extend(facts.files.files.iter().filter_map(|file| file_mode::within(file, &limit)));
    if !facts.server.is_used() {
        return fix;
    }
    let client = params.text("allowed_client");
    for export in &facts.open.kept {
        if !exports::is_kept(&export.place) {
            fix.leave(reason("fix-export-by-hand").arg("what", &export.path));
        } else if export.is_for_everybody() && client.is_empty() {
            fix.leave(reason("say-client").arg("path", &export.path));
        } else {
            if keeps_root(export) {
                fix.consent(reason("root-refused").arg("path", &export.path));
            }
            fix.restate(Some(&export.place), closed(export, client));
        }
    }
    fix
}

/// The line with `client` for everybody and without `no_root_squash`.
fn closed(export: &Export, client: &str) -> String {
    let is_everybody = |name: &str| {
        let named = Export { client: name.to_owned(), ..export.clone() };
        named.is_for_everybody()
    };
    let mut given = 0_u32;
    let line = exports::with_options(&export.text, |name, options| {
        if name != "-" {
            given += 1;
            if !client.is_empty() && is_everybody(name) {
                client.clone_into(name);
            }
        }
        options.retain(|option| option != "no_root_squash");
    });
    // A directory without a client is everybody's.
    if given == 0 && !client.is_empty() { format!("{line} {client}") } else { line }
}
