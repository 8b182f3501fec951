//! An Ubuntu image patched from a mirror that is signed and served here: its suites for updates and security, of its
//! architecture. GnuPG signs, dpkg-deb packs.

use super::images::{Tar, TestImage, sha256};
use super::server::Server;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

const RELEASE: &str = "NAME=\"Ubuntu\"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"22.04\"\nVERSION_CODENAME=jammy\n\
                       PRETTY_NAME=\"Ubuntu 22.04.4 LTS\"\n";

#[track_caller]
fn must(command: &mut Command) -> Vec<u8> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn gpg(home: &Path) -> Command {
    let mut command = Command::new("gpg");
    command.arg("--homedir").arg(home).args(["--batch", "--quiet", "--passphrase", ""]);
    command
}

fn installed(name: &str) -> String {
    format!(
        "Package: {name}\nStatus: install ok installed\nArchitecture: arm64\nSource: openssl\n\
         Version: 3.0.2-0ubuntu1.14\nMaintainer: Ubuntu Developers <ubuntu-devel-discuss@lists.ubuntu.com>\n\
         Description: test\n\n"
    )
}

/// Puts one package into a suite, and signs that.
fn suite(place: &Path, suite: &str, name: &str, version: &str) {
    let tree = place.join(suite);
    fs::create_dir_all(tree.join("DEBIAN")).unwrap();
    fs::create_dir_all(tree.join("usr/lib")).unwrap();
    fs::write(tree.join("usr/lib").join(name), version).unwrap();
    let control = format!(
        "Package: {name}\nArchitecture: arm64\nSource: openssl\nVersion: {version}\n\
         Maintainer: Ubuntu Developers <ubuntu-devel-discuss@lists.ubuntu.com>\nDescription: test\n"
    );
    fs::write(tree.join("DEBIAN/control"), &control).unwrap();
    let file = format!("pool/main/o/openssl/{name}_{version}_arm64.deb");
    let deb = place.join("www").join(&file);
    fs::create_dir_all(deb.parent().unwrap()).unwrap();
    must(Command::new("dpkg-deb").args(["--root-owner-group", "--build"]).arg(&tree).arg(&deb));
    let bytes = fs::read(&deb).unwrap();
    let (size, sum) = (bytes.len(), &sha256(&bytes)[7..]);
    let index = format!("{control}Filename: {file}\nSize: {size}\nSHA256: {sum}\n\n");
    let folder = place.join("www/dists").join(suite);
    let binary = folder.join("main/binary-arm64");
    fs::create_dir_all(&binary).unwrap();
    fs::write(binary.join("Packages"), &index).unwrap();
    let (size, sum) = (index.len(), &sha256(index.as_bytes())[7..]);
    let release = format!(
        "Origin: Ubuntu\nSuite: {suite}\nCodename: jammy\nArchitectures: amd64 arm64\nComponents: main\n\
         SHA256:\n {sum} {size} main/binary-arm64/Packages\n"
    );
    fs::write(place.join("Release"), release).unwrap();
    let mut sign = gpg(&place.join("gnupg"));
    sign.args(["--yes", "--clearsign", "--output"]).arg(folder.join("InRelease"));
    must(sign.arg(place.join("Release")));
}

fn patch(place: &Path, output: &str, more: &[&str]) -> (Option<i32>, String, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pasu"));
    command.current_dir(place).args(["image", "patch", "--input", "ubuntu.tar", "--lang", "en"]);
    let output = command.args(["--format", "json", "-o", output]).args(more).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), said, serde_json::from_slice(&output.stdout).unwrap_or_default())
}

#[test]
#[ignore = "needs GnuPG: `cargo xtask test` runs it"]
fn ubuntu_is_patched_from_its_updates_and_security_updates() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    let home = place.join("gnupg");
    fs::create_dir(&home).unwrap();
    must(Command::new("chmod").arg("700").arg(&home));
    must(gpg(&home).args(["--quick-generate-key", "test@pasu", "rsa2048", "sign", "never"]));
    let key = must(gpg(&home).arg("--export"));
    suite(place, "jammy", "other", "1");
    suite(place, "jammy-updates", "openssl", "3.0.2-0ubuntu1.99");
    suite(place, "jammy-security", "libssl3", "3.0.2-0ubuntu1.99");
    must(Command::new("gpgconf").arg("--homedir").arg(&home).args(["--kill", "all"]));
    let server = Server::start(&place.join("www"));
    let url = server.url("/");
    // As Ubuntu's images for other architectures than amd64 have it, at the mirror in the place of ports.ubuntu.com.
    let lists: String = ["jammy", "jammy-updates", "jammy-security"]
        .map(|suite| format!("deb {url} {suite} main\n"))
        .concat();
    let status = [installed("libssl3"), installed("openssl")].concat();
    let image = |key: &[u8]| {
        let tar = Tar::new()
            .file("etc/os-release", RELEASE)
            .file("etc/apt/sources.list", &lists)
            .file("etc/apt/trusted.gpg.d/ubuntu-keyring.gpg", key)
            .file("var/lib/dpkg/info/libssl3.list", "/.\n/usr\n/usr/lib\n/usr/lib/libssl3\n")
            .file("var/lib/dpkg/info/openssl.list", "/.\n/usr\n/usr/lib\n/usr/lib/openssl\n")
            .file("usr/lib/libssl3", "old")
            .file("usr/lib/openssl", "old")
            .file("var/lib/dpkg/status", &status);
        TestImage::new().platform("linux/arm64").layer(tar).docker()
    };
    fs::write(place.join("ubuntu.tar"), image(&key)).unwrap();
    let (code, said, report) = patch(place, "one.tar", &["--mirror"]);
    assert_eq!((code, &report["outcome"]), (Some(0), &"patched".into()), "{said}{report:#}");
    let upgrades = report["upgrades"].as_array().unwrap();
    let sources: Vec<&str> = upgrades.iter().filter_map(|one| one["source"].as_str()).collect();
    let suites = ["jammy-security", "jammy-updates"];
    for (upgrade, suite) in upgrades.iter().zip(suites) {
        assert_eq!(upgrade["to"], "3.0.2-0ubuntu1.99");
        assert!(upgrade["source"].as_str().unwrap().contains(&format!("/{suite}/")), "{sources:?}");
    }
    assert_eq!(upgrades.len(), 2, "{report:#}");
    let mirror = format!("--mirror={url}");
    assert_eq!(patch(place, "two.tar", &[&mirror]).0, Some(0));
    assert!(fs::read(place.join("one.tar")).unwrap() == fs::read(place.join("two.tar")).unwrap());
    // Another key than the one that signed is no key; a changed list is refused whatever was asked for.
    fs::write(place.join("ubuntu.tar"), image(b"")).unwrap();
    let (code, said, _) = patch(place, "three.tar", &["--mirror"]);
    assert!(code == Some(2) && said.contains("--keyring"), "{said}");
    fs::write(place.join("ubuntu.tar"), image(&key)).unwrap();
    let signed = place.join("www/dists/jammy-security/InRelease");
    let text = fs::read_to_string(&signed).unwrap();
    fs::write(&signed, text.replace("Origin: Ubuntu", "Origin: ubuntu")).unwrap();
    let (code, said, _) = patch(place, "three.tar", &["--mirror", "--allow-unsigned"]);
    assert!(code == Some(2) && said.contains("InRelease") && said.contains("changed"), "{said}");
    assert!(!place.join("three.tar").exists());
}
