//! The report as a document: every finding is in it once, the numbers are right, and each language is whole.

mod common;

use common::inspection::{empty, large, not_root, usual};
use common::text::{cells, chapter_texts, table, tables, texts};
use pasu_model::{Changes, Inspection, Lang, Verdict};
use pasu_report::book::{Block, Book};
use pasu_report::{BookOptions, book};
use std::collections::{BTreeMap, BTreeSet};

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
fn nothing_is_said_of_rights_that_nobody_noted() {
    let scan = Inspection::of_scan(common::run(), None);
    let text = texts(&made(&scan, Lang::Ko)).join("\n");
    assert!(!text.contains("root 권한 없이 실행"), "{text}");
    assert!(texts(&made(&not_root(), Lang::Ko)).join("\n").contains("root 권한 없이 실행했습니다"));
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

#[test]
fn every_finding_stands_in_the_appendix_once() {
    for inspection in [usual(), large(5_000)] {
        let book = made(&inspection, Lang::Ko);
        let own = table(&book, "all-findings");
        assert_eq!(own.rows.len(), inspection.packages.as_ref().unwrap().findings().count());
        let mut rows = BTreeMap::new();
        for row in &own.rows {
            *rows.entry((row.cells[0].text.clone(), row.cells[2].text.clone())).or_insert(0) += 1;
        }
        for (set, finding) in inspection.packages.as_ref().unwrap().findings() {
            let mut name = set.package_of(finding).unwrap().name.clone();
            if !set.kind.is_os() {
                name.push_str(&format!("\n{}", set.target));
            }
            assert_eq!(rows.get(&(finding.rule.clone(), name.clone())), Some(&1), "{name}");
        }
        // Both images have the same seven findings: seven rows that name both.
        let images = table(&book, "all-image-findings");
        assert_eq!(images.rows.len(), 7);
        assert!(images.rows.iter().all(|row| row.cells[9].text == "shop:1.4, mail:2"));
    }
}

#[test]
fn each_vulnerability_of_the_machine_is_in_one_row_of_what_to_do_or_of_what_has_no_fix() {
    for inspection in [usual(), large(5_000)] {
        let run = inspection.packages.as_ref().unwrap();
        let book = made(&inspection, Lang::Ko);
        let sum = |id: &str, column: usize| -> usize {
            let cells = table(&book, id).rows.iter().map(|row| &row.cells[column].text);
            cells.map(|text| text.parse::<usize>().unwrap()).sum()
        };
        // A vulnerability of two packages of a source, as CVE-2026-31337 of openssl, is one.
        let of_sources: BTreeSet<(&str, &str, bool)> = run
            .findings()
            .map(|(set, finding)| {
                let name = set.package_of(finding).unwrap().source_or_self().0;
                let fixed = !finding.vulnerability().unwrap().fixed_versions.is_empty();
                (name, finding.rule.as_str(), fixed)
            })
            .collect();
        assert_eq!(sum("fixes", 2) + sum("unfixed", 3), of_sources.len());
        let exploited =
            run.findings().filter(|(_, f)| f.vulnerability().unwrap().known_exploited.is_some());
        let exploited: BTreeSet<&str> =
            exploited.map(|(_, finding)| finding.rule.as_str()).collect();
        assert_eq!(sum("fixes", 3) + sum("unfixed", 4), exploited.len());
    }
}

#[test]
fn a_step_is_one_row_that_says_what_it_ends() {
    let book = made(&usual(), Lang::Ko);
    assert_eq!(
        cells(table(&book, "fixes"), 0),
        [
            "openssl 업그레이드 → 3.0.17-1~deb12u1 이상\n설치된 패키지: libssl3, openssl",
            "3.0.15-1~deb12u1",
            "2",
            "1",
            "CRITICAL",
            "94%",
            "CVE-2026-31337, CVE-2026-20001",
        ]
    );
    let images = cells(table(&book, "image-fixes"), 0);
    assert_eq!(images.last(), Some(&"shop:1.4, mail:2"));
    let unfixed: Vec<Vec<&str>> = (0..2).map(|row| cells(table(&book, "unfixed"), row)).collect();
    assert_eq!((unfixed[0][0], unfixed[0][2]), ("glibc", "패치 계획 없음"));
    assert_eq!((unfixed[1][0], unfixed[1][2]), ("xz-utils", "패치 없음"));
}

#[test]
fn five_thousand_findings_stay_readable() {
    let book = made(&large(5_000), Lang::Ko);
    let text = texts(&book).join("\n");
    assert!(!text.contains("A long description that a report must not print"));
    let before: usize = book
        .chapters
        .iter()
        .take_while(|chapter| chapter.id != "accepted")
        .flat_map(|chapter| &chapter.blocks)
        .map(|block| match block {
            Block::Table(table) => table.rows.len(),
            _ => 1,
        })
        .sum();
    assert!(before < 1_200, "{before} rows before the appendix");
}

#[test]
fn images_patches_and_fixes_are_told() {
    let book = made(&usual(), Lang::Ko);
    assert_eq!(
        cells(table(&book, "image-overview"), 0),
        ["shop:1.4", "debian 12.11", "120.4 MB", "2", "2", "3", "1", "0", "5", "2", "2"]
    );
    assert_eq!(
        cells(table(&book, "image-overview"), 1)[9],
        "-",
        "nobody looked at its configuration"
    );
    assert_eq!(table(&book, "image-1-items").rows.len(), 2);
    let text = texts(&book).join("\n");
    // Passed 2 points (medium) of 6 (high 3, low 1, medium 2).
    assert!(text.contains("구성 점수\n33.3"), "{text}");
    assert!(text.contains("이미지 구성 취약 항목\n2개 (이미지 1개)"), "{text}");
    let layers = table(&book, "shared-layers");
    assert_eq!(cells(layers, 0)[..2], ["aaaaaaaaaaaa", "ADD rootfs.tar.xz / # debian"]);
    assert!(table(&book, "image-1-layers").rows[0].cells[2].text.starts_with("[베이스] ADD"));
    let patch = cells(table(&book, "patches-overview"), 0);
    assert_eq!(patch[3..], ["5 (CRITICAL 2, HIGH 3)", "2 (HIGH 2)", "동일"]);
    let fixes = table(&book, "fix-history");
    let applied = cells(fixes, 0);
    assert_eq!(
        applied[2..5],
        ["kim (root), 203.0.113.9, pts/0", "적용됨", "U-19: 조치 완료 (양호)"]
    );
    assert_eq!(applied[5], "/etc/hosts\nsystemctl reload ssh.service");
    assert!(cells(fixes, 1)[4].contains("되돌린 이유: ssh가 더 이상 듣지 않았습니다"));
    let accepted = cells(table(&book, "accepted-items"), 0);
    assert_eq!(accepted[1..4], ["U-07", "불필요한 계정 제거", "담당자 답변"]);
    assert_eq!(cells(table(&book, "suppressed"), 0)[4], "영향 없음");
}

#[test]
fn an_empty_inspection_says_so() {
    let book = made(&empty(), Lang::Ko);
    let text = texts(&book).join("\n");
    for part in ["100.0점입니다", "알려진 취약점을 찾지 못했습니다", "조치할 것이 없습니다"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let ids: Vec<&str> = book.chapters.iter().map(|chapter| chapter.id).collect();
    assert_eq!(ids, ["summary", "first", "guideline", "packages", "method", "sources", "glossary"]);
}

/// Names and texts of others that would break out of what they are written into.
#[test]
fn hostile_text_steers_nothing() {
    let hostile = "x\u{1b}[2J\u{202e}|<b>`*_\r\n# =1+1";
    let mut inspection = usual();
    inspection.packages = Some(common::hostile_run());
    inspection.target.name = hostile.to_owned();
    for image in &mut inspection.images {
        image.run.target.name = hostile.to_owned();
        image.run.image.as_mut().unwrap().layers[0].created_by = hostile.to_owned();
    }
    for result in &mut inspection.audit.as_mut().unwrap().results {
        result.code = hostile.to_owned();
        result.title.ko = hostile.to_owned();
        result.category.ko = hostile.to_owned();
        result.reason.text.ko = hostile.to_owned();
        result.reason.key = hostile.to_owned();
        result.remedy.ko = hostile.to_owned();
    }
    for record in &mut inspection.fixes {
        record.id = hostile.to_owned();
        record.by.login = hostile.to_owned();
        record.plan.files[0].path = hostile.to_owned();
    }
    inspection.patches[0].image.name = hostile.to_owned();
    let changes = Changes::between(&empty(), &inspection);
    let options = BookOptions { lang: Lang::Ko, ..BookOptions::default() };
    for text in texts(&book(&inspection, Some(&changes), &options)) {
        let steers =
            |c: char| c != '\n' && c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!text.contains(steers), "{text:?}");
    }
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
        let sources = run.database.iter().flat_map(|database| &database.sources);
        data.extend(sources.map(|source| source.license.clone()));
        data.extend(run.suppressed.iter().map(|suppressed| suppressed.statement.clone()));
        data.extend(run.unseen.iter().map(|unseen| unseen.path.clone()));
    }
    data.extend(
        inspection.fixes.iter().flat_map(|fix| &fix.plan.effects).map(pasu_model::FixEffect::shown),
    );
    for result in inspection.audits().flat_map(|audit| &audit.results) {
        data.extend(result.accepted.as_ref().map(|accepted| accepted.reason.clone()));
        data.extend(result.answer.as_ref().map(|answer| answer.by.clone()));
        data.extend(result.answer.as_ref().map(|answer| answer.reason.clone()));
        data.push(result.code.clone());
    }
    data
}
