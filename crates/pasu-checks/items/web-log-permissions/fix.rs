//! Others lose what they have of logs; they may still be let through directories.

use super::bits;
use crate::fix::{AttributesEdit, Fix};
use crate::host::web::WebFacts;
use crate::judgement::reason;
use crate::params::Params;

pub fn plan(facts: &WebFacts, _params: &Params) -> Fix {
    let mut fix = Fix::new();
    let spots = facts.servers.iter().flat_map(|server| &server.spots);
    for (spot, file) in spots.filter_map(|spot| Some((spot, spot.file.as_ref()?))) {
        let is_acl = spot.sort == "acl";
        if !is_acl && spot.sort != "folder" && spot.sort != "file" {
            continue;
        }
        fix.edit(AttributesEdit {
            path: file.path.clone(),
            limit: (!is_acl).then(|| 0o7777 & !bits(&spot.sort)),
            drop_acl: is_acl,
            ..AttributesEdit::default()
        });
        if is_acl {
            fix.consent(reason("fix-acl-goes").arg("who", &spot.value).file(&file.path));
        } else if file.mode & 0o002 != 0 {
            fix.consent(reason("fix-writers-lose").arg("mode", file.octal()).file(&file.path));
        }
    }
    for server in facts.servers.iter().filter(|server| server.product == "Tomcat") {
        if server.spots.iter().any(|spot| spot.sort == "file") {
            fix.leave(reason("umask").file(&server.path));
        }
    }
    fix
}
