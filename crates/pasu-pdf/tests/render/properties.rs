//! What the document says of itself, and what may be clicked.

use super::poppler::File;
use crate::common;
use pasu_model::Lang;
use pasu_report::book::Logo;

#[test]
fn the_same_book_gives_the_same_bytes() {
    let book = common::usual(Lang::Ko, 30);
    let one = pasu_pdf::render(&book).expect("a document");
    assert!(one == pasu_pdf::render(&book).expect("a document"));
}

#[test]
fn title_organisation_language_and_date_are_told() {
    for (lang, title, name) in [
        (Lang::Ko, "취약점 점검 결과 보고서", "ko"),
        (Lang::En, "Vulnerability Assessment Report", "en"),
    ] {
        let book = common::usual(lang, 3);
        let bytes = pasu_pdf::render(&book).expect("a document");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(
            text.contains(&format!("/Lang({name})")) || text.contains(&format!("/Lang ({name})"))
        );
        let Some(file) = File::new(&bytes) else { return };
        let info = file.ask("pdfinfo", &["-isodates"]);
        let value = |key: &str| {
            let line = info.lines().find(|line| line.starts_with(key));
            line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned())
        };
        assert_eq!(value("Title").as_deref(), Some(title));
        assert_eq!(value("Author"), Some(book.brand.organisation.clone()));
        assert_eq!(value("CreationDate").as_deref(), Some("2026-11-30T04:05:06Z"));
        assert_eq!(value("Tagged").as_deref(), Some("yes"));
        assert!(value("Page size").is_some_and(|size| size.ends_with("(A4)")));
    }
}

#[test]
fn fonts_are_subsets_and_the_document_is_small() {
    let bytes = pasu_pdf::render(&common::usual(Lang::Ko, 3)).expect("a document");
    assert!(bytes.len() < 200_000, "{} bytes", bytes.len());
    let Some(file) = File::new(&bytes) else { return };
    let fonts = file.ask("pdffonts", &[]);
    let rows: Vec<&str> = fonts.lines().skip(2).collect();
    assert_eq!(rows.len(), 2, "{fonts}");
    assert!(
        rows.iter().all(|row| row.contains("+Pretendard") && row.contains("yes yes yes")),
        "{fonts}"
    );
}

#[test]
fn structure_has_headings_tables_lists_and_figures() {
    let Some(file) = File::new(&pasu_pdf::render(&common::usual(Lang::Ko, 3)).expect("a document"))
    else {
        return;
    };
    let tree = file.ask("pdfinfo", &["-struct-text"]);
    for tag in [
        "H1", "H2", "H3", "Table", "THead", "TBody", "TH", "TD", "Caption", "LI", "LBody",
        "Figure", "Link", "TOCI", "Code",
    ] {
        assert!(
            tree.lines().any(|line| line.trim().split([' ', ':', '"']).next() == Some(tag)),
            "{tag} is not in {tree}"
        );
    }
}

#[test]
fn links_lead_to_the_web_and_within_the_book() {
    let Some(file) = File::new(&pasu_pdf::render(&common::usual(Lang::Ko, 3)).expect("a document"))
    else {
        return;
    };
    let urls = file.ask("pdfinfo", &["-url"]);
    assert!(urls.contains("https://nvd.nist.gov/vuln/detail/CVE-2026-10002"), "{urls}");
    let places = file.ask("pdfinfo", &["-dests"]);
    assert!(!places.is_empty());
}

const PIXEL: &str = "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489 \
    0000000d49444154789c63107098f01f00032401e02b952bb20000000049454e44ae426082";

fn bytes(hex: &str) -> Vec<u8> {
    let hex: String = hex.split_whitespace().collect();
    (0..hex.len() / 2)
        .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hex"))
        .collect()
}

#[test]
fn a_logo_that_cannot_be_read_is_named() {
    let mut book = common::book(Lang::Ko, Vec::new());
    let svg = |inside: &str| {
        Logo::Svg(format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 30">{inside}</svg>"#
        ))
    };
    for logo in [
        Logo::Png(bytes(PIXEL)),
        svg(r##"<rect width="90" height="30" fill="#039"/><text y="20">一 로고</text>"##),
    ] {
        book.brand.logo = Some(logo);
        pasu_pdf::render(&book).expect("a document with a logo");
    }
    let mut cut = bytes(PIXEL);
    cut.truncate(45);
    let mut huge = bytes(PIXEL);
    // 4096 pixels by 4096, and the checksum that belongs to them.
    huge[16..24].copy_from_slice(&[0, 0, 16, 0, 0, 0, 16, 0]);
    huge[29..33].copy_from_slice(&[242, 163, 36, 23]);
    for (logo, words) in [
        (Logo::Png(b"no".to_vec()), "the logo cannot be read as PNG"),
        (Logo::Png(cut), "the logo cannot be read as PNG"),
        (Logo::Png(huge), "the logo is too big: 4096 x 4096 pixels"),
        (Logo::Jpeg(b"no".to_vec()), "the logo cannot be read as JPEG"),
        (Logo::Svg("<svg".into()), "the logo cannot be read as SVG"),
        (Logo::Png(vec![0; 5 << 20]), "the logo is too big"),
    ] {
        book.brand.logo = Some(logo);
        let error = pasu_pdf::render(&book).expect_err(words).to_string();
        assert!(error.starts_with(words), "{error}");
    }
}
