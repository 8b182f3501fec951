//! `APPLICATION.deps.json`, what a published .NET application loads:
//!
//! ```text
//! {"runtimeTarget": {"name": ".NETCoreApp,Version=v6.0"},
//!  "targets": {".NETCoreApp,Version=v6.0": {"Newtonsoft.Json/13.0.1": {"runtime": {"lib/…/Newtonsoft.Json.dll": {}}}}},
//!  "libraries": {"Newtonsoft.Json/13.0.1": {"type": "package", …}}}
//! ```
//!
//! A package that brings no file to the target (only for compiling, or empty because the framework has taken it over)
//! is not there when the application runs and is left out, as is the application's own code. The runtime of a
//! self-contained application is a package too.

use super::package;
use crate::language::json_lines::JsonLines;
use crate::language::listing;
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::{Package, PackageSet, PackageType, Relationship};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

/// Reads the dependency list of a published application.
pub(super) struct DepsJson;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DepsFile {
    #[serde(default)]
    runtime_target: RuntimeTarget,
    #[serde(default)]
    targets: BTreeMap<String, BTreeMap<String, TargetLibrary>>,
    libraries: BTreeMap<String, Library>,
}

/// The libraries as text, for their lines.
#[derive(Deserialize)]
struct Places<'a> {
    #[serde(borrow)]
    libraries: BTreeMap<String, &'a RawValue>,
}

#[derive(Default, Deserialize)]
struct RuntimeTarget {
    #[serde(default)]
    name: String,
}

/// What a library brings to a target.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TargetLibrary {
    #[serde(default)]
    dependencies: BTreeMap<String, String>,
    #[serde(default)]
    runtime: Files,
    #[serde(default)]
    runtime_targets: Files,
    #[serde(default)]
    native: Files,
}

type Files = BTreeMap<String, serde::de::IgnoredAny>;

#[derive(Deserialize)]
struct Library {
    #[serde(rename = "type")]
    kind: String,
}

impl Detector for DepsJson {
    fn id(&self) -> &'static str {
        "dotnet/deps-json"
    }

    fn scope(&self) -> Scope {
        Scope::Always
    }

    fn interest(&self) -> Interest {
        Interest { suffixes: &[".deps.json"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        let text = file.json_object()?;
        let deps: DepsFile = serde_json::from_str(text).map_err(DetectError::malformed)?;
        let places: Places<'_> = serde_json::from_str(text).map_err(DetectError::malformed)?;
        let lines = JsonLines::new(text);
        let packages = deps.packages().into_iter().map(|(id, mut package)| {
            let place = places.libraries.get(id);
            package.lines = place.map(|value| lines.of(value)).unwrap_or_default();
            package
        });
        Ok(listing::set(PackageType::DotnetCore, file.target(), packages))
    }
}

impl DepsFile {
    /// The packages with their keys in `libraries`.
    fn packages(&self) -> Vec<(&str, Package)> {
        let none = BTreeMap::new();
        let target = self.targets.get(&self.runtime_target.name).unwrap_or(&none);
        let direct = self.direct(target);
        let packaged = self.libraries.iter().filter(|(_, library)| is_packaged(&library.kind));
        packaged
            // A library the target does not name can't be shown to be absent.
            .filter(|(id, _)| target.get(*id).is_none_or(TargetLibrary::brings_files))
            .filter_map(|(id, _)| {
                let (name, version) = split(id)?;
                let mut package = package(PackageType::DotnetCore, name, version);
                if !direct.is_empty() {
                    let is_direct = direct.contains(&(name, version));
                    package.relationship =
                        if is_direct { Relationship::Direct } else { Relationship::Indirect };
                }
                package.depends_on =
                    target.get(id).map(|library| self.needs(library, target)).unwrap_or_default();
                Some((id.as_str(), package))
            })
            .collect()
    }

    /// What the application and its other projects name themselves.
    fn direct<'a>(
        &self,
        target: &'a BTreeMap<String, TargetLibrary>,
    ) -> BTreeSet<(&'a str, &'a str)> {
        let projects = target.iter().filter(|(id, _)| {
            self.libraries
                .get(*id)
                .is_some_and(|library| library.kind.eq_ignore_ascii_case("project"))
        });
        projects
            .flat_map(|(_, library)| &library.dependencies)
            .map(|(name, version)| (without_prefix(name), version.as_str()))
            .collect()
    }

    fn needs(
        &self,
        library: &TargetLibrary,
        target: &BTreeMap<String, TargetLibrary>,
    ) -> Vec<String> {
        let needed = library.dependencies.iter().filter(|(name, version)| {
            let id = format!("{name}/{version}");
            self.libraries.get(&id).is_some_and(|library| is_packaged(&library.kind))
                && target.get(&id).is_none_or(TargetLibrary::brings_files)
        });
        needed.map(|(name, version)| format!("{}@{version}", without_prefix(name))).collect()
    }
}

impl TargetLibrary {
    fn brings_files(&self) -> bool {
        !(self.runtime.is_empty() && self.runtime_targets.is_empty() && self.native.is_empty())
    }
}

fn is_packaged(kind: &str) -> bool {
    kind.eq_ignore_ascii_case("package") || kind.eq_ignore_ascii_case("runtimepack")
}

/// Name and version of `Newtonsoft.Json/13.0.1`; a library without a version has nothing to judge.
fn split(id: &str) -> Option<(&str, &str)> {
    let (name, version) = id.split_once('/')?;
    Some((without_prefix(name), version))
}

/// The SDK lists the runtime it bundles as `runtimepack.` and the package's name.
fn without_prefix(name: &str) -> &str {
    name.strip_prefix("runtimepack.").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::DepsJson;
    use crate::language::testing::{detect, listed};
    use pasu_system::MemorySystem;

    /// Written by `dotnet publish --self-contained`, shortened.
    const DEPS: &str = r#"{
  "runtimeTarget": {"name": ".NETCoreApp,Version=v6.0/linux-x64", "signature": ""},
  "compilationOptions": {},
  "targets": {
    ".NETCoreApp,Version=v6.0": {},
    ".NETCoreApp,Version=v6.0/linux-x64": {
      "app/1.0.0": {
        "dependencies": {
          "Library": "1.0.0",
          "Newtonsoft.Json": "13.0.1",
          "runtimepack.Microsoft.NETCore.App.Runtime.linux-x64": "6.0.1"
        },
        "runtime": {"app.dll": {}}
      },
      "Library/1.0.0": {"runtime": {"Library.dll": {}}},
      "Microsoft.NETCore.Platforms/1.1.0": {},
      "Newtonsoft.Json/13.0.1": {
        "dependencies": {"Microsoft.NETCore.Platforms": "1.1.0", "SQLitePCLRaw": "2.0.0"},
        "runtime": {"lib/netstandard2.0/Newtonsoft.Json.dll": {"assemblyVersion": "13.0.0.0", "fileVersion": "13.0.1.25517"}}
      },
      "SQLitePCLRaw/2.0.0": {"native": {"libe_sqlite3.so": {}}},
      "runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/6.0.1": {"runtime": {"System.dll": {}}}
    }
  },
  "libraries": {
    "app/1.0.0": {"type": "project", "serviceable": false, "sha512": ""},
    "Library/1.0.0": {"type": "project", "serviceable": false, "sha512": ""},
    "Microsoft.NETCore.Platforms/1.1.0": {"type": "package", "serviceable": true, "sha512": "sha512-kz0PEW2lhqygehI/d6XsPCQzD7ff7gUJaVGPVETX611eadGsA3A877GdSlU0LRVMCTH/+P3o2iDTak+S08V2+A=="},
    "Newtonsoft.Json/13.0.1": {"type": "package", "serviceable": true, "path": "newtonsoft.json/13.0.1"},
    "SQLitePCLRaw/2.0.0": {"type": "Package", "serviceable": true},
    "System.Reference/1.0.0": {"type": "referenceassembly"},
    "runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/6.0.1": {"type": "runtimepack", "serviceable": false}
  }
}"#;

    #[test]
    fn what_the_application_loads_is_listed() {
        let tree = MemorySystem::new().with_file("/app/app.deps.json", DEPS);
        let sets = detect(&DepsJson, &tree, "/app/app.deps.json").unwrap();
        assert_eq!(
            listed(&sets),
            [
                "Microsoft.NETCore.App.Runtime.linux-x64 6.0.1 Direct pkg:nuget/Microsoft.NETCore.App.Runtime.linux-x64@6.0.1",
                "Newtonsoft.Json 13.0.1 Direct pkg:nuget/Newtonsoft.Json@13.0.1",
                "SQLitePCLRaw 2.0.0 Indirect pkg:nuget/SQLitePCLRaw@2.0.0",
            ]
        );
        assert_eq!(sets[0].packages[1].lines[0].start, 29);
        assert_eq!(sets[0].packages[1].depends_on, ["SQLitePCLRaw@2.0.0"]);
    }

    #[test]
    fn without_a_known_target_nothing_is_left_out() {
        let text = DEPS.replace("\"runtimeTarget\"", "\"other\"");
        let tree = MemorySystem::new().with_file("/app.deps.json", text);
        let found = listed(&detect(&DepsJson, &tree, "/app.deps.json").unwrap());
        assert_eq!(found.len(), 4, "{found:?}");
        assert!(found.iter().all(|line| line.contains(" Unknown ")), "{found:?}");
    }

    #[test]
    fn damage_is_an_error() {
        for text in ["", "[]", "{}", r#"{"libraries": {"A/1": {}}}"#, &"[".repeat(100_000)] {
            let tree = MemorySystem::new().with_file("/a.deps.json", text);
            assert!(detect(&DepsJson, &tree, "/a.deps.json").is_err());
        }
    }
}
