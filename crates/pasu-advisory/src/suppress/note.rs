//! What the user should know about files that were read well.

use jiff::civil::Date;
use pasu_model::Lang;

/// Something about an ignore file or VEX document that stops nothing and should be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// An entry has expired: what it ignored is reported again.
    Expired {
        /// The ignore file.
        file: String,
        /// Line of the entry, counted from 1.
        line: usize,
        /// What it ignored.
        id: String,
        /// The day from which it holds no more.
        on: Date,
    },
    /// A key that this format does not have, so probably one that was misspelt.
    UnknownKey {
        /// The ignore file.
        file: String,
        /// The key.
        key: String,
    },
    /// A statement that names no product. It takes out nothing.
    NoProduct {
        /// The VEX document.
        file: String,
        /// The vulnerability it is about.
        id: String,
    },
    /// A reference that leads to no package. It takes out nothing.
    Unresolved {
        /// The VEX document.
        file: String,
        /// The vulnerability it is about.
        id: String,
        /// The reference.
        reference: String,
    },
}

impl Note {
    /// The note as a sentence.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Expired { file, line, id, on } => match lang {
                Lang::Ko => format!("{file}:{line}: {}의 예외 기한이 {on}에 끝났습니다", shown(id)),
                Lang::En => format!("{file}:{line}: {} expired on {on}", shown(id)),
            },
            Self::UnknownKey { file, key } => match lang {
                Lang::Ko => format!("{file}: 알 수 없는 항목 {}을(를) 건너뜁니다", shown(key)),
                Lang::En => format!("{file}: unknown key {} is passed over", shown(key)),
            },
            Self::NoProduct { file, id } => match lang {
                Lang::Ko => {
                    format!("{file}: {}에 제품이 없어 아무것도 빼지 않습니다", shown(id))
                }
                Lang::En => format!("{file}: {} names no product and takes out nothing", shown(id)),
            },
            Self::Unresolved { file, id, reference } => match lang {
                Lang::Ko => format!(
                    "{file}: {}의 참조 {}에 맞는 구성 요소를 찾지 못해 빼지 않습니다",
                    shown(id),
                    shown(reference)
                ),
                Lang::En => format!(
                    "{file}: {}: {} leads to no component and takes out nothing",
                    shown(id),
                    shown(reference)
                ),
            },
        }
    }
}

/// Foreign text for a terminal: short, and without control characters.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::Note;
    use jiff::civil::date;
    use pasu_model::Lang;

    #[test]
    fn notes_name_file_and_line_in_both_languages() {
        let note = Note::Expired {
            file: ".trivyignore".into(),
            line: 3,
            id: "CVE-2020-1".into(),
            on: date(2024, 2, 29),
        };
        assert_eq!(note.text(Lang::En), ".trivyignore:3: CVE-2020-1 expired on 2024-02-29");
        assert_eq!(
            note.text(Lang::Ko),
            ".trivyignore:3: CVE-2020-1의 예외 기한이 2024-02-29에 끝났습니다"
        );
    }

    #[test]
    fn foreign_text_cannot_steer_the_terminal() {
        let note = Note::UnknownKey { file: "f".into(), key: "a\u{1b}[2Jb\n".into() };
        assert_eq!(note.text(Lang::En), "f: unknown key a[2Jb is passed over");
    }
}
