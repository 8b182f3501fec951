//! Which of several versions to print as the one to install.
//!
//! Reports do not know the version orders of the ecosystems: whether something is vulnerable was decided long before.
//! Here only the newest of a few fixed versions of one package is picked for a sentence, and natural order does that:
//! numbers by value, `~` and a pre-release before the release itself.

use std::cmp::Ordering;

/// The newest of the versions.
pub(super) fn newest<'a>(versions: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    versions.max_by(|a, b| compare(a, b))
}

/// Natural order.
fn compare(a: &str, b: &str) -> Ordering {
    let (epoch_a, rest_a) = epoch(a);
    let (epoch_b, rest_b) = epoch(b);
    epoch_a.cmp(&epoch_b).then_with(|| compare_parts(rest_a, rest_b)).then_with(|| a.cmp(b))
}

/// The epoch and the rest of `1:2.3-4`; 0 without one.
fn epoch(version: &str) -> (u64, &str) {
    match version.split_once(':') {
        Some((epoch, rest)) => (epoch.parse().unwrap_or(0), rest),
        None => (0, version.trim_start_matches('v')),
    }
}

/// Runs of digits by value, everything else by text.
fn compare_parts(mut a: &str, mut b: &str) -> Ordering {
    loop {
        if a.is_empty() || b.is_empty() {
            return ends(a, b);
        }
        let (part_a, rest_a) = first_part(a);
        let (part_b, rest_b) = first_part(b);
        let order = compare_part(part_a, part_b);
        if order != Ordering::Equal {
            return order;
        }
        (a, b) = (rest_a, rest_b);
    }
}

/// One version is the beginning of the other: longer is newer, unless it goes on as a pre-release.
fn ends(a: &str, b: &str) -> Ordering {
    let before = |rest: &str| {
        rest.starts_with('~')
            || rest
                .strip_prefix('-')
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_alphabetic()))
    };
    match (a.is_empty(), b.is_empty()) {
        (true, false) if before(b) => Ordering::Greater,
        (false, true) if before(a) => Ordering::Less,
        _ => a.len().cmp(&b.len()),
    }
}

/// A run of digits, or a run of anything else.
fn first_part(text: &str) -> (&str, &str) {
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(text.len());
    text.split_at(end)
}

/// Digits by value, whatever their number; `~` before all else.
fn compare_part(a: &str, b: &str) -> Ordering {
    let is_number = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
    if is_number(a) && is_number(b) {
        let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
        return a.len().cmp(&b.len()).then_with(|| a.cmp(b));
    }
    b.starts_with('~').cmp(&a.starts_with('~')).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::newest;

    #[test]
    fn the_newest_is_found() {
        for (versions, expected) in [
            (vec!["1.9.0", "1.10.0"], "1.10.0"),
            (vec!["3.0.15-1~deb12u1", "3.0.16-1~deb12u1"], "3.0.16-1~deb12u1"),
            (vec!["1:1.0", "2.0"], "1:1.0"),
            (vec!["2.0.0-rc1", "2.0.0"], "2.0.0"),
            (vec!["1.0~rc1", "1.0"], "1.0"),
            (vec!["v1.2.3", "v1.12.0"], "v1.12.0"),
            (vec!["9.2p1-2+deb12u2", "9.2p1-2+deb12u3"], "9.2p1-2+deb12u3"),
            (vec!["99999999999999999999999.1", "5"], "99999999999999999999999.1"),
        ] {
            assert_eq!(newest(versions.iter().copied()), Some(expected), "{versions:?}");
            assert_eq!(newest(versions.iter().rev().copied()), Some(expected), "{versions:?}");
        }
        assert_eq!(newest([].into_iter()), None);
    }
}
