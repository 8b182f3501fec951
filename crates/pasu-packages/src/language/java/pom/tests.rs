//! Projects as Maven reads them.

use super::Pom;
use crate::{DetectError, Detector, TargetFile};
use pasu_model::{Package, Relationship};
use pasu_system::{MemorySystem, System};
use std::path::Path;

fn detect(system: &MemorySystem, path: &str) -> Result<(Vec<Package>, usize), DetectError> {
    let metadata = system.symlink_metadata(Path::new(path)).unwrap();
    let file = TargetFile::new(system, Path::new(path), metadata);
    let sets = Pom.detect(&file)?;
    let packages = sets.into_iter().flat_map(|set| set.packages).collect();
    Ok((packages, file.take_notes().len()))
}

fn ids(packages: &[Package]) -> Vec<String> {
    let dev = |package: &Package| if package.dev { " dev" } else { "" };
    packages.iter().map(|package| format!("{}{}", package.id(), dev(package))).collect()
}

/// A project with `body` between its coordinates and its end.
fn project(coordinates: &str, body: &str) -> String {
    let [group, artifact, version] = coordinates.split(':').collect::<Vec<_>>()[..] else {
        panic!()
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<project xmlns=\"http://maven.apache.org/POM/4.0.0\">\n<modelVersion>4.0.0</modelVersion>\n<groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version>\n{body}\n</project>\n"
    )
}

fn dependency(coordinates: &str, more: &str) -> String {
    let mut parts = coordinates.split(':');
    let mut part = || parts.next().unwrap_or_default();
    let (group, artifact, version) = (part(), part(), part());
    let version =
        if version.is_empty() { String::new() } else { format!("<version>{version}</version>") };
    format!(
        "<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>{version}{more}</dependency>"
    )
}

fn dependencies(list: &[String]) -> String {
    format!("<dependencies>{}</dependencies>", list.concat())
}

fn management(list: &[String]) -> String {
    format!("<dependencyManagement>{}</dependencyManagement>", dependencies(list))
}

#[test]
fn properties_ranges_and_scopes() {
    let body = "<properties><log4j.version>2.${log4j.minor}.1</log4j.version><log4j.minor>17</log4j.minor></properties>".to_owned()
        + &dependencies(&[
            dependency("org.apache.logging.log4j:log4j-core:${log4j.version}", ""),
            dependency("${project.groupId}:sibling:${project.version}", ""),
            dependency("a:hard:[1.0]", ""),
            dependency("a:range:[1.0,2.0)", ""),
            dependency("junit:junit:4.13.2", "<scope>test</scope>"),
            dependency("javax.servlet:javax.servlet-api:4.0.1", "<scope>provided</scope>"),
            dependency("a:unmanaged", ""),
            dependency("org.projectlombok:lombok:1.18.30", "<optional>true</optional>"),
        ]);
    let system =
        MemorySystem::new().with_file("/app/pom.xml", project("com.example:app:1.2", &body));
    let (packages, notes) = detect(&system, "/app/pom.xml").unwrap();
    let expected = [
        "a:hard:1.0",
        "a:range:",
        "a:unmanaged:",
        "com.example:app:1.2",
        "com.example:sibling:1.2",
        "javax.servlet:javax.servlet-api:4.0.1 dev",
        "junit:junit:4.13.2 dev",
        "org.apache.logging.log4j:log4j-core:2.17.1",
        "org.projectlombok:lombok:1.18.30 dev",
    ];
    assert_eq!(ids(&packages), expected);
    assert_eq!(notes, 0);
    assert_eq!(packages[3].relationship, Relationship::Root);
    assert_eq!(packages[0].lines[0].start, 5);
    assert_eq!(packages[0].purl.as_ref().unwrap().as_str(), "pkg:maven/a/hard@1.0");
}

#[test]
fn versions_come_from_local_parents_and_boms() {
    let parent = project(
        "com.example:parent:3",
        &("<modules><module>app</module><module>bom</module></modules><properties><jackson>2.9.8</jackson></properties>".to_owned()
            + &management(&[
                dependency("com.fasterxml.jackson.core:jackson-databind:${jackson}", ""),
                dependency("a:tested:1", "<scope>test</scope>"),
                dependency("com.example:bom:3", "<type>pom</type><scope>import</scope>"),
            ])
            + &dependencies(&[dependency("a:inherited:7", "")])),
    );
    let bom = project("com.example:bom:3", &management(&[dependency("a:from-bom:5", "")]));
    let app = "<project><parent><groupId>com.example</groupId><artifactId>parent</artifactId><version>3</version></parent><artifactId>app</artifactId><properties><jackson>2.10.0</jackson></properties>".to_owned()
        + &dependencies(&[
            dependency("com.fasterxml.jackson.core:jackson-databind", ""),
            dependency("a:tested", ""),
            dependency("a:from-bom", ""),
        ])
        + "</project>";
    let system = MemorySystem::new()
        .with_file("/src/pom.xml", parent)
        .with_file("/src/app/pom.xml", app)
        .with_file("/src/bom/pom.xml", bom);
    let (packages, _) = detect(&system, "/src/app/pom.xml").unwrap();
    let expected = [
        "a:from-bom:5",
        "a:inherited:7",
        "a:tested:1 dev",
        "com.example:app:3",
        "com.fasterxml.jackson.core:jackson-databind:2.10.0",
    ];
    assert_eq!(ids(&packages), expected);
}

#[test]
fn parents_that_go_in_circles_or_out_of_the_target_end() {
    let child = |artifact: &str, parent: &str, path: &str| {
        let parent = format!(
            "<parent><groupId>g</groupId><artifactId>{parent}</artifactId><version>1</version><relativePath>{path}</relativePath></parent>"
        );
        project(
            &format!("g:{artifact}:1"),
            &(parent + &dependencies(&[dependency("g:x:${no.such}", "")])),
        )
    };
    let system = MemorySystem::new()
        .with_file("/a/pom.xml", child("a", "b", "../b"))
        .with_file("/b/pom.xml", child("b", "a", "../a/pom.xml"))
        .with_file("/pom.xml", child("self", "self", "../../pom.xml"));
    assert_eq!(ids(&detect(&system, "/a/pom.xml").unwrap().0), ["g:a:1", "g:x:"]);
    assert_eq!(ids(&detect(&system, "/pom.xml").unwrap().0), ["g:self:1", "g:x:"]);
}

#[test]
fn a_dependency_without_a_known_name_is_reported() {
    let body = dependencies(&[dependency("${no.such}:x:1", ""), dependency("a:b&evil;:1", "")]);
    let system = MemorySystem::new().with_file("/pom.xml", project("g:a:1", &body));
    let (packages, notes) = detect(&system, "/pom.xml").unwrap();
    assert_eq!((ids(&packages), notes), (vec!["g:a:1".to_owned()], 2));
}

#[test]
fn what_is_no_project_is_malformed() {
    for text in ["<html></html>", "<project><dependencies>", "{}", ""] {
        let system = MemorySystem::new().with_file("/pom.xml", text);
        assert!(matches!(detect(&system, "/pom.xml"), Err(DetectError::Malformed(_))), "{text}");
    }
}

#[test]
fn names_in_another_encoding_do_no_harm() {
    let text = project(
        "g:a:1",
        &("<developers><developer><name>M\u{fc}ller</name></developer></developers>".to_owned()
            + &dependencies(&[dependency("g:b:2", "")])),
    );
    let latin1: Vec<u8> = text.chars().filter_map(|c| u8::try_from(u32::from(c)).ok()).collect();
    let system = MemorySystem::new().with_file("/pom.xml", latin1);
    assert_eq!(ids(&detect(&system, "/pom.xml").unwrap().0), ["g:a:1", "g:b:2"]);
}

#[test]
fn a_tree_of_modules_is_not_read_without_end() {
    let modules: String = (0..1000).map(|number| format!("<module>m{number}</module>")).collect();
    let body = format!("<modules>{modules}</modules>")
        + &management(&[dependency("g:no-such-bom:1", "<type>pom</type><scope>import</scope>")]);
    let mut system = MemorySystem::new().with_file("/pom.xml", project("g:a:1", &body));
    for number in 0..1000 {
        let path = format!("/m{number}/pom.xml");
        system = system.with_file(&path, project(&format!("g:m{number}:1"), ""));
    }
    assert_eq!(detect(&system, "/pom.xml").unwrap().1, 1);
}

#[test]
fn cut_or_changed_text_never_panics() {
    let body =
        dependencies(&[dependency("g:${a}:[1,2)", "<scope>test</scope>&#x41;<![CDATA[x]]>")]);
    let text = project("g:a:1", &body).into_bytes();
    for at in 0..text.len() {
        for value in [b'<', b'>', b'&', b'$', 0xff] {
            let mut changed = text.clone();
            changed[at] = value;
            let _ = detect(&MemorySystem::new().with_file("/pom.xml", changed), "/pom.xml");
        }
        let _ = detect(&MemorySystem::new().with_file("/pom.xml", &text[..at]), "/pom.xml");
    }
}
