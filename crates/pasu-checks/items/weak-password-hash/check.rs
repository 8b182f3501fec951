//! How passwords are hashed: those that are stored, and those that will be.

mod fix;

pub use fix::plan;

use crate::cause::{Cause, CauseKind};
use crate::host::accounts::PasswordField;
use crate::host::pam::Phase;
use crate::host::shadow::{HashKind, ShadowPassword};
use crate::host::units::ini_values;
use crate::host::{Host, KeyValue};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// Accounts of one method beyond this are only counted.
const MAX_ACCOUNTS: usize = 200;

/// Services that change passwords, with the files that distributions share among them.
const SERVICES: [&str; 5] =
    ["passwd", "common-password", "system-auth", "password-auth", "chpasswd"];

/// How passwords are hashed. No hash is kept.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    /// Accounts whose method is not beyond doubt.
    stored: Vec<Stored>,
    /// How many accounts have each of these methods, those that are locked apart.
    totals: Vec<(HashKind, bool, usize)>,
    /// Accounts with a hash that can be used.
    usable: usize,
    damaged: Vec<Cause>,
    shadow: Result<(), Cause>,
    methods: Vec<Method>,
    /// Lines of `pam_unix` for passwords that name no method.
    unnamed: Vec<Place>,
    encrypt_method: Option<KeyValue>,
    /// The `login.defs` that was read.
    login_defs: String,
    /// Whether pam_pwquality refuses every new password, for want of its dictionary.
    wordless: bool,
}

/// The method of one account's password.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    name: String,
    kind: HashKind,
    locked: bool,
    /// Whether the next login has to set another.
    ending: bool,
    place: Place,
}

/// A method for new passwords.
#[derive(Debug, Serialize, Deserialize)]
struct Method {
    name: String,
    kind: HashKind,
    place: Place,
    text: String,
    source: Source,
}

/// Where a method is named.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Source {
    /// `pam_unix` of this service.
    Pam(String),
    LoginDefs,
    Libuser,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let mut facts = Facts {
        stored: Vec::new(),
        totals: Vec::new(),
        usable: 0,
        damaged: Vec::new(),
        shadow: Ok(()),
        methods: Vec::new(),
        unnamed: Vec::new(),
        encrypt_method: host.login_defs()?.value("ENCRYPT_METHOD").cloned(),
        login_defs: host.login_defs()?.path.clone(),
        wordless: false,
    };
    facts.passwd(host)?;
    facts.shadow = facts.shadow(host);
    facts.pam(host)?;
    facts.login_defs(host)?;
    facts.libuser(host)?;
    Ok(facts)
}

impl Facts {
    /// Hashes that stand in `/etc/passwd` itself.
    fn passwd(&mut self, host: &Host) -> Result<(), Cause> {
        let accounts = host.accounts()?;
        self.damaged.extend(accounts.damage());
        for account in &accounts.entries {
            if let PasswordField::Hash(kind) = account.password {
                let place = ("/etc/passwd", account.line);
                self.store(&account.name, kind, (false, false), place);
            }
        }
        Ok(())
    }

    fn shadow(&mut self, host: &Host) -> Result<(), Cause> {
        let shadow = host.shadow()?;
        self.damaged.extend(shadow.damage());
        for entry in &shadow.entries {
            let (kind, is_locked) = match entry.password {
                ShadowPassword::Usable(kind) => (kind, false),
                ShadowPassword::Locked(kind) => (kind, true),
                ShadowPassword::Text => (HashKind::Unknown, false),
                ShadowPassword::Empty | ShadowPassword::None => continue,
            };
            let is_ending = entry.last_change == Some(0);
            self.store(&entry.name, kind, (is_locked, is_ending), ("/etc/shadow", entry.line));
        }
        Ok(())
    }

    fn store(
        &mut self,
        name: &str,
        kind: HashKind,
        (locked, ending): (bool, bool),
        (path, line): (&str, u32),
    ) {
        self.usable += usize::from(!locked);
        let is_beyond_doubt =
            matches!(kind, HashKind::Sha256 | HashKind::Sha512 | HashKind::Scrypt);
        if is_beyond_doubt {
            return;
        }
        let known = self.totals.iter_mut().find(|total| (total.0, total.1) == (kind, locked));
        let count = match known {
            Some(total) => {
                total.2 += 1;
                total.2
            }
            None => {
                self.totals.push((kind, locked, 1));
                1
            }
        };
        if count > MAX_ACCOUNTS {
            return;
        }
        let place = Place::File { path: path.to_owned(), line: Some(line) };
        self.stored.push(Stored { name: name.to_owned(), kind, locked, ending, place });
    }

    /// The option of `pam_unix` in the stacks that change passwords; the last one on its line counts.
    fn pam(&mut self, host: &Host) -> Result<(), Cause> {
        for service in SERVICES {
            let Some(stack) = host.pam(service, Phase::Password)? else { continue };
            if stack.modules("pam_pwquality").next().is_some() {
                self.wordless = host.lacks_dictionary().unwrap_or_default();
            }
            for entry in stack.modules("pam_unix") {
                let named = entry.arguments.iter().rev().find_map(|word| {
                    let kind = kind_of(word)?;
                    Some((word.clone(), kind))
                });
                let Some((name, kind)) = named else {
                    if !self.unnamed.contains(&entry.place) {
                        self.unnamed.push(entry.place.clone());
                    }
                    continue;
                };
                if !self.methods.iter().any(|method| method.place == entry.place) {
                    let text = entry.text.clone();
                    let (place, source) = (entry.place.clone(), Source::Pam(service.to_owned()));
                    self.methods.push(Method { name, kind, place, text, source });
                }
            }
        }
        Ok(())
    }

    /// `ENCRYPT_METHOD`, or where that is missing `MD5_CRYPT_ENAB yes`.
    fn login_defs(&mut self, host: &Host) -> Result<(), Cause> {
        let defs = host.login_defs()?;
        let old =
            defs.value("MD5_CRYPT_ENAB").filter(|found| found.value.eq_ignore_ascii_case("yes"));
        let found = match (&self.encrypt_method, old) {
            (Some(method), _) => (method.value.clone(), method.clone()),
            (None, Some(old)) => ("MD5".to_owned(), old.clone()),
            (None, None) => return Ok(()),
        };
        self.method(&found.0, &found.1, Source::LoginDefs);
        Ok(())
    }

    /// `crypt_style = sha512` of libuser.conf(5), in `[defaults]`.
    fn libuser(&mut self, host: &Host) -> Result<(), Cause> {
        let Some(file) = host.text("/etc/libuser.conf")? else { return Ok(()) };
        if let Some(style) = ini_values(&file, "defaults", "crypt_style").last() {
            self.method(&style.value, style, Source::Libuser);
        }
        Ok(())
    }

    fn method(&mut self, name: &str, found: &KeyValue, source: Source) {
        self.methods.push(Method {
            name: name.to_owned(),
            kind: kind_of(name).unwrap_or(HashKind::Unknown),
            place: found.place.clone(),
            text: format!("{} {}", found.key, found.value),
            source,
        });
    }
}

/// The method that a word of `pam_unix`, `login.defs` or `libuser.conf` names.
fn kind_of(word: &str) -> Option<HashKind> {
    Some(match word.to_ascii_lowercase().as_str() {
        "md5" => HashKind::Md5,
        "bigcrypt" | "des" => HashKind::Des,
        "sha256" => HashKind::Sha256,
        "sha512" => HashKind::Sha512,
        "blowfish" | "bcrypt" => HashKind::Bcrypt,
        "yescrypt" => HashKind::Yescrypt,
        "gost_yescrypt" => HashKind::GostYescrypt,
        _ => return None,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Strength {
    Strong,
    Weak,
    Unknown,
}

fn strength(kind: HashKind, params: &Params) -> Strength {
    let accepted = |flag| if params.flag(flag) { Strength::Strong } else { Strength::Weak };
    match kind {
        HashKind::Sha256 | HashKind::Sha512 | HashKind::Scrypt => Strength::Strong,
        HashKind::Yescrypt | HashKind::GostYescrypt => accepted("accept_yescrypt"),
        HashKind::Bcrypt => accepted("accept_bcrypt"),
        HashKind::Unknown => Strength::Unknown,
        _ => Strength::Weak,
    }
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    stored(facts, params, &mut judgement);
    methods(facts, params, &mut judgement);
    for cause in &facts.damaged {
        judgement.unseen(cause);
    }
    judgement
}

fn stored(facts: &Facts, params: &Params, judgement: &mut Judgement) {
    if let Err(cause) = &facts.shadow {
        judgement.unseen(cause);
    }
    let is_doubtful = |kind: HashKind| strength(kind, params) != Strength::Strong;
    let doubtful: Vec<&Stored> =
        facts.stored.iter().filter(|stored| is_doubtful(stored.kind)).collect();
    for stored in &doubtful {
        let strength = strength(stored.kind, params);
        let say = |key| {
            reason(key)
                .arg("name", &stored.name)
                .arg("method", stored.kind.name())
                .at(stored.place.clone())
        };
        match strength {
            _ if stored.locked => judgement.warn(say("weak-while-locked")),
            Strength::Unknown => judgement.ask(say("stored-unknown")),
            _ if stored.ending => judgement.ask(say("weak-until-login")),
            _ => judgement.bad(say("stored-weak")),
        }
    }
    let total: usize =
        facts.totals.iter().filter(|total| is_doubtful(total.0)).map(|total| total.2).sum();
    if total > doubtful.len() {
        judgement.warn(reason("and-more").arg("count", total - doubtful.len()));
    }
    if total == 0 && facts.shadow.is_ok() {
        judgement.good(reason("stored-strong").arg("count", facts.usable));
    }
}

fn methods(facts: &Facts, params: &Params, judgement: &mut Judgement) {
    for method in &facts.methods {
        let say = |key| {
            reason(key).arg("method", &method.name).at(method.place.clone()).excerpt(&method.text)
        };
        match strength(method.kind, params) {
            Strength::Strong => judgement.good(say("method-strong")),
            Strength::Weak => judgement.bad(say("method-weak")),
            Strength::Unknown => judgement.ask(say("method-unknown")),
        }
    }
    // Where neither pam_unix nor login.defs names a method, it is the DES of old.
    if facts.encrypt_method.is_none() {
        for place in &facts.unnamed {
            judgement.bad(reason("method-unset").at(place.clone()));
        }
    }
    if facts.methods.is_empty() && facts.unnamed.is_empty() {
        let detail = "neither pam_unix nor login.defs names a method for new passwords";
        judgement.unseen(&Cause::new(CauseKind::Io, detail));
    }
}
