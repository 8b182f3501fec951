//! Becoming root by sudo(8): the rules that fit, the defaults, the setuid bit, the password and PAM.

use super::pam::{self, Asked, Door};
use super::proof::setuid_program;
use super::sudo_rule::{Grant, grants};
use super::{Person, Proof, Why};
use pasu_checks::Host;
use pasu_checks::host::path_matches;
use pasu_checks::host::sshd::Truth;
use pasu_checks::host::sudoers::{SudoRule, Sudoers};
use pasu_model::Place;

/// What is as good as every command: a shell of root's.
const SHELLS: [&str; 6] =
    ["/bin/bash", "/bin/sh", "/usr/bin/bash", "/usr/bin/sh", "/bin/su", "/usr/bin/su"];

/// How deep aliases may name each other.
const MAX_DEPTH: u32 = 8;

/// What the rules say of one command: the rule, and whether it asks for a password; or that it is refused.
#[derive(Debug, Clone)]
struct Word {
    rule: Place,
    gives: bool,
    asks: bool,
}

/// The rule, whether it asks for no password, and whether it makes root of the account.
pub(super) fn becomes_root(person: &Person<'_>, root: Option<&Person<'_>>) -> (Place, bool, Proof) {
    let main = Place::File { path: "/etc/sudoers".to_owned(), line: None };
    let sudoers = match person.host.sudoers() {
        Ok(sudoers) => sudoers,
        Err(cause) => return (main, false, Proof::unread(&cause)),
    };
    let reader = Reader { sudoers: &sudoers, person };
    let settings = reader.settings();
    let (word, proof) = reader.best(&settings);
    let Some(word) = word else { return (main, false, proof) };
    let passwordless = !word.asks;
    let proof = proof
        .and(|| {
            setuid_program(
                person.host,
                "sudo",
                &["/usr/bin/sudo", "/usr/local/bin/sudo"],
                &person.gids(),
            )
        })
        .and(|| password(person, root, &settings, word.asks));
    (word.rule, passwordless, proof)
}

/// The password that is asked, and what PAM says.
fn password(
    person: &Person<'_>,
    root: Option<&Person<'_>>,
    settings: &Settings,
    asks: bool,
) -> Proof {
    let who = match (settings.asks_root, root) {
        (false, _) => person,
        (true, Some(root)) => root,
        (true, None) => return Proof::Refused(nobody()),
    };
    let service = settings.service.as_deref().unwrap_or("sudo");
    let asked = Asked { service, who, caller: person, door: Door::Terminal };
    if asks {
        return who.has_password(true).and(|| asked.by_password());
    }
    if pam::is_there(person.host) { asked.admitted(true) } else { Proof::Proven }
}

fn nobody() -> Why {
    Why::new("root 계정이 없습니다.", "There is no account root.").in_file("/etc/passwd")
}

/// What `Defaults` say to one account.
#[derive(Debug, Default)]
struct Settings {
    /// Nobody is asked for a password.
    trusts: bool,
    /// Root's password is asked.
    asks_root: bool,
    /// PAM's service.
    service: Option<String>,
    /// As whom without parentheses, where that is not root.
    other_runas: bool,
}

struct Reader<'a> {
    sudoers: &'a Sudoers,
    person: &'a Person<'a>,
}

impl Reader<'_> {
    fn settings(&self) -> Settings {
        let mut found = Settings::default();
        for default in &self.sudoers.defaults {
            let applies = match default.scope.split_at_checked(1) {
                None => true,
                Some((":", list)) => self.user_list(&words(list), 0) == Truth::Yes,
                Some(("@", list)) => self.host_list(&words(list), 0) == Truth::Yes,
                Some((">", list)) => self.runas_list(&words(list), 0) == Truth::Yes,
                Some(_) => false,
            };
            for setting in default.settings.iter().filter(|_| applies) {
                let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
                let value = value.trim().trim_matches('"');
                match name.trim() {
                    "!authenticate" => found.trusts = true,
                    "authenticate" => found.trusts = false,
                    "rootpw" | "targetpw" | "runaspw" => found.asks_root = true,
                    "!rootpw" | "!targetpw" | "!runaspw" => found.asks_root = false,
                    "runas_default" => found.other_runas = value != "root",
                    "pam_service" => found.service = Some(value.to_owned()),
                    _ => {}
                }
            }
        }
        found
    }

    /// The best that the rules say of any shell.
    fn best(&self, settings: &Settings) -> (Option<Word>, Proof) {
        let mut doubtful = None;
        for shell in SHELLS {
            match self.word(shell, settings) {
                Some((word, Proof::Proven)) => return (Some(word), Proof::Proven),
                Some((word, doubt)) => doubtful = doubtful.or(Some((Some(word), doubt))),
                None => {}
            }
        }
        if let Some(found) = doubtful {
            return found;
        }
        if let Some(cause) = self.sudoers.unseen.first() {
            return (None, Proof::unread(cause));
        }
        let name = &self.person.account.name;
        let why = Why::new(
            format!("{name} 계정에 root의 모든 명령이나 셸을 주는 sudo 규칙이 없습니다."),
            format!("No rule of sudo gives {name} every command or a shell of root's."),
        );
        (None, Proof::Refused(why.in_file("/etc/sudoers")))
    }

    /// What the rules say of one shell: the last that fits counts. `None` where they refuse it or do not name it.
    fn word(&self, shell: &str, settings: &Settings) -> Option<(Word, Proof)> {
        let (mut last, mut doubts): (Option<Word>, Vec<Word>) = (None, Vec::new());
        for rule in self.sudoers.rules.iter().filter(|rule| is_safe(self.person.host, &rule.path)) {
            let user = self.user_list(&rule.who, 0);
            if user == Truth::No {
                continue;
            }
            for grant in grants(&rule.text) {
                let fits = user.min(self.grant_fits(&grant, shell, settings));
                let word = word_of(rule, &grant, settings);
                match fits {
                    Truth::No => {}
                    Truth::Maybe => doubts.push(word),
                    Truth::Yes => {
                        last = Some(word);
                        doubts.clear();
                    }
                }
            }
        }
        decide(last, doubts)
    }

    fn grant_fits(&self, grant: &Grant, shell: &str, settings: &Settings) -> Truth {
        let runas = match &grant.runas {
            Some(list) => self.runas_list(list, 0),
            None if settings.other_runas => Truth::No,
            None => Truth::Yes,
        };
        let command = grant.command.trim_start_matches('!').trim();
        let bound = if grant.bound { Truth::Maybe } else { Truth::Yes };
        self.host_list(&grant.hosts, 0)
            .min(runas)
            .min(bound)
            .min(self.command_fits(command, shell, 0))
    }

    fn command_fits(&self, command: &str, shell: &str, depth: u32) -> Truth {
        let mut words = command.split_whitespace();
        let program = words.next().unwrap_or_default();
        if program == "ALL" {
            return Truth::Yes;
        }
        if let Some(members) = self.alias("Cmnd", program, depth) {
            return list_fits(members, |member| self.command_fits(member, shell, depth + 1));
        }
        let fits = match program.chars().last() {
            Some('/') => {
                shell.rsplit_once('/').is_some_and(|(folder, _)| program == format!("{folder}/"))
            }
            _ => path_matches(program, shell),
        };
        let arguments: Vec<&str> = words.collect();
        let is_su = shell.ends_with("/su");
        match (fits, arguments.as_slice()) {
            _ if program.starts_with('^') => Truth::Maybe,
            (false, _) => Truth::No,
            (true, [] | ["*"]) => Truth::Yes,
            (true, ["-" | "root" | "-l"] | ["-" | "-l", "root"]) if is_su => Truth::Yes,
            (true, _) => Truth::No,
        }
    }

    fn user_list(&self, list: &[String], depth: u32) -> Truth {
        list_fits(list, |word| {
            let account = &self.person.account;
            match word.split_at_checked(1) {
                _ if word == "ALL" => Truth::Yes,
                Some(("%", rest)) => self.group_fits(rest),
                Some(("#", number)) => of(number.parse() == Ok(account.uid)),
                Some(("+", _)) => Truth::Maybe,
                _ => match self.alias("User", word, depth) {
                    Some(members) => self.user_list(members, depth + 1),
                    None => of(word.trim_matches('"') == account.name),
                },
            }
        })
    }

    fn group_fits(&self, name: &str) -> Truth {
        match name.split_at_checked(1) {
            Some((":", _)) => Truth::Maybe,
            Some(("#", number)) => {
                of(self.person.gids().iter().any(|gid| number.parse() == Ok(*gid)))
            }
            _ => of(self.person.is_in_group(&name.replace("\\ ", " "))),
        }
    }

    fn runas_list(&self, list: &[String], depth: u32) -> Truth {
        list_fits(list, |word| match word {
            "ALL" | "root" | "#0" => Truth::Yes,
            _ if word.starts_with(['%', '+']) => Truth::Maybe,
            _ => match self.alias("Runas", word, depth) {
                Some(members) => self.runas_list(members, depth + 1),
                None => Truth::No,
            },
        })
    }

    fn host_list(&self, list: &[String], depth: u32) -> Truth {
        let own = self.person.host.text("/etc/hostname").ok().flatten();
        let own = own.and_then(|file| file.settings().next().map(|(_, line)| line.to_owned()));
        let own = own.unwrap_or_default();
        list_fits(list, |word| {
            if word == "ALL" {
                return Truth::Yes;
            }
            if let Some(members) = self.alias("Host", word, depth) {
                return self.host_list(members, depth + 1);
            }
            let short = own.split('.').next().unwrap_or_default();
            let is_own = [own.as_str(), short].iter().any(|name| path_matches(word, name));
            let is_address =
                word.starts_with('+') || word.starts_with(|c: char| c.is_ascii_digit());
            match (is_own, is_address || own.is_empty()) {
                (true, false) => Truth::Yes,
                (_, true) => Truth::Maybe,
                (false, false) => Truth::No,
            }
        })
    }

    fn alias(&self, kind: &str, name: &str, depth: u32) -> Option<&[String]> {
        let is_it = |alias: &&pasu_checks::host::sudoers::SudoAlias| {
            alias.kind == kind && alias.name == name
        };
        let found = self.sudoers.aliases.iter().find(is_it).filter(|_| depth < MAX_DEPTH)?;
        Some(&found.members)
    }
}

fn word_of(rule: &SudoRule, grant: &Grant, settings: &Settings) -> Word {
    let refusals = grant.command.chars().take_while(|character| *character == '!').count();
    Word {
        rule: Place::File { path: rule.path.clone(), line: Some(rule.line) },
        gives: refusals % 2 == 0,
        asks: grant.password.unwrap_or(!settings.trusts),
    }
}

/// The last rule that surely fits, and those after it that may.
fn decide(last: Option<Word>, doubts: Vec<Word>) -> Option<(Word, Proof)> {
    let given = last.filter(|word| word.gives);
    match (given, doubts.iter().find(|word| !word.gives), doubts.iter().find(|word| word.gives)) {
        (Some(mut word), None, _) => {
            word.asks |= doubts.iter().any(|doubt| doubt.asks);
            Some((word, Proof::Proven))
        }
        (Some(word), Some(doubt), _) => Some((word, maybe(doubt))),
        (None, _, Some(doubt)) => Some((doubt.clone(), maybe(doubt))),
        (None, _, None) => None,
    }
}

fn maybe(word: &Word) -> Proof {
    let why = Why::new(
        "이 sudo 규칙이 이 계정과 서버에 맞는지 파일만 읽어서는 알 수 없습니다.",
        "Whether this rule of sudo fits this account and host cannot be read from files.",
    );
    Proof::Doubtful(why.at(Some(word.rule.clone())))
}

/// Of a list the last member that fits decides, and a `!` before it turns it round.
fn list_fits(list: &[String], fits: impl Fn(&str) -> Truth) -> Truth {
    for member in list.iter().rev() {
        let plain = member.trim_start_matches('!').trim_start();
        let is_refused = (member.len() - member.trim_start_matches('!').len()) % 2 == 1;
        match (fits(plain), is_refused) {
            (Truth::No, _) => {}
            (Truth::Maybe, _) => return Truth::Maybe,
            (Truth::Yes, true) => return Truth::No,
            (Truth::Yes, false) => return Truth::Yes,
        }
    }
    Truth::No
}

fn of(holds: bool) -> Truth {
    if holds { Truth::Yes } else { Truth::No }
}

fn words(list: &str) -> Vec<String> {
    list.split(',').map(|word| word.trim().to_owned()).collect()
}

/// sudo takes no file that somebody else than root may change.
fn is_safe(host: &Host, path: &str) -> bool {
    match host.file_followed(path) {
        Ok(Some(facts)) => {
            let group = facts.mode & 0o020 == 0 || facts.gid == 0;
            facts.uid == 0 && facts.mode & 0o002 == 0 && group
        }
        _ => false,
    }
}
