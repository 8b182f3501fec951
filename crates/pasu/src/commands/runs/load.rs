//! An inspection by the words that name it: a run that was kept, or a file.

use crate::args::StoreArgs;
use anyhow::{Context, Result, bail};
use pasu_model::{Changes, Inspection};
use pasu_report::{read_any, read_inspection};
use pasu_store::Store;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The largest file that is read, in bytes.
const MAX_FILE: u64 = 512 << 20;

/// An inspection that was kept or lies in a file.
pub struct Loaded {
    /// What it is called: `run 12`, or the file as it was named.
    pub name: String,
    /// The inspection.
    pub inspection: Inspection,
    /// What it changed when it was kept; of a file nothing.
    pub changes: Option<Changes>,
}

/// Loads what is meant by a run's number, `last`, `last-1` or the beginning of a date, else the file of that name. What
/// looks like a path is a file.
pub fn load(named: &str, args: &StoreArgs) -> Result<Loaded> {
    let path = Path::new(named);
    let looks_like_path = named.contains('/') || path.extension().is_some() || named == "-";
    if looks_like_path {
        return load_file(path);
    }
    let store = args.existing()?;
    let found = store.as_ref().map(|store| store.find(named));
    match found {
        Some(Ok(run)) => match &store {
            Some(store) => load_run(store, run.id),
            None => bail!("{named}: no run is kept"),
        },
        _ if path.exists() => load_file(path),
        Some(Err(error)) => Err(error.into()),
        None => {
            bail!("{named}: neither a file nor a run, for none is kept in {}", args.folder_name())
        }
    }
}

/// Loads a run that was kept.
pub fn load_run(store: &Store, id: pasu_store::RunId) -> Result<Loaded> {
    let name = format!("run {}", id.0);
    let document = store.document(id)?;
    let inspection = read_inspection(&document)
        .with_context(|| format!("{}: {name}", store.path().display()))?;
    Ok(Loaded { name, inspection, changes: Some(store.changes(id)?) })
}

fn load_file(path: &Path) -> Result<Loaded> {
    let name = path.display().to_string();
    let bytes = read(path).with_context(|| format!("cannot read {name}"))?;
    let inspection = read_any(&bytes).with_context(|| name.clone())?;
    Ok(Loaded { name, inspection, changes: None })
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut input: Box<dyn Read> = match path == Path::new("-") {
        true => Box::new(std::io::stdin().lock()),
        // A FIFO with nobody at its other end would be waited for without end.
        false if !std::fs::metadata(path)?.is_file() => bail!("not a regular file"),
        false => Box::new(File::open(path)?),
    };
    input.by_ref().take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE {
        bail!("larger than {} MiB", MAX_FILE >> 20);
    }
    Ok(bytes)
}

impl StoreArgs {
    fn folder_name(&self) -> String {
        self.state().folder().display().to_string()
    }
}
