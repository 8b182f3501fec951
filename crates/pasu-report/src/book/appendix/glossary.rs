//! The words that the report uses.

use super::title;
use crate::book::contents::Contents;
use crate::book::{Block, Cell, Chapter, Column, ColumnKind, Row, Table};

/// Word, explanation in Korean, word and explanation in English.
const WORDS: [(&str, &str, &str, &str); 15] = [
    ("양호", "점검 항목의 기준을 충족합니다.", "Pass", "The item's good case holds."),
    ("취약", "점검 항목의 기준을 충족하지 않습니다.", "Fail", "The item's bad case holds."),
    (
        "해당없음",
        "항목이 다루는 서비스나 기능이 없습니다.",
        "N/A",
        "What the item is about is not there.",
    ),
    (
        "수동점검",
        "시스템만 보아서는 판단할 수 없어 담당자의 확인이 필요합니다.",
        "Manual",
        "Only a person can tell.",
    ),
    (
        "점검불가",
        "권한, 도구, 시간 등의 이유로 확인하지 못했습니다. 양호로 집계하지 않습니다.",
        "Blocked",
        "It could not be found out. It does not count as good.",
    ),
    (
        "예외 승인",
        "조직이 사유와 기한을 정하여 위험을 받아들인 취약 항목입니다. 점수에서는 취약으로 계산합니다.",
        "Accepted",
        "A failed item whose risk the organisation accepts for a stated reason until a stated day. It still counts as failed in the score.",
    ),
    (
        "CVE",
        "공개된 취약점에 붙는 국제 표준 번호입니다.",
        "CVE",
        "The number by which a published vulnerability is known everywhere.",
    ),
    (
        "CVSS",
        "취약점의 심각도를 0.0부터 10.0까지 매기는 표준입니다.",
        "CVSS",
        "The standard that rates vulnerabilities from 0.0 to 10.0.",
    ),
    (
        "심각도",
        "CRITICAL(9.0 이상), HIGH(7.0 이상), MEDIUM(4.0 이상), LOW(그 미만), UNKNOWN(평가 없음). 배포판이 따로 평가한 취약점은 그 평가를 따릅니다.",
        "Severity",
        "CRITICAL (from 9.0), HIGH (from 7.0), MEDIUM (from 4.0), LOW (below), UNKNOWN (not rated). Where the distribution rates a vulnerability itself, its rating counts.",
    ),
    (
        "EPSS",
        "앞으로 30일 안에 취약점이 악용될 확률을 FIRST가 추정한 값입니다.",
        "EPSS",
        "FIRST's estimate of the probability that a vulnerability is exploited within 30 days.",
    ),
    (
        "KEV",
        "실제로 악용된 것이 확인된 취약점의 목록으로, 미국 CISA가 관리합니다.",
        "KEV",
        "CISA's catalogue of vulnerabilities that are known to be exploited.",
    ),
    (
        "VEX",
        "제품이 어떤 취약점의 영향을 받는지 제작자나 담당자가 밝힌 문서입니다.",
        "VEX",
        "A document in which somebody states whether a product is affected by a vulnerability.",
    ),
    (
        "SBOM",
        "소프트웨어를 이루는 구성 요소의 목록입니다.",
        "SBOM",
        "The list of the components that software is made of.",
    ),
    (
        "CPE",
        "제품과 버전을 나타내는 표준 이름입니다. 패키지 관리자 밖에서 설치한 프로그램은 이 이름으로 취약점과 대조합니다.",
        "CPE",
        "The standard name of a product and its version. Programs outside packages are compared with vulnerabilities by it.",
    ),
    (
        "레이어",
        "컨테이너 이미지를 이루는 파일 묶음의 한 층으로, 빌드 명령 하나가 한 층을 만듭니다.",
        "Layer",
        "One of the sets of files that an image is made of; a build instruction makes one.",
    ),
];

pub(super) fn chapter(contents: &Contents<'_>) -> Chapter {
    let row = |(ko_word, ko, en_word, en): &(&str, &str, &str, &str)| Row {
        cells: vec![Cell::new(contents.pick(ko_word, en_word)), Cell::new(contents.pick(ko, en))],
    };
    let table = Table {
        id: "words".to_owned(),
        caption: contents.pick("용어", "Words").to_owned(),
        columns: vec![
            Column::new(contents.pick("용어", "Word"), 1.0, ColumnKind::Text),
            Column::new(contents.pick("뜻", "What it means"), 5.0, ColumnKind::Text),
        ],
        rows: WORDS.iter().map(row).collect(),
        empty: String::new(),
        is_long: false,
    };
    let title = title(contents, "용어 설명", "glossary");
    Chapter { id: "glossary", title, blocks: vec![Block::Table(table)] }
}
