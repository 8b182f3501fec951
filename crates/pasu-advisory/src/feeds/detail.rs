//! Joining what several sources say about one vulnerability.

use crate::record::Detail;
use pasu_model::{Cvss, Severity};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Whose words are shown when several sources describe the same vulnerability: the later, the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum TextRank {
    /// A notice about several vulnerabilities at once.
    #[default]
    Notice,
    /// A distribution's record of one CVE.
    Distribution,
    /// A language's own database.
    Database,
    /// GitHub.
    Ghsa,
    /// The NVD.
    Nvd,
}

/// What one source says about a vulnerability.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct PartialDetail {
    /// How good its words are.
    pub rank: TextRank,
    /// One line, or empty.
    pub title: String,
    /// The description, or empty.
    pub description: String,
    /// Scores by source.
    pub cvss: BTreeMap<String, Cvss>,
    /// Ratings by source.
    pub severities: BTreeMap<String, Severity>,
    /// Weakness names.
    pub cwes: Vec<String>,
    /// Links, best first.
    pub references: Vec<String>,
    /// RFC 3339.
    pub published: Option<String>,
    /// RFC 3339.
    pub modified: Option<String>,
}

impl PartialDetail {
    /// Adds an OSV severity entry (`CVSS_V3`, `CVSS:3.1/AV:…`) of a source. What is not a vector is left out.
    pub fn add_vector(&mut self, source: &str, kind: &str, vector: &str) {
        let Ok(parsed) = vector.trim().trim_matches(['(', ')']).parse::<cvss::Cvss>() else {
            return;
        };
        let (score, vector) = (Some(parsed.score()), Some(vector.to_owned()));
        let entry = self.cvss.entry(source.to_owned()).or_default();
        match kind {
            "CVSS_V2" => (entry.v2_score, entry.v2_vector) = (score, vector),
            "CVSS_V3" => (entry.v3_score, entry.v3_vector) = (score, vector),
            "CVSS_V4" => (entry.v40_score, entry.v40_vector) = (score, vector),
            _ => {}
        }
    }

    /// A short form for keeping many until all sources have spoken.
    pub fn encode(mut self) -> Box<[u8]> {
        self.references.truncate(MAX_REFERENCES);
        postcard::to_stdvec(&self)
            .expect("a record of strings and numbers can always be encoded")
            .into()
    }

    /// Notes a source's own rating.
    pub fn rate(&mut self, source: &str, severity: Severity) {
        if severity != Severity::Unknown {
            self.severities.insert(source.to_owned(), severity);
        }
    }
}

/// What all sources said so far about one vulnerability.
#[derive(Debug, Default)]
pub struct JoinedDetail {
    title: (TextRank, String),
    description: (TextRank, String),
    cvss: BTreeMap<String, (TextRank, Cvss)>,
    severities: BTreeMap<String, Severity>,
    cwes: BTreeSet<String>,
    /// By the best source, then as it lists them.
    references: BTreeSet<(Reverse<TextRank>, usize, String)>,
    published: Option<String>,
    modified: Option<String>,
}

/// The most links that are kept of one vulnerability, and of one source.
const MAX_REFERENCES: usize = 16;

/// How much of a detail is kept.
#[derive(Debug, Clone, Copy)]
pub struct DetailLimits {
    /// Bytes of a description.
    pub description: usize,
    /// Number of links.
    pub references: usize,
}

/// The longest title, in bytes; longer ones are cut at a word.
const MAX_TITLE: usize = 160;

impl JoinedDetail {
    /// Takes in what one more source says. The result does not depend on the order of sources.
    pub fn join(&mut self, partial: PartialDetail) {
        better(&mut self.title, partial.rank, partial.title);
        better(&mut self.description, partial.rank, partial.description);
        for (source, cvss) in partial.cvss {
            let known = self.cvss.entry(source).or_default();
            if surer(&(partial.rank, &cvss), &(known.0, &known.1)) {
                *known = (partial.rank, cvss);
            }
        }
        for (source, severity) in partial.severities {
            let known = self.severities.entry(source).or_default();
            *known = severity.max(*known);
        }
        self.cwes.extend(partial.cwes);
        for (place, link) in partial.references.into_iter().enumerate() {
            self.references.insert((Reverse(partial.rank), place, link));
        }
        while self.references.len() > MAX_REFERENCES {
            self.references.pop_last();
        }
        self.published = earlier(self.published.take(), partial.published);
        self.modified = later(self.modified.take(), partial.modified);
    }

    /// The detail as the database keeps it.
    pub fn finish(self, limits: DetailLimits) -> Detail {
        let mut severities = self.severities;
        for (source, (_, cvss)) in &self.cvss {
            if let Some(score) = cvss.score() {
                severities.entry(source.clone()).or_insert(Severity::from_score(score));
            }
        }
        let description = self.description.1;
        // A notice about several vulnerabilities names the package it mends, not what is wrong.
        let is_poor = self.title.1.is_empty()
            || (self.title.0 == TextRank::Notice && !description.is_empty());
        let title = if is_poor { first_sentence(&description) } else { self.title.1 };
        Detail {
            title: cut_at_word(&one_line(&title), MAX_TITLE),
            description: cut_at_word(description.trim(), limits.description),
            severities: severities.into_iter().collect(),
            cvss: self.cvss.into_iter().map(|(source, (_, cvss))| (source, cvss)).collect(),
            cwes: self.cwes.into_iter().collect(),
            references: unique(
                self.references.into_iter().map(|(_, _, link)| link),
                limits.references,
            ),
            published: self.published,
            modified: self.modified,
            known_exploited: None,
            epss: None,
        }
    }
}

fn better(known: &mut (TextRank, String), rank: TextRank, text: String) {
    // Of texts of one length the later in the alphabet, so that the order of sources does not matter.
    let key = |rank, text: &str| (!text.is_empty(), rank, text.len(), text.to_owned());
    if !text.trim().is_empty() && key(rank, &text) > key(known.0, &known.1) {
        *known = (rank, text);
    }
}

/// Whether one score is to be preferred to another of the same name: by rank, then the higher, then by vector.
fn surer(new: &(TextRank, &Cvss), known: &(TextRank, &Cvss)) -> bool {
    let key = |(rank, cvss): &(TextRank, &Cvss)| {
        (
            *rank,
            cvss.score().map(|score| (score * 10.0) as u32),
            cvss.v40_vector.clone(),
            cvss.v3_vector.clone(),
            cvss.v2_vector.clone(),
        )
    };
    key(new) > key(known)
}

fn earlier(a: Option<String>, b: Option<String>) -> Option<String> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn later(a: Option<String>, b: Option<String>) -> Option<String> {
    a.max(b)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn first_sentence(text: &str) -> String {
    let line = one_line(text.trim_start_matches(['#', ' ', '\n']));
    match line.find(". ") {
        Some(end) => line[..end].to_owned(),
        None => line,
    }
}

/// Cuts a text to at most `limit` bytes, at a space if there is one near, and marks the cut.
fn cut_at_word(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(limit.saturating_sub('…'.len_utf8()));
    let cut = text[..end].rfind(' ').filter(|space| *space > end / 2).unwrap_or(end);
    format!("{}…", text[..cut].trim_end())
}

fn unique(items: impl Iterator<Item = String>, limit: usize) -> Vec<String> {
    let mut seen = HashSet::new();
    items.filter(|item| seen.insert(item.clone())).take(limit).collect()
}

#[cfg(test)]
mod tests {
    use super::{DetailLimits, JoinedDetail, PartialDetail, TextRank};
    use pasu_model::Severity;

    fn said(rank: TextRank, title: &str, description: &str) -> PartialDetail {
        PartialDetail {
            rank,
            title: title.into(),
            description: description.into(),
            ..PartialDetail::default()
        }
    }

    #[test]
    fn the_best_words_win_in_any_order() {
        let sources = [
            said(TextRank::Ghsa, "Crash in x", "long"),
            said(TextRank::Nvd, "", "NVD text. More."),
        ];
        for order in [[0, 1], [1, 0]] {
            let mut joined = JoinedDetail::default();
            order.iter().for_each(|at: &usize| joined.join(sources[*at].clone()));
            let detail = joined.finish(DetailLimits { description: 100, references: 5 });
            assert_eq!(
                (detail.title.as_str(), detail.description.as_str()),
                ("Crash in x", "NVD text. More.")
            );
        }
    }

    #[test]
    fn scores_become_ratings() {
        let mut partial = said(TextRank::Nvd, "", "텍스트는 여기서 잘린다");
        partial.add_vector("nvd", "CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H");
        partial.add_vector("nvd", "CVSS_V3", "nonsense");
        let mut joined = JoinedDetail::default();
        joined.join(partial);
        let detail = joined.finish(DetailLimits { description: 14, references: 5 });
        assert_eq!(detail.severities, [("nvd".to_owned(), Severity::Critical)]);
        assert_eq!(detail.cvss[0].1.v3_score, Some(9.8));
        assert!(
            detail.description.len() <= 14 && detail.description.ends_with('…'),
            "{}",
            detail.description
        );
    }
}
