//! A location gets the slash that its alias has, and Tomcat follows no links. What is served from where, and who is
//! let in, is for a person.

use crate::fix::web::each;
use crate::fix::{Edit, Fix, NginxChange, XmlChange};
use crate::host::web::{Handle, WebFacts};
use crate::params::Params;

pub fn plan(facts: &WebFacts, _params: &Params) -> Fix {
    each(facts, |_, spot, fix| match (spot.sort.as_str(), &spot.handle, spot.near.first()) {
        ("slash", _, Some(Handle::Nginx(at))) => {
            let arguments = at.words.get(1..).unwrap_or_default().join(" ");
            // Quotes are gone from the words, so what needs them is left alone.
            if !arguments.contains(['"', '\'', ';', '{', '}', '\\']) {
                let change = NginxChange::Arguments(format!("{arguments}/"));
                fix.edit(Edit::Nginx { at: at.clone(), change });
            }
        }
        ("links", Some(Handle::Xml(at)), _) => {
            let (name, value) = ("allowLinking".to_owned(), "false".to_owned());
            fix.edit(Edit::Xml { at: at.clone(), change: XmlChange::Attribute { name, value } });
        }
        _ => {}
    })
}
