//! What an archive is: its own artifact and those shaded into it.
//!
//! `pom.properties` is certain. Without it the artifact and the version are read from the file name, as Maven names
//! files, and the group is one [`known`] for the artifact or stated by the manifest. A guessed group could match
//! another project's advisories, so a doubtful one is left out.

use super::known;
use super::manifest::Manifest;
use super::pom_properties::PomProperties;
use pasu_model::{Package, PackageType};

/// What an archive says about itself.
#[derive(Debug, Default)]
pub struct Contents {
    /// The manifest.
    pub manifest: Manifest,
    /// Every `pom.properties`, its own and those of artifacts shaded into it.
    pub poms: Vec<PomProperties>,
}

/// The packages that an archive is and holds, nested archives aside. `has_directory` says whether it has entries below
/// a directory.
pub fn identify(
    path: &str,
    contents: &Contents,
    has_directory: &dyn Fn(&str) -> bool,
) -> Vec<Package> {
    let mut packages: Vec<Package> = contents.poms.iter().map(pom_package).collect();
    let stem = stem(path);
    if !contents.poms.iter().any(|pom| is_own(pom, stem, contents.poms.len())) {
        packages.extend(by_name(stem, &contents.manifest, has_directory));
    }
    for package in &mut packages {
        package.path = Some(path.to_owned());
    }
    packages
}

fn pom_package(pom: &PomProperties) -> Package {
    super::super::package(PackageType::Jar, &pom.group, &pom.artifact, &pom.version)
}

/// Whether a `pom.properties` is the archive's own: the file is named after it, or it is the only one and the file's
/// name says nothing (`app.jar`).
fn is_own(pom: &PomProperties, stem: &str, count: usize) -> bool {
    match split(stem) {
        Some((artifact, _)) if count > 1 => artifact == pom.artifact,
        Some((artifact, version)) => artifact == pom.artifact || version.starts_with(&pom.version),
        None => count == 1 || stem == pom.artifact,
    }
}

/// The file name without its ending.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// `log4j-core-2.17.1` into `log4j-core` and `2.17.1`: the version begins at the first `-` before a digit.
fn split(stem: &str) -> Option<(&str, &str)> {
    let at = stem.match_indices('-').map(|(at, _)| at).find(|at| {
        stem.get(at + 1..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    })?;
    let (artifact, version) = (stem.get(..at)?, stem.get(at + 1..)?);
    (!artifact.is_empty()).then_some((artifact, version))
}

fn by_name(
    stem: &str,
    manifest: &Manifest,
    has_directory: &dyn Fn(&str) -> bool,
) -> Option<Package> {
    let (artifact, version) = match split(stem) {
        Some((artifact, version)) => (artifact, version),
        None => (stem, stated_version(manifest)?),
    };
    let group = known::group(artifact, has_directory).or_else(|| stated_group(manifest));
    let group = group.unwrap_or_default();
    Some(super::super::package(PackageType::Jar, group, artifact, version))
}

fn stated_version(manifest: &Manifest) -> Option<&str> {
    let versions = [manifest.version.as_str(), manifest.bundle_version.as_str()];
    versions.into_iter().find(|version| version.starts_with(|c: char| c.is_ascii_digit()))
}

/// The group that the manifest states: Maven writes it as the vendor's identifier, others write there what they like
/// (`com.sun` in `activation.jar`, which is `javax.activation`). Names of bundles and modules are no help either:
/// `org.objectweb.asm` is `org.ow2.asm:asm`.
fn stated_group(manifest: &Manifest) -> Option<&str> {
    (manifest.by_maven && is_group(&manifest.vendor_id)).then_some(&manifest.vendor_id)
}

fn is_group(text: &str) -> bool {
    text.contains('.')
        && text.split('.').all(|part| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        })
}

#[cfg(test)]
mod tests {
    use super::{Contents, Manifest, PomProperties, identify, split};

    fn check(path: &str, manifest: &str, poms: &[&str], expected: &[&str]) {
        let poms = poms.iter().filter_map(|text| PomProperties::parse(&text.replace(' ', "\n")));
        let contents = Contents { manifest: Manifest::parse(manifest), poms: poms.collect() };
        let found = identify(path, &contents, &|directory| "org/springframework/" == directory);
        let found: Vec<String> = found.iter().map(pasu_model::Package::id).collect();
        assert_eq!(found, expected, "{path}");
    }

    #[test]
    fn names_split_where_the_version_begins() {
        for (stem, expected) in [
            ("log4j-core-2.17.1", Some(("log4j-core", "2.17.1"))),
            ("spring-core-5.3.4-SNAPSHOT", Some(("spring-core", "5.3.4-SNAPSHOT"))),
            ("log4j-1.2-api-2.17.1", Some(("log4j", "1.2-api-2.17.1"))),
            ("app", None),
            ("-1", None),
        ] {
            assert_eq!(split(stem), expected, "{stem}");
        }
    }

    #[test]
    fn the_group_is_taken_only_where_it_is_sure() {
        check(
            "x/spring-core-5.3.4.jar",
            "Implementation-Title: spring-core\n",
            &[],
            &["org.springframework:spring-core:5.3.4"],
        );
        // Not Spring's, whatever its name: there are no such classes in it.
        check("x/spring-boot-2.6.1.jar", "Manifest-Version: 1.0\n", &[], &["spring-boot:2.6.1"]);
        check(
            "x/maven-thing-1.0.jar",
            "Created-By: Apache Maven 3.8.1\nImplementation-Vendor-Id: org.example.thing\n",
            &[],
            &["org.example.thing:maven-thing:1.0"],
        );
        check(
            "x/activation.jar",
            "Implementation-Vendor-Id: com.sun\nImplementation-Version: 1.1.1\nCreated-By: 1.5.0\n",
            &[],
            &["activation:1.1.1"],
        );
        check("x/app.jar", "Manifest-Version: 1.0\n", &[], &[]);
    }

    #[test]
    fn shaded_artifacts_stand_beside_the_archive_itself() {
        let own = "groupId=a.b artifactId=tool version=1.0";
        let shaded = "groupId=c.d artifactId=lib version=2.0";
        check("x/tool-1.0.jar", "", &[own, shaded], &["a.b:tool:1.0", "c.d:lib:2.0"]);
        check(
            "x/tool-1.0.jar",
            "Created-By: Maven JAR Plugin 3.4.1\nImplementation-Vendor-Id: a.b\n",
            &[shaded],
            &["c.d:lib:2.0", "a.b:tool:1.0"],
        );
        check("x/app.jar", "Implementation-Version: 9\n", &[own], &["a.b:tool:1.0"]);
    }
}
