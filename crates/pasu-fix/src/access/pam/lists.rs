//! Modules of PAM that go by lists: pam_succeed_if, pam_access, pam_listfile, and the settings of pam_faillock.

use super::modules::{no, unknown, yes};
use super::{Asked, Door, Said};
use crate::access::Why;
use pasu_checks::Host;
use pasu_checks::host::pam::PamEntry;
use pasu_checks::host::path_matches;
use pasu_checks::host::sshd::Truth;

/// pam_succeed_if(8): `uid >= 1000`, `user ingroup wheel`; all conditions must hold.
pub(super) fn succeed_if(asked: &Asked<'_>, entry: &PamEntry) -> Said {
    let flags = ["use_uid", "quiet", "quiet_fail", "quiet_success", "debug", "audit"];
    let words: Vec<&str> = entry
        .arguments
        .iter()
        .flat_map(|argument| argument.split_whitespace())
        .filter(|word| !flags.contains(word))
        .collect();
    let who = if entry.has("use_uid") { asked.caller } else { asked.who };
    let mut truth = Truth::Yes;
    for condition in words.chunks(3) {
        let [field, operator, value] = condition else { return unknown(entry) };
        let account = &who.account;
        let is_member = |names: &str| names.split(':').any(|name| who.is_in_group(name));
        let held = match (*operator, *field) {
            ("ingroup", "user") => Some(is_member(value)),
            ("notingroup", "user") => Some(!is_member(value)),
            (_, "user") => text_holds(&account.name, operator, value),
            (_, "shell") => text_holds(&account.shell, operator, value),
            (_, "home") => text_holds(&account.home, operator, value),
            (_, "service") => text_holds(asked.service, operator, value),
            (_, "uid") => number_holds(account.uid, operator, value),
            (_, "gid") => number_holds(account.gid, operator, value),
            _ => None,
        };
        truth = truth.min(match held {
            Some(true) => Truth::Yes,
            Some(false) => Truth::No,
            None => Truth::Maybe,
        });
    }
    match truth {
        Truth::Yes => yes(),
        Truth::Maybe => unknown(entry),
        Truth::No => Said::Is("auth_err", None),
    }
}

fn text_holds(text: &str, operator: &str, value: &str) -> Option<bool> {
    Some(match operator {
        "=" => text == value,
        "!=" => text != value,
        "=~" => path_matches(value, text),
        "!~" => !path_matches(value, text),
        "in" => value.split(':').any(|known| known == text),
        "notin" => !value.split(':').any(|known| known == text),
        _ => return None,
    })
}

fn number_holds(number: u32, operator: &str, value: &str) -> Option<bool> {
    let value: u32 = value.parse().ok()?;
    Some(match operator {
        "eq" | "=" => number == value,
        "ne" | "!=" => number != value,
        "lt" | "<" => number < value,
        "le" | "<=" => number <= value,
        "gt" | ">" => number > value,
        "ge" | ">=" => number >= value,
        _ => return None,
    })
}

/// pam_access(8): the first line of `access.conf` that fits decides, and none lets through.
pub(super) fn access(asked: &Asked<'_>, entry: &PamEntry) -> Said {
    if entry.value("fieldsep").is_some() || entry.value("listsep").is_some() {
        return unknown(entry);
    }
    let host = asked.who.host;
    let own = entry.value("accessfile");
    let mut paths = vec![own.unwrap_or("/etc/security/access.conf").to_owned()];
    if own.is_none() {
        match host.glob("/etc/security/access.d/*.conf") {
            Ok(more) => paths.extend(more),
            Err(cause) => return Said::Unknown(Why::unread(&cause)),
        }
    }
    for path in paths {
        let file = match host.text(&path) {
            Ok(Some(file)) => file,
            Ok(None) => continue,
            Err(cause) => return Said::Unknown(Why::unread(&cause)),
        };
        for (number, line) in file.settings() {
            let mut fields = line.splitn(3, ':').map(str::trim);
            let (Some(sign), Some(users), Some(origins)) =
                (fields.next(), fields.next(), fields.next())
            else {
                continue;
            };
            let fits = users_fit(asked, entry, users).min(origins_fit(asked, origins));
            let why = |ko: &str, en: &str| Why::new(ko, en).in_line(&path, number);
            match (fits, sign) {
                (Truth::No, _) => {}
                (Truth::Yes, "+") => return yes(),
                (Truth::Yes, _) => {
                    return no(
                        "perm_denied",
                        why(
                            "pam_access의 이 줄이 로그인을 막습니다.",
                            "This line of pam_access refuses the login.",
                        ),
                    );
                }
                (Truth::Maybe, _) => {
                    return Said::Unknown(why(
                        "pam_access의 이 줄이 맞는지는 어디서 오는지에 달려 있습니다.",
                        "Whether this line of pam_access applies depends on where the login comes from.",
                    ));
                }
            }
        }
    }
    yes()
}

/// A list of users, as `ALL EXCEPT root (wheel)`.
fn users_fit(asked: &Asked<'_>, entry: &PamEntry, users: &str) -> Truth {
    let words: Vec<&str> = users.split([' ', '\t', ',']).filter(|word| !word.is_empty()).collect();
    let parts: Vec<&[&str]> = words.split(|word| *word == "EXCEPT").collect();
    let fit = |part: &[&str]| part.iter().map(|word| user_fits(asked, entry, word)).max();
    let fits = parts.iter().map(|part| fit(part).unwrap_or(Truth::No));
    // What is excepted of the exceptions belongs to the list again.
    fits.rev()
        .reduce(|excepted, listed| {
            let kept = match excepted {
                Truth::Yes => Truth::No,
                Truth::Maybe => Truth::Maybe,
                Truth::No => Truth::Yes,
            };
            listed.min(kept)
        })
        .unwrap_or(Truth::No)
}

fn user_fits(asked: &Asked<'_>, entry: &PamEntry, word: &str) -> Truth {
    let who = asked.who;
    let group = word.strip_prefix('(').and_then(|word| word.strip_suffix(')'));
    let fits = match (word, group) {
        ("ALL", _) => true,
        (_, Some(group)) => who.is_in_group(group),
        _ if word.contains('@') => return Truth::Maybe,
        _ => word == who.account.name || !entry.has("nodefgroup") && who.is_in_group(word),
    };
    if fits { Truth::Yes } else { Truth::No }
}

fn origins_fit(asked: &Asked<'_>, origins: &str) -> Truth {
    let words: Vec<&str> =
        origins.split([' ', '\t', ',']).filter(|word| !word.is_empty()).collect();
    let is_name = |word: &&str| {
        word.starts_with("tty") || word.starts_with("vc/") || ["cron", "crond"].contains(word)
    };
    match asked.door {
        _ if words == ["ALL"] => Truth::Yes,
        Door::Console if words == ["LOCAL"] => Truth::Yes,
        Door::Ssh if words.iter().all(is_name) => Truth::No,
        _ => Truth::Maybe,
    }
}

/// pam_listfile(8): a file with one name a line.
pub(super) fn listfile(asked: &Asked<'_>, entry: &PamEntry) -> Said {
    let (Some(item), Some(sense), Some(path)) =
        (entry.value("item"), entry.value("sense"), entry.value("file"))
    else {
        return unknown(entry);
    };
    if entry.value("apply").is_some() {
        return unknown(entry);
    }
    let refused = || {
        no(
            "auth_err",
            Why::new(
                "pam_listfile의 목록이 이 계정을 막습니다.",
                "The list of pam_listfile refuses this account.",
            )
            .in_file(path),
        )
    };
    let file = match asked.who.host.text(path) {
        Ok(Some(file)) => file,
        Ok(None) if entry.value("onerr") == Some("succeed") => return yes(),
        Ok(None) => return refused(),
        Err(cause) => return Said::Unknown(Why::unread(&cause)),
    };
    let account = &asked.who.account;
    let holds = |line: &str| match item {
        "user" => Some(line == account.name),
        "group" => Some(asked.who.is_in_group(line)),
        "shell" => Some(line == account.shell),
        _ => None,
    };
    let mut listed = false;
    for line in file.lines.iter().map(|line| line.trim()) {
        match holds(line) {
            Some(found) => listed |= found,
            None => return unknown(entry),
        }
    }
    if listed == (sense == "allow") { yes() } else { refused() }
}

/// A setting of pam_faillock: an argument of the line, else in `faillock.conf`. A bare word is an empty value.
pub(super) fn faillock_setting(host: &Host, entry: &PamEntry, name: &str) -> Option<String> {
    if let Some(value) = entry.value(name) {
        return Some(value.to_owned());
    }
    if entry.has(name) {
        return Some(String::new());
    }
    let path = entry.value("conf").unwrap_or("/etc/security/faillock.conf");
    let file = host.text(path).ok().flatten()?;

    file.settings().find_map(|(_, line)| {
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        (key.trim() == name).then(|| value.trim().to_owned())
    })
}

/// One failure as pam_faillock writes it down: 52 bytes of where from, two of nothing, two of state, eight of time.
const RECORD: usize = 64;

/// The bit of its state that says that it counts.
const COUNTS: u16 = 1;

/// The largest file of failures that is read, in bytes.
const MAX_FAILURES: u64 = 1 << 20;

/// Whether so many failures are written down that the account is shut at this moment.
pub(super) fn faillock_lock(asked: &Asked<'_>, entry: &PamEntry) -> Option<Why> {
    let host = asked.who.host;
    let name = &asked.who.account.name;
    let set = |name: &str| faillock_setting(host, entry, name);
    let folder = set("dir").unwrap_or_else(|| "/var/run/faillock".to_owned());
    let path = format!("{folder}/{name}");
    let bytes = match host.bytes(&path, MAX_FAILURES) {
        Ok(bytes) => bytes?,
        Err(cause) => return Some(Why::unread(&cause)),
    };
    let number = |key: &str, usual| set(key).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let since = host.now().saturating_sub(number("unlock_time", 600_i64));
    let counts = |record: &&[u8]| {
        let state = record.get(54..56).and_then(|bytes| bytes.try_into().ok());
        let time = record.get(56..64).and_then(|bytes| bytes.try_into().ok());
        let is_counted = state.is_some_and(|state| u16::from_ne_bytes(state) & COUNTS != 0);
        is_counted && time.is_some_and(|time| i64::from_ne_bytes(time) > since)
    };
    let failures = bytes.chunks_exact(RECORD).filter(counts).count();
    let is_locked = failures >= number("deny", 3).try_into().unwrap_or(usize::MAX);
    is_locked.then(|| {
        Why::new(
            format!("{name} 계정은 비밀번호를 여러 번 틀려 지금 pam_faillock에 잠겨 있습니다."),
            format!("{name} is shut out by pam_faillock at this moment, after wrong passwords."),
        )
        .in_file(&path)
    })
}
