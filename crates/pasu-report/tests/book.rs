//! The report as a document: every finding is in it once, the numbers are right, and each language is whole.

mod common;

use common::inspection::{empty, large, not_root, usual};
use common::text::{cells, chapter_texts, table, tables, texts};
use pasu_model::{Changes, Inspection, Lang, Verdict};
use pasu_report::book::{Block, Book};
use pasu_report::{BookOptions, book};
use std::collections::BTreeSet;

fn made(inspection: &Inspection, lang: Lang) -> Book {
    book(inspection, None, &BookOptions { lang, ..BookOptions::default() })
}

#[test]
fn the_cover_says_what_when_who_and_with_what() {
    let mut options =
        BookOptions { lang: Lang::Ko, utc_offset: Some(9 * 3600), ..BookOptions::default() };
    options.brand.organisation = "파수상사".to_owned();
    let cover = book(&usual(), None, &options).cover;
    let facts: Vec<(&str, &str)> =
        cover.facts.iter().map(|fact| (fact.name.as_str(), fact.value.as_str())).collect();
    for expected in [
        ("기관명", "파수상사"),
        ("점검 대상", "web01"),
        ("점검 기간", "2026-11-30 12:00:00 (UTC+9) ~ 2026-11-30 12:00:41 (UTC+9)"),
        ("점검자", "kim (실행 계정 root), root 권한으로 실행"),
        ("점검 도구", "pasu 0.1.0"),
        ("취약점 정보", "내장 스냅숏 2026-08-22 기준 (92일 전)\n판단한 자료: Debian 2026-08-01"),
        ("점검 범위", "보안 설정, 소프트웨어 패키지, 컨테이너 이미지"),
    ] {
        assert!(facts.contains(&expected), "{expected:?} in {facts:#?}");
    }
    assert_eq!(cover.title, "취약점 점검 결과 보고서");
}

#[test]
fn what_was_not_seen_stands_on_page_one_and_only_then() {
    let mut clean = empty();
    for run in clean.packages.iter_mut() {
        if let Some(database) = &mut run.database {
            database.age_days = 1;
            database.sources.clear();
        }
    }
    assert_eq!(made(&clean, Lang::Ko).cover.warning, None);
    let old = made(&empty(), Lang::Ko).cover.warning.unwrap();
    assert!(old.contains("113일 지난 것이 있습니다"), "{old}");
    let warning = made(&not_root(), Lang::Ko).cover.warning.unwrap();
    for part in [
        "root 권한 없이",
        "컨테이너 이미지 점검을 하지 못했습니다",
        "점검하지 못한 항목이 13개",
        "2건",
    ] {
        assert!(warning.contains(part), "{part}: {warning}");
    }
}

#[test]
fn the_summary_has_the_numbers() {
    let book = made(&usual(), Lang::Ko);
    let text = chapter_texts(&book.chapters[0]).join("\n");
    // Passed: 8 of high (24 points), 2 of medium (4), U-07 of low (1). Failed: 6 high, 1 medium, 1 low: 21 points.
    assert!(text.contains("58.0점입니다"), "{text}");
    assert!(text.contains("배점 50점 중 양호한 항목이 29점"), "{text}");
    assert!(
        text.contains("3개 항목은 점수에 넣지 않았으며, 이 항목이 모두 취약이라면 50.0점"),
        "{text}"
    );
    assert!(text.contains("7개 (상 5, 중 1, 하 1), 이 밖에 예외 승인 1개"), "{text}");
    // Seven findings on the machine and in each of two images.
    assert!(
        text.contains("21건, 서로 다른 취약점 6개 (실제 악용 중 1개, 패치 있음 4개)"),
        "{text}"
    );
    assert_eq!(
        cells(table(&book, "categories"), 6),
        ["합계", "24", "11", "8", "2", "2", "1", "58.0"]
    );
}

#[test]
fn every_item_stands_in_the_table_and_every_open_one_has_a_page() {
    let inspection = usual();
    let book = made(&inspection, Lang::Ko);
    for result in &inspection.audit.as_ref().unwrap().results {
        let rows = tables(&book).into_iter().filter(|table| table.id.starts_with("guideline-"));
        let count = rows
            .flat_map(|table| &table.rows)
            .filter(|row| row.cells[0].text == result.code)
            .count();
        assert_eq!(count, 1, "{}", result.code);
        let id = format!("item-{}", result.code.to_lowercase());
        let pages = tables(&book).into_iter().filter(|table| table.id == id).count();
        let is_open = matches!(result.verdict, Verdict::Fail | Verdict::Manual | Verdict::Blocked);
        assert_eq!(pages, usize::from(is_open), "{}", result.code);
    }
    let page = table(&book, "item-u-23");
    let text = page.rows.iter().map(|row| format!("{}={}", row.cells[0].text, row.cells[1].text));
    let text = text.collect::<Vec<_>>().join("\n");
    for part in [
        "점검 결과=취약 (예외 승인 2027-01-01)\n예외를 정한 파일: /etc/pasu/pasu.toml",
        "현황=[취약] /etc/sample/needless-setuid.conf:3: U-23: 기준에 맞지 않는 값입니다  ← SettingU23 yes",
        "그 밖에 2건",
        "조치 방법=U-23의 설정 파일을 고치고",
        "예외 사유: 백업 프로그램이 필요로 함",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn links_lead_to_what_is_there() {
    let book = made(&usual(), Lang::En);
    let mut ids: BTreeSet<String> =
        book.chapters.iter().map(|chapter| chapter.id.to_owned()).collect();
    for table in tables(&book) {
        assert!(ids.insert(table.id.clone()), "{} twice", table.id);
        for row in &table.rows {
            assert_eq!(row.cells.len(), table.columns.len(), "{}", table.id);
        }
    }
    let cells = tables(&book).into_iter().flat_map(|table| &table.rows).flat_map(|row| &row.cells);
    for link in cells.filter_map(|cell| cell.link.as_deref()) {
        if let Some(id) = link.strip_prefix('#') {
            assert!(ids.contains(id), "{link}");
        }
    }
}

#[test]
fn what_changed_is_told() {
    let changes = Changes::between(&empty(), &usual());
    let options = BookOptions { lang: Lang::Ko, ..BookOptions::default() };
    let book = book(&usual(), Some(&changes), &options);
    let text = texts(&book).join("\n");
    assert!(text.contains("100.0 → 58.0 (-42.0)"), "{text}");
    let rows = table(&book, "changes").rows.len();
    assert_eq!(rows, changes.lives.len().min(40));
    assert!(
        made(&usual(), Lang::Ko)
            .chapters
            .iter()
            .flat_map(|chapter| &chapter.blocks)
            .all(|block| !matches!(block, Block::Table(table) if table.id == "changes"))
    );
}

/// Texts of ours that are the same in both languages must be no sentences.
#[test]
fn no_english_is_left_on_korean_pages() {
    for inspection in [empty(), usual(), not_root(), large(60)] {
        let changes = Changes::between(&empty(), &inspection);
        let options = |lang| BookOptions { lang, ..BookOptions::default() };
        let ko = texts(&book(&inspection, Some(&changes), &options(Lang::Ko)));
        let en = texts(&book(&inspection, Some(&changes), &options(Lang::En)));
        assert_eq!(ko.len(), en.len(), "both languages have the same blocks");
        let data = data(&inspection);
        for (ko, en) in ko.iter().zip(&en) {
            let words = ko
                .split_whitespace()
                .filter(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 1)
                .count();
            let is_data = data.iter().any(|text| !text.is_empty() && ko.contains(text.as_str()));
            assert!(ko != en || words < 4 || is_data, "the same in both languages: {ko}");
            let hangul = |c: char| ('가'..='힣').contains(&c);
            let is_data = data.iter().any(|text| !text.is_empty() && en.contains(text.as_str()));
            assert!(!en.contains(hangul) || is_data, "Korean on an English page: {en}");
        }
    }
}

/// What others wrote: titles of advisories, names, commands, what a person said.
fn data(inspection: &Inspection) -> Vec<String> {
    let mut data = Vec::new();
    for run in inspection.runs() {
        for (_, finding) in run.findings() {
            let title = finding.vulnerability().map_or("", |found| found.title.as_str());
            data.extend(title.lines().map(|line| line.chars().take(40).collect()));
            data.push(finding.rule.clone());
        }
        data.extend(run.unseen.iter().map(|unseen| unseen.path.clone()));
    }
    for result in inspection.audits().flat_map(|audit| &audit.results) {
        data.extend(result.accepted.as_ref().map(|accepted| accepted.reason.clone()));
        data.extend(result.answer.as_ref().map(|answer| answer.by.clone()));
        data.push(result.code.clone());
    }
    data
}
