//! Built-in limits are written down as they are; where there is none, the size of the policy is set.

use crate::fix::web::{add, add_to_apache, each, set};
use crate::fix::{Edit, Fix, XmlChange};
use crate::host::web::{Handle, ServerFacts, Spot, WebFacts};
use crate::params::Params;

pub fn plan(facts: &WebFacts, params: &Params) -> Fix {
    let wanted = params.integer("bytes").max(1).to_string();
    each(facts, |server, spot, fix| match (spot.sort.as_str(), &spot.handle) {
        ("limited", _) => {}
        ("unlimited", Some(Handle::Nginx(_) | Handle::Apache(_))) => set(fix, spot, &wanted),
        (sort, Some(Handle::Xml(at))) => {
            let value = if sort == "unset" { "2097152" } else { wanted.as_str() };
            let (name, value) = ("maxPostSize".to_owned(), value.to_owned());
            fix.edit(Edit::Xml { at: at.clone(), change: XmlChange::Attribute { name, value } });
        }
        (sort, None) => {
            by_default(fix, server, spot, if sort == "unset" { None } else { Some(&wanted) })
        }
        _ => {}
    })
}

fn by_default(fix: &mut Fix, server: &ServerFacts, spot: &Spot, wanted: Option<&str>) {
    if server.product == "nginx" {
        add(fix, spot, "client_max_body_size 1m;");
    } else {
        let value = wanted.unwrap_or("1073741824");
        add_to_apache(fix, server, vec![format!("LimitRequestBody {value}")]);
    }
}
