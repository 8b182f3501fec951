//! Whether an account has a key that sshd takes: the files of `AuthorizedKeysFile`, their modes, their lines.

mod line;

use super::sshd::Values;
use super::{Person, Proof, Why};
use line::{Key, Line};
use pasu_checks::host::{FileFacts, FileKind, path_matches};
use pasu_model::Place;
use std::path::Path;

/// The largest file of keys that is read, in bytes.
const MAX_KEYS: u64 = 1 << 20;

/// How many links a path may go through.
const MAX_LINKS: usize = 40;

/// The best key of an account, with its file.
pub(super) fn find(values: &Values<'_>, person: &Person<'_>) -> (Proof, String) {
    let mut best: Option<(Proof, String)> = None;
    let possible = values.possible("authorizedkeysfile");
    // Which of several settings counts is not known: a key has to be in all of them.
    let certain = possible.len() == 1;
    for setting in &possible {
        for word in setting.value.split_whitespace().filter(|word| *word != "none") {
            let Some(path) = expanded(word, person) else { continue };
            let proof = in_file(values, person, &path);
            let proof = match proof {
                Proof::Proven if !certain => Proof::Doubtful(Why::new(
                    "어느 AuthorizedKeysFile이 쓰이는지는 접속하는 주소에 따라 달라집니다.",
                    "Which AuthorizedKeysFile counts depends on the address a login comes from.",
                ).at(Some(setting.place.clone()))),
                proof => proof,
            };
            best = Some(better(best, proof, path));
        }
    }
    let (proof, path) = best.unwrap_or_else(|| {
        (
            Proof::Refused(Why::new(
                "AuthorizedKeysFile에 파일이 없어 키를 찾을 곳이 없습니다.",
                "AuthorizedKeysFile names no file to look for keys in.",
            )),
            String::new(),
        )
    });
    match proof {
        Proof::Proven => (revoked(values), path),
        Proof::Refused(why) => (elsewhere(values, why), path),
        doubt @ Proof::Doubtful(_) => (doubt, path),
    }
}

/// What is proven over a doubt over a refusal; of two refusals the one of a file that is there.
fn better(best: Option<(Proof, String)>, proof: Proof, path: String) -> (Proof, String) {
    let rank = |proof: &Proof| match proof {
        Proof::Proven => 3,
        Proof::Doubtful(_) => 2,
        Proof::Refused(why) if why.place.is_some() => 1,
        Proof::Refused(_) => 0,
    };
    match best {
        Some(best) if rank(&best.0) >= rank(&proof) => best,
        _ => (proof, path),
    }
}

/// A list of revoked keys may hold this one.
fn revoked(values: &Values<'_>) -> Proof {
    match values.possible("revokedkeys").iter().find(|list| list.value != "none") {
        None => Proof::Proven,
        Some(list) => Proof::Doubtful(
            Why::new(
                "RevokedKeys 목록에 이 키가 있는지 알 수 없습니다.",
                "Whether RevokedKeys lists this key is not known.",
            )
            .at(Some(list.place.clone())),
        ),
    }
}

/// Keys may also come from a command or from certificates.
fn elsewhere(values: &Values<'_>, why: Why) -> Proof {
    let sources = ["authorizedkeyscommand", "trustedusercakeys"];
    let found = sources.iter().flat_map(|keyword| values.possible(keyword));
    match found.into_iter().find(|found| !found.value.eq_ignore_ascii_case("none")) {
        None => Proof::Refused(why),
        Some(found) => Proof::Doubtful(
            Why::new(
                "키를 명령이나 인증서에서 받으므로 파일만 읽어서는 알 수 없습니다.",
                "Keys come from a command or certificates, which cannot be read from files.",
            )
            .at(Some(found.place)),
        ),
    }
}

/// `%h`, `%u`, `%U` and `%%`; what is not absolute begins in the home directory.
fn expanded(word: &str, person: &Person<'_>) -> Option<String> {
    let home = person.account.home_directory();
    let mut path = String::new();
    let mut characters = word.chars();
    while let Some(character) = characters.next() {
        match character {
            '%' => match characters.next()? {
                'h' => path.push_str(home?),
                'u' => path.push_str(&person.account.name),
                'U' => path.push_str(&person.account.uid.to_string()),
                '%' => path.push('%'),
                _ => return None,
            },
            other => path.push(other),
        }
    }
    if path.starts_with('/') { Some(path) } else { person.account.in_home(&path) }
}

fn in_file(values: &Values<'_>, person: &Person<'_>, path: &str) -> Proof {
    let (real, folders) = match real_path(person, path) {
        Ok(Some(found)) => found,
        Ok(None) => {
            return Proof::Refused(Why::new(
                format!("키 파일 {path}이 없습니다."),
                format!("There is no key file {path}."),
            ));
        }
        Err(proof) => return proof,
    };
    readable(person, &real, &folders)
        .and(|| strict(values, person, &real, &folders))
        .and(|| lines(values, person, &real.path))
}

/// The file at a path without links, and the folders above it, the nearest first.
fn real_path(
    person: &Person<'_>,
    path: &str,
) -> Result<Option<(FileFacts, Vec<FileFacts>)>, Proof> {
    let Some(mut passed) = walked(person, path)? else { return Ok(None) };
    let file = passed.pop().filter(|facts| facts.kind == FileKind::File);
    passed.reverse();
    Ok(file.map(|file| (file, passed)))
}

/// Everything that a path without links goes through, from the root to what it names.
fn walked(person: &Person<'_>, path: &str) -> Result<Option<Vec<FileFacts>>, Proof> {
    let host = person.host;
    let mut rest: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
    let root = host.file("/").map_err(|cause| Proof::unread(&cause))?;
    let mut passed: Vec<FileFacts> = root.into_iter().collect();
    let mut links = 0;
    while let Some(part) = rest.pop() {
        match part.as_str() {
            "" | "." => continue,
            ".." => {
                passed.truncate(passed.len().saturating_sub(1).max(1));
                continue;
            }
            _ => {}
        }
        let above = passed.last().map_or("", |facts| facts.path.trim_end_matches('/'));
        let at = format!("{above}/{part}");
        let Some(facts) = host.file(&at).map_err(|cause| Proof::unread(&cause))? else {
            return Ok(None);
        };
        if facts.kind != FileKind::Symlink {
            passed.push(facts);
            continue;
        }
        links += 1;
        let target = host.system().read_link(Path::new(&at));
        let target = target.map(|target| target.to_string_lossy().into_owned());
        let (Ok(target), true) = (target, links <= MAX_LINKS) else { return Ok(None) };
        if target.starts_with('/') {
            passed.truncate(1);
        }
        rest.extend(target.split('/').rev().map(str::to_owned));
    }
    Ok(Some(passed))
}

/// sshd reads keys with the rights of the account.
fn readable(person: &Person<'_>, file: &FileFacts, folders: &[FileFacts]) -> Proof {
    let closed = folders.iter().find(|folder| !person.may(folder, 1));
    let closed = closed.or(Some(file).filter(|file| !person.may(file, 4)));
    match closed {
        None => Proof::Proven,
        Some(facts) => Proof::Refused(
            Why::new(
                format!(
                    "{} 계정이 키를 읽을 수 없습니다: {} (권한 {}).",
                    person.account.name,
                    facts.path,
                    facts.octal()
                ),
                format!(
                    "{} may not read its keys: {} (mode {}).",
                    person.account.name,
                    facts.path,
                    facts.octal()
                ),
            )
            .in_file(&facts.path),
        ),
    }
}

/// `StrictModes`: the file and the folders above it, up to the home directory, are the account's own or root's, and
/// nobody else may write to them.
fn strict(
    values: &Values<'_>,
    person: &Person<'_>,
    file: &FileFacts,
    folders: &[FileFacts],
) -> Proof {
    if values.possible("strictmodes").iter().all(|found| found.value.eq_ignore_ascii_case("no")) {
        return Proof::Proven;
    }
    let home = person.account.home_directory().unwrap_or("/");
    let home = match walked(person, home) {
        Ok(passed) => passed.and_then(|mut passed| passed.pop()).map(|facts| facts.path),
        Err(proof) => return proof,
    };
    for facts in std::iter::once(file).chain(folders) {
        let is_own = facts.uid == 0 || facts.uid == person.account.uid;
        if !is_own || facts.mode & 0o022 != 0 {
            return Proof::Refused(Why::new(
                format!("StrictModes: {}의 소유자나 권한({})이 느슨해 sshd가 키를 쓰지 않습니다.", facts.path, facts.octal()),
                format!("StrictModes: owner or mode ({}) of {} is lax, so sshd does not take the keys.", facts.octal(), facts.path),
            ).in_file(&facts.path));
        }
        if home.as_deref() == Some(facts.path.as_str()) {
            break;
        }
    }
    Proof::Proven
}

/// At least one line whose key gives a session.
fn lines(values: &Values<'_>, person: &Person<'_>, path: &str) -> Proof {
    let file = match person.host.text_of(path, MAX_KEYS) {
        Ok(Some(file)) => file,
        Ok(None) => return Proof::Refused(no_key(path)),
        Err(cause) => return Proof::unread(&cause),
    };
    let mut best = Proof::Refused(no_key(path));
    for (number, line) in file.settings() {
        let place = Some(Place::File { path: path.to_owned(), line: Some(number) });
        let proof = match Line::parse(line) {
            Line::Free(key) => taken(values, &key).and(|| Proof::Proven),
            Line::From(key) => taken(values, &key).and(|| {
                Proof::Doubtful(
                    Why::new(
                        "이 키는 from=에 적힌 주소에서만 쓸 수 있습니다.",
                        "This key is taken only from the addresses of from=.",
                    )
                    .at(place.clone()),
                )
            }),
            Line::Authority => Proof::Doubtful(
                Why::new(
                    "이 줄은 인증 기관의 키라, 인증서를 누가 가졌는지 알 수 없습니다.",
                    "This line is the key of an authority; who holds certificates is not known.",
                )
                .at(place),
            ),
            Line::Bound(option) => Proof::Refused(
                Why::new(
                    format!("이 키는 {option} 옵션 때문에 자유로운 셸을 주지 않습니다."),
                    format!("The option {option} keeps this key from giving a free shell."),
                )
                .at(place),
            ),
            Line::Invalid => continue,
        };
        best = match best {
            Proof::Refused(_) => proof,
            best => best.or(|| proof),
        };
    }
    best
}

fn no_key(path: &str) -> Why {
    Why::new(
        format!("{path}에 쓸 수 있는 키가 없습니다."),
        format!("{path} holds no key that can be used."),
    )
    .in_file(path)
}

/// `PubkeyAcceptedAlgorithms` and `RequiredRSASize`.
fn taken(values: &Values<'_>, key: &Key) -> Proof {
    let algorithms = values.possible("pubkeyacceptedalgorithms");
    let kinds = key.algorithms();
    let list = Proof::all_of(algorithms.iter().map(|found| {
        let (removes, list) = match found.value.chars().next() {
            Some('+' | '^') => return Proof::Proven,
            Some('-') => (true, &found.value[1..]),
            _ => (false, found.value.as_str()),
        };
        let fits = |kind: &&str| list.split(',').any(|pattern| path_matches(pattern, kind));
        let lets = kinds.iter().any(|kind| fits(kind) != removes);
        Proof::of(lets, || {
            Why::new(
                format!("PubkeyAcceptedAlgorithms가 {} 키를 받지 않습니다.", key.kind),
                format!("PubkeyAcceptedAlgorithms does not take keys of {}.", key.kind),
            )
            .at(Some(found.place.clone()))
        })
    }));
    list.and(|| {
        let Some(bits) = key.bits else { return Proof::Proven };
        values
            .every("requiredrsasize", |least| least.parse().is_ok_and(|least: usize| bits >= least))
    })
}
