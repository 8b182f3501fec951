//! Markdown and CSV of whole inspections: complete, and nothing of a target is more than text in them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod common;

use common::inspection::{empty, large, usual};
use pasu_model::{Changes, Inspection, Lang};
use pasu_report::{BookOptions, Format, RenderOptions, book, render, render_csv, render_markdown};

const HOSTILE: &str = "=1|<b>`[x](http://e)\u{202e}\u{1b}[2J\r\n# h @team &lt;";

fn markdown(inspection: &Inspection, lang: Lang) -> String {
    let options = BookOptions { lang, ..BookOptions::default() };
    let mut out = Vec::new();
    render_markdown(&book(inspection, None, &options), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn csv(inspection: &Inspection, changes: Option<&Changes>, lang: Lang) -> Vec<Vec<String>> {
    let mut out = Vec::new();
    render_csv(inspection, changes, lang, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let text = text.strip_prefix('\u{feff}').expect("Excel needs it to read Korean");
    parse(text)
}

/// RFC 4180 with every cell in quotes.
fn parse(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let row = rows.last_mut().unwrap();
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                row.last_mut().unwrap().push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\r' if !quoted => {}
            '\n' if !quoted => rows.push(vec![String::new()]),
            c => row.last_mut().unwrap().push(c),
        }
    }
    assert!(!quoted, "a quote is open");
    rows.pop();
    rows
}

fn hostile() -> Inspection {
    let mut inspection = usual();
    inspection.packages = Some(common::hostile_run());
    for run in inspection.packages.iter_mut() {
        for finding in run.sets.iter_mut().flat_map(|set| &mut set.findings) {
            finding.rule = HOSTILE.to_owned();
            let pasu_model::Detail::Vulnerability(found) = &mut finding.detail;
            found.title = HOSTILE.to_owned();
            found.primary_url = "https://e/<b>)|x".to_owned();
        }
    }
    for result in &mut inspection.audit.as_mut().unwrap().results {
        result.title.ko = HOSTILE.to_owned();
        result.remedy.ko = HOSTILE.to_owned();
        result.evidence[0].message.text.ko = HOSTILE.to_owned();
        result.evidence[0].excerpt = Some(HOSTILE.to_owned());
    }
    inspection
}

/// The pipes that end cells.
fn pipes(line: &str) -> usize {
    let mut count = 0;
    let mut escaped = false;
    for c in line.chars() {
        count += usize::from(c == '|' && !escaped);
        escaped = c == '\\' && !escaped;
    }
    count
}

#[test]
fn tables_of_markdown_have_as_many_cells_in_every_row() {
    for inspection in [empty(), usual(), large(300), hostile()] {
        let text = markdown(&inspection, Lang::Ko);
        let mut columns = None;
        for line in text.lines() {
            if line.starts_with('|') {
                let expected = *columns.get_or_insert(pipes(line));
                assert_eq!(pipes(line), expected, "{line}");
            } else {
                columns = None;
            }
        }
    }
}

#[test]
fn nothing_of_a_target_is_markup_in_markdown() {
    let text = markdown(&hostile(), Lang::Ko);
    let ours = text.replace("<br>", "").replace("\\<", "").replace("(<", "(");
    for part in ours.split('<').skip(1) {
        assert!(part.starts_with("a id=\"") || part.starts_with("/a>"), "<{part:.80}");
    }
    for wrong in ["](http://e)", "\n# h", " @team", "\u{202e}", "\u{1b}"] {
        let escaped = text.replace("\\](http://e)", "");
        assert!(!escaped.contains(wrong), "{wrong:?}");
    }
    assert!(text.contains("(<https://e/%3Cb%3E)%7Cx>)"));
}

#[test]
fn markdown_has_every_chapter_with_its_link() {
    let text = markdown(&usual(), Lang::Ko);
    let options = BookOptions { lang: Lang::Ko, ..BookOptions::default() };
    for (number, chapter) in book(&usual(), None, &options).chapters.iter().enumerate() {
        assert_eq!(text.matches(&format!("\n## {}. ", number + 1)).count(), 1, "{}", chapter.id);
        assert!(text.contains(&format!("(<#{}>)", chapter.id)), "{}", chapter.id);
        assert!(text.contains(&format!("<a id=\"{}\"></a>", chapter.id)), "{}", chapter.id);
    }
    assert!(text.contains("**점검 항목의 판정: 58.0점**"));
}

#[test]
fn csv_has_every_item_and_finding_once() {
    for inspection in [usual(), large(5_000)] {
        let rows = csv(&inspection, None, Lang::Ko);
        let items: usize = inspection.audits().map(|audit| audit.results.len()).sum();
        let findings: usize = inspection.runs().map(|run| run.findings().count()).sum();
        assert_eq!(rows.len(), 1 + items + findings);
        assert!(rows.iter().all(|row| row.len() == 16));
    }
    let rows = csv(&usual(), Some(&Changes::between(&empty(), &usual())), Lang::Ko);
    let openssl =
        rows.iter().find(|row| row[2] == "CVE-2026-31337" && row[6] == "openssl").unwrap();
    let expected = [
        "소프트웨어 패키지",
        "web01",
        "CVE-2026-31337",
        "openssl: remote code execution in certificate parsing",
        "CRITICAL",
        "패치 있음",
        "openssl",
        "3.0.15-1~deb12u1",
        "3.0.17-1~deb12u1",
        "",
        "DSA-6000-1",
        "3.0.17-1~deb12u1 이상으로 업그레이드",
        "2026-11-30T03:00:00Z",
        "예",
        "0.94200",
        "내장 스냅숏 2026-08-22 기준 (92일 전)",
    ];
    assert_eq!(openssl, &expected);
    let item = rows.iter().find(|row| row[2] == "U-23").unwrap();
    assert_eq!((item[4].as_str(), item[5].as_str()), ("상", "취약 (예외 승인 2027-01-01)"));
    let failed = rows.iter().find(|row| row[2] == "U-01").unwrap();
    assert_eq!(failed[12], "2026-11-30T03:00:00Z");
    assert_eq!(item[9], "/etc/sample/needless-setuid.conf:3");
}

#[test]
fn no_cell_of_csv_is_a_formula() {
    for row in csv(&hostile(), None, Lang::Ko).iter().skip(1) {
        for line in row.iter().flat_map(|cell| cell.lines()) {
            assert!(!line.trim_start().starts_with(['=', '+', '-', '@']), "{line}");
            assert!(!line.contains(|c: char| c.is_control() || c == '\u{202e}'), "{line:?}");
        }
    }
}

#[test]
fn a_scan_alone_has_both_formats() {
    let options = RenderOptions { lang: Lang::Ko, ..RenderOptions::default() };
    let rendered = |format| {
        let mut out = Vec::new();
        render(&common::run(), format, &options, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    assert!(rendered(Format::Markdown).contains("openssl 업그레이드"));
    assert_eq!(parse(&rendered(Format::Csv)).len(), 1 + common::run().findings().count());
    assert_eq!(Format::parse("markdown"), Some(Format::Markdown));
}
