//! People whose home directory is not there, unless something brings it when it is needed.

mod fix;

pub use fix::plan;

use crate::capped::Capped;
use crate::cause::Cause;
use crate::host::accounts::Account;
use crate::host::mounts::{HomeMounts, Provider};
use crate::host::name_sources::Elsewhere;
use crate::host::pam::Phase;
use crate::host::{FileKind, Host};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// The services by which people get a session.
const SERVICES: [&str; 3] = ["login", "sshd", "su"];

/// The accounts whose home is not there.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    missing: Capped<Missing>,
    /// Homes that are brought when they are needed.
    provided: Capped<Missing>,
    good: usize,
    unseen: Capped<Cause>,
    damaged: Vec<Cause>,
    elsewhere: Elsewhere,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Missing {
    name: String,
    home: String,
    uid: u32,
    gid: u32,
    line: u32,
    how: How,
    /// Where that is set.
    place: Option<Place>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum How {
    Empty,
    RootDirectory,
    NotThere,
    NotDirectory,
    Automounted,
    Remote,
    MadeAtLogin,
}

impl How {
    const fn key(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::RootDirectory => "root-directory",
            Self::NotThere => "not-there",
            Self::NotDirectory => "not-directory",
            Self::Automounted => "automounted",
            Self::Remote => "remote",
            Self::MadeAtLogin => "made-at-login",
        }
    }
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let mut facts = Facts {
        missing: Capped::default(),
        provided: Capped::default(),
        good: 0,
        unseen: Capped::default(),
        damaged: host.accounts()?.damage(),
        elsewhere: host.accounts_elsewhere()?,
    };
    let mut absent = Vec::new();
    for account in host.people()? {
        match state(host, &account) {
            Ok(None) => facts.good += 1,
            Ok(Some(How::NotThere)) => absent.push(account),
            Ok(Some(how)) => facts.missing.push(missing(&account, how, None)),
            Err(cause) => facts.unseen.push(cause),
        }
    }
    if !absent.is_empty() {
        look_for_providers(host, &absent, &mut facts)?;
    }
    Ok(facts)
}

/// What is wrong with a home; `None` where it is there.
fn state(host: &Host, account: &Account) -> Result<Option<How>, Cause> {
    let Some(home) = account.home_directory() else { return Ok(Some(How::Empty)) };
    if home == "/" {
        return Ok(Some(How::RootDirectory));
    }
    Ok(match host.file_followed(home)? {
        Some(directory) if directory.kind == FileKind::Directory => None,
        Some(_) => Some(How::NotDirectory),
        None => Some(How::NotThere),
    })
}

fn missing(account: &Account, how: How, place: Option<Place>) -> Missing {
    Missing {
        name: account.name.clone(),
        home: account.home.clone(),
        uid: account.uid,
        gid: account.gid,
        line: account.line,
        how,
        place,
    }
}

fn look_for_providers(host: &Host, absent: &[Account], facts: &mut Facts) -> Result<(), Cause> {
    let mounts = HomeMounts::read(host)?;
    let at_login = made_at_login(host)?;
    for account in absent {
        match mounts.provider(account.home_directory().unwrap_or_default()) {
            Some(Provider::Automounter(place)) => {
                facts.provided.push(missing(account, How::Automounted, Some(place)));
            }
            Some(Provider::Remote(place)) => {
                facts.provided.push(missing(account, How::Remote, Some(place)));
            }
            Some(Provider::Unseen(cause)) => facts.unseen.push(cause),
            // root's home is not made by a module that sessions of other accounts run.
            None if at_login.is_some() && account.uid != 0 => {
                facts.provided.push(missing(account, How::MadeAtLogin, at_login.clone()));
            }
            None => facts.missing.push(missing(account, How::NotThere, None)),
        }
    }
    Ok(())
}

/// `session optional pam_mkhomedir.so` in what people log in by.
fn made_at_login(host: &Host) -> Result<Option<Place>, Cause> {
    for service in SERVICES {
        let Some(stack) = host.pam(service, Phase::Session)? else { continue };
        for module in ["pam_mkhomedir", "pam_oddjob_mkhomedir"] {
            if let Some(entry) = stack.modules(module).next() {
                return Ok(Some(entry.place.clone()));
            }
        }
    }
    Ok(None)
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    for missing in &facts.missing.kept {
        judgement.bad(
            reason(missing.how.key())
                .arg("name", &missing.name)
                .arg("home", &missing.home)
                .line("/etc/passwd", missing.line),
        );
    }
    facts.missing.tell_rest(&mut judgement);
    if facts.missing.is_empty() {
        judgement.good(reason("all-there").arg("count", facts.good));
    }
    for provided in &facts.provided.kept {
        judgement.note(
            reason(provided.how.key())
                .arg("name", &provided.name)
                .arg("home", &provided.home)
                .at(provided.place.clone()),
        );
    }
    facts.provided.tell_rest(&mut judgement);
    for cause in facts.unseen.kept.iter().chain(&facts.damaged) {
        judgement.unseen(cause);
    }
    facts.unseen.tell_rest(&mut judgement);
    facts.elsewhere.tell(&mut judgement);
    judgement
}
