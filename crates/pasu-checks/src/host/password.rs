//! What may be kept of a password that stands in a file in plain text: never itself.

use serde::{Deserialize, Serialize};

/// Passwords that attackers try first, those of Tomcat's examples and guides among them; in lower case.
const COMMON: [&str; 46] = [
    "<must-be-changed>",
    "000000",
    "111111",
    "123123",
    "123456",
    "1234567",
    "12345678",
    "123456789",
    "1234567890",
    "1q2w3e4r",
    "1q2w3e4r!",
    "1q2w3e4r5t",
    "abc123",
    "abcd1234",
    "abcd1234!",
    "admin",
    "admin1234",
    "admin1234!",
    "administrator",
    "changeit",
    "changeme",
    "default",
    "iloveyou",
    "letmein",
    "manager",
    "manager1",
    "must-be-changed",
    "p@ssw0rd",
    "pass",
    "passw0rd",
    "password",
    "password1",
    "password123",
    "qwer1234",
    "qwer1234!",
    "qwerty",
    "qwerty123",
    "role1",
    "root",
    "s3cret",
    "secret",
    "test1234",
    "tomcat",
    "tomcat123",
    "welcome1",
    "zaq12wsx",
];

/// What is kept of a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordFacts {
    /// In what form it stands there.
    pub form: PasswordForm,
    /// Its length in characters.
    pub length: usize,
    /// How many of these it has: small letters, capitals, digits, others.
    pub classes: usize,
    /// Whether it is the account's name.
    pub is_name: bool,
    /// Whether it is one that is tried first.
    pub is_common: bool,
}

/// In what form a password stands in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PasswordForm {
    /// There is none.
    Empty,
    /// It looks like a digest: hexadecimal, `salt$iterations$digest` or `{SSHA}…`.
    Digest,
    /// `${name}`: it stands elsewhere.
    Property,
    /// As it is typed.
    Plain,
}

impl PasswordFacts {
    /// What may be kept of a password.
    #[must_use]
    pub fn of(password: &str, name: &str) -> Self {
        let classes: [fn(char) -> bool; 4] = [
            |c| c.is_lowercase(),
            |c| c.is_uppercase(),
            |c| c.is_numeric(),
            |c| !c.is_lowercase() && !c.is_uppercase() && !c.is_numeric(),
        ];
        Self {
            form: form(password),
            length: password.chars().count(),
            classes: classes.iter().filter(|class| password.chars().any(class)).count(),
            is_name: !password.is_empty() && password.eq_ignore_ascii_case(name),
            is_common: COMMON.contains(&password.to_lowercase().as_str()),
        }
    }

    /// Whether it is easy to guess by KISA's rule: at least ten characters of two classes, or eight of three.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        let is_long =
            self.length >= 10 && self.classes >= 2 || self.length >= 8 && self.classes >= 3;
        self.is_name || self.is_common || !is_long
    }
}

fn form(password: &str) -> PasswordForm {
    if password.is_empty() {
        return PasswordForm::Empty;
    }
    if password.starts_with("${") && password.ends_with('}') {
        return PasswordForm::Property;
    }
    let is_hex = |text: &str| {
        matches!(text.len(), 32 | 40 | 48 | 56 | 64 | 96 | 128)
            && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let last = password.rsplit('$').next().unwrap_or_default();
    let upper = password.to_ascii_uppercase();
    let is_marked = ["{SHA}", "{SSHA}", "{MD5}"].iter().any(|mark| upper.starts_with(mark));
    if is_hex(last) || is_marked { PasswordForm::Digest } else { PasswordForm::Plain }
}

#[cfg(test)]
mod tests {
    use super::{PasswordFacts, PasswordForm};

    #[test]
    fn the_rule_counts_length_and_classes() {
        for (password, weak) in [
            ("abcdefgh", true),
            ("abcdefghij", true),
            ("abcdefghi1", false),
            ("abcdE1g", true),
            ("abcdE1gh", false),
            ("P@ssw0rd", true),
            ("Operator77", true),
            ("", true),
        ] {
            assert_eq!(PasswordFacts::of(password, "operator77").is_weak(), weak, "{password}");
        }
    }

    #[test]
    fn forms_are_told_apart() {
        for (password, form) in [
            ("", PasswordForm::Empty),
            ("${env.SECRET}", PasswordForm::Property),
            ("5ebe2294ecd0e0f08eab7690d2a6ee69", PasswordForm::Digest),
            ("a1b2$1000$5ebe2294ecd0e0f08eab7690d2a6ee69", PasswordForm::Digest),
            ("{ssha}abc=", PasswordForm::Digest),
            ("s3cret", PasswordForm::Plain),
        ] {
            assert_eq!(PasswordFacts::of(password, "x").form, form, "{password}");
        }
    }
}
