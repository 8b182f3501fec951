//! The lock files of Yarn, pnpm and Bun, all made from one `package.json`.

use super::bun_lock::BunLock;
use super::pnpm_lock::PnpmLock;
use super::yarn_lock::YarnLock;
use crate::language::testing::{detect_first as detect, listing};
use crate::{DetectError, Detector};
use pasu_model::LineRange;

const MANIFEST: &[u8] = include_bytes!("testdata/package.json");
const YARN1: &[u8] = include_bytes!("testdata/yarn-v1.yarn.lock");
const YARN3: &[u8] = include_bytes!("testdata/yarn-v3.yarn.lock");
const YARN4: &[u8] = include_bytes!("testdata/yarn-v4.yarn.lock");
const PNPM5: &[u8] = include_bytes!("testdata/pnpm-v5.pnpm-lock.yaml");
const PNPM7: &[u8] = include_bytes!("testdata/pnpm-v7.pnpm-lock.yaml");
const PNPM8: &[u8] = include_bytes!("testdata/pnpm-v8.pnpm-lock.yaml");
const PNPM9: &[u8] = include_bytes!("testdata/pnpm-v9.pnpm-lock.yaml");
const BUN: &[u8] = include_bytes!("testdata/bun-v1.2.bun.lock");

/// The packages of the project, the same for every tool.
const EXPECTED: [&str; 23] = [
    "@babel/code-frame@7.16.7 direct",
    "@babel/helper-validator-identifier@7.29.7 indirect",
    "@babel/highlight@7.25.9 indirect",
    "ansi-styles@3.2.1 indirect",
    "chalk@2.4.2 indirect",
    "color-convert@1.9.3 indirect",
    "color-name@1.1.3 indirect",
    "debug@2.6.8 direct",
    "escape-string-regexp@1.0.5 indirect",
    "fsevents@2.3.2 direct",
    "has-flag@3.0.0 indirect",
    "js-tokens@4.0.0 indirect",
    "lodash@4.17.20 direct",
    "loose-envify@1.4.0 indirect",
    "minimist@1.2.8 indirect dev",
    "mkdirp@0.5.5 direct dev",
    "ms@2.0.0 indirect",
    "object-assign@4.1.1 indirect",
    "picocolors@1.1.1 indirect",
    "react@17.0.2 direct",
    "react-dom@17.0.2 direct",
    "scheduler@0.20.2 indirect",
    "supports-color@5.5.0 indirect",
];

#[test]
fn every_tool_locks_the_same_packages() {
    let cases: [(&dyn Detector, &str, &[u8]); 8] = [
        (&YarnLock, "/app/yarn.lock", YARN1),
        (&YarnLock, "/app/yarn.lock", YARN3),
        (&YarnLock, "/app/yarn.lock", YARN4),
        (&PnpmLock, "/app/pnpm-lock.yaml", PNPM5),
        (&PnpmLock, "/app/pnpm-lock.yaml", PNPM7),
        (&PnpmLock, "/app/pnpm-lock.yaml", PNPM8),
        (&PnpmLock, "/app/pnpm-lock.yaml", PNPM9),
        (&BunLock, "/app/bun.lock", BUN),
    ];
    for (number, (detector, path, lock)) in cases.into_iter().enumerate() {
        let found = listing(detector, &[(path, lock), ("/app/package.json", MANIFEST)]);
        // Yarn 2 and later add node-gyp and what it needs to every package that is compiled.
        let missing: Vec<_> =
            EXPECTED.iter().filter(|line| !found.contains(&line.to_string())).collect();
        assert_eq!(missing, [&""; 0], "case {number}");
        let berry = number == 1 || number == 2;
        assert!(berry || found.len() == EXPECTED.len(), "case {number}: {found:?}");
    }
}

#[test]
fn yarn_without_a_manifest_says_nothing_of_development() {
    let found = listing(&YarnLock, &[("/yarn.lock", YARN1)]);
    assert_eq!(found, EXPECTED.map(|line| line.split(' ').next().unwrap()));
}

#[test]
fn yarn_members_of_a_workspace_count_as_the_project() {
    let lock = b"a@^1.0.0:\n  version \"1.0.1\"\n\nb@^2.0.0:\n  version \"2.0.0\"\n  dependencies:\n    c \"^3.0.0\"\n\nc@^3.0.0:\n  version \"3.0.0\"\n";
    let files: [(&str, &[u8]); 4] = [
        ("/yarn.lock", lock),
        (
            "/package.json",
            br#"{"private": true, "workspaces": {"packages": ["packages/*", "../out"]}}"#,
        ),
        ("/packages/x/package.json", br#"{"dependencies": {"a": "^1.0.0"}}"#),
        ("/packages/y/package.json", br#"{"devDependencies": {"b": "^2.0.0"}}"#),
    ];
    let expected = ["a@1.0.1 direct", "b@2.0.0 direct dev", "c@3.0.0 indirect dev"];
    assert_eq!(listing(&YarnLock, &files), expected);
}

#[test]
fn yarn_sources_that_are_no_registry() {
    // Made by Yarn 4.18.1 and 1.22.22 from git, patch, link, portal and file dependencies.
    let berry = br#"__metadata:
  version: 8

"app@workspace:.":
  version: 0.0.0-use.local
  resolution: "app@workspace:."
  dependencies:
    is-number: "https://github.com/jonschlinkert/is-number.git"
  languageName: unknown
  linkType: soft

"fsevents@patch:fsevents@npm%3A2.3.2#optional!builtin<compat/fsevents>":
  version: 2.3.2
  resolution: "fsevents@patch:fsevents@npm%3A2.3.2#optional!builtin<compat/fsevents>::version=2.3.2&hash=df0bf1"
  conditions: os=darwin

"is-number@https://github.com/jonschlinkert/is-number.git":
  version: 7.0.0
  resolution: "is-number@https://github.com/jonschlinkert/is-number.git#commit=98e8ff1da1a89f93d1397a24d7413ed15421c139"

"local@portal:./local::locator=app%40workspace%3A.":
  version: 0.0.0-use.local
  resolution: "local@portal:./local::locator=app%40workspace%3A."

? "long@npm:^1.0.0, long@npm:^1.0.1"
:
  version: 1.0.2
  resolution: "long@npm:1.0.2"
"#;
    let found = listing(&YarnLock, &[("/yarn.lock", berry)]);
    assert_eq!(found, ["fsevents@2.3.2", "is-number@7.0.0", "long@1.0.2"]);
    let classic = br#""is-number@git+https://github.com/jonschlinkert/is-number.git":
  version "7.0.0"
  resolved "git+https://github.com/jonschlinkert/is-number.git#98e8ff1"

"local@file:./local":
  version "1.0.0"

"local2@link:./local":
  version "0.0.0"
  uid ""
"#;
    assert_eq!(listing(&YarnLock, &[("/yarn.lock", classic)]), ["is-number@7.0.0"]);
}

#[test]
fn yarn_entries_have_lines_and_needs() {
    for (lock, lines) in [(YARN1, (34, 41)), (YARN4, (61, 70))] {
        let sets = detect(&YarnLock, &[("/yarn.lock", lock)]).unwrap();
        let chalk = sets[0].packages.iter().find(|package| package.name == "chalk").unwrap();
        assert_eq!(chalk.lines, [LineRange { start: lines.0, end: lines.1 }]);
        let needs = ["ansi-styles@3.2.1", "escape-string-regexp@1.0.5", "supports-color@5.5.0"];
        assert_eq!(chalk.depends_on, needs);
    }
}

#[test]
fn yarn_damage_is_said_with_its_line() {
    let cases: [(&[u8], &str); 3] = [
        (b"a@1:\n  version \"1.0.0\"\n<<<<<<< HEAD\n", "line 3: an unresolved merge conflict"),
        (b"  version \"1.0.0\"\n", "line 1: a property outside an entry"),
        (b"a@1\n  version \"1.0.0\"\n", "line 1: an entry does not end in `:`"),
    ];
    for (text, expected) in cases {
        let error = detect(&YarnLock, &[("/yarn.lock", text)]).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn pnpm_sources_that_are_no_registry() {
    // Excerpt of pnpm 9.15.9.
    let lock = b"lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      is-number:
        specifier: github:jonschlinkert/is-number
        version: https://codeload.github.com/jonschlinkert/is-number/tar.gz/98e8ff1
      local:
        specifier: link:../local
        version: link:../local
  packages/util:
    devDependencies:
      ms:
        specifier: 2.0.0
        version: 2.0.0
packages:
  is-number@https://codeload.github.com/jonschlinkert/is-number/tar.gz/98e8ff1:
    resolution: {tarball: https://codeload.github.com/jonschlinkert/is-number/tar.gz/98e8ff1}
    version: 7.0.0
  local2@file:local2:
    resolution: {directory: local2, type: directory}
  ms@2.0.0:
    resolution: {integrity: sha512-Tpp60P6IUJDTuOq}
snapshots:
  is-number@https://codeload.github.com/jonschlinkert/is-number/tar.gz/98e8ff1: {}
  local2@file:local2: {}
  ms@2.0.0: {}
";
    let found = listing(&PnpmLock, &[("/pnpm-lock.yaml", lock)]);
    assert_eq!(found, ["is-number@7.0.0 direct", "ms@2.0.0 direct dev"]);
    let empty = b"lockfileVersion: 5.1\nspecifiers: {}\n";
    assert!(detect(&PnpmLock, &[("/pnpm-lock.yaml", empty)]).unwrap().is_empty());
}

#[test]
fn pnpm_damage_and_unknown_versions_are_said() {
    let unknown = detect(&PnpmLock, &[("/pnpm-lock.yaml", b"lockfileVersion: '42.0'\n")]);
    assert!(matches!(unknown, Err(DetectError::Unsupported(_))));
    let bomb = format!("a: &a [x]\nb: {}", "[".repeat(50_000));
    for text in ["lockfileVersion: '9.0'\npackages:\n  a: [\n", "packages: {a: b}\n", &bomb] {
        let error = detect(&PnpmLock, &[("/pnpm-lock.yaml", text.as_bytes())]).unwrap_err();
        assert!(!matches!(error, DetectError::Io(_)), "{error}");
    }
}

#[test]
fn bun_keys_are_paths_and_members_are_the_project() {
    // Excerpt of Bun 1.2.23.
    let lock = br#"{
  "lockfileVersion": 1,
  "workspaces": {
    "": { "name": "app", "devDependencies": { "debug-new": "npm:debug@4.3.4" }, },
    "packages/util": { "name": "@demo/util", "dependencies": { "ms": "2.0.0", "minimist": "1.2.5" } },
  },
  "packages": {
    "@demo/util": ["@demo/util@workspace:packages/util"],
    "debug-new": ["debug@4.3.4", "", { "dependencies": { "ms": "2.1.2" } }, "sha512-PRWFHuSU3e"],
    "is-number": ["is-number@github:jonschlinkert/is-number#98e8ff1", {}, "jonschlinkert-is-number-98e8ff1"],
    "minimist": ["minimist@1.2.5", "", {}, "sha512-FM9nNUYrRB"],
    "ms": ["ms@2.0.0", "", {}, "sha512-Tpp60P6IUJ"],
    "debug-new/ms": ["ms@2.1.2", "", {}, "sha512-sGkPx+VjMt"],
    "tiny": ["tiny@https://registry.npmjs.org/ms/-/ms-2.1.3.tgz", {}, "sha512-6FlzubTLZG"],
  }
}"#;
    let sets = detect(&BunLock, &[("/bun.lock", lock)]).unwrap();
    let debug = &sets[0].packages[0];
    assert_eq!(debug.depends_on, ["ms@2.1.2"]);
    assert_eq!(debug.lines, [LineRange { start: 9, end: 9 }]);
    let expected = [
        "debug@4.3.4 direct dev",
        "minimist@1.2.5 direct",
        "ms@2.0.0 direct",
        "ms@2.1.2 indirect dev",
        "ms@2.1.3 indirect",
    ];
    assert_eq!(listing(&BunLock, &[("/bun.lock", lock)]), expected);
}

#[test]
fn bun_damage_is_said_with_its_line() {
    let error =
        detect(&BunLock, &[("/bun.lock", b"{\n// x\n\"packages\": {\"a\": 1}}")]).unwrap_err();
    assert!(error.to_string().contains("line 3"), "{error}");
}
