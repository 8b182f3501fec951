//! Prints a book of the tests: `cargo run -p pasu-pdf --example book -- 300 ko out.pdf`; with time and memory, for
//! `cargo xtask bench report`.

#![expect(clippy::print_stdout, reason = "it tells what it measured")]

#[path = "../tests/common/mod.rs"]
mod common;

use pasu_model::Lang;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [rows, lang, path] = arguments.as_slice() else {
        return Err("ROWS ko|en FILE; 0 rows: a book without chapters".into());
    };
    let lang = if lang == "en" { Lang::En } else { Lang::Ko };
    let rows: usize = rows.parse()?;
    let book = if rows == 0 { common::book(lang, Vec::new()) } else { common::usual(lang, rows) };
    let start = Instant::now();
    let bytes = pasu_pdf::render(&book)?;
    let time = start.elapsed();
    std::fs::write(path, &bytes)?;
    println!("{rows} rows: {time:.2?}, {} bytes", bytes.len());
    Ok(())
}
