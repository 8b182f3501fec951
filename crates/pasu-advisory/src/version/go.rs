//! Go's order: module versions as golang.org/x/mod/semver compares them, pseudo-versions and `+incompatible` among
//! them, and the releases of Go itself (`go1.21rc1`) as the Go vulnerability database rewrites them (`1.21.0-rc.1`).

use super::digits;
use super::semver::{STRICT, Semver};
use std::cmp::Ordering;

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    Some(parse(a)?.compare(&parse(b)?))
}

fn parse(text: &str) -> Option<Semver<'_>> {
    if let Some(release) = text.strip_prefix("go") {
        // `runtime.Version()` appends experiments: `go1.22.5 X:boringcrypto`.
        return parse_release(release.split(' ').next()?);
    }
    match text.strip_prefix('v') {
        Some(module) => Semver::parse(module, STRICT),
        None => parse_release(text),
    }
}

fn parse_release(text: &str) -> Option<Semver<'_>> {
    Semver::parse(text, STRICT).or_else(|| parse_toolchain(text))
}

/// Reads `1.21rc1` and `1.9.2beta3`: the last number runs into `rc` or `beta` and its number.
fn parse_toolchain(text: &str) -> Option<Semver<'_>> {
    let letters = text.find(|character: char| character.is_ascii_alphabetic())?;
    let (numbers, pre_release) = text.split_at_checked(letters)?;
    let (kind, number) = ["rc", "beta"]
        .iter()
        .find_map(|kind| Some((pre_release.get(..kind.len())?, pre_release.strip_prefix(kind)?)))?;
    if !digits::is_number(number.as_bytes()) {
        return None;
    }
    Some(Semver {
        pre_release: kind,
        pre_release_number: number,
        ..Semver::parse(numbers, STRICT)?
    })
}

#[cfg(test)]
mod tests {
    use super::compare;
    use std::cmp::Ordering::{Equal, Less};

    #[test]
    fn releases_of_go() {
        for (a, b, expected) in [
            ("go1.21rc1", "1.21.0-rc.1", Equal),
            ("go1.21rc2", "go1.21rc10", Less),
            ("1.20beta1", "1.20rc1", Less),
            ("1.21rc3", "1.21.0", Less),
            ("go1.22.5 X:boringcrypto", "v1.22.5", Equal),
            ("v2.0.0+incompatible", "2", Equal),
            ("v0.0.0-20190101000000-0123456789ab", "v0.0.0-20200101000000-abcdefabcdef", Less),
        ] {
            assert_eq!(compare(a, b), Some(expected), "{a} {b}");
        }
    }

    #[test]
    fn no_version() {
        for refused in [
            "",
            "v",
            "(devel)",
            "master",
            "v1.2.3.4",
            "v01.2.3",
            "v1.2-pre",
            "v1.21rc1",
            "v1.2+incompatible",
            "go1.21rc",
            "1.21alpha1",
        ] {
            assert_eq!(compare(refused, refused), None, "{refused:?}");
        }
    }
}
