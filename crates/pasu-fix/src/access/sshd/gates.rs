//! Whom sshd refuses whatever the key: lists of users and groups, root, forced commands, `/etc/nologin`.

use super::super::{Person, Proof, Why};
use super::settings::{Values, spelled};
use pasu_checks::host::KeyValue;
use pasu_checks::host::path_matches;
use pasu_checks::host::sshd::Truth;
use std::path::Path;

/// `DenyUsers`, `AllowUsers`, `DenyGroups`, `AllowGroups`, and `PermitRootLogin no`.
pub(super) fn admits(values: &Values<'_>, person: &Person<'_>) -> Proof {
    let root = || match person.account.uid {
        0 => values.every("permitrootlogin", |value| value != "no"),
        _ => Proof::Proven,
    };
    root()
        .and(|| listed(values, person, "denyusers", false))
        .and(|| listed(values, person, "allowusers", true))
        .and(|| listed(values, person, "denygroups", false))
        .and(|| listed(values, person, "allowgroups", true))
}

/// Root by a key: `forced-commands-only` gives no session.
pub(super) fn root_by_key(values: &Values<'_>, person: &Person<'_>) -> Proof {
    let lets = |value: &str| matches!(value, "yes" | "prohibit-password" | "without-password");
    match person.account.uid {
        0 => values.every("permitrootlogin", lets),
        _ => Proof::Proven,
    }
}

/// Root by a password: only `PermitRootLogin yes`.
pub(super) fn root_by_password(values: &Values<'_>, person: &Person<'_>) -> Proof {
    match person.account.uid {
        0 => values.every("permitrootlogin", |value| value == "yes"),
        _ => Proof::Proven,
    }
}

/// A session in which somebody can work: no forced command, no cage, a terminal.
pub(super) fn free_session(values: &Values<'_>) -> Proof {
    values
        .every("forcecommand", |value| value == "none")
        .and(|| values.every("chrootdirectory", |value| value == "none"))
        .and(|| values.every("permittty", |value| value == "yes"))
}

/// What sshd looks at itself where it does not ask PAM.
pub(super) fn without_pam(person: &Person<'_>) -> Proof {
    let barred = person.shadow.as_ref().is_some_and(|entry| entry.barred);
    let name = &person.account.name;
    let nologin = "/etc/nologin";
    let is_open = person.account.uid == 0 || !person.host.system().exists(Path::new(nologin));
    Proof::of(!barred, || {
        person.in_shadow(Why::new(
            format!("UsePAM이 꺼져 있으면 sshd는 비밀번호가 !로 잠긴 {name} 계정을 키로도 받지 않습니다."),
            format!("Without UsePAM, sshd takes no key of {name}, whose password is locked with `!`."),
        ))
    })
    .and(|| {
        Proof::of(is_open, || {
            Why::new(
                "/etc/nologin 파일이 있는 동안에는 root만 로그인할 수 있습니다.",
                "While /etc/nologin exists, only root may log in.",
            )
            .in_file(nologin)
        })
    })
    .and(|| person.lives())
}

fn listed(values: &Values<'_>, person: &Person<'_>, keyword: &str, allows: bool) -> Proof {
    let lists = values.lists(keyword);
    Proof::all_of(lists.iter().map(|list| {
        if list.is_empty() {
            return Proof::Proven;
        }
        let fits = list.iter().map(|line| line_fits(line, person)).max().unwrap_or(Truth::No);
        let name = &person.account.name;
        let line = list.iter().find(|line| line_fits(line, person) == fits).or(list.first());
        let place = line.map(|line| line.place.clone());
        let key = spelled(keyword);
        match (fits, allows) {
            (Truth::Yes, true) | (Truth::No, false) => Proof::Proven,
            (Truth::Maybe, _) => Proof::Doubtful(
                Why::new(
                    format!("{key}에서 {name} 계정은 접속하는 주소에 따라 달라집니다."),
                    format!("What {key} says to {name} depends on the address it comes from."),
                )
                .at(place),
            ),
            (Truth::No, true) => Proof::Refused(
                Why::new(
                    format!("{key}에 {name} 계정에 맞는 항목이 없습니다."),
                    format!("Nothing in {key} fits {name}."),
                )
                .at(place),
            ),
            (Truth::Yes, false) => Proof::Refused(
                Why::new(
                    format!("{key}가 {name} 계정을 막습니다."),
                    format!("{key} refuses {name}."),
                )
                .at(place),
            ),
        }
    }))
}

/// Whether a line of names fits; `kim@10.0.0.1` fits by the address too, which nobody knows.
fn line_fits(line: &KeyValue, person: &Person<'_>) -> Truth {
    let of_groups = line.key.ends_with("groups");
    let one = |pattern: &str| {
        if of_groups {
            let fits = person.groups.iter().any(|(_, name)| fits(pattern, name));
            return if fits { Truth::Yes } else { Truth::No };
        }
        let (user, address) = pattern.rsplit_once('@').unwrap_or((pattern, "*"));
        match (fits(user, &person.account.name), address) {
            (false, _) => Truth::No,
            (true, "*") => Truth::Yes,
            (true, _) => Truth::Maybe,
        }
    };
    line.value.split_whitespace().map(one).max().unwrap_or(Truth::No)
}

/// sshd knows `*` and `?` only; a bracket, and a `!` in these lists, is itself.
fn fits(pattern: &str, name: &str) -> bool {
    path_matches(&pattern.replace('[', "\\["), name)
}
