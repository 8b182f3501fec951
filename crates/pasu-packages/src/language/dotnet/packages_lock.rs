//! `packages.lock.json`, the packages NuGet resolved for each target framework:
//!
//! ```text
//! {"version": 1, "dependencies": {"net6.0": {
//!   "Newtonsoft.Json": {"type": "Direct", "requested": "[13.0.1, )", "resolved": "13.0.1", "contentHash": "…"}}}}
//! ```

use super::package;
use crate::language::json_lines::JsonLines;
use crate::language::listing;
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::{Package, PackageSet, PackageType, Relationship};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Reads a lock file of NuGet.
pub(super) struct PackagesLock;

/// Packages by target framework and name, parsed or as text.
#[derive(Deserialize)]
struct Lock<T> {
    dependencies: BTreeMap<String, BTreeMap<String, T>>,
}

type Framework = BTreeMap<String, Entry>;

#[derive(Deserialize)]
struct Entry {
    /// `Direct`, `Transitive`, `CentralTransitive` or `Project`.
    #[serde(rename = "type")]
    kind: String,
    resolved: Option<String>,
    #[serde(default)]
    dependencies: BTreeMap<String, serde::de::IgnoredAny>,
}

impl Detector for PackagesLock {
    fn id(&self) -> &'static str {
        "dotnet/packages-lock"
    }

    fn scope(&self) -> Scope {
        Scope::Always
    }

    fn interest(&self) -> Interest {
        Interest { names: &["packages.lock.json"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        let text = file.json_object()?;
        let lock: Lock<Entry> = serde_json::from_str(text).map_err(DetectError::malformed)?;
        let places: Lock<&RawValue> = serde_json::from_str(text).map_err(DetectError::malformed)?;
        let lines = JsonLines::new(text);
        let mut packages = Vec::new();
        for (name, framework) in &lock.dependencies {
            let places = places.dependencies.get(name);
            for mut package in framework_packages(name, framework)? {
                let place = places.and_then(|places| places.get(&package.name));
                package.lines = place.map(|value| lines.of(value)).unwrap_or_default();
                packages.push(package);
            }
        }
        Ok(listing::set(PackageType::Nuget, file.target(), packages))
    }
}

/// The packages of one target framework; its other projects are none.
fn framework_packages(name: &str, framework: &Framework) -> Result<Vec<Package>, DetectError> {
    let ids: BTreeMap<String, String> = framework
        .iter()
        .filter_map(|(name, entry)| {
            Some((name.to_ascii_lowercase(), format!("{name}@{}", entry.resolved.as_ref()?)))
        })
        .collect();
    let mut packages = Vec::new();
    for (id, entry) in framework {
        if entry.kind.eq_ignore_ascii_case("project") {
            continue;
        }
        let version = entry.resolved.as_deref().ok_or_else(|| {
            DetectError::malformed(format!("{name}: {id} has no resolved version"))
        })?;
        let mut package = package(PackageType::Nuget, id, version);
        package.relationship = if entry.kind.eq_ignore_ascii_case("direct") {
            Relationship::Direct
        } else {
            Relationship::Indirect
        };
        package.depends_on = entry
            .dependencies
            .keys()
            .filter_map(|name| ids.get(&name.to_ascii_lowercase()).cloned())
            .collect();
        packages.push(package);
    }
    Ok(packages)
}

#[cfg(test)]
mod tests {
    use super::PackagesLock;
    use crate::language::testing::{detect, listed};
    use pasu_system::MemorySystem;

    /// Written by `dotnet restore --use-lock-file`, shortened.
    const LOCK: &str = r#"{
  "version": 2,
  "dependencies": {
    "net6.0": {
      "Microsoft.Extensions.Logging": {
        "type": "Transitive",
        "resolved": "6.0.0",
        "contentHash": "eIbyj40QDg1NDz0HBW0S5f3wrLVnKWnDJ/JtZ+yJDFnDj90VoPuoPmFkeaXrtu+0cKm5GRAwoDf+dBWXK0TUdg==",
        "dependencies": {"newtonsoft.json": "12.0.0"}
      },
      "Newtonsoft.Json": {
        "type": "Direct",
        "requested": "[13.0.1, )",
        "resolved": "13.0.1",
        "contentHash": "ppPFpBcvxdsfUonNcvITKqLl3bqxWbDCZIzDWHzjpdAHRFfZe0Dw9HmA0+za13IdyrgJwpkDTDA9fHaxOrt20A=="
      },
      "Serilog": {"type": "CentralTransitive", "requested": "[2.10.0, )", "resolved": "2.10.0"},
      "library": {"type": "Project", "dependencies": {"Serilog": "[2.10.0, )"}}
    },
    "net6.0/linux-x64": {
      "Serilog": {"type": "Direct", "resolved": "2.10.0"}
    }
  }
}"#;

    #[test]
    fn frameworks_are_joined() {
        let tree = MemorySystem::new().with_file("/src/packages.lock.json", LOCK);
        let sets = detect(&PackagesLock, &tree, "/src/packages.lock.json").unwrap();
        assert_eq!(
            listed(&sets),
            [
                "Microsoft.Extensions.Logging 6.0.0 Indirect pkg:nuget/Microsoft.Extensions.Logging@6.0.0",
                "Newtonsoft.Json 13.0.1 Direct pkg:nuget/Newtonsoft.Json@13.0.1",
                "Serilog 2.10.0 Direct pkg:nuget/Serilog@2.10.0",
            ]
        );
        let serilog = &sets[0].packages[2].lines;
        assert_eq!(serilog.iter().map(|lines| lines.start).collect::<Vec<_>>(), [17, 21]);
        assert_eq!(sets[0].packages[0].depends_on, ["Newtonsoft.Json@13.0.1"]);
    }

    #[test]
    fn a_package_without_a_version_is_malformed() {
        let text = r#"{"dependencies": {"net6.0": {"A": {"type": "Direct"}}}}"#;
        let tree = MemorySystem::new().with_file("/packages.lock.json", text);
        let error = detect(&PackagesLock, &tree, "/packages.lock.json").unwrap_err();
        assert_eq!(error.to_string(), "net6.0: A has no resolved version");
    }
}
