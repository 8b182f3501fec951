//! The main file brought within its limit. Included files are told of and stay as they are.

use super::Facts;
use crate::fix::Fix;
use crate::kinds::file_mode::{self, Limit};
use crate::params::Params;

pub fn plan(facts: &Facts, _params: &Params) -> Fix {
    let limit = Limit { owners: vec!["root".to_owned()], mode: 0o640 };
    let mut fix = Fix::new();
    fix.extend(facts.main.files.iter().filter_map(|file| file_mode::within(file, &limit)));
    fix
}
