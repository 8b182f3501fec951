//! What modules usually answer for a local account whose password is right, so that a stack can be gone through.

use super::{Answer, PamEntry};

/// Whom a stack is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Subject {
    /// The account that is to be used.
    pub target: u32,
    /// Who asks: the same account at a login, another at `su`.
    pub caller: u32,
    /// Whether the caller is in the groups that a module names.
    pub in_group: bool,
    /// Whether the account is one of another source, such as a directory.
    pub foreign: bool,
}

/// The user number of an ordinary account.
pub const ORDINARY: u32 = 1000;

/// Modules of other sources of accounts, which do not know a local one.
const FOREIGN: [&str; 8] = [
    "pam_sss",
    "pam_sss_gss",
    "pam_ldap",
    "pam_krb5",
    "pam_winbind",
    "pam_systemd_home",
    "pam_himmelblau",
    "pam_radius_auth",
];

/// Modules of devices and trusted hosts that are not there.
const ABSENT: [&str; 8] = [
    "pam_fprintd",
    "pam_u2f",
    "pam_pkcs11",
    "pam_usb",
    "pam_rhosts",
    "pam_rhosts_auth",
    "pam_ssh_agent_auth",
    "pam_timestamp",
];

impl PamEntry {
    /// What the module usually answers.
    #[must_use]
    pub fn usual_answer(&self, subject: Subject) -> Answer {
        match self.module.trim_end_matches(".so") {
            "pam_deny" => "auth_err",
            "pam_rootok" => said(subject.caller == 0),
            "pam_wheel" => self.wheel(subject),
            "pam_succeed_if" => said(self.succeed_if(subject)),
            "pam_usertype" => said(self.has("isregular") == (subject.target >= ORDINARY)),
            "pam_faillock" if self.has("authfail") => "ignore",
            "pam_sepermit" | "pam_selinux_permit" => "ignore",
            name if ABSENT.contains(&name) => "authinfo_unavail",
            name if FOREIGN.contains(&name) && !subject.foreign => "user_unknown",
            _ => "success",
        }
    }

    /// pam_wheel(8): a member is let through, trusted or, with `deny`, refused; for the others it is the other way round.
    fn wheel(&self, subject: Subject) -> Answer {
        let trusts = self.has("trust");
        match (subject.in_group, self.has("deny")) {
            (true, true) | (false, false) => "perm_denied",
            _ if self.has("root_only") && subject.target != 0 => "ignore",
            (true, false) | (false, true) if trusts => "success",
            _ => "ignore",
        }
    }

    /// pam_succeed_if(8), as far as it asks for user numbers and groups: `uid >= 1000`, `user ingroup wheel`. Conditions
    /// of other kinds are taken to hold.
    fn succeed_if(&self, subject: Subject) -> bool {
        let uid = if self.has("use_uid") { subject.caller } else { subject.target };
        self.arguments.windows(3).all(|words| {
            let [field, operator, value] = words else { return true };
            let number = value.parse::<u32>().ok().filter(|_| field == "uid");
            match (operator.as_str(), number) {
                ("ingroup", _) => subject.in_group,
                ("notingroup", _) => !subject.in_group,
                // Whom a list names is not who asks.
                ("=" | "eq" | "in" | "=~", _) if field == "user" => false,
                ("eq", Some(number)) => uid == number,
                ("ne", Some(number)) => uid != number,
                ("<" | "lt", Some(number)) => uid < number,
                ("<=" | "le", Some(number)) => uid <= number,
                (">" | "gt", Some(number)) => uid > number,
                (">=" | "ge", Some(number)) => uid >= number,
                ("=", Some(number)) => uid == number,
                ("!=", Some(number)) => uid != number,
                _ => true,
            }
        })
    }
}

const fn said(yes: bool) -> Answer {
    if yes { "success" } else { "auth_err" }
}

#[cfg(test)]
mod tests {
    use super::Subject;
    use crate::case::TestHost;
    use crate::host::pam::Phase;

    #[test]
    fn modules_answer_as_their_arguments_say() {
        for (line, outsider, member) in [
            ("pam_wheel.so use_uid", "perm_denied", "ignore"),
            ("pam_wheel.so trust", "perm_denied", "success"),
            ("pam_wheel.so deny group=x", "ignore", "perm_denied"),
            ("pam_succeed_if.so use_uid user ingroup wheel", "auth_err", "success"),
            ("pam_succeed_if.so uid = 0 use_uid quiet", "auth_err", "auth_err"),
            ("pam_succeed_if.so uid < 1000 quiet", "success", "success"),
            ("pam_succeed_if.so user = gdm", "auth_err", "auth_err"),
            ("pam_succeed_if.so user != root quiet", "success", "success"),
            ("pam_rootok.so", "auth_err", "auth_err"),
            ("pam_sss.so", "user_unknown", "user_unknown"),
        ] {
            let host =
                TestHost::new().file("/etc/pam.d/x", &format!("auth required {line}\n")).host();
            let stack = host.pam("x", Phase::Auth).unwrap().unwrap();
            let answer = |in_group| {
                stack.entries[0].usual_answer(Subject {
                    target: 0,
                    caller: 1000,
                    in_group,
                    foreign: false,
                })
            };
            assert_eq!((answer(false), answer(true)), (outsider, member), "{line}");
        }
    }
}
