//! The end of the report: how it was made, from which sources, what was accepted, every finding, and the words used.

mod accepted;
mod findings;
mod glossary;
mod method;
mod sources;

use super::Chapter;
use super::contents::Contents;

pub(super) fn chapters(contents: &Contents<'_>) -> Vec<Chapter> {
    let chapters = [
        accepted::chapter(contents),
        findings::chapter(contents),
        Some(method::chapter(contents)),
        sources::chapter(contents),
        Some(glossary::chapter(contents)),
    ];
    chapters.into_iter().flatten().collect()
}

/// The title of a chapter of the appendix.
fn title(contents: &Contents<'_>, ko: &str, en: &str) -> String {
    format!("{}: {}", contents.pick("부록", "Appendix"), contents.pick(ko, en))
}
