//! `cargo xtask snapshot`: feeds in, `crates/pasu/data` out.

use crate::process;
use crate::workspace::{Metadata, root};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The largest snapshot that goes into the repository, in bytes.
pub const MAX_SIZE: u64 = 12 << 20;

/// Where it lies, below the root.
pub const PLACE: &str = "crates/pasu/data/snapshot.db";

/// `cargo xtask snapshot`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder laid out like the public feeds, or the URL of one; see docs/database.md.
    #[arg(long, value_name = "DIR|URL")]
    feeds: PathBuf,
}

/// What of `pasu db status --json` is used here.
#[derive(Debug, Deserialize)]
struct Status {
    built: String,
    newest: String,
    sources: Vec<Source>,
}

#[derive(Debug, Deserialize)]
struct Source {
    id: String,
    url: String,
    license: String,
    records: u64,
    newest: String,
}

/// Builds the program, has it build the snapshot, and writes down what is in it.
pub fn run(args: &Args) -> Result<()> {
    process::run(process::cargo().current_dir(root()).args(["build", "--release", "-p", "pasu"]))?;
    let pasu = Metadata::read()?.target_directory.join("release/pasu");
    let place = root().join(PLACE);
    // Beside the old one: a build that fails leaves that in its place.
    let fresh = place.with_extension("db.new");
    let mut build = Command::new(&pasu);
    build.args(["db", "build", "--snapshot", "--feeds"]).arg(&args.feeds).arg("--output");
    process::run(build.arg(&fresh))?;
    let size = fs::metadata(&fresh)?.len();
    if size > MAX_SIZE {
        bail!("{} has {size} bytes, at most {MAX_SIZE} are allowed", fresh.display());
    }
    let mut status = Command::new(&pasu);
    let status = process::output(status.args(["db", "status", "--json", "--db"]).arg(&fresh))?;
    let status: Status =
        serde_json::from_str(&status).context("pasu db status printed something unexpected")?;
    fs::rename(&fresh, &place)?;
    write(&place.with_file_name("README.md"), &page(&status, size))?;
    eprintln!("{}: {size} bytes, newest record of {}", place.display(), status.newest);
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// The page beside the snapshot.
fn page(status: &Status, size: u64) -> String {
    let built = status.built.get(..10).unwrap_or(&status.built);
    let mut page = format!(
        "# The bundled advisory snapshot\n\n\
         Written by `cargo xtask snapshot --feeds DIR`; do not edit. `snapshot.db` goes into the program, which uses it\n\
         where no newer database is, and then says so in every result.\n\n\
         Built {built}, newest record {}, {size} bytes.\n\n\
         | source | records read | newest | licence and credit | home |\n|---|---:|---|---|---|\n",
        status.newest
    );
    for Source { id, url, license, records, newest } in &status.sources {
        let newest = newest.get(..10).unwrap_or("not stated");
        // Writing into a string cannot fail.
        let _ = writeln!(page, "| {id} | {records} | {newest} | {license} | <{url}> |");
    }
    page.push_str(
        "\nThe records were selected, shortened and put into another form. Each source keeps its licence: what comes from\n\
         Ubuntu is under CC-BY-SA 4.0. This product uses data of the NVD but is not endorsed or certified by the NVD.\n\
         EPSS scores are from FIRST.org.\n",
    );
    page
}

#[cfg(test)]
mod tests {
    use super::{Source, Status, page};

    #[test]
    fn the_page_names_each_source_with_its_date_and_licence() {
        let status = Status {
            built: "2026-11-22T04:38:59Z".into(),
            newest: "2026-08-22".into(),
            sources: vec![
                Source {
                    id: "kev".into(),
                    url: "https://www.cisa.gov/kev".into(),
                    license: "CC0 1.0".into(),
                    records: 1674,
                    newest: "2026-08-21T00:00:00Z".into(),
                },
                Source {
                    id: "alpine".into(),
                    url: "https://secdb.alpinelinux.org/".into(),
                    license: "none stated".into(),
                    records: 7,
                    newest: String::new(),
                },
            ],
        };
        let page = page(&status, 9);
        for line in [
            "Built 2026-11-22, newest record 2026-08-22, 9 bytes.",
            "| kev | 1674 | 2026-08-21 | CC0 1.0 | <https://www.cisa.gov/kev> |",
            "| alpine | 7 | not stated | none stated | <https://secdb.alpinelinux.org/> |",
        ] {
            assert!(page.lines().any(|found| found == line), "{line} is not in\n{page}");
        }
    }
}
