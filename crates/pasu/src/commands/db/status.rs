//! `pasu db status`: where the advisories come from and how old they are.

use crate::args::StatusArgs;
use crate::commands::scan::locale;
use crate::database;
use crate::exit::Exit;
use anyhow::{Context, Result};
use jiff::civil::Date;
use pasu_model::{DatabaseInfo, DatabaseOrigin, Lang, SourceInfo};
use std::io::{self, Write};
use unicode_width::UnicodeWidthStr;

/// From this age on, in days, what came out since is missing.
const AGED: i64 = 7;
/// From this age on, in days, a clean result means little.
const STALE: i64 = 30;

/// Shows it.
pub fn run(args: &StatusArgs) -> Result<Exit> {
    let lang = args.lang.unwrap_or_else(locale);
    let chosen = database::choose(args.db.as_deref())?;
    if args.verify {
        chosen.database.verify().with_context(|| chosen.name())?;
    }
    let today = database::today();
    let info = chosen.info(today);
    let mut out = io::stdout().lock();
    let written = match args.json {
        true => print_json(&mut out, &info),
        false => print(&mut out, &info, today, lang)
            .and_then(|()| if args.verify { print_verified(&mut out, lang) } else { Ok(()) }),
    };
    written.context("cannot write to standard output")?;
    Ok(Exit::Clean)
}

fn print_json(out: &mut impl Write, info: &DatabaseInfo) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, info)?;
    writeln!(out)
}

fn print_verified(out: &mut impl Write, lang: Lang) -> io::Result<()> {
    writeln!(out, "\n{}", lang.pick("모든 검사합이 맞습니다", "every checksum is right"))
}

fn print(out: &mut impl Write, info: &DatabaseInfo, today: Date, lang: Lang) -> io::Result<()> {
    let (built, newest, days) = (&info.built, &info.newest, info.age_days);
    match (&info.origin, lang) {
        (DatabaseOrigin::File(path), _) => writeln!(out, "{path}")?,
        (DatabaseOrigin::Bundled, Lang::Ko) => writeln!(out, "내장 스냅샷 ({newest})")?,
        (DatabaseOrigin::Bundled, Lang::En) => writeln!(out, "bundled snapshot of {newest}")?,
    }
    match lang {
        Lang::Ko => writeln!(out, "생성 {built}, 가장 새로운 기록 {newest}, {days}일 지남")?,
        Lang::En => writeln!(out, "built {built}, newest record {newest}, {days} days old")?,
    }
    if let Some(warning) = warning(days, lang) {
        writeln!(out, "{warning}")?;
    }
    writeln!(out)?;
    let heads = match lang {
        Lang::Ko => ["출처", "기록", "제외", "최신", "경과일", "라이선스"],
        Lang::En => ["source", "records", "skipped", "newest", "days", "licence"],
    };
    row(out, heads)?;
    for source in &info.sources {
        print_source(out, source, today)?;
    }
    Ok(())
}

/// What to say of an old database.
fn warning(days: i64, lang: Lang) -> Option<String> {
    let text = match (days, lang) {
        (..AGED, _) => return None,
        (AGED..STALE, Lang::Ko) => {
            format!(
                "주의: {days}일 지난 데이터베이스입니다. 그 뒤에 알려진 취약점은 나오지 않습니다. `pasu db update`로 갱신하세요"
            )
        }
        (_, Lang::Ko) => {
            format!(
                "경고: {days}일 지난 데이터베이스입니다({STALE}일 초과). 결과가 깨끗해도 안전하다는 뜻이 아닙니다. `pasu db update`로 갱신하세요"
            )
        }
        (AGED..STALE, Lang::En) => {
            format!(
                "note: {days} days old; what became known since is not in it; hint: `pasu db update`"
            )
        }
        (_, Lang::En) => {
            format!(
                "warning: {days} days old, more than {STALE}; a clean result means little; hint: `pasu db update`"
            )
        }
    };
    Some(text)
}

fn print_source(out: &mut impl Write, source: &SourceInfo, today: Date) -> io::Result<()> {
    // Not every feed dates its records.
    let newest = source.newest.get(..10);
    let days = newest.map(|date| database::age_days(date, today).to_string());
    row(
        out,
        [
            &source.id,
            &source.records.to_string(),
            &source.skipped.to_string(),
            newest.unwrap_or("-"),
            days.as_deref().unwrap_or("-"),
            &source.license,
        ],
    )
}

fn row(
    out: &mut impl Write,
    [id, records, skipped, newest, days, license]: [&str; 6],
) -> io::Result<()> {
    let right = |text: &str, width: usize| " ".repeat(width.saturating_sub(text.width())) + text;
    let left = |text: &str, width: usize| {
        text.to_owned() + &" ".repeat(width.saturating_sub(text.width()))
    };
    writeln!(
        out,
        "{} {} {}  {} {}  {license}",
        left(id, 18),
        right(records, 9),
        right(skipped, 8),
        left(newest, 10),
        right(days, 6),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_database_says_so() {
        assert_eq!(warning(6, Lang::En), None);
        assert!(warning(7, Lang::En).unwrap().starts_with("note: 7 days"));
        assert!(warning(29, Lang::Ko).unwrap().starts_with("주의: 29일"));
        assert!(warning(30, Lang::En).unwrap().starts_with("warning: 30 days"));
        assert!(warning(400, Lang::Ko).unwrap().starts_with("경고: 400일"));
    }
}
