//! Which ignore files and VEX documents a run uses, and what is said about them.

use crate::args::ScanArgs;
use anyhow::{Context, Result};
use pasu_advisory::suppress::{MAX_IGNORE_BYTES, MAX_VEX_BYTES, Note, Rules};
use pasu_model::Lang;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// Used where they lie in the current folder and no `--ignorefile` is given.
const DEFAULT_IGNORE_FILES: [&str; 2] = [".trivyignore.yaml", ".trivyignore"];
/// Notes written out.
const NAMED: usize = 20;

/// Reads what `--ignorefile` and `--vex` name; without the former, the default files of the current folder. VEX may
/// refer to parts of the bill of materials that is scanned, if it is one.
pub fn load(args: &ScanArgs, sbom: Option<&[u8]>) -> Result<Rules> {
    let mut rules = sbom.filter(|_| !args.vex.is_empty()).map(Rules::for_sbom).unwrap_or_default();
    match &args.ignorefile {
        Some(path) => add_ignore_file(&mut rules, path)?,
        None => {
            for path in DEFAULT_IGNORE_FILES.map(Path::new).into_iter().filter(|p| p.is_file()) {
                add_ignore_file(&mut rules, path)?;
            }
        }
    }
    for path in &args.vex {
        let bytes = read(path, MAX_VEX_BYTES)
            .with_context(|| format!("cannot read the VEX document {}", path.display()))?;
        rules
            .add_vex(&path.display().to_string(), &bytes)
            .context("cannot use the VEX document")?;
    }
    Ok(rules)
}

fn add_ignore_file(rules: &mut Rules, path: &Path) -> Result<()> {
    let bytes = read(path, MAX_IGNORE_BYTES)
        .with_context(|| format!("cannot read the ignore file {}", path.display()))?;
    rules.add_ignore_file(&path.display().to_string(), &bytes).context("cannot use the ignore file")
}

/// Reads at most one byte more than the limit, so that the parser can tell that there is more.
fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Says on standard error what should be known about the rules.
pub fn tell(notes: &[Note], lang: Lang, quiet: bool) {
    if quiet {
        return;
    }
    let mut stderr = io::stderr();
    // Where standard error is closed there is nobody left to tell.
    for note in notes.iter().take(NAMED) {
        let _ = writeln!(stderr, "pasu: {}", note.text(lang));
    }
    if notes.len() > NAMED {
        let more = lang.pick("그 밖에 {}건", "and {} more like these");
        let more = more.replace("{}", &(notes.len() - NAMED).to_string());
        let _ = writeln!(stderr, "pasu: {more}");
    }
}
