//! The file brought within the guideline's limit. Debian's helpers of the group shadow then no longer read it, which is
//! why a person accepts it; its companions are told of and stay.

use super::{Facts, LIMIT};
use crate::fix::Fix;
use crate::kinds::file_mode::{Limit, bring_within};
use crate::params::Params;

pub fn plan(facts: &Facts, _params: &Params) -> Fix {
    let limit = Limit { owners: vec!["root".to_owned()], mode: LIMIT };
    let mut fix = Fix::new();
    for file in &facts.shadow.files {
        bring_within(&mut fix, file, &limit);
    }
    fix
}
