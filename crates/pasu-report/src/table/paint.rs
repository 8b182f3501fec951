//! Colour, where it is wanted.

use pasu_model::Severity;

/// Puts colour around text, or leaves it alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint {
    pub(crate) color: bool,
}

/// A colour by what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    Plain,
    Bold,
    Dim,
    /// A link: half of one is of no use, so it is left out where it does not fit.
    Link,
    Alarm,
    Severity(Severity),
}

impl Paint {
    /// The text in the ink.
    pub(crate) fn text(self, ink: Ink, text: &str) -> String {
        match ink.code() {
            Some(code) if self.color && !text.is_empty() => {
                format!("\u{1b}[{code}m{text}\u{1b}[0m")
            }
            _ => text.to_owned(),
        }
    }
}

impl Ink {
    /// The SGR parameters (ECMA-48).
    fn code(self) -> Option<&'static str> {
        Some(match self {
            Self::Plain => return None,
            Self::Bold => "1",
            Self::Dim | Self::Link => "2",
            Self::Alarm | Self::Severity(Severity::Critical) => "1;31",
            Self::Severity(Severity::High) => "31",
            Self::Severity(Severity::Medium) => "33",
            Self::Severity(Severity::Low) => "34",
            Self::Severity(Severity::Unknown) => "36",
        })
    }
}
