//! Becoming root by su(1): root's password, the setuid bit, and PAM.

use super::pam::{Asked, Door};
use super::proof::setuid_program;
use super::{Person, Proof, Why};

pub(super) fn becomes_root(person: &Person<'_>, root: Option<&Person<'_>>) -> Proof {
    let Some(root) = root else {
        return Proof::Refused(
            Why::new("root 계정이 없습니다.", "There is no account root.").in_file("/etc/passwd"),
        );
    };
    let asked = Asked { service: "su", who: root, caller: person, door: Door::Terminal };
    root.has_password(true)
        .and(|| root.shell())
        .and(|| setuid_program(person.host, "su", &["/bin/su", "/usr/bin/su"], &person.gids()))
        .and(|| asked.by_password())
}
