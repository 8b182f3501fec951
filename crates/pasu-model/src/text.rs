//! Sentences in both languages, side by side.

use serde::{Deserialize, Serialize};

/// A language Pasu speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Korean, the first language.
    Ko,
    /// English.
    #[default]
    En,
}

impl Lang {
    /// The language of a locale name such as `ko_KR.UTF-8`; anything that is not Korean is English.
    #[must_use]
    pub fn from_locale(locale: &str) -> Self {
        if locale.split(['_', '.', '-', '@']).next().is_some_and(|l| l.eq_ignore_ascii_case("ko")) {
            Self::Ko
        } else {
            Self::En
        }
    }

    /// The Korean or the English of two texts.
    #[must_use]
    pub const fn pick<'a>(self, ko: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Ko => ko,
            Self::En => en,
        }
    }
}

/// One text in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// Korean.
    pub ko: String,
    /// English.
    pub en: String,
}

impl Text {
    /// A text from its two languages.
    pub fn new(ko: impl Into<String>, en: impl Into<String>) -> Self {
        Self { ko: ko.into(), en: en.into() }
    }

    /// The text in one language.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        lang.pick(&self.ko, &self.en)
    }
}

#[cfg(test)]
mod tests {
    use super::Lang;

    #[test]
    fn locales_choose_the_language() {
        assert_eq!(Lang::from_locale("ko_KR.UTF-8"), Lang::Ko);
        assert_eq!(Lang::from_locale("kok_IN"), Lang::En);
        assert_eq!(Lang::from_locale("C"), Lang::En);
    }
}
