//! Ignore files in YAML as Trivy's documentation and projects write them.

use crate::suppress::ignore::About;
use crate::suppress::package_pattern::parts;
use crate::suppress::{Note, Rules};
use pasu_model::Purl;

const FILE: &str = "\
# Reviewed every quarter.
vulnerabilities:
  - id: CVE-2022-40897
    paths:
      - \"usr/local/lib/python3.9/**\"
      - 'app/{poetry,uv}.lock'
    statement: Accept the risk
  - id: CVE-2023-2650
  - id: ghsa-35jh-r3h4-6jhm
    expired_at: 2025-06-30
    purls:
      - pkg:npm/lodash
      - pkg:npm/@babel/core@7.0.0
misconfigurations:
  - id: AVD-DS-0001
    paths: [\"docs/Dockerfile\"]
secrets:
  - id: aws-access-key-id
licenses:
";

fn read(text: &str) -> Result<Rules, String> {
    let mut rules = Rules::default();
    rules.add_ignore_file("i.yaml", text.as_bytes()).map_err(|error| error.to_string())?;
    Ok(rules)
}

#[test]
fn entries_are_read_with_their_lines() {
    let rules = read(FILE).unwrap();
    assert_eq!(rules.notes, []);
    let lines: Vec<(usize, &str)> =
        rules.ignores.iter().map(|entry| (entry.line, entry.id.as_str())).collect();
    let expected = [
        (3, "CVE-2022-40897"),
        (8, "CVE-2023-2650"),
        (9, "ghsa-35jh-r3h4-6jhm"),
        (15, "AVD-DS-0001"),
    ];
    assert_eq!(lines, expected);
    let misconfigurations =
        rules.ignores.iter().filter(|entry| entry.about == About::Misconfigurations);
    assert_eq!(misconfigurations.count(), 1);
    assert_eq!(rules.ignores[0].statement, "Accept the risk");
    assert_eq!(rules.ignores[2].expires.unwrap().to_string(), "2025-06-30");
}

#[test]
fn paths_and_packages_limit_an_entry() {
    let rules = read(FILE).unwrap();
    let lodash = parts(&Purl::parse("pkg:npm/lodash@4.17.20").unwrap());
    let babel = parts(&Purl::parse("pkg:npm/%40babel/core@7.0.1").unwrap());
    let [by_path, everywhere, by_package, _] = &rules.ignores[..] else { panic!("four entries") };
    for (entry, files, package, expected) in [
        (by_path, ["usr/local/lib/python3.9/site-packages/x/METADATA", ""], None, true),
        (by_path, ["Python", "usr/local/lib/python3.9/x"], Some(&lodash), true),
        (by_path, ["usr/local/lib/python3.10/x", ""], None, false),
        (by_path, ["app/uv.lock", ""], None, true),
        (by_path, ["app/sub/uv.lock", ""], None, false),
        (by_path, ["", ""], None, false),
        (everywhere, ["", ""], None, true),
        (by_package, ["x", ""], Some(&lodash), true),
        (by_package, ["x", ""], Some(&babel), false),
        (by_package, ["x", ""], None, false),
    ] {
        assert_eq!(entry.covers(&files, package), expected, "{} {files:?}", entry.id);
    }
}

#[test]
fn misspelt_keys_are_told() {
    let rules = read("vulnerabilites: []\nvulnerabilities:\n - id: A\n   expires: 2020-01-01\n");
    let keys: Vec<Note> = ["expires", "vulnerabilites"]
        .map(|key| Note::UnknownKey { file: "i.yaml".into(), key: key.into() })
        .into();
    assert_eq!(rules.unwrap().notes, keys);
}

#[test]
fn files_without_entries_are_fine() {
    for text in ["", "# nothing yet\n", "vulnerabilities:\n", "vulnerabilities: []\n", "---\n"] {
        assert_eq!(read(text).unwrap().ignores.len(), 0, "{text:?}");
    }
}

#[test]
fn wrong_files_are_refused_with_the_line() {
    for (text, expected) in [
        ("vulnerabilities:\n  - statement: x\n", "i.yaml:2: \"\" is no id"),
        (
            "vulnerabilities:\n  - id: A\n    expired_at: soon\n",
            "i.yaml:2: expired_at: \"soon\" is no date",
        ),
        (
            "vulnerabilities:\n  - id: A\n    purls: [lodash]\n",
            "i.yaml:2: purls: \"lodash\" is no package URL",
        ),
        ("vulnerabilities:\n  - id: A\n    paths: ['a[']\n", "i.yaml:2: paths: \"a[\": "),
        ("vulnerabilities:\n  - id: A\n    paths: a.lock\n", "i.yaml:3: "),
        ("vulnerabilities: {id: A}\n", "i.yaml:1: "),
        ("vulnerabilities:\n  - CVE-2020-1\n", "i.yaml:2: "),
        ("vulnerabilities:\n  - id: [\n", "i.yaml:"),
        ("- id: A\n", "i.yaml:1: "),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.starts_with(expected), "{text:?}: {error}");
        assert!(!error.contains('\n'), "{error}");
    }
}

#[test]
fn numbers_are_bounded() {
    let many = format!("vulnerabilities:\n  - id: A\n    paths: [{}]\n", "a,".repeat(6_000));
    assert_eq!(read(&many).unwrap_err(), "i.yaml:2: more than 5000 paths");
    let deep = format!(
        "vulnerabilities:\n  - id: A\n    paths: ['{}{}']\n",
        "{a,".repeat(200),
        "}".repeat(200)
    );
    assert_eq!(
        read(&deep).unwrap_err(),
        "i.yaml:2: paths: a pattern nests too deeply or is too large"
    );
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\n\
                d: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e]\n\
                g: &g [*f,*f,*f,*f,*f,*f,*f,*f]\nh: [*g,*g,*g,*g,*g,*g,*g,*g]\n";
    let begun = std::time::Instant::now();
    let _ = read(bomb);
    assert!(begun.elapsed().as_secs() < 5);
}
