//! How bad a finding is, in the five words of the field.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A qualitative severity, ordered from least to most severe.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    /// No source rates it.
    #[default]
    Unknown,
    /// CVSS base score 0.1 to 3.9.
    Low,
    /// CVSS base score 4.0 to 6.9.
    Medium,
    /// CVSS base score 7.0 to 8.9.
    High,
    /// CVSS base score 9.0 to 10.0.
    Critical,
}

impl Severity {
    /// All severities, least severe first.
    pub const ALL: [Self; 5] = [Self::Unknown, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The severity of a CVSS base score (0.0 to 10.0), by the qualitative scale of CVSS v3.1, section 5.
    #[must_use]
    pub fn from_score(score: f64) -> Self {
        match score {
            s if s >= 9.0 => Self::Critical,
            s if s >= 7.0 => Self::High,
            s if s >= 4.0 => Self::Medium,
            s if s > 0.0 => Self::Low,
            _ => Self::Unknown,
        }
    }

    /// Reads the words that advisories use: `moderate`, `important`, `negligible` and so on, in any case.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "unknown" | "none" => Self::Unknown,
            "low" | "negligible" | "minor" => Self::Low,
            "medium" | "moderate" => Self::Medium,
            "high" | "important" => Self::High,
            "critical" => Self::Critical,
            _ => return None,
        })
    }

    /// The upper-case name that Trivy and the tables print.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "UNKNOWN",
            Self::Low => "LOW",
            Self::Medium => "MEDIUM",
            Self::High => "HIGH",
            Self::Critical => "CRITICAL",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Severity;

    #[test]
    fn scores_fall_on_the_cvss_scale() {
        for (score, expected) in [
            (0.0, Severity::Unknown),
            (3.9, Severity::Low),
            (4.0, Severity::Medium),
            (8.9, Severity::High),
            (9.0, Severity::Critical),
        ] {
            assert_eq!(Severity::from_score(score), expected, "{score}");
        }
    }

    #[test]
    fn vendor_words_are_understood() {
        assert_eq!(Severity::parse("Important"), Some(Severity::High));
        assert_eq!(Severity::parse("negligible"), Some(Severity::Low));
        assert_eq!(Severity::parse("urgent"), None);
    }
}
