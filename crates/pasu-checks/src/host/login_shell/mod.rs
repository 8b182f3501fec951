//! What sessions get from the shells' start files: `PATH`, `TMOUT`, `autologout` and the umask, for root and for a user
//! with the files of `/etc/skel`, read in the order in which bash, sh and csh read them. Nothing is executed: where only
//! running a script would tell, a value says so, and where a condition cannot be decided, all values that may come out
//! are kept.

mod condition;
mod csh;
mod expand;
mod lexer;
mod parser;
mod run;
mod state;
#[cfg(test)]
mod tests;
pub mod umask;

use super::Host;
use crate::cause::Cause;
use pasu_model::Place;
use run::Runner;
use serde::{Deserialize, Serialize};
use state::State;
use std::collections::BTreeMap;
use std::path::Path;

/// What is followed. In csh, `PATH` is also the list `path`.
pub const FOLLOWED: [&str; 4] = ["PATH", "TMOUT", "autologout", "umask"];

/// What sessions get.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginShells {
    /// One for each person and kind.
    pub sessions: Vec<Session>,
    /// Whether `/etc/profile` reads `/etc/profile.d/*.sh`.
    pub reads_profile_d: bool,
}

/// A session of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Whose.
    pub who: Who,
    /// How it began.
    pub kind: SessionKind,
    /// What is followed, but for the umask. More than one value: a condition decides that could not be decided here.
    pub variables: BTreeMap<String, Vec<Setting>>,
    /// The umask in octal digits; a value of `None` is the one that the login gave.
    pub umask: Vec<Setting>,
    /// What could not be read.
    pub damage: Vec<Damage>,
}

/// Whose session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// root, with root's own files.
    Root,
    /// A user with the files of `/etc/skel`.
    User,
}

/// How a session began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionKind {
    /// A login to bash, or to sh where there is no bash.
    Login,
    /// Another bash within such a login.
    Interactive,
    /// A login to csh or tcsh.
    Csh,
}

impl Session {
    /// `root, login shell`.
    #[must_use]
    pub fn shown(&self) -> String {
        let who = match self.who {
            Who::Root => "root's",
            Who::User => "a user's",
        };
        let kind = match self.kind {
            SessionKind::Login => "login shell",
            SessionKind::Interactive => "interactive shell",
            SessionKind::Csh => "csh",
        };
        format!("{who} {kind}")
    }

    /// The values that a variable may have; none where nothing sets it.
    #[must_use]
    pub fn variable(&self, name: &str) -> &[Setting] {
        self.variables.get(name).map_or(&[], Vec::as_slice)
    }

    /// Why what a file says of a name could not be read.
    pub fn damage_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Cause> {
        let concerned = self.damage.iter().filter(move |damage| {
            damage.mentions.iter().any(|known| known.eq_ignore_ascii_case(name))
        });
        concerned.map(|damage| &damage.cause)
    }
}

/// One value with the line that sets it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// `None`: not set.
    pub value: Option<String>,
    /// Whether programs that the shell starts get it.
    pub exported: bool,
    /// Whether nothing later changes it.
    pub read_only: bool,
    /// Where; `None` where nothing sets it.
    pub place: Option<Place>,
    /// The line.
    pub excerpt: String,
}

impl Setting {
    /// Whether only running the script would tell a part of it.
    #[must_use]
    pub fn is_computed(&self) -> bool {
        self.value.as_ref().is_some_and(|value| value.contains(state::COMPUTED))
    }
}

/// A file that could not be read, and which of the followed names stand in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damage {
    /// Why.
    pub cause: Cause,
    /// Names of [`FOLLOWED`].
    pub mentions: Vec<String>,
}

/// Who logs in.
struct Person {
    who: Who,
    name: String,
    group: String,
    uid: u32,
    home: String,
}

/// Where a login gets its first `PATH` from, where no file says so.
const BUILT_IN_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

pub(super) fn read(host: &Host) -> LoginShells {
    let root_home = host.accounts().ok().and_then(|accounts| {
        let root = accounts.named("root")?;
        (!root.home.is_empty()).then(|| root.home.clone())
    });
    let person = |who, name: &str, uid, home: &str| Person {
        who,
        name: name.to_owned(),
        group: name.to_owned(),
        uid,
        home: home.to_owned(),
    };
    let root = person(Who::Root, "root", 0, root_home.as_deref().unwrap_or("/root"));
    let user = person(Who::User, "user", 1000, "/etc/skel");
    let mut sessions = Vec::new();
    for person in [&root, &user] {
        sessions.extend(bourne(host, person));
        if ["/bin/csh", "/usr/bin/csh", "/bin/tcsh", "/usr/bin/tcsh"]
            .iter()
            .any(|path| host.system().exists(Path::new(path)))
        {
            sessions.push(csh::session(host, person));
        }
    }
    let profile = host.text("/etc/profile").ok().flatten();
    let reads_profile_d = profile.is_some_and(|file| {
        let mut lines = file.lines.iter().map(|line| line.trim_start());
        lines.any(|line| !line.starts_with('#') && line.contains("/etc/profile.d"))
    });
    LoginShells { sessions, reads_profile_d }
}

fn bourne(host: &Host, person: &Person) -> Vec<Session> {
    let has = |path: &str| host.system().exists(Path::new(path));
    let is_bash = has("/bin/bash") || has("/usr/bin/bash") || !has("/bin/busybox");
    let mut login = Runner::new(host, person, true, true, first_state(host, person, is_bash));
    login.source("/etc/profile");
    let names: &[&str] =
        if is_bash { &[".bash_profile", ".bash_login", ".profile"] } else { &[".profile"] };
    for name in names {
        if login.source(&format!("{}/{name}", person.home)) {
            break;
        }
    }
    let mut sessions = vec![session(person, SessionKind::Login, &login.state, &login.damage)];
    if is_bash {
        let mut below = first_state(host, person, true);
        for (name, settings) in &login.state.variables {
            if settings.iter().all(|setting| setting.exported) {
                let inherited = settings.iter().cloned();
                // Being read-only is not passed on.
                let inherited = inherited.map(|one| Setting { read_only: false, ..one });
                below.variables.insert(name.clone(), inherited.collect());
            }
        }
        below.umask.clone_from(&login.state.umask);
        let mut interactive = Runner::new(host, person, false, true, below);
        // Debian and SUSE build bash with such a file.
        interactive.source("/etc/bash.bashrc");
        interactive.source(&format!("{}/.bashrc", person.home));
        let (state, damage) = (&interactive.state, &interactive.damage);
        sessions.push(session(person, SessionKind::Interactive, state, damage));
    }
    sessions
}

fn first_state(host: &Host, person: &Person, is_bash: bool) -> State {
    let mut state = State { umask: vec![Setting::default()], ..State::default() };
    let uid = person.uid.to_string();
    let common = [
        ("HOME", &*person.home),
        ("USER", &*person.name),
        ("LOGNAME", &*person.name),
        ("PS1", "$ "),
    ];
    let bash = [
        ("SHELL", "/bin/bash"),
        ("BASH", "/bin/bash"),
        ("BASH_VERSION", "5.2.0(1)-release"),
        ("UID", &*uid),
        ("EUID", &*uid),
    ];
    for (name, value) in common.iter().chain(bash.iter().filter(|_| is_bash)) {
        state.inherit(name, value);
    }
    state.variables.insert("PATH".to_owned(), vec![first_path(host, person.who)]);
    state
}

/// The `PATH` that a login begins with: of `/etc/environment`, which `pam_env` reads, else of `login.defs`.
fn first_path(host: &Host, who: Who) -> Setting {
    let built_in =
        Setting { value: Some(BUILT_IN_PATH.to_owned()), exported: true, ..Setting::default() };
    let environment = host.text("/etc/environment").ok().flatten().and_then(|file| {
        let lines: Vec<(u32, &str)> = file.settings().collect();
        let (number, line) = lines.into_iter().rfind(|(_, line)| line_value(line).is_some())?;
        Some((line_value(line)?, file.place(number), line.to_owned()))
    });
    let defs = || {
        let defs = host.login_defs().ok()?;
        let key = if who == Who::Root { "ENV_SUPATH" } else { "ENV_PATH" };
        let found = defs.value(key)?;
        // `ENV_PATH PATH=/usr/local/bin:/usr/bin`, also without the name.
        let value = found.value.strip_prefix("PATH=").unwrap_or(&found.value).to_owned();
        Some((value, found.place.clone(), format!("{} {}", found.key, found.value)))
    };
    match environment.or_else(defs) {
        Some((value, place, excerpt)) => {
            Setting { value: Some(value), place: Some(place), excerpt, ..built_in }
        }
        None => built_in,
    }
}

/// The value of `PATH="/usr/bin:/bin"`, as `pam_env` reads it.
fn line_value(line: &str) -> Option<String> {
    let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
    let value = line.strip_prefix("PATH=")?.trim();
    Some(value.trim_matches(['"', '\'']).to_owned())
}

fn session(person: &Person, kind: SessionKind, state: &State, damage: &[Damage]) -> Session {
    let variables = FOLLOWED
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), state.variables.get(*name)?.clone())))
        .collect();
    Session {
        who: person.who,
        kind,
        variables,
        umask: state.umask.clone(),
        damage: damage.to_vec(),
    }
}
