//! `.trivyignore`: an identifier a line, with remarks and an expiry date:
//!
//! ```text
//! # Accepted until the next release.
//! CVE-2022-40897 exp:2025-06-30
//! GHSA-35jh-r3h4-6jhm   # not reachable
//! ```

use super::ignore::{About, Ignore};
use super::{Rules, SuppressError, expiry};
use jiff::civil::Date;
use std::sync::Arc;

/// Adds the entries of a file.
pub(super) fn parse(file: &Arc<str>, text: &str, rules: &mut Rules) -> Result<(), SuppressError> {
    for (index, line) in text.lines().enumerate() {
        if let Some(entry) = entry(file, index + 1, line)? {
            rules.ignores.push(entry);
        }
    }
    Ok(())
}

fn entry(file: &Arc<str>, line: usize, text: &str) -> Result<Option<Ignore>, SuppressError> {
    let mut fields = text.split_whitespace();
    let Some(id) = fields.next().filter(|id| !id.starts_with('#')) else { return Ok(None) };
    if let Some(control) = id.chars().find(|c| c.is_control()) {
        return Err(SuppressError::line(file, line, format!("{control:?} in an identifier")));
    }
    // Words that are no date are remarks, with or without `#`.
    let date = fields.find_map(|field| field.strip_prefix("exp:"));
    let expires: Option<Date> = date
        .map(|date| {
            expiry::parse(date).ok_or_else(|| {
                let reason = format!("{date:?} is no date; hint: write exp:YYYY-MM-DD");
                SuppressError::line(file, line, reason)
            })
        })
        .transpose()?;
    Ok(Some(Ignore {
        about: About::Anything,
        file: Arc::clone(file),
        line,
        id: id.to_owned(),
        paths: None,
        packages: Vec::new(),
        expires,
        statement: String::new(),
    }))
}

#[cfg(test)]
mod tests {
    use crate::suppress::Rules;

    #[test]
    fn identifiers_dates_and_remarks_are_read() {
        let text = "\u{feff}# Accepted risks\r\n\nCVE-2022-40897\r\n  GHSA-35jh-r3h4-6jhm # not reachable\n\
                    CVE-2023-1 exp:2025-06-30\nCVE-2023-2 see ticket 5, exp:2024-01-01 # exp:2030-01-01\n   # CVE-2020-1\n";
        let mut rules = Rules::default();
        rules.add_ignore_file(".trivyignore", text.as_bytes()).unwrap();
        let found: Vec<(usize, &str, Option<String>)> = rules
            .ignores
            .iter()
            .map(|entry| {
                (entry.line, entry.id.as_str(), entry.expires.map(|date| date.to_string()))
            })
            .collect();
        assert_eq!(
            found,
            [
                (3, "CVE-2022-40897", None),
                (4, "GHSA-35jh-r3h4-6jhm", None),
                (5, "CVE-2023-1", Some("2025-06-30".into())),
                (6, "CVE-2023-2", Some("2024-01-01".into())),
            ]
        );
    }

    #[test]
    fn wrong_lines_are_named() {
        for (text, expected) in [
            ("CVE-1\nCVE-2 exp:soon\n", "i:2: \"soon\" is no date; hint: write exp:YYYY-MM-DD"),
            ("CVE-1 exp:2024-13-01", "i:1: \"2024-13-01\" is no date; hint: write exp:YYYY-MM-DD"),
            ("CVE-1 exp:", "i:1: \"\" is no date; hint: write exp:YYYY-MM-DD"),
            ("\n\u{1b}[2J", "i:2: '\\u{1b}' in an identifier"),
        ] {
            let error = Rules::default().add_ignore_file("i", text.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
        let error = Rules::default().add_ignore_file("i", b"CVE-1\n\xff").unwrap_err();
        assert_eq!(error.to_string(), "i:2: not UTF-8");
    }
}
