//! Files by which rlogin, rsh and rexec let other hosts in without a password.

mod fix;

pub use fix::plan;

use crate::capped::Capped;
use crate::cause::Cause;
use crate::host::accounts::Accounts;
use crate::host::name_sources::Elsewhere;
use crate::host::pam::Phase;
use crate::host::services::ServiceState;
use crate::host::{FileFacts, FileKind, Host};
use crate::judgement::{Judgement, reason};
use crate::kinds::service;
use crate::params::Params;
use pasu_model::{Place, Weight};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// The services that obey the files.
const SERVICES: [&str; 3] = ["rlogin", "rsh", "rexec"];

/// The services whose PAM settings may take `.rhosts`.
const PAM_SERVICES: [&str; 6] = ["rlogin", "rsh", "rexec", "login", "sshd", "su"];

/// The largest file of trust that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// How many lines of one file are kept.
const MAX_LINES: usize = 20;

/// What is in use and what is trusted.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    services: Vec<(String, ServiceState)>,
    /// Files that break the item where a service is in use.
    unsafe_files: Capped<TrustFile>,
    safe_files: Capped<TrustFile>,
    unseen: Capped<Cause>,
    damaged: Vec<Cause>,
    elsewhere: Elsewhere,
    hostbased: Result<Option<Place>, Cause>,
    ssh_files: Capped<String>,
    pam: Result<Vec<(String, Place)>, Cause>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct TrustFile {
    /// Where it was looked for; a link may lead elsewhere.
    name: String,
    is_link: bool,
    file: FileFacts,
    owner: String,
    /// Who may own it besides root.
    account: String,
    foreign: bool,
    /// Lines with `+` for every host or user.
    plus: Vec<(u32, String)>,
    /// Lines with `+@netgroup` and the like.
    netgroups: Vec<(u32, String)>,
}

impl TrustFile {
    fn is_safe(&self) -> bool {
        !self.foreign
            && self.file.bits_beyond(0o600) == 0
            && !self.file.acl.iter().any(|grant| grant.permissions != 0)
            && self.plus.is_empty()
    }
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let accounts = host.accounts()?;
    let states = SERVICES.iter().map(|name| Ok(((*name).to_owned(), host.service(name)?)));
    let mut facts = Facts {
        services: states.collect::<Result<_, Cause>>()?,
        unsafe_files: Capped::default(),
        safe_files: Capped::default(),
        unseen: Capped::default(),
        damaged: accounts.damage(),
        elsewhere: host.accounts_elsewhere()?,
        hostbased: hostbased(host),
        ssh_files: Capped::default(),
        pam: pam_rhosts(host),
    };
    look(host, &accounts, "/etc/hosts.equiv", ("root", 0), &mut facts);
    for path in ["/etc/shosts.equiv", "/etc/ssh/shosts.equiv"] {
        look_for_ssh(host, path.to_owned(), &mut facts);
    }
    let mut seen: HashSet<(&str, u32)> = HashSet::new();
    for account in &accounts.entries {
        let Some(home) = account.home_directory() else { continue };
        if !seen.insert((home, account.uid)) {
            continue;
        }
        if let Some(path) = account.in_home(".rhosts") {
            look(host, &accounts, &path, (&account.name, account.uid), &mut facts);
        }
        if let Some(path) = account.in_home(".shosts") {
            look_for_ssh(host, path, &mut facts);
        }
    }
    Ok(facts)
}

fn look(host: &Host, accounts: &Accounts, path: &str, owner: (&str, u32), facts: &mut Facts) {
    match trust_file(host, accounts, path, owner) {
        Ok(Some(file)) if file.is_safe() => facts.safe_files.push(file),
        Ok(Some(file)) => facts.unsafe_files.push(file),
        Ok(None) => {}
        Err(cause) => facts.unseen.push(cause),
    }
}

fn look_for_ssh(host: &Host, path: String, facts: &mut Facts) {
    // What cannot be seen here only adds to the evidence, and the same directory is named for `.rhosts`.
    if let Ok(Some(_)) = host.file(&path) {
        facts.ssh_files.push(path);
    }
}

fn trust_file(
    host: &Host,
    accounts: &Accounts,
    path: &str,
    (name, uid): (&str, u32),
) -> Result<Option<TrustFile>, Cause> {
    let Some(file) = host.file_followed(path)? else { return Ok(None) };
    // A directory of that name is the old trick to keep the file from being made.
    if file.kind == FileKind::Directory || file.path == "/dev/null" {
        return Ok(None);
    }
    let Some(text) = host.text_of(path, MAX_FILE)? else { return Ok(None) };
    let own = host.file(path)?;
    let mut trust = TrustFile {
        name: path.to_owned(),
        is_link: own.is_some_and(|own| own.kind == FileKind::Symlink),
        owner: accounts.name_of(file.uid),
        foreign: file.uid != 0 && file.uid != uid,
        file,
        account: name.to_owned(),
        plus: Vec::new(),
        netgroups: Vec::new(),
    };
    for (number, line) in text.numbered() {
        let list = match trusted(line) {
            Trusted::Everybody => &mut trust.plus,
            Trusted::Many => &mut trust.netgroups,
            Trusted::Named => continue,
        };
        if list.len() < MAX_LINES {
            list.push((number, line.to_owned()));
        }
    }
    Ok(Some(trust))
}

enum Trusted {
    Everybody,
    Many,
    Named,
}

/// `host user`, with `+` for every host or every user, `+@group` for a netgroup, and `-` before what is refused. The C
/// library ends a line at the first `#`.
fn trusted(line: &str) -> Trusted {
    let line = line.split('#').next().unwrap_or_default();
    let mut words = line.split_whitespace().take(2);
    let first = words.next().unwrap_or_default();
    let second = words.next().unwrap_or_default();
    if first.starts_with('-') {
        return Trusted::Named;
    }
    match (first, second) {
        ("+", _) | (_, "+") => Trusted::Everybody,
        _ if first.starts_with('+') || second.starts_with('+') => Trusted::Many,
        _ => Trusted::Named,
    }
}

fn hostbased(host: &Host) -> Result<Option<Place>, Cause> {
    let Some(config) = host.sshd("root")? else { return Ok(None) };
    let value = config.value("HostbasedAuthentication");
    Ok(value.filter(|value| value.value.eq_ignore_ascii_case("yes")).map(|value| value.place))
}

/// `auth sufficient pam_rhosts.so`.
fn pam_rhosts(host: &Host) -> Result<Vec<(String, Place)>, Cause> {
    let mut found = Vec::new();
    for service in PAM_SERVICES {
        let Some(stack) = host.pam(service, Phase::Auth)? else { continue };
        for module in ["pam_rhosts", "pam_rhosts_auth"] {
            found.extend(
                stack.modules(module).map(|entry| (service.to_owned(), entry.place.clone())),
            );
        }
    }
    Ok(found)
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    let is_used = facts.services.iter().any(|(_, state)| state.is_used());
    if is_used {
        judge_files(facts, &mut judgement);
    }
    for (name, state) in &facts.services {
        service::tell(&mut judgement, name, state, Weight::Note);
    }
    if !is_used {
        tell_leftovers(facts, &mut judgement);
    }
    tell_relatives(facts, &mut judgement);
    judgement
}

/// The files where a service obeys them.
fn judge_files(facts: &Facts, judgement: &mut Judgement) {
    for trust in &facts.unsafe_files.kept {
        judge_file(trust, judgement);
    }
    facts.unsafe_files.tell_rest(judgement);
    for trust in &facts.safe_files.kept {
        let file = &trust.file;
        judgement.good(
            reason("file-good")
                .arg("owner", &trust.owner)
                .arg("mode", file.octal())
                .file(&file.path),
        );
        tell_netgroups(trust, judgement);
    }
    facts.safe_files.tell_rest(judgement);
    if facts.unsafe_files.is_empty() && facts.safe_files.is_empty() {
        judgement.good(reason("no-files"));
    }
    for cause in facts.unseen.kept.iter().chain(&facts.damaged) {
        judgement.unseen(cause);
    }
    facts.unseen.tell_rest(judgement);
    facts.elsewhere.tell(judgement);
}

fn judge_file(trust: &TrustFile, judgement: &mut Judgement) {
    let path = &trust.file.path;
    if trust.foreign {
        let allowed = match trust.account.as_str() {
            "root" => "root".to_owned(),
            account => format!("root, {account}"),
        };
        judgement
            .bad(reason("owner").arg("owner", &trust.owner).arg("allowed", allowed).file(path));
    }
    if trust.file.bits_beyond(0o600) != 0 {
        judgement.bad(reason("mode").arg("mode", trust.file.octal()).file(path));
    }
    for grant in trust.file.acl.iter().filter(|grant| grant.permissions != 0) {
        judgement.bad(reason("acl").arg("who", &grant.who).file(path));
    }
    for (line, text) in &trust.plus {
        judgement.bad(reason("plus").line(path, *line).excerpt(text));
    }
    tell_netgroups(trust, judgement);
}

fn tell_netgroups(trust: &TrustFile, judgement: &mut Judgement) {
    for (line, text) in &trust.netgroups {
        judgement.warn(reason("netgroup").line(&trust.file.path, *line).excerpt(text));
    }
}

/// The files where nothing obeys them.
fn tell_leftovers(facts: &Facts, judgement: &mut Judgement) {
    for trust in facts.unsafe_files.kept.iter().chain(&facts.safe_files.kept) {
        let path = &trust.file.path;
        match trust.plus.first() {
            Some((line, text)) => {
                judgement.warn(reason("leftover-plus").line(path, *line).excerpt(text));
            }
            None => judgement.warn(reason("leftover").file(path)),
        }
    }
    facts.unsafe_files.tell_rest(judgement);
    facts.safe_files.tell_rest(judgement);
}

/// Other ways by which the same files, or their like, let somebody in.
fn tell_relatives(facts: &Facts, judgement: &mut Judgement) {
    match &facts.hostbased {
        Ok(Some(place)) => judgement.warn(reason("hostbased").at(place.clone())),
        Ok(None) => {}
        Err(cause) => judgement.warn_unseen(cause),
    }
    for path in &facts.ssh_files.kept {
        judgement.warn(reason("ssh-trust").file(path));
    }
    facts.ssh_files.tell_rest(judgement);
    match &facts.pam {
        Ok(found) => {
            for (service, place) in found {
                judgement.warn(reason("pam-rhosts").arg("service", service).at(place.clone()));
            }
        }
        Err(cause) => judgement.warn_unseen(cause),
    }
}
