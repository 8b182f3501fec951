//! Where statements of nginx, Apache, Tomcat and BIND stand that were judged, and what can become of them.

use serde::{Deserialize, Serialize};

/// A statement by the place where it was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// File.
    pub path: String,
    /// Line in which it begins, from 1.
    pub line: u32,
    /// Its name and what stands behind it.
    pub words: Vec<String>,
}

/// What becomes of a statement of nginx.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NginxChange {
    /// The directive is written with these arguments.
    Arguments(String),
    /// These statements are added at the beginning of the block, one a line.
    Add(String),
}

/// What becomes of a directive of Apache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ApacheChange {
    /// It is written with these arguments.
    Arguments(String),
    /// A line of `Options` no longer gives some.
    WithoutOptions {
        /// Those.
        names: Vec<String>,
        /// What it gives instead.
        instead: Option<String>,
    },
    /// It is commented out.
    CommentOut,
}

/// An element by the place where it was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ElementHead {
    /// File.
    pub path: String,
    /// Line in which it begins, from 1.
    pub line: u32,
    /// Its name.
    pub name: String,
    /// Which of that name and line, from 0.
    pub nth: usize,
}

/// What becomes of an element.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum XmlChange {
    /// An attribute gets this value.
    Attribute {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// The text of a child that has no elements in it.
    ChildText {
        /// The child's name.
        child: String,
        /// Its new text.
        text: String,
    },
    /// It has a valve of this class with this attribute; other attributes of one that is there stay.
    Valve {
        /// The class, with its package.
        class: String,
        /// An attribute.
        name: String,
        /// Its value.
        value: String,
    },
    /// It is commented out, or deleted where comments stand in it.
    CommentOut,
}

/// What becomes of a statement of BIND.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NamedChange {
    /// Its block, an address match list, has these elements: `none;`.
    List(String),
    /// This statement is added at the beginning of its block, unless one of the same keyword is there.
    Add(String),
}
