//! The machine's packages: by what ends their vulnerabilities, then what nothing ends yet.

mod fixes;
mod unfixed;

use super::contents::Contents;
use super::{Block, Chapter, List, Note, Tone};
use crate::safe_text::clip;
use pasu_model::{Lang, Run};

pub(super) use fixes::table as fixes;
pub(super) use unfixed::table as unfixed;

/// How many packages that nobody judged are named.
const NAMED: usize = 20;

/// How many vulnerabilities or images a cell names; the list of all findings has the others.
const IN_A_CELL: usize = 6;

/// How many files a cell names: paths are long.
const FILES_IN_A_CELL: usize = 2;

pub(super) fn chapter(contents: &Contents<'_>) -> Option<Chapter> {
    let run = contents.inspection.packages.as_ref()?;
    let mut blocks = vec![introduction(contents, run)];
    if run.findings().next().is_some() {
        let runs = [run];
        blocks.push(heading(contents, "조치별 취약점", "By fix"));
        blocks.push(Block::Table(fixes(contents, "fixes", &runs)));
        blocks.push(heading(contents, "패치가 없는 취약점", "Without a fix"));
        blocks.push(Block::Table(unfixed(contents, "unfixed", &runs)));
    }
    blocks.extend(unmatched(contents, run));
    let title = contents.pick("소프트웨어 패키지 점검 결과", "Software packages");
    Some(Chapter { id: "packages", title: title.to_owned(), blocks })
}

pub(super) fn heading(contents: &Contents<'_>, ko: &str, en: &str) -> Block {
    Block::Heading { level: 2, text: contents.pick(ko, en).to_owned() }
}

/// How much was looked at and found.
fn introduction(contents: &Contents<'_>, run: &Run) -> Block {
    let (packages, findings) = (run.package_count(), run.findings().count());
    let text = match (run.database.is_some(), findings, contents.lang) {
        (false, _, Lang::Ko) => {
            format!("패키지 {packages}개를 찾았습니다. 취약점과 대조하지 않았습니다.")
        }
        (false, _, Lang::En) => {
            format!("{packages} packages were found. They were not compared with advisories.")
        }
        (true, 0, Lang::Ko) => format!("패키지 {packages}개에서 알려진 취약점을 찾지 못했습니다."),
        (true, 0, Lang::En) => {
            format!("No known vulnerability was found in {packages} packages.")
        }
        (true, _, Lang::Ko) => format!(
            "패키지 {packages}개에서 취약점 {findings}건을 찾았습니다. 아래에는 한 번의 조치로 해결되는 취약점을 한 줄로 묶어 급한 순서로 적었으며, 전체 목록은 부록에 있습니다."
        ),
        (true, _, Lang::En) => format!(
            "{findings} findings in {packages} packages. Below, what one step ends is one row, the most pressing first; the appendix lists them all."
        ),
    };
    if run.database.is_some() {
        return Block::Paragraph(text);
    }
    Block::Note(Note { tone: Tone::Alarm, title: String::new(), lines: vec![text] })
}

/// Packages that no source judges.
fn unmatched(contents: &Contents<'_>, run: &Run) -> Vec<Block> {
    if run.unmatched.is_empty() {
        return Vec::new();
    }
    let count = run.unmatched.len();
    let text = match contents.lang {
        Lang::Ko => format!(
            "맞는 취약점 정보가 없어 판정하지 못한 패키지가 {count}개 있습니다. 취약점이 없다는 뜻이 아닙니다."
        ),
        Lang::En => format!(
            "No advisory source covers {count} of the packages. That does not mean that they have no vulnerability."
        ),
    };
    // `name version: why`: the reason is an English sentence, and the same for nearly all.
    let package = |line: &String| clip(line.split(": ").next().unwrap_or_default(), 300);
    let mut points: Vec<(String, Vec<String>)> =
        run.unmatched.iter().take(NAMED).map(|line| (package(line), Vec::new())).collect();
    if count > NAMED {
        points.push((
            crate::words::items::and_more((count - NAMED) as u64, contents.lang),
            Vec::new(),
        ));
    }
    vec![
        heading(contents, "판정하지 못한 패키지", "Packages that nobody judged"),
        Block::Paragraph(text),
        Block::List(List { is_numbered: false, points }),
    ]
}

/// The first few of a list, and how many more.
pub(super) fn few<'a>(contents: &Contents<'_>, names: impl IntoIterator<Item = &'a str>) -> String {
    first_of(contents, names, IN_A_CELL)
}

/// The first so many of a list, and how many more.
fn first_of<'a>(
    contents: &Contents<'_>,
    names: impl IntoIterator<Item = &'a str>,
    limit: usize,
) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    let shown: Vec<String> = names.iter().take(limit).map(|name| clip(name, 200)).collect();
    let mut text = shown.join(", ");
    if names.len() > limit {
        let more = names.len() - limit;
        text.push_str(&match contents.lang {
            Lang::Ko => format!(" 외 {more}건"),
            Lang::En => format!(" and {more} more"),
        });
    }
    text
}
