//! Python's lock files and requirements, made by the real tools.

use super::pdm_lock::PdmLock;
use super::pipfile_lock::PipfileLock;
use super::poetry_lock::PoetryLock;
use super::pylock::Pylock;
use super::requirements::Requirements;
use super::uv_lock::UvLock;
use crate::language::testing::{detect_first as detect, listing};
use crate::{DetectError, Detector, TargetFile};
use pasu_model::{LineRange, UnseenReason};
use pasu_system::{MemorySystem, System};
use std::path::Path;

const UV_PROJECT: &[u8] = include_bytes!("testdata/uv.pyproject.toml");
const UV: &[u8] = include_bytes!("testdata/uv.uv.lock");
const PYLOCK: &[u8] = include_bytes!("testdata/uv.pylock.toml");
const REQUIREMENTS: &[u8] = include_bytes!("testdata/uv.requirements.txt");
const POETRY_PROJECT: &[u8] = include_bytes!("testdata/poetry.pyproject.toml");
const POETRY: &[u8] = include_bytes!("testdata/poetry.poetry.lock");
const PIPENV: &[u8] = include_bytes!("testdata/pipenv.Pipfile.lock");
/// The form PDM 2.22 writes, with the uv project beside it.
const PDM: &[u8] = br#"
[metadata]
groups = ["default", "dev", "lint", "socks"]
strategy = ["inherit_metadata"]
lock_version = "4.5.0"

[[package]]
name = "flask"
version = "2.2.5"
requires_python = ">=3.7"
groups = ["default"]
dependencies = ["Werkzeug>=2.2.2", "click>=8.0", "importlib-metadata>=3.6.0; python_version < \"3.10\""]
files = [{file = "Flask-2.2.5-py3-none-any.whl", hash = "sha256:5810"}]

[[package]]
name = "click"
version = "8.1.8"
groups = ["default", "dev"]

[[package]]
name = "iniconfig"
version = "2.0.0"
groups = ["dev"]

[[package]]
name = "toml"
version = "0.10.2"
groups = ["lint"]

[[package]]
name = "pysocks"
version = "1.7.1"
groups = ["socks"]

[[package]]
name = "local"
version = "0.1.0"
path = "./local"
groups = ["default"]
"#;

/// What the uv project needs on every platform, but for the development tools.
const EXPECTED: [&str; 16] = [
    "certifi@2026.10.18 indirect",
    "charset-normalizer@3.5.2 indirect",
    "click@8.1.8 indirect",
    "click@8.5.1 indirect",
    "colorama@0.4.6 indirect",
    "flask@2.2.5 direct",
    "idna@3.20 indirect",
    "importlib-metadata@8.7.1 indirect",
    "itsdangerous@2.2.0 indirect",
    "jinja2@3.1.6 indirect",
    "markupsafe@3.0.4 indirect",
    "requests@2.31.0 direct",
    "urllib3@2.6.3 indirect",
    "urllib3@2.8.0 indirect",
    "werkzeug@3.1.9 indirect",
    "zipp@3.23.1 indirect",
];

fn bare(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect()
}

#[test]
fn uv_locks_the_project_among_its_packages() {
    let mut expected: Vec<&str> = EXPECTED.to_vec();
    expected.extend([
        "iniconfig@2.0.0 direct dev",
        "pysocks@1.7.1 direct",
        "toml@0.10.2 direct dev",
    ]);
    expected.sort_unstable();
    assert_eq!(listing(&UvLock, &[("/app/uv.lock", UV)]), expected);
    let sets = detect(&UvLock, &[("/app/uv.lock", UV)]).unwrap();
    let flask = sets[0].packages.iter().find(|package| package.name == "flask").unwrap();
    assert!(flask.depends_on.contains(&"click@8.5.1".to_owned()), "{:?}", flask.depends_on);
}

#[test]
fn uv_members_of_a_workspace_are_the_project_and_other_folders_are_not() {
    let lock = br#"
version = 1
[manifest]
members = ["app", "lib"]
[[package]]
name = "app"
version = "0.1.0"
source = { virtual = "." }
dependencies = [{ name = "lib" }, { name = "local" }]
[[package]]
name = "lib"
version = "0.1.0"
source = { editable = "lib" }
dependencies = [{ name = "a" }]
[package.dev-dependencies]
dev = [{ name = "b" }]
[[package]]
name = "local"
version = "0.1.0"
source = { directory = "../local" }
dependencies = [{ name = "c" }]
[[package]]
name = "a"
version = "1.0"
source = { registry = "https://pypi.org/simple" }
[[package]]
name = "b"
version = "1.0"
source = { git = "https://example.org/b?rev=1#1" }
[[package]]
name = "c"
version = "1.0"
source = { registry = "https://pypi.org/simple" }
"#;
    let expected = ["a@1.0 direct", "b@1.0 direct dev", "c@1.0 indirect"];
    assert_eq!(listing(&UvLock, &[("/uv.lock", lock)]), expected);
}

#[test]
fn pylock_knows_direct_packages_from_the_project_beside_it() {
    assert_eq!(listing(&Pylock, &[("/pylock.toml", PYLOCK)]), bare(&EXPECTED));
    let files: [(&str, &[u8]); 2] =
        [("/pylock.prod.toml", PYLOCK), ("/pyproject.toml", UV_PROJECT)];
    assert_eq!(listing(&Pylock, &files), EXPECTED);
    assert!(detect(&Pylock, &[("/pyproject.toml", UV_PROJECT)]).unwrap().is_empty());
}

#[test]
fn pylock_markers_tell_development_groups() {
    let lock = br#"
lock-version = "1.0"
default-groups = ["main"]
packages = [
    { name = "a", version = "1.0", marker = "'main' in dependency_groups or 'dev' in dependency_groups" },
    { name = "b", version = "1.0", marker = "'dev' in dependency_groups" },
    { name = "c", version = "1.0", marker = "'x' in extras or 'dev' in dependency_groups" },
    { name = "d", version = "1.0", marker = "python_version < '4'" },
    { name = "e", directory = { path = "." } },
    { name = "f", vcs = { type = "git" } },
]
"#;
    let expected = ["a@1.0", "b@1.0 dev", "c@1.0", "d@1.0"];
    assert_eq!(listing(&Pylock, &[("/pylock.toml", lock)]), expected);
}

#[test]
fn poetry_groups_tell_development() {
    let found =
        listing(&PoetryLock, &[("/poetry.lock", POETRY), ("/pyproject.toml", POETRY_PROJECT)]);
    assert!(found.contains(&"requests@2.31.0 direct".to_owned()), "{found:?}");
    assert!(found.contains(&"flask@2.2.5 direct".to_owned()), "{found:?}");
    assert!(found.contains(&"toml@0.10.2 direct dev".to_owned()), "{found:?}");
    let werkzeug = |line: &String| line.starts_with("werkzeug@") && line.ends_with(" indirect");
    assert!(found.iter().any(werkzeug), "{found:?}");
    assert_eq!(found.iter().filter(|line| line.ends_with(" dev")).count(), 1);
}

#[test]
fn poetry_before_groups_has_a_category_or_only_its_project() {
    // Poetry 1.4 and 1.8.
    let category = br#"
[[package]]
name = "PyYAML"
version = "6.0"
category = "main"
[[package]]
name = "pytest"
version = "7.0.0"
category = "dev"
[package.dependencies]
PyYaml = ">=5"
[[package]]
name = "local"
version = "0.1.0"
category = "main"
[package.source]
type = "directory"
url = "../local"
"#;
    let expected = ["PyYAML@6.0", "pytest@7.0.0 dev"];
    assert_eq!(listing(&PoetryLock, &[("/poetry.lock", category)]), expected);
    let text = String::from_utf8_lossy(category);
    let bare: String = text
        .lines()
        .filter(|line| !line.starts_with("category"))
        .fold(String::new(), |text, line| text + line + "\n");
    let project = b"[tool.poetry.dependencies]\npython = '^3.9'\n[tool.poetry.dev-dependencies]\npytest = '*'\n";
    let files: [(&str, &[u8]); 2] =
        [("/poetry.lock", bare.as_bytes()), ("/pyproject.toml", project)];
    assert_eq!(
        listing(&PoetryLock, &files),
        ["PyYAML@6.0 indirect dev", "pytest@7.0.0 direct dev"]
    );
}

#[test]
fn pipenv_has_two_sections() {
    let found = listing(&PipfileLock, &[("/Pipfile.lock", PIPENV)]);
    assert_eq!(found.len(), 12);
    assert!(found.contains(&"requests@2.31.0".to_owned()));
    assert!(found.contains(&"iniconfig@2.0.0 dev".to_owned()));
    let odd = br#"{"_meta": {"sources": []}, "default": {
        "a": {"version": "==1.0", "hashes": []},
        "b": {"git": "https://example.org/b", "ref": "0123"},
        "c": {"version": "*"},
        "d": {"version": "===1.0"}
    }, "develop": {"a": {"version": "==1.0"}}}"#;
    let sets = detect(&PipfileLock, &[("/Pipfile.lock", odd)]).unwrap();
    assert_eq!(listing(&PipfileLock, &[("/Pipfile.lock", odd)]), ["a@1.0", "d@1.0"]);
    assert_eq!(sets[0].packages[1].lines, [LineRange { start: 5, end: 5 }]);
}

#[test]
fn pdm_groups_tell_development() {
    let expected = [
        "click@8.1.8 indirect",
        "flask@2.2.5 direct",
        "iniconfig@2.0.0 direct dev",
        "pysocks@1.7.1 direct",
        "toml@0.10.2 direct dev",
    ];
    let files: [(&str, &[u8]); 2] = [("/pdm.lock", PDM), ("/pyproject.toml", UV_PROJECT)];
    assert_eq!(listing(&PdmLock, &files), expected);
    let sets = detect(&PdmLock, &files).unwrap();
    assert_eq!(sets[0].packages[1].depends_on, ["click@8.1.8"]);
    // Without the project only the usual names of groups tell.
    let alone =
        ["click@8.1.8", "flask@2.2.5", "iniconfig@2.0.0 dev", "pysocks@1.7.1", "toml@0.10.2 dev"];
    assert_eq!(listing(&PdmLock, &[("/pdm.lock", PDM)]), alone);
}

#[test]
fn requirements_pin_by_two_or_three_equals_signs() {
    let found = listing(&Requirements, &[("/requirements.txt", REQUIREMENTS)]);
    let mut expected = bare(&EXPECTED);
    expected.push("iniconfig@2.0.0".to_owned());
    expected.sort();
    assert_eq!(found, expected);
    let text = b"# comment==1.0\na[x]==1.0 # why\n b == 2.0 ; python_version >= '3'\nc==3.0 \\\n  --hash=sha256:00 \\\n  --hash=sha256:01\nd>=1.0\ne==1.*\nf @ https://example.org/f-1.0.zip#egg=f==9\n-e git+https://example.org/g#egg=g==1.0\nh==1.0,!=1.1\n--index-url https://example.org\ni===1.0\n./j==1.0\n";
    let sets = detect(&Requirements, &[("/requirements.txt", text)]).unwrap();
    let found: Vec<_> =
        sets[0].packages.iter().map(|p| (p.id(), p.lines[0].start, p.lines[0].end)).collect();
    let expected = [("a@1.0", 2, 2), ("b@2.0", 3, 3), ("c@3.0", 4, 6), ("i@1.0", 13, 13)];
    assert_eq!(found, expected.map(|(id, start, end)| (id.to_owned(), start, end)));
}

#[test]
fn requirements_follow_includes_once_and_inside_the_target() {
    let files: [(&str, &[u8]); 6] = [
        (
            "/app/requirements.txt",
            b"a==1.0\n-r reqs/base.txt\n-c constraints.txt\n-r requirements-dev.txt\n",
        ),
        ("/app/reqs/base.txt", b"b==1.0\n--requirement=../reqs/more.txt\n-r missing.txt\n"),
        (
            "/app/reqs/more.txt",
            b"c==1.0\n-r base.txt\n-r ../../../../../app/reqs/more.txt\n-r ../../top.txt\n",
        ),
        ("/app/constraints.txt", b"d==1.0\n"),
        ("/app/requirements-dev.txt", b"e==1.0\n"),
        ("/top.txt", b"f==1.0\n"),
    ];
    let expected = ["a@1.0", "b@1.0", "c@1.0", "f@1.0"];
    assert_eq!(listing(&Requirements, &files), expected);
}

#[test]
fn an_included_file_that_cannot_be_read_is_reported() {
    let system = MemorySystem::new()
        .with_file("/requirements.txt", "a==1.0\n-r secret.txt\n-r broken.txt\n-r missing.txt\n")
        .with_unreadable("/secret.txt")
        .with_file("/broken.txt", b"\xFF\xFE\x00\xD8a\x00");
    let path = Path::new("/requirements.txt");
    let file = TargetFile::new(&system, path, system.symlink_metadata(path).unwrap());
    assert_eq!(Requirements.detect(&file).unwrap()[0].packages.len(), 1);
    let mut reasons: Vec<_> = file.take_notes().into_iter().map(|(reason, _)| reason).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, [UnseenReason::Permission, UnseenReason::Malformed]);
}

#[test]
fn requirements_names_tell_development() {
    let cases: [(&str, &[&str]); 8] = [
        ("/requirements.txt", &["a@1.0"]),
        ("/requirements-dev.txt", &["a@1.0 dev"]),
        ("/requirements_test.txt", &["a@1.0 dev"]),
        ("/dev-requirements.txt", &["a@1.0 dev"]),
        ("/requirements.prod.txt", &["a@1.0"]),
        ("/requirementsfoo.txt", &[]),
        ("/notes.txt", &[]),
        ("/myrequirements.txt", &[]),
    ];
    for (path, expected) in cases {
        assert_eq!(listing(&Requirements, &[(path, b"a==1.0")]), expected, "{path}");
    }
}

#[test]
fn requirements_may_be_utf_16() {
    let text = "a==1.0\r\nb==2.0 # é\r\n";
    let little: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let big: Vec<u8> =
        [0xFE, 0xFF].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    let marked = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    for bytes in [&little, &big, &marked] {
        assert_eq!(listing(&Requirements, &[("/requirements.txt", bytes)]), ["a@1.0", "b@2.0"]);
    }
    let broken = b"\xFF\xFE\x00\xD8a\x00";
    assert!(detect(&Requirements, &[("/requirements.txt", broken)]).is_err());
}

#[test]
fn damage_is_said_with_its_line() {
    let cases: [(&dyn Detector, &str, &str); 6] = [
        (&UvLock, "/uv.lock", "\n[[package]]\nname = 1\n"),
        (&PoetryLock, "/poetry.lock", "\n\n[[package]\n"),
        (&PdmLock, "/pdm.lock", "\n\nx = [\n"),
        (&Pylock, "/pylock.toml", "\n\n<<<<<<< HEAD\n"),
        (&PipfileLock, "/Pipfile.lock", "{\n\n\"default\": {\"a\": 1]"),
        (&UvLock, "/uv.lock", "\n\nname = \"open\n"),
    ];
    for (detector, path, text) in cases {
        let error = detect(detector, &[(path, text.as_bytes())]).unwrap_err();
        assert!(matches!(error, DetectError::Malformed(_)), "{path}: {error}");
        assert!(error.to_string().contains("line 3"), "{path}: {error}");
    }
    let deep = format!("a = {}", "[".repeat(100_000));
    assert!(detect(&UvLock, &[("/uv.lock", deep.as_bytes())]).is_err());
}
