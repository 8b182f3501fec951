//! Installed distributions and eggs.

use super::egg::Egg;
use super::metadata::InstalledMetadata;
use crate::language::testing::detect_first as detect;
use pasu_model::Package;
use std::io::Write;
use zip::write::SimpleFileOptions;

fn installed(path: &str, text: &[u8]) -> Package {
    let mut sets = detect(&InstalledMetadata, &[(path, text)]).unwrap();
    assert_eq!(sets[0].target, "Python");
    sets.remove(0).packages.remove(0)
}

#[test]
fn headers_are_read_up_to_the_text() {
    // Head of requests 2.31.0 as pip installs it.
    let text = b"Metadata-Version: 2.1\nName: requests\nVersion: 2.31.0\nSummary: Python HTTP for Humans.\nLicense: Apache 2.0\nClassifier: License :: OSI Approved :: Apache Software License\nClassifier: Natural Language :: English\nRequires-Dist: idna (<4,>=2.5)\n\n# Requests\nVersion: 9.9\n";
    let path = "/usr/lib/python3/site-packages/requests-2.31.0.dist-info/METADATA";
    let package = installed(path, text);
    assert_eq!(package.id(), "requests@2.31.0");
    assert_eq!(package.licenses, ["Apache Software License"]);
    assert_eq!(package.path.as_deref(), Some(&path[1..]));
    assert_eq!(package.purl.unwrap().as_str(), "pkg:pypi/requests@2.31.0");
}

#[test]
fn licences_are_taken_from_the_most_exact_header() {
    let cases: [(&str, &[&str]); 6] = [
        ("License-Expression: MIT OR Apache-2.0\nLicense: MIT", &["MIT OR Apache-2.0"]),
        ("Classifier: License :: OSI Approved\nLicense: BSD", &["BSD"]),
        (
            "Classifier: License :: OSI Approved :: MIT License\nClassifier: License :: Public Domain",
            &["MIT License", "Public Domain"],
        ),
        ("License: UNKNOWN", &[]),
        ("license: Copyright\n  all of it", &["Copyright"]),
        ("Summary: none", &[]),
    ];
    for (headers, expected) in cases {
        let text = format!("Name: a\r\nVersion: 1.0\r\n{headers}\n");
        let package = installed("/a.egg-info/PKG-INFO", text.as_bytes());
        assert_eq!(package.licenses, expected, "{headers}");
    }
}

#[test]
fn a_folder_names_what_its_headers_do_not() {
    let cases: [(&str, &[u8], &str); 4] = [
        ("/s/requests-2.31.0.dist-info/METADATA", b"", "requests@2.31.0"),
        ("/s/zope.interface-6.0-py3.11.egg-info/PKG-INFO", b"\xff\n", "zope.interface@6.0"),
        ("/s/six-1.16.0.egg-info", b"Name: Six\n", "Six@1.16.0"),
        ("/s/a-1.0.dist-info/METADATA", b"Name: a\nVersion: 2.0\n", "a@2.0"),
    ];
    for (path, text, expected) in cases {
        assert_eq!(installed(path, text).id(), expected, "{path}");
    }
    let error = detect(&InstalledMetadata, &[("/s/EGG-INFO/PKG-INFO", b"nothing")]).unwrap_err();
    assert!(error.to_string().contains("no `Name`"), "{error}");
}

#[test]
fn an_egg_is_a_zip_with_metadata_in_it() {
    let zip = |name: &str, text: &[u8]| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        let mut zip = zip::ZipWriter::new(&mut bytes);
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text).unwrap();
        zip.finish().unwrap();
        bytes.into_inner()
    };
    let egg = zip("EGG-INFO/PKG-INFO", b"Name: pyramid\nVersion: 1.0\n");
    let sets = detect(&Egg, &[("/s/pyramid-1.0-py2.7.egg", &egg)]).unwrap();
    assert_eq!(sets[0].packages[0].id(), "pyramid@1.0");
    assert_eq!(sets[0].packages[0].path.as_deref(), Some("s/pyramid-1.0-py2.7.egg"));
    let other = zip("README", b"x");
    assert!(detect(&Egg, &[("/s/x.egg", &other)]).unwrap().is_empty());
    let nameless = zip("EGG-INFO/PKG-INFO", b"x");
    assert!(detect(&Egg, &[("/s/x.egg", &nameless)]).is_err());
    assert!(detect(&Egg, &[("/s/x.egg", &egg[..egg.len() / 2])]).is_err());
    // More text than is unpacked.
    let bomb = zip(
        "EGG-INFO/PKG-INFO",
        &[b"Name: a\nVersion: 1.0\n\n".as_slice(), &[b'x'; 4 << 20]].concat(),
    );
    assert_eq!(detect(&Egg, &[("/s/x.egg", &bomb)]).unwrap()[0].packages[0].id(), "a@1.0");
}
