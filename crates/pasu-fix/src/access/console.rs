//! Logging in at the console by a password: login(1) and its stack of PAM.

use super::pam::{Asked, Door};
use super::{Person, Proof, Why};

const PROGRAMS: [&str; 2] = ["/bin/login", "/usr/bin/login"];

pub(super) fn login(person: &Person<'_>) -> Proof {
    program(person).and(|| person.lives()).and(|| {
        Asked { service: "login", who: person, caller: person, door: Door::Console }.by_password()
    })
}

fn program(person: &Person<'_>) -> Proof {
    if person.host.is_container() {
        return Proof::Refused(Why::new(
            "컨테이너나 이미지에는 콘솔 로그인이 없습니다.",
            "A container or an image has no console to log in at.",
        ));
    }
    for path in PROGRAMS {
        match person.host.file_followed(path) {
            Ok(Some(facts)) if facts.mode & 0o100 != 0 => return Proof::Proven,
            Ok(_) => {}
            Err(cause) => return Proof::unread(&cause),
        }
    }
    Proof::Refused(Why::new(
        "콘솔 로그인 프로그램 login이 없습니다.",
        "The program login, which the console needs, is not installed.",
    ))
}
