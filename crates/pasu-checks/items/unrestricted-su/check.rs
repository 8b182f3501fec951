//! Whether `su` is for the members of a group only: by PAM, or by the mode of the program.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::accounts::Account;
use crate::host::pam::{ORDINARY, PamStack, Phase, Subject};
use crate::host::{FileFacts, Host};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// Where `su` lies.
const PROGRAMS: [&str; 2] = ["/usr/bin/su", "/bin/su"];

/// Modules that may restrict `su` by lists of their own, which are not read here.
const LISTS: [&str; 3] = ["pam_listfile", "pam_access", "pam_exec"];

/// Who may use `su`, and whether there is anybody.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    program: Option<FileFacts>,
    /// The name of an account other than root that can hold a session.
    ordinary: Option<String>,
    /// Why there may be accounts that were not seen.
    unseen_accounts: Vec<Cause>,
    more_accounts: bool,
    services: Vec<Service>,
    more_groups: bool,
    /// Groups that may be chosen.
    groups: Vec<Chosen>,
    /// Whether sudo makes some account that can log in root.
    has_sudo: bool,
}

/// A group whose members could use `su`.
#[derive(Debug, Serialize, Deserialize)]
struct Chosen {
    name: String,
    /// Whether one who can log in is in it.
    has_member: bool,
}

/// What PAM says to `su` or `su -`.
#[derive(Debug, Serialize, Deserialize)]
struct Service {
    name: String,
    path: String,
    outsider: Fate,
    wheel: Option<Wheel>,
}

/// What becomes of a user outside the group who knows the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Fate {
    /// Let in.
    Admitted,
    /// Kept out.
    Refused,
    /// Kept out like everybody but root.
    AllRefused,
    /// Depends on the list of a module.
    ByList,
}

/// The first line of `pam_wheel` or of a condition on a group.
#[derive(Debug, Serialize, Deserialize)]
struct Wheel {
    place: Place,
    text: String,
    /// Whose members may use `su`, if a name is given or found.
    group: Option<String>,
    exists: bool,
    members: usize,
    by_login_name: bool,
    root_only: bool,
}

pub fn collect(host: &Host, params: &Params) -> Result<Facts, Cause> {
    let mut program = None;
    for path in PROGRAMS {
        program = match program {
            None => host.file_followed(path)?,
            found => found,
        };
    }
    let accounts = host.accounts()?;
    let ordinary =
        accounts.entries.iter().find(|account| account.uid != 0 && account.is_interactive());
    let mut services = Vec::new();
    for name in ["su", "su-l"] {
        services.extend(service(host, name)?);
    }
    Ok(Facts {
        program,
        ordinary: ordinary.map(|account| account.name.clone()),
        unseen_accounts: accounts.damage(),
        more_accounts: host.accounts_elsewhere()?.is_any(),
        services,
        more_groups: host.groups_elsewhere()?.is_any(),
        groups: groups(host, params.text("group"))?,
        has_sudo: has_sudo(host),
    })
}

/// The usual groups and the one that is wanted, where they are there.
fn groups(host: &Host, wanted: &str) -> Result<Vec<Chosen>, Cause> {
    let (groups, accounts) = (host.groups()?, host.accounts()?);
    let is_wanted = |name: &str| name == wanted || fix::USUAL_GROUPS.contains(&name);
    let found = groups.entries.iter().filter(|group| is_wanted(&group.name));
    let of = |group: &crate::host::accounts::Group| {
        let has =
            |account: &&Account| account.gid == group.gid || group.members.contains(&account.name);
        let people = accounts.entries.iter().filter(|account| can_log_in(account));
        Chosen { name: group.name.clone(), has_member: people.into_iter().any(|one| has(&one)) }
    };
    Ok(found.map(of).collect())
}

fn can_log_in(account: &Account) -> bool {
    account.uid != 0 && account.is_interactive()
}

/// Whether a rule lets an account that can log in run everything. What cannot be read is no other way.
fn has_sudo(host: &Host) -> bool {
    let (Ok(sudoers), Ok(accounts), Ok(groups)) = (host.sudoers(), host.accounts(), host.groups())
    else {
        return false;
    };
    let is_in = |account: &Account, name: &str| {
        groups
            .named(name)
            .is_some_and(|group| account.gid == group.gid || group.members.contains(&account.name))
    };
    let covers = |who: &str, account: &Account| match who.strip_prefix('%') {
        Some(group) => is_in(account, group),
        None => who == account.name || who == "ALL",
    };
    let rules = sudoers.rules.iter().filter(|rule| rule.all_commands);
    let people: Vec<&Account> =
        accounts.entries.iter().filter(|account| can_log_in(account)).collect();
    rules.flat_map(|rule| &rule.who).any(|who| people.iter().any(|one| covers(who, one)))
}

fn service(host: &Host, name: &str) -> Result<Option<Service>, Cause> {
    let Some(auth) = host.pam(name, Phase::Auth)? else { return Ok(None) };
    let Some(account) = host.pam(name, Phase::Account)? else { return Ok(None) };
    let admits_of = |stack: &PamStack, in_group: bool, lists_refuse: bool, foreign: bool| {
        let subject = Subject { target: 0, caller: ORDINARY, in_group, foreign };
        let is_list = |entry: &crate::host::pam::PamEntry| LISTS.iter().any(|list| entry.is(list));
        let answer = |entry: &crate::host::pam::PamEntry| {
            if lists_refuse && is_list(entry) { "auth_err" } else { entry.usual_answer(subject) }
        };
        stack.run(answer).success
    };
    // The password may be one of these files or of a directory.
    let admits = |stack: &PamStack, in_group, lists_refuse| {
        [false, true].iter().any(|foreign| admits_of(stack, in_group, lists_refuse, *foreign))
    };
    // A stack without a single line of the phase decides nothing of its own.
    let both = |in_group, lists_refuse| {
        admits(&auth, in_group, lists_refuse)
            && (account.entries.is_empty() || admits(&account, in_group, lists_refuse))
    };
    let outsider = match () {
        () if both(false, false) && both(false, true) => Fate::Admitted,
        () if both(false, false) => Fate::ByList,
        () if both(true, false) => Fate::Refused,
        () => Fate::AllRefused,
    };
    let wheel = match wheel(host, &auth)? {
        Some(wheel) => Some(wheel),
        None => wheel(host, &account)?,
    };
    Ok(Some(Service { name: name.to_owned(), path: auth.path, outsider, wheel }))
}

fn wheel(host: &Host, stack: &PamStack) -> Result<Option<Wheel>, Cause> {
    let by_condition =
        |entry: &&crate::host::pam::PamEntry| entry.is("pam_succeed_if") && entry.has("ingroup");
    let entry = stack.modules("pam_wheel").next();
    let Some(entry) = entry.or_else(|| stack.entries.iter().find(by_condition)) else {
        return Ok(None);
    };
    let groups = host.groups()?;
    let named = match entry.is("pam_wheel") {
        true => entry.value("group"),
        false => entry.arguments.iter().skip_while(|word| *word != "ingroup").nth(1).map(|w| &**w),
    };
    // Without a name it is wheel, and where there is no wheel the group with number 0.
    let group = match named {
        Some(name) => groups.named(name),
        None => groups.named("wheel").or_else(|| groups.of_gid(0)),
    };
    let primary = |gid: u32| {
        host.accounts().map_or(0, |accounts| {
            accounts.entries.iter().filter(|account| account.gid == gid && account.uid != 0).count()
        })
    };
    Ok(Some(Wheel {
        place: entry.place.clone(),
        text: entry.text.clone(),
        group: group.map(|group| group.name.clone()).or_else(|| named.map(str::to_owned)),
        exists: group.is_some(),
        members: group.map_or(0, |group| group.members.len() + primary(group.gid)),
        by_login_name: entry.is("pam_wheel") && !entry.has("use_uid"),
        root_only: entry.has("root_only"),
    }))
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    let Some(program) = &facts.program else {
        judgement.good(reason("su-absent"));
        return judgement;
    };
    if facts.ordinary.is_none() && !facts.more_accounts && facts.unseen_accounts.is_empty() {
        judgement.good(reason("no-ordinary-account").file("/etc/passwd"));
        return judgement;
    }
    if by_mode(program, &mut judgement) {
        return judgement;
    }
    if facts.services.is_empty() {
        judgement.bad(reason("no-pam-restriction").arg("service", "su").file(&program.path));
    }
    for service in &facts.services {
        by_pam(service, facts, &mut judgement);
    }
    judgement
}

/// Whether the mode of the program alone keeps others from it.
fn by_mode(program: &FileFacts, judgement: &mut Judgement) -> bool {
    let said =
        |key| reason(key).arg("mode", program.octal()).arg("gid", program.gid).file(&program.path);
    if program.mode & 0o4000 == 0 {
        judgement.good(said("su-without-setuid"));
        return true;
    }
    if program.uid != 0 || program.bits_beyond(0o4750) != 0 {
        return false;
    }
    let mut grants = program.acl.iter().filter(|grant| grant.permissions & 1 != 0).peekable();
    if grants.peek().is_some() {
        // Somebody outside the group runs it; PAM may still refuse.
        grants.for_each(|grant| {
            judgement.warn(reason("su-acl").arg("who", &grant.who).file(&program.path));
        });
        return false;
    }
    judgement.good(said("su-mode-restricted"));
    true
}

fn by_pam(service: &Service, facts: &Facts, judgement: &mut Judgement) {
    let wheel = service.wheel.as_ref();
    let place = wheel.map(|wheel| wheel.place.clone());
    let file = Some(Place::File { path: service.path.clone(), line: None });
    let say = |key: &'static str| {
        let said = reason(key).arg("service", &service.name).at(place.clone().or(file.clone()));
        match wheel {
            Some(wheel) => said.excerpt(&wheel.text),
            None => said,
        }
    };
    match service.outsider {
        Fate::Admitted if wheel.is_some() => judgement.bad(say("wheel-without-effect")),
        Fate::Admitted => judgement.bad(say("no-pam-restriction")),
        Fate::ByList => judgement.ask(say("restricted-by-list")),
        Fate::AllRefused => judgement.good(say("su-refused-to-all")),
        Fate::Refused => restricted(service, facts, judgement),
    }
}

fn restricted(service: &Service, facts: &Facts, judgement: &mut Judgement) {
    let Some(wheel) = &service.wheel else {
        let place = Place::File { path: service.path.clone(), line: None };
        judgement.ask(reason("restricted-by-list").arg("service", &service.name).at(place));
        return;
    };
    let group = wheel.group.as_deref().unwrap_or("wheel");
    let say = |key| {
        reason(key)
            .arg("service", &service.name)
            .arg("group", group)
            .at(wheel.place.clone())
            .excerpt(&wheel.text)
    };
    if !wheel.exists && facts.more_groups {
        let detail = format!("group {group}");
        let mut cause = Cause::new(crate::CauseKind::Elsewhere, detail);
        cause.place = Some(wheel.place.clone());
        judgement.unseen(&cause);
        return;
    }
    if !wheel.exists {
        judgement.bad(say("group-missing"));
        return;
    }
    judgement.good(say("restricted-to-group").arg("members", wheel.members));
    if wheel.by_login_name {
        judgement.warn(say("by-login-name"));
    }
    if wheel.root_only {
        judgement.warn(say("only-to-root"));
    }
}
