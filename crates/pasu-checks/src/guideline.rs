//! Guidelines: which number, title, category and weight an edition gives to an item.

use pasu_model::{Importance, Text, TrivyCheck};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The guidelines that Pasu carries, the first one being the default.
const GUIDELINES: [(&str, &str); 3] = [
    ("kisa-2026", include_str!("../guidelines/kisa-2026.toml")),
    ("kisa-2021", include_str!("../guidelines/kisa-2021.toml")),
    (OF_IMAGES, include_str!("../guidelines/pasu-image.toml")),
];

/// The guideline for images.
pub(crate) const OF_IMAGES: &str = "pasu-image";

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
    /// The guideline for hosts whose items join this one's in [`Guideline::for_images`].
    #[serde(default)]
    pub joins: Option<String>,
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
    /// Why the item says nothing about the tree of an image; without it, it does.
    #[serde(default)]
    pub host_only: Option<HostOnly>,
    /// Paths without which an image has nothing that the item could be about.
    #[serde(default)]
    pub image_needs: Vec<String>,
    /// The recommendation of the CIS Docker Benchmark about the same: its number.
    #[serde(default)]
    pub cis: Option<String>,
    /// The check of Trivy that finds the same in an image's configuration.
    #[serde(default)]
    pub trivy: Option<TrivyCheck>,
}

/// What an item is about that an image does not have of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HostOnly {
    /// People who log in.
    Login,
    /// Services that an init or super-server starts; containers of images whose program is an init have them.
    Services,
    /// The kernel, its network and its clock.
    Kernel,
    /// Log files that are written at run time.
    Logs,
    /// Files that the engine puts over the image's.
    Engine,
    /// Updates that are installed in place: an image is built anew.
    Updates,
    /// Answers that only a running server gives.
    Running,
}

impl HostOnly {
    /// The key of its sentence in `messages.toml`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Login => "image-no-login",
            Self::Services => "image-no-services",
            Self::Kernel => "image-no-kernel",
            Self::Logs => "image-no-logs",
            Self::Engine => "image-no-engine-files",
            Self::Updates => "image-no-updates",
            Self::Running => "image-not-running",
        }
    }
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

    /// What an image is held against: the guideline for images, then the numbers of the guideline for hosts that it
    /// joins. All of those stand in it; what does not apply to an image says so in its result.
    ///
    /// # Errors
    /// A guideline's own data cannot be read; a test makes sure that a released program has none such.
    pub fn for_images() -> Result<Self, toml::de::Error> {
        let text =
            |id: &str| GUIDELINES.iter().find(|(known, _)| *known == id).map(|(_, text)| text);
        let mut guideline: Self = toml::from_str(text(OF_IMAGES).unwrap_or(&""))?;
        let joined = guideline.joins.as_deref().and_then(text);
        let Some(joined) = joined.map(|text| toml::from_str::<Self>(text)).transpose()? else {
            return Ok(guideline);
        };
        guideline.chapters.extend(joined.chapters);
        guideline.categories.extend(joined.categories);
        guideline.entries.extend(joined.entries);
        Ok(guideline)
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
    fn images_are_held_against_both_guidelines() {
        let guideline = Guideline::for_images().unwrap();
        assert_eq!(guideline.id, "pasu-image");
        let mut codes = BTreeSet::new();
        for entry in &guideline.entries {
            assert!(codes.insert(&entry.code), "{} twice", entry.code);
            assert!(guideline.chapter(&entry.chapter).is_some(), "{}", entry.code);
            assert!(guideline.categories.contains_key(&entry.category), "{}", entry.code);
            if let Some(why) = entry.host_only {
                assert!(crate::messages::shared().contains_key(why.key()), "{}", entry.code);
            }
        }
        assert!(codes.contains(&"U-05".to_owned()) && codes.contains(&"IMG-01".to_owned()));
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
