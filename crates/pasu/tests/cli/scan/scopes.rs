//! What each command looks at.

use super::place::{OS_IDS, Place, results, string};

#[test]
fn rootfs_looks_at_what_is_installed_and_fs_and_repo_at_lock_files() {
    let place = Place::new();
    let kinds = |command: &str| -> Vec<(String, String)> {
        let report = place.json(&[command, "machine"]);
        results(&report).map(|result| (string(result, "Class"), string(result, "Type"))).collect()
    };
    let pair = |class: &str, kind: &str| (class.to_owned(), kind.to_owned());
    let (os, installed, locked) =
        (pair("os-pkgs", "debian"), pair("lang-pkgs", "node-pkg"), pair("lang-pkgs", "npm"));
    assert_eq!(kinds("rootfs"), [os.clone(), installed]);
    assert_eq!(kinds("fs"), [os, locked.clone()]);
    assert_eq!(kinds("repo"), [locked]);
    assert_eq!(kinds("filesystem"), kinds("fs"));
}

#[test]
fn a_single_lock_file_is_a_target() {
    let place = Place::new();
    assert_eq!(place.ids(&["fs", "machine/srv/app/package-lock.json"]), ["CVE-2021-23337"]);
    let ran = place.pasu(&["rootfs", "machine/srv/app/package-lock.json"]);
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.contains("not a directory"), "{}", ran.err);
}

#[test]
fn kinds_of_packages_and_folders_are_chosen() {
    let place = Place::new();
    assert_eq!(place.ids(&["rootfs", "machine", "--pkg-types", "os"]), OS_IDS);
    assert_eq!(place.ids(&["rootfs", "machine", "--pkg-types", "library"]), ["CVE-2021-23337"]);
    let both = place.ids(&["rootfs", "machine", "--vuln-type", "os,library"]);
    assert_eq!(both.len(), OS_IDS.len() + 1);
    for skipped in ["srv/app", "/srv", "**/node_modules"] {
        assert_eq!(place.ids(&["rootfs", "machine", "--skip-dirs", skipped]), OS_IDS, "{skipped}");
    }
    let lock = ["repo", "machine", "--skip-files", "srv/app/package-lock.json"];
    assert!(place.ids(&lock).is_empty());
}

#[test]
fn development_packages_only_on_request() {
    let place = Place::new();
    assert_eq!(place.ids(&["repo", "machine"]), ["CVE-2021-23337"]);
    let all = place.ids(&["repo", "machine", "--include-dev-deps"]);
    assert_eq!(all, ["CVE-2021-23337", "MAL-2025-1"]);
}

#[test]
fn a_bill_of_materials_of_one_scan_gives_the_same_findings_in_another() {
    let place = Place::new();
    for (format, file) in [("cyclonedx", "bom.cdx.json"), ("spdx-json", "bom.spdx.json")] {
        let args = ["rootfs", "machine", "--format", format, "--output", file];
        assert_eq!(place.pasu(&args).status, Some(0), "{format}");
        assert_eq!(place.ids(&["sbom", file]), place.ids(&["rootfs", "machine"]), "{format}");
    }
}

#[test]
fn what_cannot_be_seen_is_status_2_and_the_rest_is_reported() {
    let place = Place::new();
    place.write("machine/srv/other/package-lock.json", LOCK_CUT_SHORT);
    let ran = place.pasu(&["repo", "machine", "--format", "json", "--exit-code", "5"]);
    assert_eq!(ran.status, Some(2), "{}", ran.err);
    assert!(ran.out.contains("CVE-2021-23337"));
    let table = place.pasu(&["repo", "machine"]);
    let said = format!("{}{}", table.out, table.err);
    assert!(said.contains("srv/other/package-lock.json"), "{said}");
}

const LOCK_CUT_SHORT: &str = r#"{"name": "other", "lockfileVersion": 3, "packages": {"node_"#;
