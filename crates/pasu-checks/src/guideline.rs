//! Guidelines: which number, title, category and weight an edition gives to an item.

use pasu_model::{Importance, Text};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The guidelines that Pasu carries, the first one being the default.
const GUIDELINES: [(&str, &str); 2] = [
    ("kisa-2026", include_str!("../guidelines/kisa-2026.toml")),
    ("kisa-2021", include_str!("../guidelines/kisa-2021.toml")),
];

/// One edition of a guideline.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guideline {
    /// `kisa-2026`.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Where it is published.
    pub source: String,
    /// Chapters in order.
    pub chapters: Vec<Chapter>,
    /// Categories by key.
    pub categories: BTreeMap<String, Text>,
    /// Entries in order.
    pub entries: Vec<Entry>,
}

/// A chapter.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chapter {
    /// `unix`, `web`, `dbms`.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// The chapter is about servers of these names (see `host/services.toml`): without any of them it is left out.
    #[serde(default)]
    pub needs: Vec<String>,
}

/// One number of a guideline.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// `U-01`.
    pub code: String,
    /// The item's slug.
    pub item: String,
    /// The chapter's id.
    pub chapter: String,
    /// The category's key.
    pub category: String,
    /// How much it weighs.
    pub importance: Importance,
    /// The guideline's title, a fact of the publication.
    pub title: Text,
    /// Page in the publication.
    #[serde(default)]
    pub page: Option<u32>,
    /// The part of the item that this number means, where an edition counts parts apart.
    #[serde(default)]
    pub part: Option<String>,
}

impl Guideline {
    /// The names of all guidelines, the default first.
    pub fn ids() -> impl Iterator<Item = &'static str> {
        GUIDELINES.iter().map(|(id, _)| *id)
    }

    /// The guideline of a name.
    ///
    /// # Errors
    /// The guideline's own data cannot be read; a test makes sure that a released program has none such.
    #[must_use]
    pub fn load(id: &str) -> Option<Result<Self, toml::de::Error>> {
        let (_, text) = GUIDELINES.iter().find(|(known, _)| *known == id)?;
        Some(toml::from_str(text))
    }

    /// The entries that a code or a slug names; codes in either case.
    pub fn entries_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Entry> {
        self.entries
            .iter()
            .filter(move |entry| entry.code.eq_ignore_ascii_case(name) || entry.item == name)
    }

    /// The chapter of an entry.
    #[must_use]
    pub fn chapter(&self, id: &str) -> Option<&Chapter> {
        self.chapters.iter().find(|chapter| chapter.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::Guideline;
    use std::collections::BTreeSet;

    #[test]
    fn every_guideline_is_consistent() {
        for id in Guideline::ids() {
            let guideline = Guideline::load(id).unwrap().unwrap();
            assert_eq!(guideline.id, id);
            let mut codes = BTreeSet::new();
            for entry in &guideline.entries {
                assert!(codes.insert(&entry.code), "{id}: {} twice", entry.code);
                assert!(guideline.chapter(&entry.chapter).is_some(), "{id}: {}", entry.code);
                assert!(guideline.categories.contains_key(&entry.category), "{id}: {}", entry.code);
            }
        }
    }

    #[test]
    fn every_number_has_an_item_and_every_item_a_number() {
        let catalogue = crate::Catalogue::load().unwrap();
        let mut named = BTreeSet::new();
        for id in Guideline::ids() {
            for entry in Guideline::load(id).unwrap().unwrap().entries {
                let code = &entry.code;
                assert!(catalogue.item(&entry.item).is_some(), "{id} {code}: no {}", entry.item);
                named.insert(entry.item);
            }
        }
        for item in catalogue.items() {
            assert!(named.contains(item.slug), "{}: in no guideline", item.slug);
        }
    }

    #[test]
    fn the_editions_have_their_numbers() {
        let counts = |id: &str, chapter: &str| {
            let guideline = Guideline::load(id).unwrap().unwrap();
            guideline.entries.iter().filter(|entry| entry.chapter == chapter).count()
        };
        assert_eq!(counts("kisa-2026", "unix"), 67);
        assert_eq!(counts("kisa-2026", "web"), 26);
        assert_eq!(counts("kisa-2026", "dbms"), 26);
        assert_eq!(counts("kisa-2021", "unix"), 72);
    }
}
