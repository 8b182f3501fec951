//! Executables made by Go: the modules and the standard library inside them.

use super::buildinfo::{BuildInfo, Module};
use super::{is_local, ldflags, package};
use crate::language::listing;
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::{Package, PackageSet, PackageType, Relationship};

/// Reads the build information of an executable.
pub(super) struct GoBinary;

impl Detector for GoBinary {
    fn id(&self) -> &'static str {
        "go/binary"
    }

    fn scope(&self) -> Scope {
        Scope::Installed
    }

    fn interest(&self) -> Interest {
        Interest { elf: true, ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        let Some(info) = BuildInfo::read(file.open()?)? else { return Ok(Vec::new()) };
        let mut packages: Vec<Package> = info.dependencies.iter().filter_map(dependency).collect();
        packages.extend(standard_library(&info.go_version));
        if let Some(main) = info.main.as_ref().filter(|main| !main.path.is_empty()) {
            let mut root = package(PackageType::Gobinary, &main.path, &main_version(main, &info));
            root.relationship = Relationship::Root;
            root.depends_on = packages.iter().map(Package::id).collect();
            root.depends_on.sort_unstable();
            packages.push(root);
        }
        Ok(listing::set(PackageType::Gobinary, file.target(), packages))
    }
}

/// A module as built. A directory in its place leaves the module with no version to judge; old Go also lists modules
/// without a path.
fn dependency(module: &Module) -> Option<Package> {
    let (path, version) = match &module.replacement {
        Some((path, _)) if is_local(path) => (&module.path, ""),
        Some((path, version)) => (path, known(version)),
        None => (&module.path, known(&module.version)),
    };
    (!path.is_empty()).then(|| package(PackageType::Gobinary, path, version))
}

/// A version, or nothing where Go says that it does not know.
fn known(version: &str) -> &str {
    if version == "(devel)" { "" } else { version }
}

/// The main module's version: Go's, unless Go has none or only a made-up one (`v0.0.0-…`) and the build stamped another.
fn main_version(main: &Module, info: &BuildInfo) -> String {
    let version = known(&main.version);
    if !version.is_empty() && !version.starts_with("v0.0.0") {
        return version.to_owned();
    }
    let stamped =
        info.linker_flags.as_deref().and_then(|flags| ldflags::version(&main.path, flags));
    stamped.unwrap_or_else(|| version.to_owned())
}

/// Go's standard library in the version of Go: `go1.22.3 X:boringcrypto` is `v1.22.3`. A development build
/// (`devel go1.23-abcdef …`) has no version that advisories know.
fn standard_library(go_version: &str) -> Option<Package> {
    let version = go_version.split_whitespace().next()?.strip_prefix("go")?;
    let mut library = package(PackageType::Gobinary, "stdlib", &format!("v{version}"));
    library.relationship = Relationship::Direct;
    Some(library)
}

#[cfg(test)]
mod tests {
    use super::{GoBinary, standard_library};
    use crate::language::elf::testing::elf_with_section;
    use crate::language::go::buildinfo::testing::{inline, pointers};
    use crate::language::testing::{detect, listed};
    use pasu_system::MemorySystem;

    /// As `go version -m` prints it for a program of Go 1.22, shortened.
    const MODULES: &str = "path\tgithub.com/acme/app/cmd/app
mod\tgithub.com/acme/app\t(devel)\t
dep\tgithub.com/BurntSushi/toml\tv1.3.2\th1:o7IhLm0Msx3BaB+n3Ag7L8EVlByGnpq14C4YWiu/gL8=
dep\tgithub.com/acme/lib\tv1.0.0
=>\t../lib\t(devel)\t
dep\tgithub.com/gin-gonic/gin\tv1.9.0
=>\tgithub.com/acme/gin\tv1.9.1\th1:abc=
dep\t\t(devel)
build\t-compiler=gc
build\t-ldflags=\"-s -w -X main.version=2.1.0\"
build\tCGO_ENABLED=0
build\tvcs.modified=false
";

    fn found(content: &[u8]) -> Vec<String> {
        let tree = MemorySystem::new()
            .with_executable("/usr/bin/app", elf_with_section(".go.buildinfo", content));
        let sets = detect(&GoBinary, &tree, "/usr/bin/app").unwrap();
        assert!(sets.iter().all(|set| set.target == "usr/bin/app"));
        listed(&sets)
    }

    #[test]
    fn modules_and_the_standard_library_are_listed() {
        let expected = [
            "github.com/BurntSushi/toml v1.3.2 Unknown pkg:golang/github.com/burntsushi/toml@v1.3.2",
            "github.com/acme/app 2.1.0 Root pkg:golang/github.com/acme/app@2.1.0",
            "github.com/acme/gin v1.9.1 Unknown pkg:golang/github.com/acme/gin@v1.9.1",
            "github.com/acme/lib  Unknown pkg:golang/github.com/acme/lib",
            "stdlib v1.22.3 Direct pkg:golang/stdlib@v1.22.3",
        ];
        assert_eq!(found(&inline("go1.22.3 X:boringcrypto", MODULES)), expected);
        assert_eq!(found(&pointers("go1.22.3", MODULES)), expected);
    }

    #[test]
    fn a_program_without_modules_has_its_standard_library() {
        assert_eq!(
            found(&inline("go1.19.8", "")),
            ["stdlib v1.19.8 Direct pkg:golang/stdlib@v1.19.8"]
        );
    }

    #[test]
    fn go_versions_without_a_release_are_not_judged() {
        assert!(standard_library("devel go1.23-2c1e5b05fe Mon Jan 1").is_none());
        assert!(standard_library("").is_none());
    }
}
