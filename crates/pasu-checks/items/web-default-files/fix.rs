//! First pages of vendors and samples are removed, and aliases of manuals commented out. Directories of applications
//! stay for a person.

use crate::fix::web::{comment_out, each};
use crate::fix::{Edit, Fix};
use crate::host::web::WebFacts;
use crate::judgement::reason;
use crate::params::Params;

pub fn plan(facts: &WebFacts, _params: &Params) -> Fix {
    each(facts, |server, spot, fix| {
        let is_file = !matches!(spot.sort.as_str(), "candidate") && server.product != "Tomcat";
        match &spot.handle {
            Some(handle) => comment_out(fix, handle),
            None if is_file => fix.edit(Edit::Remove { path: spot.value.clone() }),
            None if spot.sort != "candidate" => {
                fix.leave(reason("of-tomcat").arg("value", &spot.value).at(spot.place.clone()));
            }
            None => {}
        }
    })
}
