//! A CPE name: eleven attributes, such as `cpe:2.3:a:openbsd:openssh:9.2:p1:*:*:*:*:*:*`.

use super::parse::{self, CpeError};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// The attributes of a name, in the order of the formatted string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// `a` application, `o` operating system, `h` hardware.
    Part,
    /// Who makes it: `openbsd`.
    Vendor,
    /// What it is: `openssh`.
    Product,
    /// The release: `9.2`.
    Version,
    /// What follows the release: `p1`, `rc2`, `sp1`.
    Update,
    /// Superseded by the fields below, still in old names: `win32`.
    Edition,
    /// RFC 5646 language tag of the user interface.
    Language,
    /// The edition sold: `lts`, `enterprise`.
    SwEdition,
    /// What it runs in: `wordpress`, `windows`.
    TargetSw,
    /// The instruction set: `x64`.
    TargetHw,
    /// Anything else.
    Other,
}

impl Field {
    /// Every field, in order.
    pub const ALL: [Self; 11] = [
        Self::Part,
        Self::Vendor,
        Self::Product,
        Self::Version,
        Self::Update,
        Self::Edition,
        Self::Language,
        Self::SwEdition,
        Self::TargetSw,
        Self::TargetHw,
        Self::Other,
    ];
}

/// The value of one attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attribute<'a> {
    /// `*`: any value, or not known.
    Any,
    /// `-`: has no value.
    NotApplicable,
    /// A value in the notation of the formatted string, lower case: unquoted `*` and `?` are wildcards.
    Value(&'a str),
}

impl<'a> Attribute<'a> {
    /// Reads one component of a canonical formatted string.
    pub(super) fn of(component: &'a str) -> Self {
        match component {
            "" | "*" => Self::Any,
            "-" => Self::NotApplicable,
            value => Self::Value(value),
        }
    }

    /// The value without quoting backslashes, if there is one.
    #[must_use]
    pub fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Value(value) => Some(parse::unquote(value)),
            Self::Any | Self::NotApplicable => None,
        }
    }

    /// True if the value holds a wildcard that is not quoted.
    #[must_use]
    pub fn has_wildcard(self) -> bool {
        match self {
            Self::Value(value) => {
                let mut quoted = false;
                value.bytes().any(|byte| {
                    let wild = !quoted && matches!(byte, b'*' | b'?');
                    quoted = !quoted && byte == b'\\';
                    wild
                })
            }
            Self::Any | Self::NotApplicable => false,
        }
    }
}

/// A CPE name.
///
/// Kept as its formatted string in canonical form (lower case, only quoted what must be), without the `cpe:2.3:` in front and
/// without the `:*` at the end: a database holds millions of them. That is also how it is serialised.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CpeName(Box<str>);

impl CpeName {
    /// The name of an application by plain, unquoted texts; empty ones mean "any".
    ///
    /// # Errors
    /// If vendor or product is empty, or a text holds what no name can hold.
    pub fn application(vendor: &str, product: &str, version: &str) -> Result<Self, CpeError> {
        Self::new("a", vendor, product)?.with(Field::Version, version)
    }

    /// A name of a part (`a`, `o`, `h`), a vendor and a product, given unquoted; everything else is "any".
    ///
    /// # Errors
    /// If one is empty or holds what no name can hold.
    pub fn new(part: &str, vendor: &str, product: &str) -> Result<Self, CpeError> {
        for (field, text) in [("part", part), ("vendor", vendor), ("product", product)] {
            if text.is_empty() {
                return Err(CpeError::Empty(field));
            }
        }
        Self::from_components([part, vendor, product].map(parse::quote).as_slice())
    }

    /// The same name with one attribute set to a plain, unquoted text; an empty one means "any", `-` "not applicable".
    ///
    /// # Errors
    /// If the text holds what no name can hold.
    pub fn with(&self, field: Field, text: &str) -> Result<Self, CpeError> {
        let value = match text {
            "" | "*" => "*".to_owned(),
            "-" => "-".to_owned(),
            _ => parse::quote(text),
        };
        let components: Vec<String> = Field::ALL
            .iter()
            .map(
                |each| {
                    if *each == field { value.clone() } else { self.component(*each).to_owned() }
                },
            )
            .collect();
        Self::from_components(&components)
    }

    /// The value of an attribute.
    #[must_use]
    pub fn attribute(&self, field: Field) -> Attribute<'_> {
        Attribute::of(self.component(field))
    }

    /// All attributes in the order of [`Field::ALL`], in one pass.
    #[must_use]
    pub fn attributes(&self) -> [Attribute<'_>; 11] {
        let mut all = [Attribute::Any; 11];
        for (slot, component) in all.iter_mut().zip(parse::components(&self.0)) {
            *slot = Attribute::of(component);
        }
        all
    }

    /// The product without quoting; empty if it is not a value. What a database is asked by.
    #[must_use]
    pub fn product(&self) -> Cow<'_, str> {
        self.attribute(Field::Product).text().unwrap_or_default()
    }

    /// The vendor without quoting; empty if it is not a value.
    #[must_use]
    pub fn vendor(&self) -> Cow<'_, str> {
        self.attribute(Field::Vendor).text().unwrap_or_default()
    }

    fn component(&self, field: Field) -> &str {
        parse::components(&self.0).nth(field as usize).unwrap_or("*")
    }

    pub(super) fn from_components<S: AsRef<str>>(components: &[S]) -> Result<Self, CpeError> {
        parse::canonical(components.iter().map(AsRef::as_ref)).map(|text| Self(text.into()))
    }
}

impl FromStr for CpeName {
    type Err = CpeError;

    /// Reads a formatted string (`cpe:2.3:…`) or a URI (`cpe:/…`).
    fn from_str(text: &str) -> Result<Self, CpeError> {
        parse::name(text).map(|text| Self(text.into()))
    }
}

impl fmt::Display for CpeName {
    /// Writes the whole formatted string with its eleven attributes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cpe:2.3:{}", self.0)?;
        for _ in parse::components(&self.0).count()..Field::ALL.len() {
            f.write_str(":*")?;
        }
        Ok(())
    }
}

impl TryFrom<String> for CpeName {
    type Error = CpeError;

    fn try_from(text: String) -> Result<Self, CpeError> {
        parse::canonical(parse::components(&text)).map(|text| Self(text.into()))
    }
}

impl From<CpeName> for String {
    fn from(name: CpeName) -> Self {
        name.0.into()
    }
}
