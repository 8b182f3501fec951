//! What sshd does where nothing is set.

use crate::host::Host;
use pasu_model::OsFamily;

/// The built-in defaults of sshd_config(5), OpenSSH 7.0 and later.
const DEFAULTS: [(&str, &str); 32] = [
    ("addressfamily", "any"),
    ("allowagentforwarding", "yes"),
    ("allowstreamlocalforwarding", "yes"),
    ("allowtcpforwarding", "yes"),
    ("authenticationmethods", "any"),
    ("authorizedkeysfile", ".ssh/authorized_keys .ssh/authorized_keys2"),
    ("banner", "none"),
    ("chrootdirectory", "none"),
    ("clientalivecountmax", "3"),
    ("clientaliveinterval", "0"),
    ("compression", "yes"),
    ("gatewayports", "no"),
    ("gssapiauthentication", "no"),
    ("hostbasedauthentication", "no"),
    ("ignorerhosts", "yes"),
    ("ignoreuserknownhosts", "no"),
    ("kbdinteractiveauthentication", "yes"),
    ("logingracetime", "120"),
    ("loglevel", "INFO"),
    ("maxauthtries", "6"),
    ("maxsessions", "10"),
    ("passwordauthentication", "yes"),
    ("permitemptypasswords", "no"),
    ("permituserenvironment", "no"),
    ("port", "22"),
    ("printlastlog", "yes"),
    ("printmotd", "yes"),
    ("pubkeyauthentication", "yes"),
    ("strictmodes", "yes"),
    ("syslogfacility", "AUTH"),
    ("usepam", "no"),
    ("x11forwarding", "no"),
];

/// The defaults of the target's version.
#[derive(Debug, Clone)]
pub(super) struct Defaults {
    permit_root_login: &'static str,
}

impl Defaults {
    /// Red Hat kept `PermitRootLogin yes` as the built-in default up to release 7.
    pub(super) fn of_host(host: &Host) -> Self {
        let is_old = host.os().is_some_and(|os| {
            let major = os.version.split('.').next().and_then(|text| text.parse::<u32>().ok());
            let is_red_hat = matches!(os.family, OsFamily::RedHat)
                || matches!(os.id.as_str(), "centos" | "rhel" | "ol");
            is_red_hat && major.is_some_and(|major| major <= 7)
        });
        Self { permit_root_login: if is_old { "yes" } else { "prohibit-password" } }
    }

    pub(super) fn of(&self, keyword: &str) -> Option<&'static str> {
        if keyword == "permitrootlogin" {
            return Some(self.permit_root_login);
        }
        DEFAULTS.iter().find(|(known, _)| *known == keyword).map(|(_, value)| *value)
    }
}

/// Whether two values mean the same to sshd: case does not count, and `prohibit-password` has an older name.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let plain = |value: &str| {
        let value = value.to_ascii_lowercase();
        if value == "without-password" { "prohibit-password".to_owned() } else { value }
    };
    plain(one) == plain(other)
}

#[cfg(test)]
mod tests {
    use super::is_same;

    #[test]
    fn old_names_and_case_do_not_tell_values_apart() {
        assert!(is_same("Prohibit-Password", "without-password"));
        assert!(!is_same("yes", "no"));
    }
}
