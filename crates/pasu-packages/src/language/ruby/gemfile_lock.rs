//! `Gemfile.lock` and `gems.locked`, as Bundler writes them:
//!
//! ```text
//! GEM
//!   remote: https://rubygems.org/
//!   specs:
//!     nokogiri (1.15.0-x86_64-linux)
//!       racc (~> 1.4)
//!
//! DEPENDENCIES
//!   nokogiri (~> 1.15)
//! ```

use super::package;
use crate::language::listing;
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::{LineRange, Package, PackageSet, PackageType, Relationship};
use std::collections::{BTreeMap, BTreeSet};

/// Reads a lock file of Bundler.
pub(super) struct GemfileLock;

impl Detector for GemfileLock {
    fn id(&self) -> &'static str {
        "ruby/gemfile-lock"
    }

    fn scope(&self) -> Scope {
        Scope::Locked
    }

    fn interest(&self) -> Interest {
        Interest { names: &["Gemfile.lock", "gems.locked"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        let mut lock = Lock::default();
        for (line, text) in (1..).zip(file.text()?.lines()) {
            lock.read(text.trim_end(), line)?;
        }
        Ok(listing::set(PackageType::Bundler, file.target(), lock.packages()))
    }
}

/// What a lock file says, line by line.
#[derive(Default)]
struct Lock<'a> {
    section: &'a str,
    in_specs: bool,
    specs: Vec<Spec<'a>>,
    direct: BTreeSet<&'a str>,
}

struct Spec<'a> {
    name: &'a str,
    version: &'a str,
    line: u32,
    /// Out of a directory of the project.
    local: bool,
    needs: Vec<&'a str>,
}

impl<'a> Lock<'a> {
    /// Indentation tells what a line is: 0 a section, 2 an entry or setting, 4 a gem, 6 what the gem needs.
    fn read(&mut self, text: &'a str, line: u32) -> Result<(), DetectError> {
        let entry = text.trim_start_matches(' ');
        if entry.starts_with("<<<<<<<") || entry.starts_with(">>>>>>>") {
            return Err(DetectError::malformed(format!("line {line}: unresolved merge conflict")));
        }
        match (text.len() - entry.len(), self.section) {
            (_, _) if entry.is_empty() => {}
            (0, _) => (self.section, self.in_specs) = (entry, false),
            (2, "DEPENDENCIES") => drop(self.direct.insert(dependency_name(entry))),
            (2, _) => self.in_specs = entry == "specs:",
            (4, section) if self.in_specs => self.specs.push(spec(entry, section, line)?),
            (6, _) if self.in_specs => {
                if let Some(spec) = self.specs.last_mut() {
                    spec.needs.push(dependency_name(entry));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn packages(self) -> Vec<Package> {
        let ids: BTreeMap<&str, String> = self
            .specs
            .iter()
            .map(|spec| (spec.name, package(PackageType::Bundler, spec.name, spec.version).id()))
            .collect();
        self.specs.iter().map(|spec| self.package(spec, &ids)).collect()
    }

    fn package(&self, spec: &Spec<'_>, ids: &BTreeMap<&str, String>) -> Package {
        let mut package = package(PackageType::Bundler, spec.name, spec.version);
        package.lines = vec![LineRange { start: spec.line, end: spec.line }];
        package.relationship = match (spec.local, self.direct.contains(spec.name)) {
            (true, _) => Relationship::Workspace,
            (false, true) => Relationship::Direct,
            (false, false) => Relationship::Indirect,
        };
        package.depends_on = spec.needs.iter().filter_map(|name| ids.get(name).cloned()).collect();
        package.depends_on.sort_unstable();
        package
    }
}

/// `nokogiri (1.15.0-x86_64-linux)`: a version has no hyphen, so what follows one is the platform.
fn spec<'a>(entry: &'a str, section: &str, line: u32) -> Result<Spec<'a>, DetectError> {
    let (name, version) = entry
        .split_once(" (")
        .and_then(|(name, rest)| Some((name, rest.strip_suffix(')')?)))
        .ok_or_else(|| DetectError::malformed(format!("line {line}: a gem without a version")))?;
    let version = version.split('-').next().unwrap_or(version);
    Ok(Spec { name, version, line, local: section == "PATH", needs: Vec::new() })
}

/// The name in `nokogiri (~> 1.15)`, `rails!` (a gem with a source of its own) or `rake`.
fn dependency_name(entry: &str) -> &str {
    let name = entry.split(" (").next().unwrap_or(entry);
    name.strip_suffix('!').unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::GemfileLock;
    use crate::language::testing::{detect, listed};
    use pasu_system::MemorySystem;

    /// Written by Bundler 2.4, shortened.
    const LOCK: &str = "GIT
  remote: https://github.com/rails/rails.git
  revision: 0123456789abcdef0123456789abcdef01234567
  branch: main
  specs:
    activesupport (7.1.0.alpha)

PATH
  remote: .
  specs:
    mygem (0.1.0)
      nokogiri

PLUGIN SOURCE
  remote: https://example.com
  type: example
  specs:
    odd (0.2)

GEM
  remote: https://rubygems.org/
  specs:
    mini_portile2 (2.8.2)
    nokogiri (1.15.0)
      mini_portile2 (~> 2.8.2)
      racc (~> 1.4)
    nokogiri (1.15.0-x86_64-linux)
      racc (~> 1.4)
    racc (1.6.2)

PLATFORMS
  ruby
  x86_64-linux

DEPENDENCIES
  activesupport!
  mygem!
  nokogiri (~> 1.15)

CHECKSUMS
  racc (1.6.2) sha256=58d26b3666382396fea84d33dc0639b7ee8d704156a52f8f22681f07b2f94f26

RUBY VERSION
   ruby 3.2.2p53

BUNDLED WITH
   2.4.10
";

    #[test]
    fn every_source_is_read_and_platforms_are_merged() {
        let tree = MemorySystem::new().with_file("/app/Gemfile.lock", LOCK);
        let sets = detect(&GemfileLock, &tree, "/app/Gemfile.lock").unwrap();
        assert_eq!(
            listed(&sets),
            [
                "activesupport 7.1.0.alpha Direct pkg:gem/activesupport@7.1.0.alpha",
                "mini_portile2 2.8.2 Indirect pkg:gem/mini_portile2@2.8.2",
                "mygem 0.1.0 Workspace pkg:gem/mygem@0.1.0",
                "nokogiri 1.15.0 Direct pkg:gem/nokogiri@1.15.0",
                "odd 0.2 Indirect pkg:gem/odd@0.2",
                "racc 1.6.2 Indirect pkg:gem/racc@1.6.2",
            ]
        );
        let nokogiri = &sets[0].packages[3];
        assert_eq!(nokogiri.depends_on, ["mini_portile2@2.8.2", "racc@1.6.2"]);
        assert_eq!(nokogiri.lines.iter().map(|lines| lines.start).collect::<Vec<_>>(), [24, 27]);
    }

    #[test]
    fn damage_is_named() {
        for (text, expected) in [
            ("GEM\n  specs:\n    rake\n", "line 3: a gem without a version"),
            ("GEM\n  specs:\n<<<<<<< HEAD\n", "line 3: unresolved merge conflict"),
        ] {
            let tree = MemorySystem::new().with_file("/gems.locked", text);
            let error = detect(&GemfileLock, &tree, "/gems.locked").unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }
}
