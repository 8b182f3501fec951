//! What could not be looked at, on standard error: for runs whose formats are read by programs, so that whoever started
//! them learns why the exit status is 2.

use pasu_model::{Lang, Unseen};
use pasu_report::printable;
use std::io::{self, Write};

/// How many things are named; the report names them all.
const NAMED: usize = 20;

/// Says what was not seen, if anything.
pub fn say(unseen: &[Unseen], lang: Lang) {
    if !unseen.is_empty() {
        // Where standard error is closed there is nobody left to tell.
        let _ = write(&mut io::stderr().lock(), unseen, lang);
    }
}

/// Says what was not seen of one target among several.
pub fn say_of(target: &str, unseen: &[Unseen], lang: Lang) {
    let named =
        unseen.iter().map(|one| Unseen { path: format!("{target}: {}", one.path), ..one.clone() });
    say(&named.collect::<Vec<_>>(), lang);
}

fn write(out: &mut impl Write, unseen: &[Unseen], lang: Lang) -> io::Result<()> {
    for one in unseen.iter().take(NAMED) {
        let reason = if one.detail.is_empty() { one.reason.key() } else { &one.detail };
        let cannot = lang.pick("보지 못함", "not seen");
        writeln!(out, "pasu: {}: {cannot}: {}", printable(&one.path), printable(reason))?;
    }
    match unseen.len().saturating_sub(NAMED) {
        0 => Ok(()),
        more => match lang {
            Lang::Ko => writeln!(out, "pasu: 그 밖에 {more}개를 보지 못했습니다"),
            Lang::En => writeln!(out, "pasu: {more} more things were not seen"),
        },
    }
}
