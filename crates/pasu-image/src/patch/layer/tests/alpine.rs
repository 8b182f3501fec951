use super::{FILE, FOLDER, File, LINK, contents, gzip, run, tar, upgrade};
use crate::patch::layer::Refusal;
use pasu_system::MemorySystem;
use ring::digest::{SHA256, digest};

/// A package: lines of `.PKGINFO`, scripts, files.
fn apk(info: &str, scripts: &[(&str, &str)], files: &[File<'_>]) -> Vec<u8> {
    let data = gzip(&tar(files, true));
    let sum = crate::patch::layer::spool::hex(digest(&SHA256, &data).as_ref());
    let info = format!("{info}datahash = {sum}\n");
    let mut members: Vec<File<'_>> = vec![(".PKGINFO", FILE, 0o644, info.as_bytes())];
    members.extend(scripts.iter().map(|(name, text)| (*name, FILE, 0o755, text.as_bytes())));
    [gzip(&tar(&members, false)), data].concat()
}

fn info(name: &str, version: &str, more: &str) -> String {
    format!(
        "pkgname = {name}\npkgver = {version}\narch = x86_64\nbuilddate = 1600000000\nsize = 9\n{more}"
    )
}

fn image() -> MemorySystem {
    let installed = "C:Q1old=\nP:a\nV:1\nA:x86_64\nD:so:b.so\np:cmd:a=1\nF:etc\nR:a.conf\nZ:Q1hvfkN/qlp/zhXR3cuerq6jd2Z7g=\nR:b.conf\nZ:Q1x=\nF:lib\nR:gone\nZ:Q1y=\n\n\
                     C:Q1b=\nP:b\nV:1\nA:x86_64\np:so:b.so=1\nF:lib\nR:b.so\nZ:Q1z=\n\n";
    MemorySystem::new()
        .with_file("/lib/apk/db/installed", installed)
        .with_file("/lib/apk/db/triggers", "Q1old= /usr/share/a\n")
        .with_file(
            "/lib/apk/db/scripts.tar",
            tar(
                &[
                    ("a-1.Q1old=.post-install", FILE, 0o755, b"x"),
                    ("b-1.Q1b=.trigger", FILE, 0o755, b"y"),
                ],
                true,
            ),
        )
        .with_file("/lib/gone", "")
        .with_file("/lib/b.so", "")
        // The sum of `a` is that in the database.
        .with_file("/etc/a.conf", "a")
        .with_file("/etc/b.conf", "mine")
}

#[test]
fn an_upgrade_changes_files_and_records_as_apk_does() {
    let more = "pkgdesc = D\ndepend = so:b.so\ndepend = !c\nprovides = cmd:a=2\n";
    let script = "#!/bin/sh\nexit 0\n";
    let package = apk(
        &info("a", "2", more),
        &[(".post-upgrade", script)],
        &[
            ("etc/", FOLDER, 0o755, b""),
            ("etc/a.conf", FILE, 0o644, b"new"),
            ("etc/b.conf", FILE, 0o644, b"new"),
            ("lib/", FOLDER, 0o755, b""),
            ("lib/a.so", LINK, 0o777, b"a.so.2"),
            ("lib/a.so.2", FILE, 0o755, b"two"),
        ],
    );
    let outcome =
        run(&image(), &[("a.apk", package.clone())], &[upgrade("a", "1", "2")], false).unwrap();
    assert!(outcome.refused.is_empty(), "{:?}", outcome.refused);
    let found = contents(&outcome.layer.unwrap());
    let size = package.len();
    let installed = &found["lib/apk/db/installed"];
    let sum = installed.lines().next().unwrap().trim_start_matches("C:").to_owned();
    let expected = format!(
        "C:{sum}\nP:a\nV:2\nA:x86_64\nS:{size}\nI:9\nT:D\nt:1600000000\nD:so:b.so !c\np:cmd:a=2\n\
         F:etc\nR:a.conf\nZ:Q1wqZ+DzjWFOnfZV3qQ1vO/lYoVXU=\nR:b.conf\nZ:Q1wqZ+DzjWFOnfZV3qQ1vO/lYoVXU=\n\
         F:lib\nR:a.so\na:0:0:777\n"
    );
    assert!(sum.starts_with("Q1") && sum.len() == 30, "{sum}");
    let mask = |text: &str| {
        text.lines().filter(|line| !line.starts_with("Z:")).collect::<Vec<_>>().join("\n")
    };
    assert!(mask(installed).starts_with(&mask(&expected)), "{installed}\n{expected}");
    assert!(
        installed.ends_with("C:Q1b=\nP:b\nV:1\nA:x86_64\np:so:b.so=1\nF:lib\nR:b.so\nZ:Q1z=\n\n")
    );
    assert_eq!(found["lib/apk/db/triggers"], format!("{sum} /usr/share/a\n"));
    let scripts = &found["lib/apk/db/scripts.tar"];
    let name = format!("a-2.{sum}.post-upgrade");
    assert!(
        scripts.contains(&name) && !scripts.contains("a-1.Q1old") && scripts.contains("b-1.Q1b")
    );
    for (path, expected) in [
        ("etc/a.conf", "new"),
        ("etc/b.conf.apk-new", "new"),
        ("lib/.wh.gone", ""),
        ("lib/a.so", "-> a.so.2"),
    ] {
        assert_eq!(found.get(path).map(String::as_str), Some(expected), "{path}");
    }
    assert!(!found.contains_key("etc/b.conf") && !found.contains_key("lib/.wh.b.so"));
}

#[test]
fn a_package_whose_files_are_not_those_that_were_signed_is_refused() {
    let mut package = apk(&info("a", "2", ""), &[], &[("lib/x", FILE, 0o644, b"x")]);
    // The operating system in the header of the last member: the files stay the same, their bytes do not.
    let at = package.windows(2).rposition(|pair| pair == [0x1f, 0x8b]).unwrap();
    package[at + 9] ^= 1;
    let error = run(&image(), &[("a.apk", package)], &[upgrade("a", "1", "2")], false).unwrap_err();
    assert!(error.to_string().contains("SHA-256"), "{error}");
}

#[test]
fn what_a_new_version_needs_must_be_there() {
    let package = apk(&info("a", "2", "depend = so:new.so\n"), &[], &[]);
    let outcome = run(&image(), &[("a.apk", package)], &[upgrade("a", "1", "2")], false).unwrap();
    let needs = Refusal::NeedsNew { relation: "so%new.so".into(), wanted_by: "a 2".into() };
    assert_eq!(outcome.refused[0].1, needs);
}
