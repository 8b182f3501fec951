//! Gradle's dependency locks: `gradle.lockfile`, `buildscript-gradle.lockfile` and, of Gradle before 6.8,
//! `gradle/dependency-locks/CONFIGURATION.lockfile`:
//!
//! ```text
//! # This is a Gradle generated file for dependency locking.
//! com.google.guava:guava:31.1-jre=compileClasspath,runtimeClasspath
//! empty=annotationProcessor
//! ```

use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::{LineRange, Package, PackageSet, PackageType, UnseenReason};

/// Gradle lock files.
pub struct GradleLock;

impl Detector for GradleLock {
    fn id(&self) -> &'static str {
        "java/gradle-lock"
    }

    fn scope(&self) -> Scope {
        Scope::Locked
    }

    fn interest(&self) -> Interest {
        Interest { suffixes: &[".lockfile"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        let Some(configuration) = configuration(file) else { return Ok(Vec::new()) };
        let mut packages = Vec::new();
        for (number, line) in (1u32..).zip(file.text()?.lines()) {
            match package(line.trim(), &configuration) {
                Some(Ok(mut package)) => {
                    package.lines = vec![LineRange { start: number, end: number }];
                    packages.push(package);
                }
                Some(Err(what)) => {
                    file.report(UnseenReason::Malformed, format!("line {number}: {what}"));
                }
                None => {}
            }
        }
        super::sort(&mut packages);
        Ok(vec![PackageSet { kind: PackageType::Gradle, target: file.target(), packages }])
    }
}

/// The configuration that lines without one belong to, which the old layout has in the file's name; `None` if the file
/// is none of Gradle's.
fn configuration(file: &TargetFile<'_>) -> Option<String> {
    let name = file.name();
    if matches!(name.as_str(), "gradle.lockfile" | "buildscript-gradle.lockfile") {
        return Some(String::new());
    }
    let parent = file.path.parent()?;
    parent.ends_with("gradle/dependency-locks").then_some(())?;
    name.strip_suffix(".lockfile").map(str::to_owned)
}

/// The package of a line; `None` for a line that names none.
fn package(line: &str, configuration: &str) -> Option<Result<Package, &'static str>> {
    if line.is_empty() || line.starts_with('#') || line.starts_with("empty=") {
        return None;
    }
    let (coordinates, configurations) = line.split_once('=').unwrap_or((line, configuration));
    let parts: Vec<&str> = coordinates.split(':').map(str::trim).collect();
    let [group, artifact, version] = parts.as_slice() else {
        return Some(Err("not group:artifact:version"));
    };
    if group.is_empty() || artifact.is_empty() || version.is_empty() {
        return Some(Err("group, artifact or version is empty"));
    }
    let mut package = super::package(PackageType::Gradle, group, artifact, version);
    package.dev = configurations.split(',').all(is_test);
    Some(Ok(package))
}

/// `testCompileClasspath`, `debugAndroidTestRuntimeClasspath`; not `latestClasspath`.
fn is_test(configuration: &str) -> bool {
    let configuration = configuration.trim();
    configuration.starts_with("test") || configuration.contains("Test")
}

#[cfg(test)]
mod tests {
    use super::GradleLock;
    use crate::{Detector, TargetFile};
    use pasu_system::{MemorySystem, System};
    use std::path::Path;

    /// As Gradle 8.5 `--write-locks` writes it.
    const LOCK: &str = "# This is a Gradle generated file for dependency locking.\n# Manual edits can break the build and are not advised.\n# This file is expected to be part of source control.\ncom.google.guava:guava:31.1-jre=compileClasspath,runtimeClasspath,testRuntimeClasspath\njunit:junit:4.13.2=testCompileClasspath,testRuntimeClasspath\nempty=annotationProcessor,testAnnotationProcessor\n";

    fn detect(path: &str, content: &str) -> (Vec<(String, bool, u32)>, usize) {
        let system = MemorySystem::new().with_file(path, content);
        let metadata = system.symlink_metadata(Path::new(path)).unwrap();
        let file = TargetFile::new(&system, Path::new(path), metadata);
        let sets = GradleLock.detect(&file).unwrap();
        let packages = sets.iter().flat_map(|set| &set.packages);
        let packages = packages.map(|p| (p.id(), p.dev, p.lines[0].start)).collect();
        (packages, file.take_notes().len())
    }

    #[test]
    fn locked_versions_are_listed_with_their_lines() {
        let expected = vec![
            ("com.google.guava:guava:31.1-jre".to_owned(), false, 4),
            ("junit:junit:4.13.2".to_owned(), true, 5),
        ];
        assert_eq!(detect("/app/gradle.lockfile", LOCK), (expected, 0));
    }

    #[test]
    fn the_old_layout_has_the_configuration_in_its_name() {
        let path = "/app/gradle/dependency-locks/testRuntimeClasspath.lockfile";
        assert_eq!(detect(path, "a:b:1\n").0, [("a:b:1".to_owned(), true, 1)]);
        assert!(detect("/app/other.lockfile", "a:b:1\n").0.is_empty());
    }

    #[test]
    fn a_malformed_line_is_reported_and_the_rest_read() {
        let (packages, notes) =
            detect("/gradle.lockfile", "a:b\n:::\na::1=x\nc:d:2=runtimeClasspath\n");
        assert_eq!(packages, [("c:d:2".to_owned(), false, 4)]);
        assert_eq!(notes, 3);
    }
}
