//! The report as HTML: nothing is lost, nothing runs, nothing is asked for.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pasu_model::Lang;
use pasu_report::book::{
    Block, Book, Brand, Cell, Chapter, Chart, ChartKind, Column, ColumnKind, Cover, Fact, List,
    Logo, Note, Row, Table, Tone,
};
use pasu_report::render_html;
use sha2::{Digest, Sha256};

const HOSTILE: &str =
    "</td></script><script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;\u{202e}x";

fn page(book: &Book) -> String {
    let mut out = Vec::new();
    render_html(book, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn table(rows: usize) -> Table {
    let severities =
        [("CRITICAL", Tone::Alarm, 4.0), ("HIGH", Tone::Bad, 3.0), ("LOW", Tone::Faint, 1.0)];
    Table {
        id: "findings".into(),
        caption: "찾은 취약점".into(),
        columns: vec![
            Column::new("번호", 1.0, ColumnKind::Code),
            Column::new("심각도", 1.0, ColumnKind::Badge),
            Column::new("\"제목\" </style>", 4.0, ColumnKind::Text),
            Column::new("EPSS", 1.0, ColumnKind::Number),
        ],
        rows: (0..rows)
            .map(|number| {
                let (word, tone, order) = severities[number % 3];
                Row {
                    cells: vec![
                        Cell::new(format!("CVE-2024-{number:04}"))
                            .link(format!("https://example.org/{number}")),
                        Cell::new(word).tone(tone).order(order),
                        Cell::new(format!("제목 {number}\n둘째 줄")),
                        Cell::new(format!("{}%", number % 100)).order((number % 100) as f64),
                    ],
                }
            })
            .collect(),
        empty: "없습니다.".into(),
        is_long: true,
    }
}

fn book(rows: usize) -> Book {
    let chart = Chart {
        title: "판정".into(),
        kind: ChartKind::Bars,
        series: vec![("양호".into(), Tone::Good), ("취약".into(), Tone::Bad)],
        rows: vec![("계정 관리".into(), vec![9.0, 4.0]), ("서비스 관리".into(), vec![3.0, 2.0])],
        centre: None,
    };
    let blocks = vec![
        Block::Heading { level: 2, text: "개요".into() },
        Block::Paragraph(pasu_report::printable(HOSTILE)),
        Block::Note(Note {
            tone: Tone::Warning,
            title: "주의".into(),
            lines: vec!["root 권한 없이 점검했습니다.".into()],
        }),
        Block::Facts(vec![Fact::new("점검 대상", HOSTILE)]),
        Block::List(List {
            is_numbered: true,
            points: vec![("openssl 업그레이드".into(), vec!["왜: 악용되고 있습니다.".into()])],
        }),
        Block::Chart(chart),
        Block::Code("$ apt-get update\n$ <b>".into()),
        Block::Table(table(rows)),
        Block::PageBreak,
    ];
    Book {
        lang: Lang::Ko,
        created: "2026-11-30T07:00:00Z".into(),
        brand: Brand {
            organisation: "가나 \"주식회사\"".into(),
            logo: Some(Logo::Svg("<svg xmlns=\"http://www.w3.org/2000/svg\"/>".into())),
            accent: Some([0x0b, 0x5f, 0xff]),
        },
        cover: Cover {
            title: "취약점 점검 결과 보고서".into(),
            subtitle: "web-01".into(),
            facts: vec![Fact::new("점검 일시", "2026-11-30")],
            warning: Some("일부를 보지 못했습니다.".into()),
        },
        chapters: vec![Chapter { id: "summary", title: "요약".into(), blocks }],
    }
}

/// What stands between two marks.
fn between<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    page.split_once(from).unwrap().1.split_once(to).unwrap().0
}

#[test]
fn everything_of_the_book_is_there() {
    let page = page(&book(300));
    for number in 0..300 {
        assert!(page.contains(&format!(">CVE-2024-{number:04}</a>")), "{number}");
        assert!(page.contains(&format!(">제목 {number}\n둘째 줄<")), "{number}");
    }
    for text in [
        "<html lang=\"ko\">",
        "<h1>취약점 점검 결과 보고서</h1>",
        "가나 &#34;주식회사&#34;",
        "일부를 보지 못했습니다.",
        "1. 요약",
        "왜: 악용되고 있습니다.",
        "$ &#60;b&#62;",
        "<th scope=\"col\" class=\"n\">EPSS</th>",
        "<span class=\"badge alarm\">CRITICAL</span>",
    ] {
        assert!(page.contains(text), "{text}");
    }
    assert!(page.contains("role=\"img\""), "the chart is named for those who do not see it");
}

#[test]
fn a_table_without_rows_says_so() {
    let page = page(&book(0));
    assert!(page.contains("없습니다.") && !page.contains("<table"));
}

#[test]
fn nothing_that_stands_in_a_finding_runs_or_fetches() {
    let page = page(&book(3));
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("<style").count(), 1);
    assert!(!page.contains("<img src=x") && !page.contains('\u{202e}'));
    assert!(!page.contains(" style=\""), "the policy would refuse it");
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\">");
    for (name, from, to) in [("style", "<style>", "</style>"), ("script", "<script>", "</script>")]
    {
        let digest = STANDARD.encode(Sha256::digest(between(&page, from, to).as_bytes()));
        assert!(policy.contains(&format!("{name}-src 'sha256-{digest}'")), "{name}: {policy}");
    }
    let fetched = ["src=\"http", "url(", "@import", "<link", "<iframe", "<base"];
    for text in fetched {
        // `url(#…)` is a hatching of a chart.
        assert!(!page.replace("url(#", "").contains(text), "{text}");
    }
}

#[test]
fn the_same_book_gives_the_same_bytes_and_ids_are_unique() {
    let page = page(&book(20));
    assert_eq!(page, self::page(&book(20)));
    let mut ids: Vec<&str> =
        page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
}
