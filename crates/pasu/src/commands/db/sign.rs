//! `pasu db keygen` and `pasu db sign`: for those who build databases for others.

use super::key::SecretKey;
use crate::args::{KeygenArgs, SignArgs};
use crate::durable;
use crate::exit::Exit;
use anyhow::{Context, Result, bail};
use pasu_advisory::database::Database;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Makes a key pair. Only the public key is printed.
pub fn keygen(args: &KeygenArgs) -> Result<Exit> {
    let public_file = durable::beside(&args.output, ".pub");
    if public_file.exists() {
        bail!("{} is there already; it is not overwritten", public_file.display());
    }
    let key = SecretKey::generate()?;
    let digits = key.public()?.digits();
    write_secret(&args.output, &key.file_text())?;
    durable::write(&public_file, format!("{digits}\n").as_bytes(), 0o644)
        .with_context(|| format!("cannot write {}", public_file.display()))?;
    writeln!(io::stdout(), "{digits}")?;
    Ok(Exit::Clean)
}

fn write_secret(path: &Path, text: &str) -> Result<()> {
    let shown = path.display();
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = match file {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            bail!("{shown} is there already; a key is never overwritten")
        }
        file => file.with_context(|| format!("cannot write {shown}"))?,
    };
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a key is no key.
        let _ = fs::remove_file(path);
    }
    written.with_context(|| format!("cannot write {shown}"))
}

/// Signs a database that is whole.
pub fn run(args: &SignArgs) -> Result<Exit> {
    let shown = args.file.display();
    let key = SecretKey::read(&args.key)?;
    let database = Database::open(&args.file).with_context(|| format!("{shown}"))?;
    database.verify().with_context(|| format!("{shown}"))?;
    let bytes = fs::read(&args.file).with_context(|| format!("cannot read {shown}"))?;
    let output = args.output.clone().unwrap_or_else(|| durable::beside(&args.file, ".sig"));
    durable::write(&output, key.sign(&bytes).as_bytes(), 0o644)
        .with_context(|| format!("cannot write {}", output.display()))?;
    writeln!(io::stdout(), "{}: signed by {}", output.display(), key.public()?.digits())?;
    Ok(Exit::Clean)
}
