use super::{FILE, FOLDER, File, HARD, LINK, contents, gzip, run, tar, upgrade};
use crate::patch::layer::{LayerError, Refusal, Unserved, Upgrade};
use crate::patch::packages::Verified;
use pasu_system::MemorySystem;
use tar::EntryType;

/// A package: fields of its control file, further control files, and its files.
fn deb(control: &str, further: &[(&str, &str)], files: &[File<'_>]) -> Vec<u8> {
    let mut members: Vec<File<'_>> = vec![("./control", FILE, 0o644, control.as_bytes())];
    members.extend(further.iter().map(|(name, text)| (*name, FILE, 0o755, text.as_bytes())));
    let mut bytes = b"!<arch>\n".to_vec();
    for (name, content) in [
        ("debian-binary", b"2.0\n".to_vec()),
        ("control.tar.gz", gzip(&tar(&members, true))),
        ("data.tar", tar(files, true)),
    ] {
        let size = content.len();
        bytes.extend(
            format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n", 0, 0, 0, 100_644).bytes(),
        );
        bytes.extend(&content);
        bytes.resize(bytes.len().next_multiple_of(2), b'\n');
    }
    bytes
}

fn control(name: &str, version: &str, more: &str) -> String {
    format!(
        "Package: {name}\nVersion: {version}\nArchitecture: amd64\nMaintainer: m\n{more}Description: d\n"
    )
}

fn record(name: &str, version: &str, more: &str) -> String {
    format!(
        "Package: {name}\nStatus: install ok installed\nMaintainer: m\nArchitecture: amd64\nVersion: {version}\n{more}Description: d\n\n"
    )
}

/// A merged `/usr`, and packages `a` and `b` in it.
fn image(more: &str) -> MemorySystem {
    let conffiles = "Conffiles:\n /etc/a.conf 0cc175b9c0f1b6a831c399e269772661\n /etc/kept.conf 00\n /etc/old.conf 11\n";
    let status = record("a", "1", conffiles) + &record("b", "1", "") + more;
    MemorySystem::new()
        .with_file("/var/lib/dpkg/status", status)
        .with_file(
            "/var/lib/dpkg/info/a.list",
            "/.\n/etc\n/etc/a.conf\n/etc/kept.conf\n/etc/old.conf\n/lib\n/lib/liba.so.1\n/lib/gone\n/lib/shared\n/usr/d\n/usr/d/only\n",
        )
        .with_file("/var/lib/dpkg/info/a.shlibs", "old")
        .with_file("/var/lib/dpkg/info/a.b.list", "another package's")
        .with_file("/var/lib/dpkg/info/b.list", "/.\n/usr/lib/shared\n")
        .with_symlink("/lib", "usr/lib")
        .with_file("/usr/lib/liba.so.1", "one")
        .with_file("/usr/lib/gone", "")
        .with_file("/usr/lib/shared", "")
        .with_file("/usr/d/only", "")
        .with_file("/etc/a.conf", "a")
        .with_file("/etc/kept.conf", "mine")
        .with_file("/etc/old.conf", "")
        .with_file("/etc/dpkg/dpkg.cfg.d/x", "path-exclude=/usr/share/doc/*\n")
        .with_file("/var/lib/dpkg/triggers/File", "/lib man-db/noawait\n/usr/share x\n")
}

fn new_a() -> Vec<u8> {
    deb(
        &control("a", "2", ""),
        &[("conffiles", "/etc/a.conf\n/etc/kept.conf\n"), ("md5sums", "00  lib/liba.so.1\n")],
        &[
            ("./", FOLDER, 0o755, b""),
            ("./etc/", FOLDER, 0o755, b""),
            ("./etc/a.conf", FILE, 0o600, b"new"),
            ("./etc/kept.conf", FILE, 0o644, b"theirs"),
            ("./lib/", FOLDER, 0o755, b""),
            ("./lib/liba.so.1", LINK, 0o777, b"liba.so.1.2"),
            ("./lib/liba.so.1.2", FILE, 0o644, b"two"),
            ("./lib/z", HARD, 0o644, b"./lib/liba.so.1.2"),
            ("./usr/share/doc/a/changelog", FILE, 0o644, b"text"),
        ],
    )
}

#[test]
fn an_upgrade_changes_files_and_records_as_dpkg_does() {
    let outcome = run(&image(""), &[("a.deb", new_a())], &[upgrade("a", "1", "2")], false).unwrap();
    assert!(outcome.refused.is_empty(), "{:?}", outcome.refused);
    assert_eq!(outcome.upgraded[0].verified, Verified::Given);
    let [changed, told] = outcome.notes.as_slice() else { panic!("{:?}", outcome.notes) };
    assert!(changed.en.starts_with("/etc/kept.conf was changed"), "{}", changed.en);
    assert!(told.en.contains("the trigger of man-db was not run"), "{}", told.en);
    assert_eq!(outcome.epoch, 1_700_000_000);
    let found = contents(&outcome.layer.unwrap());
    let conffiles = "Conffiles:\n /etc/a.conf 22af645d1859cb5ca6da0c484f1f37ea\n /etc/kept.conf 8e3fa2b5d5bbb3aee0d7e2a2cfdc9e8b\n /etc/old.conf 11 obsolete\n";
    let status = record("a", "2", "") + &record("b", "1", "");
    let at = status.find("Description").unwrap();
    // The sums of what the package brings are computed, whatever they are.
    let lines: Vec<&str> =
        found["var/lib/dpkg/status"].lines().filter(|line| line.starts_with(" /etc")).collect();
    assert_eq!(lines[0], conffiles.lines().nth(1).unwrap());
    assert!(lines[1].starts_with(" /etc/kept.conf "));
    assert_eq!(lines[2], " /etc/old.conf 11 obsolete");
    let expected = format!("{}Conffiles:\n{}\n{}", &status[..at], lines.join("\n"), &status[at..]);
    assert_eq!(found["var/lib/dpkg/status"], expected);
    for (path, expected) in [
        ("etc/a.conf", "new"),
        ("etc/kept.conf.dpkg-dist", "theirs"),
        ("usr/lib/liba.so.1", "-> liba.so.1.2"),
        ("usr/lib/liba.so.1.2", "two"),
        ("usr/lib/z", "=> usr/lib/liba.so.1.2"),
        ("usr/lib/.wh.gone", ""),
        ("usr/.wh.d", ""),
        ("var/lib/dpkg/info/.wh.a.shlibs", ""),
        ("var/lib/dpkg/info/a.md5sums", "00  lib/liba.so.1\n"),
        (
            "var/lib/dpkg/info/a.list",
            "/.\n/etc\n/etc/a.conf\n/etc/kept.conf\n/lib\n/lib/liba.so.1\n/lib/liba.so.1.2\n/lib/z\n/usr/share/doc/a/changelog\n/etc/old.conf\n",
        ),
    ] {
        assert_eq!(found.get(path).map(String::as_str), Some(expected), "{path}");
    }
    for path in [
        "lib",
        "etc/kept.conf",
        "usr/lib/.wh.shared",
        "usr/share",
        "var/lib/dpkg/info/.wh.a.b.list",
        "etc/.wh.old.conf",
    ] {
        assert!(!found.contains_key(path), "{path}");
    }
}

#[test]
fn the_same_layer_comes_of_any_order_and_place() {
    let system = image(&record("c", "1", ""));
    let new_c = || deb(&control("c", "2", ""), &[], &[("./usr/c", FILE, 0o755, b"c")]);
    let (a, c) = (upgrade("a", "1", "2"), upgrade("c", "1", "2"));
    let one =
        run(&system, &[("a.deb", new_a()), ("c.deb", new_c())], &[a.clone(), c.clone()], false);
    let two = run(&system, &[("x.deb", new_c()), ("y.deb", new_a())], &[c, a], false);
    let (one, two) = (one.unwrap().layer.unwrap(), two.unwrap().layer.unwrap());
    assert_eq!((one.digest, one.diff_id), (two.digest, two.diff_id));
}

#[test]
fn a_package_that_cannot_be_upgraded_says_why() {
    let more = record("old", "1", "Depends: b (= 1)\n")
        + "Package: held\nStatus: hold ok installed\nArchitecture: amd64\nVersion: 1\n\n"
        + &record("script", "1", "");
    let system = image(&more);
    let script = "#!/bin/sh\nset -e\nif [ \"$1\" = configure ]; then chmod 4755 /usr/lib/x; fi\n";
    let packages = [
        ("b.deb", deb(&control("b", "2", ""), &[], &[])),
        ("a2.deb", deb(&control("a", "2", "Depends: new (>= 3) | newer\n"), &[], &[])),
        ("held.deb", deb(&control("held", "2", ""), &[], &[])),
        ("script.deb", deb(&control("script", "2", ""), &[("postinst", script)], &[])),
    ];
    let refusal = |name: &str, installed: &str, fixed: &str| {
        let outcome = run(&system, &packages, &[upgrade(name, installed, fixed)], false).unwrap();
        assert!(outcome.layer.is_none());
        outcome.refused.into_iter().next().unwrap().1
    };
    assert_eq!(refusal("none", "1", "2"), Refusal::NotInstalled { found: None });
    assert_eq!(refusal("b", "0", "2"), Refusal::NotInstalled { found: Some("1".into()) });
    assert_eq!(refusal("old", "1", "2"), Refusal::NoCandidate);
    assert_eq!(refusal("held", "1", "2"), Refusal::Held);
    assert_eq!(refusal("a", "1", "3"), Refusal::TooOld { newest: "2".into() });
    let needs = |relation: &str, by: &str| Refusal::NeedsNew {
        relation: relation.into(),
        wanted_by: by.into(),
    };
    assert_eq!(refusal("a", "1", "2"), needs("new (>= 3) | newer", "a 2"));
    // An installed package needs the old version, and there is no newer one of it.
    assert_eq!(refusal("b", "1", "2"), needs("b (= 1)", "old 1"));
    let Refusal::MustRun { script, commands, .. } = refusal("script", "1", "2") else { panic!() };
    assert_eq!((script.as_str(), commands), ("postinst", vec!["chmod 4755 /usr/lib/x".to_owned()]));
    let outcome = run(&system, &packages, &[upgrade("script", "1", "2")], true).unwrap();
    assert_eq!(outcome.upgraded[0].scripts[0].0, "postinst");
}

#[test]
fn a_version_with_some_of_the_fixes_is_better_than_none() {
    let system = image("");
    let b = |version: &str, more: &str| deb(&control("b", version, more), &[], &[]);
    let of = |packages: &[(&str, Vec<u8>)], least: &str| {
        let wanted = Upgrade { least: least.into(), ..upgrade("b", "1", "5") };
        let outcome = run(&system, packages, &[wanted], false).unwrap();
        assert_eq!(outcome.layer.is_some(), !outcome.upgraded.is_empty());
        let to = outcome.upgraded.into_iter().next().map(|upgraded| upgraded.to);
        (to, outcome.refused.into_iter().next().map(|(_, refusal)| refusal))
    };
    let two = || ("2.deb", b("2", ""));
    let four = || ("4.deb", b("4", ""));
    let old = |newest: &str| Some(Refusal::TooOld { newest: newest.into() });
    assert_eq!(of(&[two(), four()], "3"), (Some("4".into()), old("4")));
    assert_eq!(of(&[two()], "3"), (None, old("2")));
    let needs = Refusal::NeedsNew { relation: "new".into(), wanted_by: "b 5".into() };
    let five = ("5.deb", b("5", "Depends: new\n"));
    assert_eq!(of(&[two(), four(), five.clone()], "3"), (Some("4".into()), Some(needs.clone())));
    assert_eq!(of(&[two(), five], "3"), (None, Some(needs)));
    assert_eq!(of(&[four(), ("5.deb", b("5", ""))], "3"), (Some("5".into()), None));
}

#[test]
fn packages_that_belong_together_go_together_or_not_at_all() {
    let more = record("d", "1", "Depends: b (= 1)\n") + &record("e", "1", "");
    let system = image(&more);
    let b = || ("b.deb", deb(&control("b", "2", "Breaks: e (<< 2)\n"), &[], &[]));
    let d = || ("d.deb", deb(&control("d", "2", "Depends: b (= 2)\n"), &[], &[]));
    let e = || ("e.deb", deb(&control("e", "2", ""), &[], &[]));
    let wanted = [upgrade("b", "1", "2")];
    let outcome = run(&system, &[b(), d(), e()], &wanted, false).unwrap();
    let along: Vec<(&str, bool)> =
        outcome.upgraded.iter().map(|upgraded| (upgraded.name.as_str(), upgraded.along)).collect();
    assert_eq!(along, [("b", false), ("d", true), ("e", true)]);
    let outcome = run(&system, &[b(), d()], &wanted, false).unwrap();
    let breaks = Refusal::Breaks { relation: "e (<< 2)".into(), said_by: "b 2".into() };
    assert_eq!(outcome.refused[0].1, breaks);
    assert!(outcome.layer.is_none() && outcome.upgraded.is_empty());
    // What keeps the other one from going along is the reason.
    let script = [("postinst", "#!/bin/sh\nrm -rf /usr/lib\nupdate-alternatives --remove x /y\n")];
    let e = ("e.deb", deb(&control("e", "2", ""), &script, &[]));
    let outcome = run(&system, &[b(), d(), e], &wanted, false).unwrap();
    let Refusal::MustRun { package, commands, .. } = &outcome.refused[0].1 else { panic!() };
    assert_eq!((package.as_str(), commands.as_slice()), ("e", &["rm -rf /usr/lib".to_owned()][..]));
}

#[test]
fn distroless_records_are_written_as_they_are_there() {
    let system = MemorySystem::new()
        .with_file("/var/lib/dpkg/status.d/a", control("a", "1", "Depends: left-out\n"))
        .with_file(
            "/var/lib/dpkg/status.d/a.md5sums",
            "0123456789abcdef0123456789abcdef  usr/lib/gone\n",
        )
        .with_file("/usr/lib/gone", "")
        .with_file("/usr/share/doc/a/copyright", "c");
    let text = control("a", "2", "Depends: left-out\n");
    let package = deb(
        &text,
        &[("md5sums", "sums\n"), ("postinst", "#!/usr/bin/perl\n")],
        &[
            ("./usr/lib/new", FILE, 0o644, b"n"),
            ("./usr/share/doc/a/copyright", FILE, 0o644, b"C"),
            ("./usr/share/doc/a/changelog", FILE, 0o644, b"x"),
        ],
    );
    let outcome = run(&system, &[("a.deb", package)], &[upgrade("a", "1", "2")], false).unwrap();
    assert!(outcome.refused.is_empty(), "{:?}", outcome.refused);
    let found = contents(&outcome.layer.unwrap());
    let files: Vec<(&str, &str)> = found
        .iter()
        .filter(|(_, text)| *text != "/")
        .map(|(p, t)| (p.as_str(), t.as_str()))
        .collect();
    assert_eq!(
        files,
        [
            ("usr/lib/.wh.gone", ""),
            ("usr/lib/new", "n"),
            ("usr/share/doc/a/copyright", "C"),
            ("var/lib/dpkg/status.d/a", text.as_str()),
            ("var/lib/dpkg/status.d/a.md5sums", "sums\n"),
        ]
    );
}

#[test]
fn hostile_packages_are_refused_by_name_and_place() {
    for (file, problem) in [
        (("./../etc/shadow", FILE, 0o644, &b"x"[..]), "leads out of the tree"),
        (("./dev/sda", EntryType::Block, 0o644, b""), "a device"),
        (("./lib/x", HARD, 0o644, b"/etc/shadow"), "a hard link to what the package does not have"),
        (("./usr/lib", FILE, 0o644, b""), "the image has a folder there"),
    ] {
        let package = deb(&control("a", "2", ""), &[], &[file]);
        let error = run(&image(""), &[("a.deb", package)], &[upgrade("a", "1", "2")], false);
        let error = error.unwrap_err().to_string();
        assert!(error.contains("a.deb") && error.contains(problem), "{error}");
    }
}

#[test]
fn an_image_that_cannot_be_served_says_why() {
    for (path, expected) in [
        ("/var/lib/rpm/rpmdb.sqlite", Unserved::Rpm),
        ("/var/lib/pacman/local/x", Unserved::Pacman),
        ("/var/lib/chisel/manifest.wall", Unserved::Chiselled),
        ("/app", Unserved::NoDatabase),
    ] {
        let system = MemorySystem::new().with_file(path, "");
        let error = run(&system, &[], &[], false).unwrap_err();
        assert!(matches!(error, LayerError::Unserved(found) if found == expected), "{error}");
    }
}
