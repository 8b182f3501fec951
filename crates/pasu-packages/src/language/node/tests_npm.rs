//! npm's lock files and installed modules.

use super::installed::InstalledModule;
use super::package_lock::PackageLock;
use crate::DetectError;
use crate::language::testing::{detect_first as detect, listing};
use pasu_model::LineRange;

const MANIFEST: &[u8] = include_bytes!("testdata/workspace.package.json");
const V1: &[u8] = include_bytes!("testdata/npm-v1.package-lock.json");
const V2: &[u8] = include_bytes!("testdata/npm-v2.package-lock.json");
const V3: &[u8] = include_bytes!("testdata/npm-v3.package-lock.json");

/// The project, its member and their packages, as `npm ls --all` shows them.
const EXPECTED: [&str; 16] = [
    "@sindresorhus/is@4.6.0 direct",
    "debug@2.6.8 direct",
    "debug@4.3.4 direct dev",
    "fsevents@2.3.2 direct",
    "js-tokens@4.0.0 indirect",
    "lodash@4.17.20 direct",
    "loose-envify@1.4.0 indirect",
    "minimist@1.2.5 direct",
    "minimist@1.2.8 indirect dev",
    "mkdirp@0.5.5 direct dev",
    "ms@2.0.0 direct",
    "ms@2.1.2 direct",
    "object-assign@4.1.1 indirect",
    "react@17.0.2 direct",
    "react-dom@17.0.2 direct",
    "scheduler@0.20.2 indirect",
];

#[test]
fn versions_2_and_3_name_the_same_packages_behind_aliases_and_tarballs() {
    for lock in [V2, V3] {
        assert_eq!(listing(&PackageLock, &[("/app/package-lock.json", lock)]), EXPECTED);
    }
}

#[test]
fn version_1_knows_direct_packages_from_the_manifest_beside_it() {
    let with = listing(&PackageLock, &[("/package-lock.json", V1), ("/package.json", MANIFEST)]);
    // It has no workspaces: what only the member names is indirect.
    let expected = EXPECTED.map(|line| match line {
        "minimist@1.2.5 direct" => "minimist@1.2.5 indirect",
        "ms@2.0.0 direct" => "ms@2.0.0 indirect",
        line => line,
    });
    assert_eq!(with, expected);
    let without = listing(&PackageLock, &[("/npm-shrinkwrap.json", V1)]);
    assert_eq!(without, expected.map(|line| line.replace(" direct", "").replace(" indirect", "")));
}

#[test]
fn an_entry_has_lines_licence_and_the_modules_nearest_to_it() {
    let sets = detect(&PackageLock, &[("/app/package-lock.json", V2)]).unwrap();
    assert_eq!(sets[0].target, "app/package-lock.json");
    let find = |id: &str| sets[0].packages.iter().find(|package| package.id() == id).unwrap();
    let debug = find("debug@4.3.4");
    assert_eq!(debug.depends_on, ["ms@2.1.2"]);
    assert_eq!(debug.licenses, ["MIT"]);
    assert_eq!(debug.lines, [LineRange { start: 53, end: 70 }]);
    assert_eq!(debug.purl.as_ref().unwrap().as_str(), "pkg:npm/debug@4.3.4");
    // Two places hold it: inside `debug-new` and as the tarball called `tinytar`.
    let twice = [LineRange { start: 71, end: 76 }, LineRange { start: 179, end: 185 }];
    assert_eq!(find("ms@2.1.2").lines, twice);
    assert_eq!(find("react-dom@17.0.2").depends_on.len(), 4);
}

#[test]
fn git_and_file_sources_have_the_version_of_their_own_manifest_or_none() {
    let lock = br#"{"lockfileVersion": 3, "packages": {
        "": {"dependencies": {"is-number": "github:jonschlinkert/is-number"}},
        "node_modules/is-number": {"version": "7.0.0", "resolved": "git+ssh://git@github.com/j/is-number.git#98e8ff1"},
        "node_modules/no-version": {"resolved": "file:vendor/no-version.tgz"},
        "node_modules/from-registry": {"resolved": "https://registry.npmjs.org/x/-/x-1.0.0.tgz"},
        "node_modules/linked": {"resolved": "../linked", "link": true},
        "../linked": {"name": "linked", "version": "9.9.9"},
        "node_modules/gone": {"version": "1.0.0", "extraneous": true},
        "node_modules/bad": {"version": "latest"}
    }}"#;
    let found = listing(&PackageLock, &[("/package-lock.json", lock)]);
    assert_eq!(found, ["is-number@7.0.0 direct", "x@1.0.0 indirect"]);
    let old = br#"{"lockfileVersion": 1, "dependencies": {
        "is-number": {"version": "git+ssh://git@github.com/j/is-number.git#98e8ff1", "from": "x"},
        "folder": {"version": "file:folder"},
        "ms": {"version": "https://registry.npmjs.org/ms/-/ms-2.1.2.tgz", "bundled": true, "dev": true}
    }}"#;
    assert_eq!(listing(&PackageLock, &[("/package-lock.json", old)]), ["ms@2.1.2 dev"]);
}

#[test]
fn a_lock_file_inside_an_installed_module_is_not_read() {
    let sets = detect(&PackageLock, &[("/app/node_modules/x/package-lock.json", b"{")]).unwrap();
    assert!(sets.is_empty());
}

#[test]
fn damage_is_said_with_its_line() {
    let deep = "[".repeat(100_000);
    let nested = format!("{{\"dependencies\":{}", "{\"a\":{\"dependencies\":".repeat(10_000));
    let cases: [(&[u8], &str); 6] = [
        (b"{\n\"packages\": {\n", "line 3"),
        (b"{\"packages\": {\"node_modules/a\": \"1.0.0\"}}", "line 1"),
        (b"", "line 1"),
        (b"\xff\xfe", "not UTF-8"),
        (deep.as_bytes(), "line 1"),
        (nested.as_bytes(), "recursion limit"),
    ];
    for (content, expected) in cases {
        let error = detect(&PackageLock, &[("/package-lock.json", content)]).unwrap_err();
        assert!(matches!(error, DetectError::Malformed(_)), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn long_lines_and_deep_places_are_read_in_time() {
    let entry = |n: usize| format!("\"node_modules/p{n}\":{{\"version\":\"1.0.{n}\"}},");
    let entries: String = (0..100_000).map(entry).collect();
    let deep = "node_modules/a/".repeat(20_000);
    let needs: String = (0..1_000).map(|n| format!("\"q{n}\":\"*\",")).collect();
    let lock = format!(
        "{{\"packages\":{{{entries}\"{deep}node_modules/b\":{{\"version\":\"1.0.0\",\"dependencies\":{{{needs}\"z\":\"*\"}}}}}}}}"
    );
    assert_eq!(listing(&PackageLock, &[("/package-lock.json", lock.as_bytes())]).len(), 100_001);
}

#[test]
fn an_installed_module_says_its_licence_in_three_forms() {
    let cases: [(&str, &[&str]); 6] = [
        (r#""license": "MIT""#, &["MIT"]),
        (r#""license": {"type": "ISC", "url": "x"}"#, &["ISC"]),
        (r#""licenses": [{"type": "MIT"}, {"type": "Apache-2.0"}]"#, &["MIT", "Apache-2.0"]),
        (r#""license": ["MIT", "MIT"]"#, &["MIT"]),
        (r#""license": false"#, &[]),
        (r#""private": true"#, &[]),
    ];
    for (field, expected) in cases {
        let text = format!(r#"{{"name": "@types/node", "version": "20.1.0", {field}}}"#);
        let path = "/usr/lib/node_modules/@types/node/package.json";
        let sets = detect(&InstalledModule, &[(path, text.as_bytes())]).unwrap();
        assert_eq!(sets[0].target, "Node.js");
        let package = &sets[0].packages[0];
        assert_eq!(package.id(), "@types/node@20.1.0");
        assert_eq!(package.licenses, expected, "{field}");
        assert_eq!(package.path.as_deref(), Some(&path[1..]));
    }
}

#[test]
fn a_manifest_without_name_and_version_is_no_module() {
    for text in [r#"{"name": "app"}"#, r#"{"type": "module"}"#, r#"{"name": "a", "version": "*"}"#]
    {
        assert!(
            detect(&InstalledModule, &[("/a/package.json", text.as_bytes())]).unwrap().is_empty()
        );
    }
}

#[test]
fn a_broken_manifest_counts_only_where_a_module_is_installed() {
    let broken = |path: &str| detect(&InstalledModule, &[(path, b"{ ")]);
    for path in ["/x/node_modules/resolve/package.json", "/node_modules/@a/b/package.json"] {
        assert!(matches!(broken(path), Err(DetectError::Malformed(_))), "{path}");
    }
    // Shipped by `resolve` for its own tests.
    let case = "/node_modules/resolve/test/resolver/malformed_package_json/package.json";
    assert!(broken(case).unwrap().is_empty());
}
