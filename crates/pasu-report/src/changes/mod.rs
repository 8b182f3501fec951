//! What changed between two inspections: for people, as Markdown and as JSON.

mod json;
mod markdown;
mod table;

pub use table::lives as render_lives;

use crate::RenderOptions;
use crate::format::write_json;
use pasu_model::{Changes, Inspection, Lang, LifeState, Text};
use std::io::{self, Write};

/// The name of the schema of [`ChangesFormat::Json`].
const SCHEMA: &str = "pasu.diff/1";

/// A form in which changes can be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangesFormat {
    /// Text for people.
    Table,
    /// JSON, `pasu.diff/1`.
    Json,
    /// Markdown.
    Markdown,
}

/// Two inspections and what changed from the one to the other.
#[derive(Clone, Copy)]
pub struct Comparison<'a> {
    /// What the earlier is called: a run's number, or a file.
    pub before_name: &'a str,
    /// The earlier.
    pub before: &'a Inspection,
    /// What the later is called.
    pub after_name: &'a str,
    /// The later.
    pub after: &'a Inspection,
    /// What changed.
    pub changes: &'a Changes,
}

/// Writes a comparison.
///
/// # Errors
/// Only what `out` says.
pub fn render_changes(
    comparison: &Comparison<'_>,
    format: ChangesFormat,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        ChangesFormat::Table => table::write(comparison, options, out),
        ChangesFormat::Json => write_json(&json::document(comparison), out),
        ChangesFormat::Markdown => markdown::write(comparison, options.lang, out),
    }
}

/// The line that says how many there are of each state.
fn counts(changes: &Changes, lang: Lang) -> String {
    let mut parts: Vec<String> = LifeState::ALL
        .into_iter()
        .map(|state| format!("{} {}", state.text().get(lang), changes.count(state)))
        .collect();
    if changes.not_looked_for > 0 {
        let words = lang.pick("확인하지 못함", "Not looked for");
        parts.push(format!("{words} {}", changes.not_looked_for));
    }
    parts.join(" · ")
}

/// The line about the score, where both have one by the same guideline.
fn score(comparison: &Comparison<'_>, lang: Lang) -> Option<String> {
    let before = comparison.changes.score_before?;
    let now = comparison.after.score()?.percent()?;
    let words = lang.pick("보안 설정 점수", "Score of the security settings");
    Some(format!("{words}: {before:.1} -> {now:.1} ({:+.1})", now - before))
}

/// Why little can be said about what is gone.
fn not_looked_for(changes: &Changes) -> Option<Text> {
    (changes.not_looked_for > 0).then(|| {
        let count = changes.not_looked_for;
        Text::new(
            format!("나중 점검이 확인하지 못한 {count}건은 조치된 것으로 보지 않습니다."),
            format!(
                "{count} that the later inspection could not look for are not counted as fixed."
            ),
        )
    })
}
