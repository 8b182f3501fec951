//! `specifications/NAME-VERSION.gemspec` of an installed gem. RubyGems writes it by machine, one assignment a line:
//!
//! ```text
//! # -*- encoding: utf-8 -*-
//! # stub: rake 13.0.6 ruby lib
//!
//! Gem::Specification.new do |s|
//!   s.name = "rake".freeze
//!   s.version = "13.0.6"
//!   s.licenses = ["MIT".freeze]
//! ```

use super::package;
use crate::language::listing;
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::{PackageSet, PackageType};

/// Reads the specification of an installed gem.
pub(super) struct Gemspec;

impl Detector for Gemspec {
    fn id(&self) -> &'static str {
        "ruby/gemspec"
    }

    fn scope(&self) -> Scope {
        Scope::Installed
    }

    fn interest(&self) -> Interest {
        Interest { suffixes: &[".gemspec"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        // A gem's own source tree holds a gemspec too, a program that is not installed under that name and version.
        if !file.path.components().any(|part| part.as_os_str() == "specifications") {
            return Ok(Vec::new());
        }
        let specification = Specification::parse(&String::from_utf8_lossy(file.bytes()?));
        let missing =
            |what| DetectError::malformed(format!("the specification has no literal {what}"));
        let name = specification.name.ok_or_else(|| missing("name"))?;
        let version = specification.version.ok_or_else(|| missing("version"))?;
        let mut gem = package(PackageType::Gemspec, &name, &version);
        gem.licenses = specification.licenses;
        gem.path = Some(file.target());
        let heading = PackageType::Gemspec.aggregate_target().unwrap_or_default();
        Ok(listing::set(PackageType::Gemspec, heading, [gem]))
    }
}

#[derive(Debug, Default)]
struct Specification {
    name: Option<String>,
    version: Option<String>,
    licenses: Vec<String>,
}

impl Specification {
    fn parse(text: &str) -> Self {
        let mut specification = Self::default();
        let mut stub = None;
        let mut variable = None;
        for line in text.lines().map(str::trim) {
            if let Some(rest) = line.strip_prefix("# stub: ") {
                stub.get_or_insert(rest);
            } else if line.contains("Gem::Specification.new") {
                variable = block_variable(line);
            } else if let Some((attribute, value)) =
                variable.and_then(|name| assignment(line, name))
            {
                specification.set(attribute, value);
            }
        }
        // What is computed in the block stands evaluated in the stub line.
        let mut words = stub.unwrap_or_default().split_whitespace().map(str::to_owned);
        let (name, version) = (words.next(), words.next());
        specification.name = specification.name.or(name);
        specification.version = specification.version.or(version);
        specification
    }

    fn set(&mut self, attribute: &str, value: &str) {
        let mut literals = literals(value);
        match attribute {
            "name" => self.name = self.name.take().or_else(|| literals.next()),
            "version" => self.version = self.version.take().or_else(|| literals.next()),
            "license" | "licenses" => self.licenses.extend(literals),
            _ => {}
        }
    }
}

/// The `s` of `Gem::Specification.new do |s|`.
fn block_variable(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once('|')?;
    Some(rest.split_once('|')?.0.trim())
}

/// Attribute and value of `s.name = "rake".freeze`.
fn assignment<'a>(line: &'a str, variable: &str) -> Option<(&'a str, &'a str)> {
    let (attribute, value) = line.strip_prefix(variable)?.strip_prefix('.')?.split_once('=')?;
    Some((attribute.trim(), value.trim()))
}

/// The string literals in an expression such as `"13.0.6"`, `Gem::Version.new("13.0.6".freeze)` or a list of strings.
fn literals(expression: &str) -> impl Iterator<Item = String> + '_ {
    let mut rest = expression;
    std::iter::from_fn(move || {
        let start = rest.find(['"', '\''])?;
        let quote = rest.get(start..)?.chars().next()?;
        let (literal, after) = rest.get(start + 1..)?.split_once(quote)?;
        rest = after;
        Some(literal.to_owned())
    })
    .filter(|literal| !literal.is_empty() && !literal.contains("#{"))
}

#[cfg(test)]
mod tests {
    use super::Gemspec;
    use crate::language::testing::detect;
    use pasu_model::Package;
    use pasu_system::MemorySystem;

    const PATH: &str = "/usr/local/bundle/specifications/rake-13.0.6.gemspec";

    /// Written by RubyGems 3.3 on installation, shortened.
    const RAKE: &str = "# -*- encoding: utf-8 -*-
# stub: rake 13.0.6 ruby lib

Gem::Specification.new do |s|
  s.name = \"rake\".freeze
  s.version = \"13.0.6\"

  s.required_rubygems_version = Gem::Requirement.new(\">= 1.3.2\".freeze) if s.respond_to? :required_rubygems_version=
  s.metadata = { \"source_code_uri\" => \"https://github.com/ruby/rake/tree/v13.0.6\" } if s.respond_to? :metadata=
  s.require_paths = [\"lib\".freeze]
  s.authors = [\"Hiroshi SHIBATA\".freeze, \"Eric Hodel\".freeze]
  s.licenses = [\"MIT\".freeze, \"Ruby\".freeze]
  s.rubygems_version = \"3.3.5\".freeze
end
";

    fn gem(text: impl AsRef<[u8]>) -> Package {
        let tree = MemorySystem::new().with_file(PATH, text);
        let sets = detect(&Gemspec, &tree, PATH).unwrap();
        assert_eq!(sets[0].target, "Ruby");
        sets[0].packages[0].clone()
    }

    #[test]
    fn an_installed_gem_is_listed() {
        let gem = gem(RAKE);
        assert_eq!(gem.id(), "rake@13.0.6");
        assert_eq!(gem.licenses, ["MIT", "Ruby"]);
        assert_eq!(gem.path.as_deref(), PATH.strip_prefix('/'));
        assert_eq!(gem.purl.unwrap().as_str(), "pkg:gem/rake@13.0.6");
    }

    #[test]
    fn other_ways_to_write_a_version() {
        for version in [
            "s.version = '1.2.3'",
            "s.version = \"1.2.3\".freeze",
            "s.version=Gem::Version.new(\"1.2.3\")",
            "s.version = Gem::Version.new '1.2.3'.freeze",
            "s.version = \"#{MAJOR}.2.3\"",
            "s.version = File.read(VERSION)",
        ] {
            let text =
                format!("# stub: a 1.2.3 ruby lib\nGem::Specification.new do |s|\n{version}\n");
            assert_eq!(gem(text).id(), "a@1.2.3", "{version}");
        }
        let spec = "Gem::Specification.new do |spec|\n spec.name = 'b'\n spec.version = '2'\n spec.license = 'MIT'";
        assert_eq!(gem(spec).licenses, ["MIT"]);
        let latin = [RAKE.as_bytes(), b"# Andr\xe9"].concat();
        assert_eq!(gem(latin).id(), "rake@13.0.6");
    }

    #[test]
    fn a_source_tree_is_no_installation() {
        let tree = MemorySystem::new().with_file("/src/rake.gemspec", RAKE);
        assert_eq!(detect(&Gemspec, &tree, "/src/rake.gemspec").unwrap(), []);
    }

    #[test]
    fn a_specification_without_literals_is_malformed() {
        let tree = MemorySystem::new()
            .with_file(PATH, "Gem::Specification.new do |s|\n s.name = NAME\nend");
        let error = detect(&Gemspec, &tree, PATH).unwrap_err();
        assert_eq!(error.to_string(), "the specification has no literal name");
    }
}
