//! `go.mod` of a project: the modules it needs.
//!
//! `go` and `toolchain` are the lowest Go a project accepts, not the one it is built with, so no standard library is
//! reported from them; that of an executable is known (see the sibling module for executables).

use super::modfile::{ModFile, Replace};
use super::{gosum, is_local, package};
use crate::language::listing;
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::{LineRange, Package, PackageSet, PackageType, Relationship};
use std::collections::{BTreeMap, HashSet};

/// Reads `go.mod`, and `go.sum` beside it where Go is too old to list indirect modules.
pub(super) struct GoMod;

impl Detector for GoMod {
    fn id(&self) -> &'static str {
        "go/mod"
    }

    fn scope(&self) -> Scope {
        Scope::Locked
    }

    fn interest(&self) -> Interest {
        Interest { names: &["go.mod"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        let parsed = ModFile::parse(file.text()?)?;
        let mut modules = required(&parsed);
        if !parsed.lists_indirect() {
            let sums = file.sibling("go.sum").unwrap_or_default();
            add_summed(&mut modules, &parsed, &String::from_utf8_lossy(&sums));
        }
        for replace in &parsed.replace {
            apply(replace, &mut modules);
        }
        let mut packages: Vec<Package> = modules.into_values().collect();
        if let Some(module) = &parsed.module {
            let mut root = package(PackageType::Gomod, &module.text, "");
            root.relationship = Relationship::Root;
            root.lines = vec![LineRange { start: module.line, end: module.line }];
            root.depends_on = packages.iter().map(Package::id).collect();
            packages.push(root);
        }
        Ok(listing::set(PackageType::Gomod, file.target(), packages))
    }
}

/// The modules of `require`. Go acts as if a requirement on an excluded version were not there.
fn required(file: &ModFile) -> BTreeMap<String, Package> {
    let excluded: HashSet<(&str, &str)> =
        file.exclude.iter().map(|(path, version)| (path.as_str(), version.as_str())).collect();
    let used = file
        .require
        .iter()
        .filter(|require| !excluded.contains(&(require.path.as_str(), require.version.as_str())));
    used.map(|require| {
        let mut module = package(PackageType::Gomod, &require.path, &require.version);
        module.relationship =
            if require.indirect { Relationship::Indirect } else { Relationship::Direct };
        module.lines = vec![LineRange { start: require.line, end: require.line }];
        (require.path.clone(), module)
    })
    .collect()
}

/// Adds what only `go.sum` names.
fn add_summed(modules: &mut BTreeMap<String, Package>, file: &ModFile, sums: &str) {
    let replacing: HashSet<&str> =
        file.replace.iter().map(|replace| replace.new.as_str()).collect();
    for (path, version) in gosum::modules(sums) {
        let is_root = file.module.as_ref().is_some_and(|module| module.text == path);
        if is_root || replacing.contains(path) || modules.contains_key(path) {
            continue;
        }
        let mut module = package(PackageType::Gomod, path, version);
        module.relationship = Relationship::Indirect;
        modules.insert(path.to_owned(), module);
    }
}

/// Puts one replacement in the place of what it replaces; a directory has no version to judge and leaves nothing.
fn apply(replace: &Replace, modules: &mut BTreeMap<String, Package>) {
    let Some(old) = modules.get(&replace.old) else { return };
    if replace.old_version.as_ref().is_some_and(|version| *version != old.version) {
        return;
    }
    let mut new = match &replace.new_version {
        Some(version) if !is_local(&replace.new) => {
            package(PackageType::Gomod, &replace.new, version)
        }
        _ => {
            modules.remove(&replace.old);
            return;
        }
    };
    new.relationship = old.relationship;
    new.lines.clone_from(&old.lines);
    modules.remove(&replace.old);
    modules.insert(replace.new.clone(), new);
}

#[cfg(test)]
mod tests {
    use super::GoMod;
    use crate::language::testing::{detect, listed};
    use crate::{DetectError, Detector};
    use pasu_model::Relationship;
    use pasu_system::MemorySystem;

    /// In the form of `go mod tidy`, Go 1.22.
    const GO_MOD: &str = "module github.com/acme/app

go 1.22.3

toolchain go1.22.5

require (
	github.com/BurntSushi/toml v1.3.2
	github.com/acme/lib v1.0.0
	github.com/gin-gonic/gin v1.9.0
	golang.org/x/old v0.1.0
)

require golang.org/x/sys v0.5.0 // indirect

exclude golang.org/x/old v0.1.0

replace github.com/acme/lib => ../lib

replace (
	github.com/gin-gonic/gin v1.9.0 => github.com/acme/gin v1.9.1
	golang.org/x/sys v0.4.0 => golang.org/x/sys v0.9.0
)

tool golang.org/x/tools/cmd/stringer

retract [v1.0.0, v1.0.5]
";

    #[test]
    fn requirements_are_listed_after_replacement() {
        let tree = MemorySystem::new().with_file("/src/go.mod", GO_MOD);
        let sets = detect(&GoMod, &tree, "/src/go.mod").unwrap();
        assert_eq!(
            listed(&sets),
            [
                "github.com/BurntSushi/toml v1.3.2 Direct pkg:golang/github.com/burntsushi/toml@v1.3.2",
                "github.com/acme/app  Root pkg:golang/github.com/acme/app",
                "github.com/acme/gin v1.9.1 Direct pkg:golang/github.com/acme/gin@v1.9.1",
                "golang.org/x/sys v0.5.0 Indirect pkg:golang/golang.org/x/sys@v0.5.0",
            ]
        );
        assert_eq!(sets[0].target, "src/go.mod");
        assert_eq!(sets[0].packages[2].lines[0].start, 10);
    }

    #[test]
    fn older_projects_take_indirect_modules_from_go_sum() {
        let sums = "golang.org/x/sys v0.4.0 h1:aaa=
golang.org/x/sys v0.5.0 h1:MUK/U/4lj1t1oPg0HfuXDN/Z1wv31ZJ/YcPiGccS4DU=
golang.org/x/sys v0.5.0/go.mod h1:oPkhp1MJrh7nUepCBck5+mAzfO9JrbApNNgaTdGDITg=
golang.org/x/term v0.5.0/go.mod h1:jMB1sMXY+tzblOD4FWmEbocvup2/aLOaQEp7JmGp78k=
github.com/BurntSushi/toml v0.3.1 h1:bbb=
";
        let found = |go: &str| {
            let text =
                format!("module a.example\n{go}\nrequire github.com/BurntSushi/toml v1.3.2\n");
            let tree = MemorySystem::new().with_file("/go.mod", text).with_file("/go.sum", sums);
            let sets = detect(&GoMod, &tree, "/go.mod").unwrap();
            sets[0]
                .packages
                .iter()
                .filter(|package| package.relationship != Relationship::Root)
                .map(Package::id)
                .collect::<Vec<_>>()
        };
        use pasu_model::Package;
        assert_eq!(
            found("go 1.16"),
            ["github.com/BurntSushi/toml@v1.3.2", "golang.org/x/sys@v0.5.0"]
        );
        assert_eq!(found(""), found("go 1.16"));
        assert_eq!(found("go 1.17"), ["github.com/BurntSushi/toml@v1.3.2"]);
    }

    #[test]
    fn damage_is_an_error() {
        let tree = MemorySystem::new()
            .with_file("/go.mod", "require (\n")
            .with_file("/b/go.mod", b"module \xff");
        for path in ["/go.mod", "/b/go.mod"] {
            assert!(
                matches!(detect(&GoMod, &tree, path), Err(DetectError::Malformed(_))),
                "{path}"
            );
        }
        assert_eq!(GoMod.interest().names, ["go.mod"]);
    }
}
