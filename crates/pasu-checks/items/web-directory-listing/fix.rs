//! The line that gives the listing no longer gives it. Where somebody switched it on, a person has to agree.

use crate::fix::web::{each, set, without_options};
use crate::fix::{Edit, Fix, XmlChange};
use crate::host::web::{Handle, Spot, WebFacts};
use crate::judgement::reason;
use crate::params::Params;

pub fn plan(facts: &WebFacts, _params: &Params) -> Fix {
    each(facts, |server, spot, fix| {
        if spot.sort != "listing" {
            return;
        }
        match (server.product.as_str(), &spot.handle) {
            ("nginx", _) => set(fix, spot, "off"),
            ("Apache", _) => without_options(fix, spot, &["Indexes"]),
            (_, Some(Handle::Xml(at))) => {
                let (child, text) = ("param-value".to_owned(), "false".to_owned());
                fix.edit(Edit::Xml {
                    at: at.clone(),
                    change: XmlChange::ChildText { child, text },
                });
            }
            _ => {}
        }
        if is_wanted(spot) {
            fix.consent(reason("wanted").arg("scope", &spot.scope).at(spot.place.clone()));
        }
    })
}

/// Off is the default but for `Options Indexes`, which distributions ship.
fn is_wanted(spot: &Spot) -> bool {
    match &spot.handle {
        Some(Handle::Apache(at)) => at.path.ends_with("/.htaccess") || spot.text.contains('+'),
        _ => true,
    }
}
