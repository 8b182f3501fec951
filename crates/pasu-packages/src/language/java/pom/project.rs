//! The parts of Maven's project model (`http://maven.apache.org/POM/4.0.0`) that say what a project needs.

use super::xml::{self, Element};
use crate::DetectError;
use pasu_model::LineRange;
use std::collections::BTreeMap;

/// A project file as written: nothing is inherited or interpolated.
#[derive(Debug, Default)]
pub struct Project {
    /// `groupId`, which may come from the parent instead.
    pub group: Option<String>,
    /// `artifactId`.
    pub artifact: String,
    /// `version`, which may come from the parent instead.
    pub version: Option<String>,
    /// `parent`.
    pub parent: Option<Parent>,
    /// `properties`.
    pub properties: BTreeMap<String, String>,
    /// `dependencyManagement`.
    pub managed: Vec<Dependency>,
    /// `dependencies`.
    pub dependencies: Vec<Dependency>,
    /// `modules`.
    pub modules: Vec<String>,
    /// Names of the `licenses`.
    pub licenses: Vec<String>,
}

/// The project that another inherits from.
#[derive(Debug, Default, Clone)]
pub struct Parent {
    /// `groupId`.
    pub group: String,
    /// `artifactId`.
    pub artifact: String,
    /// `version`.
    pub version: String,
    /// Where it lies from here: `relativePath`, `../pom.xml` where that is absent, `None` where it is empty.
    pub path: Option<String>,
}

/// One dependency as written.
#[derive(Debug, Default, Clone)]
pub struct Dependency {
    /// `groupId`.
    pub group: String,
    /// `artifactId`.
    pub artifact: String,
    /// `version`.
    pub version: Option<String>,
    /// `scope`.
    pub scope: Option<String>,
    /// `type`, `jar` where absent.
    pub kind: String,
    /// `classifier`.
    pub classifier: String,
    /// `optional`: not handed on to those who use the project.
    pub optional: bool,
    /// Its lines.
    pub lines: Option<LineRange>,
}

impl Project {
    /// Reads a `pom.xml`. Names of developers make older ones ISO 8859-1; coordinates are ASCII, so that need not be
    /// decoded.
    pub fn parse(bytes: &[u8]) -> Result<Self, DetectError> {
        let text = String::from_utf8_lossy(bytes);
        let root = xml::parse(text.trim_start_matches('\u{feff}'))?;
        if root.name != "project" {
            return Err(DetectError::Malformed(format!(
                "line {}: <{}> is not <project>",
                root.start, root.name
            )));
        }
        let properties =
            root.child("properties").map(|p| p.children.as_slice()).unwrap_or_default();
        let management = root.child("dependencyManagement");
        Ok(Self {
            group: root.value("groupId"),
            artifact: root.value("artifactId").unwrap_or_default(),
            version: root.value("version"),
            parent: root.child("parent").map(Parent::read),
            properties: properties.iter().map(|p| (p.name.clone(), p.text.clone())).collect(),
            managed: management.map(dependencies).unwrap_or_default(),
            dependencies: dependencies(&root),
            modules: root.list("modules", "module").map(|m| m.text.clone()).collect(),
            licenses: root.list("licenses", "license").filter_map(|l| l.value("name")).collect(),
        })
    }
}

impl Parent {
    fn read(element: &Element) -> Self {
        let path = element.child("relativePath").map_or("../pom.xml", |path| path.text.as_str());
        Self {
            group: element.value("groupId").unwrap_or_default(),
            artifact: element.value("artifactId").unwrap_or_default(),
            version: element.value("version").unwrap_or_default(),
            path: Some(path.to_owned()).filter(|path| !path.is_empty()),
        }
    }
}

fn dependencies(element: &Element) -> Vec<Dependency> {
    element.list("dependencies", "dependency").map(Dependency::read).collect()
}

impl Dependency {
    fn read(element: &Element) -> Self {
        Self {
            group: element.value("groupId").unwrap_or_default(),
            artifact: element.value("artifactId").unwrap_or_default(),
            version: element.value("version"),
            scope: element.value("scope"),
            kind: element.value("type").unwrap_or_else(|| "jar".to_owned()),
            classifier: element.value("classifier").unwrap_or_default(),
            optional: element.value("optional").is_some_and(|optional| optional == "true"),
            lines: Some(LineRange { start: element.start, end: element.end }),
        }
    }
}
