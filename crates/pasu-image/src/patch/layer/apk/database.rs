//! apk's database: `installed` with a record a package, `scripts.tar` with their scripts, `triggers`.

use super::super::choose::Chosen;
use super::super::error::LayerError;
use super::super::nodes::Nodes;
use super::super::stanza::{self, Stanza};
use super::translate::translated;
use crate::layer::{Forward, TarReader};
use crate::patch::tar::{TarEntry, finish, write_content, write_header};
use pasu_system::System;
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use tar::EntryType;

/// Bytes of one of its files.
const MAX_RECORD: u64 = 256 << 20;

/// One package.
pub(super) struct Record {
    pub stanza: Stanza,
    raw: Vec<u8>,
}

/// The database.
pub(super) struct Database {
    pub records: Vec<Record>,
    folder: PathBuf,
}

impl Record {
    /// Its files and folders: absolute path, and the checksum of a file.
    pub fn files(&self) -> BTreeMap<PathBuf, Option<String>> {
        let mut found = BTreeMap::new();
        let mut folder = PathBuf::from("/");
        let mut last = None;
        let text = String::from_utf8_lossy(&self.raw).into_owned();
        for line in text.lines() {
            match line.split_once(':') {
                Some(("F", path)) => {
                    folder = Path::new("/").join(path);
                    found.insert(folder.clone(), None);
                }
                Some(("R", name)) => {
                    last = Some(folder.join(name));
                    found.insert(folder.join(name), Some(String::new()));
                }
                Some(("Z", sum)) => {
                    if let Some(path) = last.take() {
                        found.insert(path, Some(sum.to_owned()));
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// A line of the record as it is.
    pub fn line(&self, key: &str) -> Option<String> {
        let text = String::from_utf8_lossy(&self.raw).into_owned();
        text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':')).map(str::to_owned)
    }
}

impl Database {
    pub fn read(system: &dyn System) -> Result<Self, LayerError> {
        let folders = ["/lib/apk/db", "/usr/lib/apk/db"].map(PathBuf::from);
        let there = folders.into_iter().find(|folder| system.exists(&folder.join("installed")));
        let folder = there.unwrap_or_else(|| PathBuf::from("/lib/apk/db"));
        let path = folder.join("installed");
        let bytes = system.read(&path, MAX_RECORD).map_err(|error| LayerError::Record {
            path: path.clone(),
            problem: error.to_string(),
        })?;
        let records = stanza::split(&bytes)
            .map(|raw| Record { stanza: translated(raw), raw: raw.to_vec() })
            .filter(|record| !record.stanza.text("Package").is_empty());
        Ok(Self { records: records.collect(), folder })
    }

    /// Writes the new records over the old ones; `records` are the texts of those that changed.
    pub fn write(
        &self,
        chosen: &[Chosen<'_>],
        records: &[String],
        nodes: &mut Nodes<'_>,
        time: i64,
    ) -> Result<(), LayerError> {
        let path = self.folder.clone();
        let failed = |error: io::Error| LayerError::Record { path, problem: error.to_string() };
        self.write_all(chosen, records, nodes, time).map_err(failed)
    }

    fn write_all(
        &self,
        chosen: &[Chosen<'_>],
        records: &[String],
        nodes: &mut Nodes<'_>,
        time: i64,
    ) -> io::Result<()> {
        let mut installed = Vec::new();
        for (number, record) in self.records.iter().enumerate() {
            match chosen.iter().position(|chosen| chosen.record == number) {
                Some(at) => installed.extend_from_slice(records[at].as_bytes()),
                None => installed.extend_from_slice(&record.raw),
            }
            if !installed.ends_with(b"\n") {
                installed.push(b'\n');
            }
            installed.push(b'\n');
        }
        let real = nodes.real(&self.folder.join("installed"))?;
        nodes.put_bytes(real, &installed, time)?;
        self.triggers(chosen, nodes, time)?;
        self.scripts(chosen, nodes, time)
    }

    /// `triggers` names packages by their checksums: `Q1… /usr/share/mime`.
    fn triggers(&self, chosen: &[Chosen<'_>], nodes: &mut Nodes<'_>, time: i64) -> io::Result<()> {
        let path = self.folder.join("triggers");
        let Ok(bytes) = nodes.base.read(&path, MAX_RECORD) else { return Ok(()) };
        let mut text = String::from_utf8_lossy(&bytes).into_owned();
        let before = text.clone();
        for chosen in chosen {
            let old = self.records[chosen.record].stanza.text("Checksum");
            text = text.replace(old, chosen.control.stanza.text("Checksum"));
        }
        if text != before {
            let real = nodes.real(&path)?;
            nodes.put_bytes(real, text.as_bytes(), time)?;
        }
        Ok(())
    }

    /// `scripts.tar`: `name-version.Q1….post-install`, packed or not.
    fn scripts(&self, chosen: &[Chosen<'_>], nodes: &mut Nodes<'_>, time: i64) -> io::Result<()> {
        let names = ["scripts.tar.gz", "scripts.tar"].map(|name| self.folder.join(name));
        let Some(path) = names.iter().find(|path| nodes.base.exists(path)) else { return Ok(()) };
        let packed = path.extension().is_some_and(|extension| extension == "gz");
        let bytes = nodes.base.read(path, MAX_RECORD)?;
        let mut plain = Vec::new();
        super::super::unpack::unpack(&bytes[..], MAX_RECORD)?.read_to_end(&mut plain)?;
        let old = |chosen: &Chosen<'_>| prefix(&self.records[chosen.record].stanza);
        let gone: Vec<String> = chosen.iter().map(old).collect();
        let has = |chosen: &Chosen<'_>| !chosen.control.files.is_empty();
        let mut changed = chosen.iter().any(has);
        let mut archive = Vec::new();
        let mut tar = TarReader::new(Forward(&plain[..]));
        while let Some(item) = tar.next_item()? {
            let name = String::from_utf8_lossy(&item.path).into_owned();
            if gone.iter().any(|gone| name.starts_with(gone)) {
                changed = true;
                continue;
            }
            let mut content = vec![0; usize::try_from(item.size).unwrap_or(0)];
            let mut filled = 0;
            while filled < content.len() {
                filled += tar.read_content(&item, &mut content[filled..])?;
            }
            entry(&mut archive, &item.path, item.mode, item.modified, &content)?;
        }
        for chosen in chosen {
            for (kind, content) in &chosen.control.files {
                let name = format!("{}{kind}", prefix(&chosen.control.stanza));
                entry(
                    &mut archive,
                    name.as_bytes(),
                    0o755,
                    chosen.control.newest.min(time),
                    content,
                )?;
            }
        }
        if !changed {
            return Ok(());
        }
        finish(&mut archive)?;
        if packed {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
            gzip.write_all(&archive)?;
            archive = gzip.finish()?;
        }
        let real = nodes.real(path)?;
        nodes.put_bytes(real, &archive, time)
    }
}

/// How the names of a package's scripts begin.
fn prefix(stanza: &Stanza) -> String {
    let field = |name| stanza.text(name);
    format!("{}-{}.{}.", field("Package"), field("Version"), field("Checksum"))
}

fn entry(
    to: &mut Vec<u8>,
    path: &[u8],
    mode: u32,
    modified: i64,
    content: &[u8],
) -> io::Result<()> {
    let size = content.len() as u64;
    let (kind, link) = (EntryType::Regular, &b""[..]);
    let header = TarEntry { path, link, kind, mode, uid: 0, gid: 0, size, modified, xattrs: &[] };
    write_header(to, &header)?;
    write_content(to, &mut &*content, size)
}
