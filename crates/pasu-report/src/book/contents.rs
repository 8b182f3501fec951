//! Which chapters an inspection has, and what every chapter needs to know.

use super::{
    Book, Brand, Cell, Chapter, appendix, cover, first, fixes, guideline, images, items, packages,
    patches, summary,
};
use crate::safe_text::clip;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use pasu_model::{Changes, Inspection, Lang};

/// What a report depends on besides the inspection.
#[derive(Debug, Clone, Default)]
pub struct BookOptions {
    /// Its language.
    pub lang: Lang,
    /// Whose it is and how it looks.
    pub brand: Brand,
    /// When it is made, RFC 3339; without it, when the inspection ended.
    pub created: String,
    /// Seconds that the clock on the reader's wall is ahead of UTC; without it times are given in UTC, and it is said so.
    pub utc_offset: Option<i32>,
}

/// The report of an inspection: everything that it found, and what changed since an earlier one.
#[must_use]
pub fn book(inspection: &Inspection, changes: Option<&Changes>, options: &BookOptions) -> Book {
    let contents = Contents { inspection, changes, options, lang: options.lang };
    Book {
        lang: options.lang,
        created: contents.created().to_owned(),
        brand: options.brand.clone(),
        cover: cover::cover(&contents),
        chapters: contents.chapters(),
    }
}

/// What every chapter needs to know.
#[derive(Clone, Copy)]
pub(super) struct Contents<'a> {
    pub inspection: &'a Inspection,
    pub changes: Option<&'a Changes>,
    pub options: &'a BookOptions,
    pub lang: Lang,
}

impl Contents<'_> {
    fn chapters(&self) -> Vec<Chapter> {
        let chapters = [
            Some(summary::chapter(self)),
            Some(first::chapter(self)),
            guideline::chapter(self),
            items::chapter(self),
            packages::chapter(self),
            images::chapter(self),
            patches::chapter(self),
            fixes::chapter(self),
        ];
        chapters.into_iter().flatten().chain(appendix::chapters(self)).collect()
    }

    /// One of two texts.
    pub fn pick<'t>(&self, ko: &'t str, en: &'t str) -> &'t str {
        self.lang.pick(ko, en)
    }

    /// Whether anybody noted with what rights it was made; nobody does of a scan of packages alone.
    pub fn knows_rights(&self) -> bool {
        let by = &self.inspection.by;
        by.as_root || !by.account.is_empty() || self.inspection.audit.is_some()
    }

    /// When the report is made.
    pub fn created(&self) -> &str {
        if self.options.created.is_empty() {
            &self.inspection.finished
        } else {
            &self.options.created
        }
    }

    /// A cell with foreign text of at most so many characters.
    #[expect(clippy::unused_self, reason = "cells are made where texts are picked")]
    pub fn cell(&self, text: &str, limit: usize) -> Cell {
        Cell::new(clip(text, limit))
    }

    /// A number of things, as counted in the language.
    pub fn number(&self, count: usize) -> String {
        match self.lang {
            Lang::Ko => format!("{count}건"),
            Lang::En => count.to_string(),
        }
    }

    /// A time of a clock on the wall, with its distance from UTC: `2026-11-30 12:00:41 (UTC+9)`.
    pub fn time(&self, rfc3339: &str) -> String {
        let Ok(time) = rfc3339.parse::<Timestamp>() else { return clip(rfc3339, 40) };
        let offset = self.options.utc_offset.and_then(|seconds| Offset::from_seconds(seconds).ok());
        let zoned = time.to_zoned(TimeZone::fixed(offset.unwrap_or(Offset::UTC)));
        let name = offset.filter(|offset| *offset != Offset::UTC).map_or_else(String::new, name);
        format!("{} (UTC{name})", zoned.strftime("%Y-%m-%d %H:%M:%S"))
    }
}

/// `+9`, `-3:30`.
fn name(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.unsigned_abs() / 60;
    match minutes % 60 {
        0 => format!("{sign}{}", minutes / 60),
        rest => format!("{sign}{}:{rest:02}", minutes / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::{BookOptions, Contents};
    use pasu_model::Lang;

    #[test]
    fn times_say_which_clock_they_are_of() {
        let audit = serde_json::json!({
            "tool": {"name": "pasu", "version": "0"}, "started": "", "finished": "",
            "by": {"login": "", "account": "", "as_root": true},
            "target": {"kind": "host", "name": "a"}, "os": null, "parts": [], "audit": null,
            "packages": null, "images": [], "fixes": [], "patches": []
        });
        let inspection = serde_json::from_value(audit).expect("the model reads its own form");
        for (utc_offset, expected) in [
            (None, "2026-11-30 03:00:41 (UTC)"),
            (Some(0), "2026-11-30 03:00:41 (UTC)"),
            (Some(9 * 3600), "2026-11-30 12:00:41 (UTC+9)"),
            (Some(-12_600), "2026-11-29 23:30:41 (UTC-3:30)"),
            (Some(i32::MAX), "2026-11-30 03:00:41 (UTC)"),
        ] {
            let options = BookOptions { utc_offset, ..BookOptions::default() };
            let contents = Contents {
                inspection: &inspection,
                changes: None,
                options: &options,
                lang: Lang::En,
            };
            assert_eq!(contents.time("2026-11-30T03:00:41Z"), expected);
            assert_eq!(contents.time("not a time"), "not a time");
        }
    }
}
