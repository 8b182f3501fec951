//! Declared licences in the forms that software bills of materials allow.

use spdx::Expression;

/// What a declared licence is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum License<'a> {
    /// An identifier of the SPDX licence list.
    Id(&'static str),
    /// A valid SPDX licence expression of more than one identifier.
    Expression(&'a str),
    /// Anything else, as declared: `public-domain`, `Apache 2.0`.
    Name(&'a str),
}

/// Reads a declared licence.
pub(crate) fn read(declared: &str) -> License<'_> {
    let declared = declared.trim();
    if let Some(id) = spdx::license_id(declared) {
        return License::Id(id.name);
    }
    // The expression parser recurses; no true licence is as long.
    if declared.len() <= 500 && Expression::parse(declared).is_ok() {
        return License::Expression(declared);
    }
    License::Name(declared)
}

#[cfg(test)]
mod tests {
    use super::{License, read};

    #[test]
    fn identifiers_expressions_and_names_are_told_apart() {
        for (declared, expected) in [
            ("MIT", License::Id("MIT")),
            ("MIT OR Apache-2.0", License::Expression("MIT OR Apache-2.0")),
            ("Apache 2.0", License::Name("Apache 2.0")),
            ("public-domain", License::Name("public-domain")),
            ("MIT OR", License::Name("MIT OR")),
        ] {
            assert_eq!(read(declared), expected, "{declared}");
        }
    }
}
