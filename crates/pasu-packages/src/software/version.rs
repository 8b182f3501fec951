//! Versions as products print them, split as the CPE dictionary splits them.

use super::product::Grammar;

/// A product's version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// `9.2`, `1.0.2k`.
    pub base: String,
    /// The rest as printed that belongs to the version: `p1`, `_392`; may be empty.
    pub suffix: String,
    /// The rest as the NVD writes it: `p1`, `update392`; empty if there is none.
    pub update: String,
}

impl Version {
    /// Reads a version from the text that begins with it; `None` if it is not a whole one.
    /// What follows and is neither number nor an update that the product has (`-1+deb12u1`, `+7`, `-fips`) is a mark of
    /// the build.
    pub fn parse(text: &str, grammar: &Grammar) -> Option<Self> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let numbers = text.get(..end)?.trim_end_matches('.');
        let rest = text.get(numbers.len()..)?;
        if !numbers.starts_with(|c: char| c.is_ascii_digit()) || numbers.contains("..") {
            return None;
        }
        let mut version =
            Self { base: numbers.to_owned(), suffix: String::new(), update: String::new() };
        if grammar.letters {
            let letters = leading(rest, |c| c.is_ascii_lowercase());
            version.base.push_str(letters);
        }
        for (marker, word) in grammar.updates {
            let number =
                rest.strip_prefix(marker).map(|rest| leading(rest, |c| c.is_ascii_digit()));
            if let Some(number) = number.filter(|number| !number.is_empty()) {
                version.suffix = format!("{marker}{number}");
                version.update = format!("{word}{number}");
                break;
            }
        }
        let is_whole = numbers.split('.').count() >= grammar.numbers;
        (is_whole && (!version.update.is_empty() || !grammar.required)).then_some(version)
    }

    /// As printed: `9.2p1`.
    pub fn text(&self) -> String {
        format!("{}{}", self.base, self.suffix)
    }

    /// The numbers before letters and grammar; a number too long to be one counts as 0.
    pub fn numbers(&self) -> Vec<u32> {
        let digits = |part: &str| leading(part, |c| c.is_ascii_digit()).parse().unwrap_or(0);
        self.base.split('.').map(digits).collect()
    }
}

fn leading(text: &str, wanted: impl Fn(char) -> bool) -> &str {
    let end = text.find(|c| !wanted(c)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Version;
    use crate::software::products::PRODUCTS;

    #[test]
    fn versions_split_as_the_nvd_splits_them() {
        for (product, text, printed, base, update) in [
            ("nginx", "1.25.3", "1.25.3", "1.25.3", ""),
            ("openssh", "9.2p1", "9.2p1", "9.2", "p1"),
            ("openssl", "1.0.2k-fips", "1.0.2k", "1.0.2k", ""),
            ("openssl", "1.0.2zh", "1.0.2zh", "1.0.2zh", ""),
            ("openssl", "3.0.0-alpha1", "3.0.0-alpha1", "3.0.0", "alpha1"),
            ("php", "8.1.0RC1", "8.1.0RC1", "8.1.0", "rc1"),
            ("php", "8.2.7-1+deb12u1", "8.2.7", "8.2.7", ""),
            ("python", "3.12.0rc1", "3.12.0rc1", "3.12.0", "rc1"),
            ("python", "3.13.0a4+", "3.13.0a4", "3.13.0", "alpha4"),
            ("postgresql", "16beta1", "16beta1", "16", "beta1"),
            ("openjdk", "17.0.10+7-Debian-1deb12u1", "17.0.10", "17.0.10", ""),
            ("openjdk", "21+35-LTS", "21", "21", ""),
            ("openjdk", "1.8.0_392-b08", "1.8.0_392", "1.8.0", "update392"),
        ] {
            let product = PRODUCTS.iter().find(|known| known.name == product).unwrap();
            let version = Version::parse(text, &product.grammar).unwrap();
            let found = (version.text(), version.base.as_str(), version.update.as_str());
            assert_eq!(found, (printed.to_owned(), base, update), "{text}");
        }
        for text in ["", "x", ".5", "1..2", "7"] {
            assert_eq!(Version::parse(text, &PRODUCTS[0].grammar), None, "{text}");
        }
    }
}
