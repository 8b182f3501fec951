//! Selectors of syslog: which facilities and priorities a rule takes (`*.info;mail.none;authpriv.none`).

use serde::{Deserialize, Serialize};

/// Facilities by number, with the names that differ.
const FACILITIES: [(&str, usize); 26] = [
    ("kern", 0),
    ("user", 1),
    ("mail", 2),
    ("daemon", 3),
    ("auth", 4),
    ("security", 4),
    ("syslog", 5),
    ("lpr", 6),
    ("news", 7),
    ("uucp", 8),
    ("cron", 9),
    ("authpriv", 10),
    ("ftp", 11),
    ("ntp", 12),
    ("audit", 13),
    ("alert", 14),
    ("clock", 15),
    ("local0", 16),
    ("local1", 17),
    ("local2", 18),
    ("local3", 19),
    ("local4", 20),
    ("local5", 21),
    ("local6", 22),
    ("local7", 23),
    ("mark", 24),
];

/// How many facilities there are, `mark` included.
const COUNT: usize = 25;

/// Facilities that every system writes to.
const COMMON: [usize; 8] = [0, 1, 2, 3, 4, 5, 9, 10];

/// Priorities, the gravest first.
const PRIORITIES: [(&str, u8); 11] = [
    ("emerg", 0),
    ("panic", 0),
    ("alert", 1),
    ("crit", 2),
    ("err", 3),
    ("error", 3),
    ("warning", 4),
    ("warn", 4),
    ("notice", 5),
    ("info", 6),
    ("debug", 7),
];

/// For each facility the priorities that are taken, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Mask([u8; COUNT]);

impl Mask {
    /// What a selector takes; `None` where it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut mask = Self::default();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (facilities, priority) = part.rsplit_once('.')?;
            let change = change_of(priority)?;
            for name in facilities.split(',') {
                for number in numbers(name.trim())? {
                    if let Some(bits) = mask.0.get_mut(number) {
                        *bits = change(*bits);
                    }
                }
            }
        }
        (mask != Self::default() || text.contains('.')).then_some(mask)
    }

    /// Adds what another takes.
    pub fn add(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(bits, more)| *bits |= more);
    }

    /// Without what another takes.
    #[must_use]
    pub fn without(mut self, other: Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(bits, gone)| *bits &= !gone);
        self
    }

    /// Whether all of a requirement is taken: `authpriv` and `mail.err` name a facility, from the priority `info` up
    /// where none is said; `*.info` means the facilities that every system writes to.
    #[must_use]
    pub fn covers(&self, requirement: &str) -> bool {
        let (facilities, priority) = requirement.split_once('.').unwrap_or((requirement, "info"));
        let Some(change) = change_of(priority) else { return false };
        let wanted = change(0);
        let numbers = match facilities {
            "*" => COMMON.to_vec(),
            // Distributions write logins to either.
            "auth" | "authpriv" => vec![10],
            other => numbers(other).unwrap_or_default(),
        };
        !numbers.is_empty()
            && numbers
                .iter()
                .all(|number| self.0.get(*number).is_some_and(|bits| bits & wanted == wanted))
    }
}

fn numbers(name: &str) -> Option<Vec<usize>> {
    if name == "*" {
        return Some((0..COUNT - 1).collect());
    }
    let known = FACILITIES.iter().find(|(known, _)| name.eq_ignore_ascii_case(known));
    known.map(|(_, number)| vec![*number])
}

/// What a priority does to the bits of a facility: `info` adds itself and all graver ones, `=info` itself, `!info` takes
/// itself and graver ones away, `none` all.
fn change_of(priority: &str) -> Option<Box<dyn Fn(u8) -> u8>> {
    let (negated, rest) = priority.strip_prefix('!').map_or((false, priority), |rest| (true, rest));
    let (single, name) = rest.strip_prefix('=').map_or((false, rest), |rest| (true, rest));
    let bits: u8 = match name {
        "*" => 0xff,
        name if name.eq_ignore_ascii_case("none") => return Some(Box::new(|_| 0)),
        name => {
            let known = PRIORITIES.iter().find(|(known, _)| name.eq_ignore_ascii_case(known));
            let number = known.map(|(_, number)| *number).or_else(|| name.parse().ok())?;
            let number = if number < 8 { number } else { return None };
            if single { 1 << number } else { 0xff >> (7 - number) }
        }
    };
    Some(Box::new(move |old| if negated { old & !bits } else { old | bits }))
}

#[cfg(test)]
mod tests {
    use super::Mask;

    #[test]
    fn selectors_are_added_up_from_left_to_right() {
        let mask = Mask::parse("*.info;mail.none;authpriv.none;cron.none").unwrap();
        assert!(mask.covers("kern") && mask.covers("daemon.err"));
        assert!(!mask.covers("mail") && !mask.covers("authpriv") && !mask.covers("*.info"));
        assert!(!mask.covers("kern.debug"));
        let auth = Mask::parse("auth,authpriv.*").unwrap();
        assert!(auth.covers("authpriv") && !auth.covers("cron"));
        assert!(Mask::parse("*.=crit").unwrap().covers("*.=crit"));
        assert!(!Mask::parse("*.=crit").unwrap().covers("*.emerg"));
        assert!(!Mask::parse("*.*;auth.!notice").unwrap().without(Mask::default()).covers("x"));
        assert!(Mask::parse("hello").is_none() && Mask::parse("a.b").is_none());
    }
}
