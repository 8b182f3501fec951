//! `pasu db status`.

use crate::args::StatusArgs;
use crate::database::{self, Chosen};
use crate::exit::Exit;
use anyhow::{Context, Result};
use pasu_model::DatabaseOrigin;
use std::io::{self, Write};

/// Shows where the advisories come from and how old they are.
pub fn run(args: &StatusArgs) -> Result<Exit> {
    let chosen = database::choose(args.db.as_deref())?;
    if args.verify {
        chosen.database.verify().context("the database did not pass its check")?;
    }
    let mut out = io::stdout().lock();
    if args.json {
        serde_json::to_writer_pretty(&mut out, &chosen.info(database::today()))?;
        writeln!(out)?;
    } else {
        print(&mut out, &chosen)?;
    }
    Ok(Exit::Clean)
}

fn print(out: &mut impl Write, chosen: &Chosen) -> io::Result<()> {
    let today = database::today();
    let info = chosen.info(today);
    match &info.origin {
        DatabaseOrigin::Bundled => writeln!(out, "bundled snapshot of {}", info.newest)?,
        DatabaseOrigin::File(path) => writeln!(out, "{path}")?,
    }
    writeln!(
        out,
        "built {}, newest record {}, {} days old",
        info.built, info.newest, info.age_days
    )?;
    writeln!(out)?;
    writeln!(
        out,
        "{:<18} {:>9} {:>8}  {:<10} {:>6}  licence",
        "source", "records", "skipped", "newest", "days"
    )?;
    for source in &info.sources {
        let newest = source.newest.get(..10).unwrap_or("-");
        let age = database::age_days(newest, today);
        writeln!(
            out,
            "{:<18} {:>9} {:>8}  {newest:<10} {age:>6}  {}",
            source.id, source.records, source.skipped, source.license
        )?;
    }
    Ok(())
}
