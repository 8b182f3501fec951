//! Others may no longer write the directory. Where it lies and who should is for a person.

use crate::fix::{AttributesEdit, Fix};
use crate::host::web::WebFacts;
use crate::judgement::reason;
use crate::params::Params;

pub fn plan(facts: &WebFacts, _params: &Params) -> Fix {
    let mut fix = Fix::new();
    let spots = facts.servers.iter().flat_map(|server| &server.spots);
    for file in spots.filter(|spot| spot.sort == "writable").filter_map(|spot| spot.file.as_ref()) {
        fix.edit(AttributesEdit {
            path: file.path.clone(),
            limit: Some(0o7775),
            ..AttributesEdit::default()
        });
        fix.consent(reason("fix-writers-lose").arg("mode", file.octal()).file(&file.path));
    }
    fix
}
