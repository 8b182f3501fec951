//! A key of login.defs. Where only the vendor's copy is there, a file of our own would hide all of it.

use super::edit::{Fix, SettingEdit, Syntax};
use crate::judgement::reason;

/// The administrator's file.
const PATH: &str = "/etc/login.defs";

/// Sets a key, given the path of the file that was read.
pub fn set(fix: &mut Fix, read: &str, key: &str, value: &str) {
    if read == PATH || read.is_empty() {
        fix.edit(SettingEdit::new(PATH, Syntax::Spaced, key, value).any_case());
    } else {
        fix.leave(reason("fix-vendor-login-defs").file(read));
    }
}
