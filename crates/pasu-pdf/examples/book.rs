//! Prints the report of an inspection that tests know, and says what it took:
//! `cargo run --release -p pasu-pdf --example book -- usual ko report.pdf`, or `report.html`. The inspection is `empty`, `usual`,
//! `not-root`, or a number of findings. `cargo xtask bench report` measures it.

#![expect(clippy::print_stdout, reason = "it tells what it measured")]

#[allow(clippy::unwrap_used, reason = "of the tests of another crate")]
#[path = "../../pasu-report/tests/common/mod.rs"]
mod common;

use common::inspection;
use pasu_model::Lang;
use pasu_report::BookOptions;
use pasu_report::book::Brand;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [which, lang, path] = arguments.as_slice() else {
        return Err("empty|usual|not-root|COUNT ko|en FILE".into());
    };
    let lang = if lang == "en" { Lang::En } else { Lang::Ko };
    let inspection = match which.as_str() {
        "empty" => inspection::empty(),
        "usual" => inspection::usual(),
        "not-root" => inspection::not_root(),
        count => inspection::large(count.parse()?),
    };
    let brand =
        Brand { organisation: "한빛은행 정보보호부".to_owned(), ..Brand::default() };
    let options = BookOptions { lang, brand, utc_offset: Some(9 * 3600), ..BookOptions::default() };
    let start = Instant::now();
    let book = pasu_report::book(&inspection, None, &options);
    let made = start.elapsed();
    let bytes = if path.ends_with(".html") {
        let mut bytes = Vec::new();
        pasu_report::render_html(&book, &mut bytes)?;
        bytes
    } else {
        pasu_pdf::render(&book)?
    };
    println!("{which}: book {made:.2?}, printed {:.2?}, {} bytes", start.elapsed(), bytes.len());
    std::fs::write(path, &bytes)?;
    Ok(())
}
