//! `pasu db update`: a signed database from elsewhere, checked, then put in place of the one in use.
//!
//! Order: signature, then whether it opens, then every checksum, then its age. Whatever fails, the old one stays.

use super::install::{Slot, Staged};
use super::key::{self, PublicKey};
use crate::args::UpdateArgs;
use crate::exit::Exit;
use crate::fetch::{self, Client, Content, Outcome, Wanted};
use crate::{database, progress};
use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use pasu_advisory::database::{Database, Meta};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

/// The largest database that is fetched, in bytes.
const MAX_DATABASE: u64 = 2 << 30;

const NO_SOURCE: &str = "no database to fetch: there is no public mirror yet, so say where one is with --from URL|FILE \
or PASU_DB_FROM; hint: on a machine with network build one (`pasu db build --feeds public -o pasu.db`), sign it \
(`pasu db keygen -o secret.key`, `pasu db sign pasu.db --key secret.key`), copy pasu.db, pasu.db.sig and secret.key.pub \
here and run `pasu db update --from pasu.db --key secret.key.pub`";

const NO_KEY: &str = "no key to trust: there is no official key yet, so a database must be signed by one of yours; \
give its public key with --key or PASU_DB_KEY (64 hexadecimal digits, or the file.pub that `pasu db keygen` wrote)";

/// Fetches, checks, replaces.
pub fn run(args: &UpdateArgs) -> Result<Exit> {
    let Some(from) = args.from.as_deref().filter(|from| !from.is_empty()) else {
        bail!(NO_SOURCE);
    };
    let Some(key) = args.key.as_deref().filter(|key| !key.is_empty()) else { bail!(NO_KEY) };
    let key = PublicKey::parse(key)?;
    let path = args.db.clone().unwrap_or_else(database::default_path);
    let slot = Slot::lock(&path)?;
    let staged = slot.stage()?;
    let source = Source { args, client: Client::new(args.retries)? };

    let signature_from = args.signature.clone().unwrap_or_else(|| signature_beside(from));
    source.bring(&signature_from, &staged.signature(), key::MAX_FILE)?;
    let signature =
        key::read_signature(&staged.signature()).with_context(|| fetch::shown(&signature_from))?;
    if is_installed(&slot, &key, &signature) {
        say(args, &format!("{}: already the newest", slot.database.display()));
        return Ok(Exit::Clean);
    }
    source.bring(from, &staged.database(), MAX_DATABASE)?;
    let meta = check(&staged, &key, &signature).with_context(|| fetch::shown(from))?;
    refuse_older(args, &slot, &meta)?;
    slot.install(staged)?;
    say(
        args,
        &format!(
            "{}: built {}, newest record {}",
            slot.database.display(),
            meta.built,
            meta.newest
        ),
    );
    Ok(Exit::Clean)
}

fn say(args: &UpdateArgs, text: &str) {
    if !args.quiet {
        let _ = writeln!(io::stderr(), "{text}");
    }
}

/// `https://mirror.example/pasu.db?token=x` -> `https://mirror.example/pasu.db.sig?token=x`.
fn signature_beside(from: &str) -> String {
    let query = from.find('?').filter(|_| fetch::is_url(from)).unwrap_or(from.len());
    let (path, query) = from.split_at(query);
    format!("{path}.sig{query}")
}

/// Where things come from.
struct Source<'a> {
    args: &'a UpdateArgs,
    client: Client,
}

impl Source<'_> {
    /// Brings a file or a URL into a file of ours, so that what is checked is what is used.
    fn bring(&self, from: &str, to: &Path, limit: u64) -> Result<()> {
        if fetch::is_url(from) {
            return self.download(from, to, limit);
        }
        let copied = File::open(from).and_then(|file| {
            if !file.metadata()?.is_file() {
                return Err(io::Error::other("not a file"));
            }
            io::copy(&mut file.take(limit + 1), &mut File::create(to)?)
        });
        let copied = copied.with_context(|| format!("cannot copy {from}"))?;
        if copied > limit {
            bail!("{from}: larger than the {limit} bytes allowed");
        }
        Ok(())
    }

    fn download(&self, url: &str, to: &Path, limit: u64) -> Result<()> {
        let bar = progress::bytes(0, self.args.quiet);
        bar.set_message(url.rsplit('/').next().unwrap_or_default().to_owned());
        let wanted = Wanted {
            url: url.to_owned(),
            path: to.to_owned(),
            limit,
            content: Content::Any,
            version: None,
        };
        let outcome = fetch::fetch(&self.client, &wanted, &bar)?;
        bar.finish_and_clear();
        if outcome == Outcome::Absent {
            bail!("{}: the server has no such file", fetch::shown(url));
        }
        Ok(())
    }
}

/// Whether the database in use is the one that a signature is of.
fn is_installed(slot: &Slot, key: &PublicKey, signature: &[u8; 64]) -> bool {
    key::read_signature(&slot.signature).is_ok_and(|kept| kept == *signature)
        && read(&slot.database).is_ok_and(|bytes| key.verify(&bytes, signature).is_ok())
}

/// The checks, in their order.
fn check(staged: &Staged, key: &PublicKey, signature: &[u8; 64]) -> Result<Meta> {
    let path = staged.database();
    key.verify(&read(&path)?, signature)?;
    let database = Database::open(&path)?;
    database.verify()?;
    Ok(database.meta().clone())
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_DATABASE + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// An old database with a good signature would hide what became known since.
fn refuse_older(args: &UpdateArgs, slot: &Slot, new: &Meta) -> Result<()> {
    let time = |text: &str| text.parse::<Timestamp>().ok();
    let built = time(&new.built).with_context(|| {
        format!("the database does not say when it was built ({:?})", new.built)
    })?;
    if args.allow_older || !fs::exists(&slot.database).unwrap_or(true) {
        return Ok(());
    }
    let Ok(current) = Database::open(&slot.database) else {
        say(args, &format!("{}: cannot be read, so it is replaced", slot.database.display()));
        return Ok(());
    };
    let current = &current.meta().built;
    if time(current).is_some_and(|current| built < current) {
        bail!(
            "refused: the new database was built {}, the one in use {current}; hint: --allow-older takes it all the same",
            new.built
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::signature_beside;

    #[test]
    fn the_signature_lies_beside_the_database() {
        for (from, expected) in [
            ("pasu.db", "pasu.db.sig"),
            ("odd?name.db", "odd?name.db.sig"),
            ("https://m.example/pasu.db", "https://m.example/pasu.db.sig"),
            ("https://m.example/pasu.db?a=b", "https://m.example/pasu.db.sig?a=b"),
        ] {
            assert_eq!(signature_beside(from), expected);
        }
    }
}
