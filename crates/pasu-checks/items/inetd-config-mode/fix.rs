//! Each file within its limit. The super-servers read their files as root, and are in no need to read them again.

use super::{Facts, limit};
use crate::fix::Fix;
use crate::kinds::file_mode;
use crate::params::Params;

pub fn plan(facts: &Facts, _params: &Params) -> Fix {
    let mut fix = Fix::new();
    for file in &facts.files.files {
        file_mode::bring_within(&mut fix, file, &limit(0o600));
    }
    for file in &facts.systemd.files {
        file_mode::bring_within(&mut fix, file, &limit(0o755));
    }
    fix
}
