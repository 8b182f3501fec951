//! The version orders against what the ecosystems' own tools said of the pairs in `data/version`, and the laws that
//! any order must keep.

use pasu_advisory::version::{compare, is_version};
use pasu_model::Ecosystem;
use std::cmp::Ordering;

struct Vectors {
    name: &'static str,
    ecosystem: Ecosystem,
    text: &'static str,
}

macro_rules! vectors {
    ($($ecosystem:ident: $name:literal),* $(,)?) => {
        [$(Vectors {
            name: $name,
            ecosystem: Ecosystem::$ecosystem,
            text: include_str!(concat!("data/version/", $name, ".txt")),
        }),*]
    };
}

const VECTORS: [Vectors; 17] = vectors![
    Debian: "dpkg",
    RedHat: "rpm",
    Alpine: "apk",
    Arch: "pacman",
    Npm: "npm",
    PyPI: "pypi",
    Go: "go",
    Maven: "maven",
    CratesIo: "semver",
    Hex: "semver",
    RubyGems: "gem",
    Packagist: "composer",
    NuGet: "nuget",
    Pub: "pub",
    Cran: "cran",
    Hackage: "hackage",
    Cpe: "cpe",
];

impl Vectors {
    /// The lines `A OP B`, without comments.
    fn lines(&self) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
        let name = self.name;
        self.text.lines().filter(|line| !line.starts_with('#')).map(move |line| {
            let fields: Vec<_> = line.split(' ').collect();
            let [a, operator, b] = fields[..] else { panic!("{name}: {line:?} is not `A OP B`") };
            (a, operator, b)
        })
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        compare(self.ecosystem, a, b)
    }
}

fn operator(order: Option<Ordering>) -> &'static str {
    match order {
        None => "?",
        Some(Ordering::Less) => "<",
        Some(Ordering::Equal) => "=",
        Some(Ordering::Greater) => ">",
    }
}

#[test]
fn the_tools_agree() {
    for vectors in VECTORS {
        let wrong: Vec<_> = vectors
            .lines()
            .filter(|(a, expected, b)| operator(vectors.compare(a, b)) != *expected)
            .map(|(a, expected, b)| format!("{a} {expected} {b}"))
            .collect();
        assert!(vectors.lines().count() > 20, "{}: too few vectors", vectors.name);
        assert!(wrong.is_empty(), "{}: the tool says {wrong:#?}", vectors.name);
    }
}

#[test]
fn the_other_way_round_is_the_reverse() {
    for vectors in VECTORS {
        for (a, _, b) in vectors.lines() {
            let forth = vectors.compare(a, b);
            let back = vectors.compare(b, a);
            assert_eq!(forth, back.map(Ordering::reverse), "{}: {a} {b}", vectors.name);
        }
    }
}

#[test]
fn a_version_equals_itself_and_nothing_else_does() {
    for vectors in VECTORS {
        for (a, expected, b) in vectors.lines() {
            let versions = [a, b].map(|version| is_version(vectors.ecosystem, version));
            assert_eq!(versions.contains(&false), expected == "?", "{}: {a} {b}", vectors.name);
            for version in [a, b] {
                let order = vectors.compare(version, version);
                assert!(
                    matches!(order, None | Some(Ordering::Equal)),
                    "{}: {version}",
                    vectors.name
                );
            }
        }
    }
}

/// Sorts all versions and compares every pair again: in a true order no later one is less, and what lies between two
/// equal ones equals them.
#[test]
fn the_orders_are_transitive() {
    for vectors in VECTORS {
        let mut versions: Vec<_> = vectors.lines().flat_map(|(a, _, b)| [a, b]).collect();
        versions.retain(|version| {
            is_version(vectors.ecosystem, version) && is_ordered(vectors.ecosystem, version)
        });
        let order = |a: &str, b: &str| vectors.compare(a, b).expect("both are versions");
        versions.sort_by(|a, b| order(a, b));
        for (index, first) in versions.iter().enumerate() {
            let mut previous = Ordering::Equal;
            for second in &versions[index..] {
                let next = order(first, second);
                assert_ne!(next, Ordering::Greater, "{}: {first} {second}", vectors.name);
                assert!(next <= previous, "{}: {first} {second}", vectors.name);
                previous = next;
            }
        }
    }
}

/// pacman takes a version without a release for equal to all its releases.
fn is_ordered(ecosystem: Ecosystem, version: &str) -> bool {
    ecosystem != Ecosystem::Arch || version.contains('-')
}

#[test]
fn no_text_makes_an_order_panic() {
    let long_number = "9".repeat(5_000);
    let long_nest = "1.a-".repeat(5_000);
    let texts = [
        "",
        " ",
        "0",
        "-",
        "--",
        ".",
        "..",
        "+",
        "~",
        "^",
        ":",
        "_",
        "v",
        "V",
        "=",
        "go",
        "dev-",
        "x-dev",
        "1-",
        "1.",
        "-1",
        "1+",
        "1~",
        "é",
        "1é",
        "1.é2",
        "v1.2.3-é",
        "١.٢",
        "1\u{0}2",
        "\u{feff}1.0",
        "1.0 as 2.0",
        "1@dev",
        "(none):",
        "a:b-c",
        "١٢٣٤-dev",
        "2024-01-é",
        "1.0rcé",
        "go1.21rcé",
        "go1.21é",
        "🦀",
        "1🦀.2",
        &long_number,
        &long_nest,
    ];
    for ecosystem in Ecosystem::all() {
        for a in texts {
            for b in texts {
                let forth = compare(ecosystem, a, b);
                assert_eq!(
                    forth,
                    compare(ecosystem, b, a).map(Ordering::reverse),
                    "{ecosystem:?}: {a:.20} {b:.20}"
                );
            }
        }
        assert!(!is_version(ecosystem, ""), "{ecosystem:?}");
        assert!(is_version(ecosystem, "0") && is_version(ecosystem, "1.2"), "{ecosystem:?}");
    }
}
