//! What an item asks of a PAM stack. The line is found where it really stands, also in an included file.

use crate::host::pam::Phase;
use serde::{Deserialize, Serialize};

/// One change of what a service does in a phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PamEdit {
    /// The service: `sshd`.
    pub service: String,
    /// The phase.
    pub phase: Phase,
    /// What becomes of it.
    pub change: PamChange,
}

/// What becomes of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PamChange {
    /// A line of a module, unless the same one stands there.
    Insert {
        /// `required`, `[default=die]`.
        control: String,
        /// The module: `pam_faillock.so`.
        module: String,
        /// Its arguments.
        arguments: Vec<String>,
        /// Where.
        at: PamSpot,
    },
    /// Arguments of every line of a module.
    Arguments {
        /// The module without `.so`.
        module: String,
        /// `name=value` takes the place of that name's value; a bare word is added where it is missing.
        set: Vec<String>,
        /// Names and words that go, with or without a value.
        unset: Vec<String>,
    },
    /// The control of the lines of a module that have an argument.
    Control {
        /// The module without `.so`.
        module: String,
        /// The argument; every line without.
        argument: Option<String>,
        /// What it becomes.
        control: String,
    },
    /// The lines of a module become comments.
    CommentOut {
        /// The module without `.so`.
        module: String,
        /// Only those that stand below one of these; all where none is named.
        below: Vec<String>,
    },
}

/// A place in a stack. Names of modules are without `.so`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PamSpot {
    /// Before the first line of one of these modules, and before what jumps over that place.
    Before(Vec<String>),
    /// After the last line of one of these modules.
    After(Vec<String>),
}

impl PamSpot {
    /// Before the first line of one of these modules.
    #[must_use]
    pub fn before(modules: &[&str]) -> Self {
        Self::Before(modules.iter().map(|name| (*name).to_owned()).collect())
    }

    /// After the last line of one of these modules.
    #[must_use]
    pub fn after(modules: &[&str]) -> Self {
        Self::After(modules.iter().map(|name| (*name).to_owned()).collect())
    }
}

/// Modules that ask for a password, their own or that of a directory, in the order in which they came to be.
///
/// What looks before them at an account must stand before the first, what counts their refusals after the last: a line
/// between them would keep the accounts of a directory out.
pub const PASSWORD_MODULES: [&str; 11] = [
    "pam_unix",
    "pam_pwdfile",
    "pam_userdb",
    "pam_tcb",
    "pam_krb5",
    "pam_ldap",
    "pam_ldapd",
    "pam_sss",
    "pam_winbind",
    "pam_systemd_home",
    "pam_himmelblau",
];
