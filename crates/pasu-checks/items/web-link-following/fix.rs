//! Links are followed only to what the same owner has: the mildest setting that is good.

use crate::fix::web::{add, add_to_apache, each, set};
use crate::fix::{ApacheChange, Edit, Fix, XmlChange};
use crate::host::web::{Handle, WebFacts};
use crate::params::Params;

const OWNER: &str = "SymLinksIfOwnerMatch";

pub fn plan(facts: &WebFacts, _params: &Params) -> Fix {
    each(facts, |server, spot, fix| match (spot.sort.as_str(), &spot.handle) {
        ("follows", Some(Handle::Nginx(_))) => set(fix, spot, "if_not_owner"),
        ("follows", Some(Handle::Apache(at))) => {
            let names = vec!["FollowSymLinks".to_owned()];
            let change = ApacheChange::WithoutOptions { names, instead: Some(OWNER.to_owned()) };
            fix.edit(Edit::Apache { at: at.clone(), change });
        }
        ("follows", Some(Handle::Xml(at))) => {
            let (name, value) = ("allowLinking".to_owned(), "false".to_owned());
            fix.edit(Edit::Xml { at: at.clone(), change: XmlChange::Attribute { name, value } });
        }
        ("follows-by-default", _) if server.product == "nginx" => {
            add(fix, spot, "disable_symlinks if_not_owner;");
        }
        // With signs, so that other options of the root directory stay.
        ("follows-by-default", _) => {
            let options = format!("    Options -FollowSymLinks +{OWNER}");
            let lines = vec!["<Directory />".to_owned(), options, "</Directory>".to_owned()];
            add_to_apache(fix, server, lines);
        }
        _ => {}
    })
}
