//! The stacks of Linux-PAM: what a service does in a phase, with every included file in its place.
//!
//! [`Host::pam`] answers the flattened stack in the order in which the library goes through it;
//! [`PamStack::run`] goes through it as the library does, with answers of modules that the caller gives.

mod control;
mod parse;
mod run;
mod usual;

pub use control::{Action, Control};
pub use run::{Answer, Outcome};
pub use usual::{ORDINARY, Subject};

use super::Host;
use crate::cause::Cause;
use pasu_model::Place;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One of the four groups of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Who somebody is.
    Auth,
    /// Whether the account may be used now.
    Account,
    /// Changing the password.
    Password,
    /// Before and after the session.
    Session,
}

impl Phase {
    /// As written in the file, without regard to case.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Auth, Self::Account, Self::Password, Self::Session]
            .into_iter()
            .find(|phase| word.eq_ignore_ascii_case(&phase.to_string()))
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auth => "auth",
            Self::Account => "account",
            Self::Password => "password",
            Self::Session => "session",
        })
    }
}

/// One module in a stack, or the beginning of a substack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PamEntry {
    /// The module's file name, `pam_unix.so`; empty for the beginning of a substack.
    pub module: String,
    /// The module as written, perhaps with its directory.
    pub written: String,
    /// What follows from its answers.
    pub control: Control,
    /// Its arguments, brackets taken off.
    pub arguments: Vec<String>,
    /// A `-` before the phase: a module that is not installed is passed over in silence.
    pub optional_file: bool,
    /// How many substacks it lies in.
    pub level: u32,
    /// Where it stands.
    pub place: Place,
    /// The line, with continuations joined.
    pub text: String,
}

impl PamEntry {
    /// A required line of a module without arguments, which stands nowhere.
    #[must_use]
    pub fn bare(module: &str) -> Self {
        Self {
            module: module.to_owned(),
            written: module.to_owned(),
            control: Control::required(),
            arguments: Vec::new(),
            optional_file: false,
            level: 0,
            place: Place::File { path: String::new(), line: None },
            text: String::new(),
        }
    }

    /// Whether it is a module of this name, with or without `.so`.
    #[must_use]
    pub fn is(&self, module: &str) -> bool {
        !self.module.is_empty()
            && self.module.trim_end_matches(".so") == module.trim_end_matches(".so")
    }

    /// Whether a bare argument is given: `use_uid`.
    #[must_use]
    pub fn has(&self, flag: &str) -> bool {
        self.arguments.iter().any(|argument| argument == flag)
    }

    /// The value of the last `name=value` among its arguments.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        let of =
            |argument: &'_ String| argument.split_once('=').is_some_and(|(key, _)| key == name);
        let found = self.arguments.iter().rev().find(|argument| of(argument))?;
        found.split_once('=').map(|(_, value)| value)
    }
}

/// What a service does in a phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PamStack {
    /// The service that was asked for.
    pub service: String,
    /// The file that defines it; `other` where it has none of its own.
    pub path: String,
    /// The phase.
    pub phase: Phase,
    /// In the order in which the library goes through them.
    pub entries: Vec<PamEntry>,
}

impl PamStack {
    /// The entries of a module, in order.
    pub fn modules<'a>(&'a self, module: &'a str) -> impl Iterator<Item = &'a PamEntry> {
        self.entries.iter().filter(move |entry| entry.is(module))
    }

    /// The position of the first entry of a module.
    #[must_use]
    pub fn position(&self, module: &str) -> Option<usize> {
        self.entries.iter().position(|entry| entry.is(module))
    }
}

/// Where modules lie.
const MODULE_FOLDERS: [&str; 5] = [
    "/usr/lib/*-linux-gnu*/security",
    "/lib/*-linux-gnu*/security",
    "/usr/lib64/security",
    "/lib64/security",
    "/usr/lib/security",
];

impl Host {
    /// The stack of a service in a phase: its file below `/etc/pam.d`, else below `/usr/lib/pam.d`, else the service in
    /// `/etc/pam.conf` where there is no `/etc/pam.d`. `None` where the service has no settings of its own; the library
    /// then takes those of `other`, which can be asked for by that name.
    ///
    /// # Errors
    /// One of the files is there and cannot be read, or is damaged, or they include each other without end.
    pub fn pam(&self, service: &str, phase: Phase) -> Result<Option<PamStack>, Cause> {
        parse::stack(self, service, phase)
    }

    /// Whether `pam-auth-update` of Debian wrote a file of `/etc/pam.d`.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub fn is_pam_generated(&self, name: &str) -> Result<bool, Cause> {
        let file = self.text(&format!("/etc/pam.d/{name}"))?;
        let says = |line: &String| line.starts_with('#') && line.contains("pam-auth-update");
        Ok(file.is_some_and(|file| file.lines.iter().any(says)))
    }

    /// Whether a module is installed; `None` where no directory of modules is found, as on a part of a tree.
    ///
    /// # Errors
    /// A directory cannot be listed.
    pub fn has_pam_module(&self, module: &str) -> Result<Option<bool>, Cause> {
        let name = format!("{}.so", module.trim_end_matches(".so"));
        let mut known = false;
        for folder in MODULE_FOLDERS {
            for path in self.glob(folder)? {
                let names = self.list(&path)?;
                if names.contains(&name) {
                    return Ok(Some(true));
                }
                known |= names.iter().any(|name| name == "pam_unix.so");
            }
        }
        Ok(known.then_some(false))
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, Phase};
    use crate::case::TestHost;

    fn listed(host: &crate::Host, service: &str, phase: Phase) -> Vec<String> {
        let stack = host.pam(service, phase).unwrap().unwrap();
        let shown = |entry: &super::PamEntry| format!("{}{}", entry.module, entry.level);
        stack.entries.iter().map(shown).collect()
    }

    #[test]
    fn includes_are_put_in_their_place() {
        let host = TestHost::new()
            .file("/etc/pam.d/su", "auth sufficient pam_rootok.so\n@include common-auth\nauth substack system-auth\nauth include extra # x\nauth required /lib/security/pam_last.so\n")
            .file("/etc/pam.d/common-auth", "account required pam_no.so\nauth [success=1 default=ignore] \\\n  pam_unix.so nullok\nauth requisite pam_deny.so\n")
            .file("/etc/pam.d/system-auth", "-AUTH Required pam_env.so\n# auth required pam_wheel.so\n")
            .file("/usr/lib/pam.d/extra", "auth optional pam_extra.so [conf=/a b\\]c] x\naccount required pam_no.so\n")
            .host();
        assert_eq!(
            listed(&host, "su", Phase::Auth),
            [
                "pam_rootok.so0",
                "pam_unix.so0",
                "pam_deny.so0",
                "0",
                "pam_env.so1",
                "pam_extra.so0",
                "pam_last.so0"
            ]
        );
        let stack = host.pam("su", Phase::Auth).unwrap().unwrap();
        let unix = stack.modules("pam_unix").next().unwrap();
        assert_eq!(
            (unix.has("nullok"), unix.place.shown()),
            (true, "/etc/pam.d/common-auth:2".into())
        );
        assert_eq!(unix.control.action("success"), Action::Jump(1));
        let extra = stack.modules("pam_extra.so").next().unwrap();
        assert_eq!(extra.value("conf"), Some("/a b]c"));
        assert!(stack.modules("pam_env").next().unwrap().optional_file);
        assert!(host.pam("sshd", Phase::Auth).unwrap().is_none());
    }

    #[test]
    fn a_circle_and_a_damaged_line_are_told() {
        let host = TestHost::new()
            .file("/etc/pam.d/a", "auth include b\n")
            .file("/etc/pam.d/b", "auth include a\n")
            .file("/etc/pam.d/e", "auth include f\nauth include f\nauth include f\n")
            .file("/etc/pam.d/f", "auth include e\nauth include e\nauth include e\n")
            .file("/etc/pam.d/c", "auth required\n")
            .file("/etc/pam.d/d", "auth include gone\n")
            .host();
        for service in ["a", "c", "d", "e"] {
            assert!(host.pam(service, Phase::Auth).is_err(), "{service}");
        }
    }

    #[test]
    fn one_file_for_all_counts_where_there_is_no_directory() {
        let conf = "su auth required pam_wheel.so\nsshd auth required pam_no.so\n";
        let host = TestHost::new().file("/etc/pam.conf", conf).host();
        assert_eq!(listed(&host, "su", Phase::Auth), ["pam_wheel.so0"]);
    }

    #[test]
    fn a_module_is_missing_only_where_others_are() {
        let host = TestHost::new();
        assert_eq!(host.clone().host().has_pam_module("pam_wheel").unwrap(), None);
        let host = host.file("/usr/lib/x86_64-linux-gnu/security/pam_unix.so", "").host();
        assert_eq!(host.has_pam_module("pam_wheel").unwrap(), Some(false));
        assert_eq!(host.has_pam_module("pam_unix.so").unwrap(), Some(true));
    }
}
