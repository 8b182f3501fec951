//! A layer's archive, put together again. Beside each layer, containers-storage keeps what was in its archive apart from
//! the files' contents (github.com/vbatts/tar-split): one JSON value a line, bytes of the archive as they are, or the file
//! whose content comes next:
//!
//! ```json
//! {"type":2,"payload":"ZXRjL2hvc3RuYW1lAAAA…","position":0}
//! {"type":1,"name":"etc/hostname","size":7,"payload":"l18u3MohpDQ=","position":1}
//! ```
//!
//! So the archive has the digest that the image's configuration names, whatever the disk says of owners and modes, and is
//! held against it as every other one.

use crate::compression::decode;
use crate::error::ImageError;
use crate::image::Blob;
use crate::layer::normalise;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pasu_system::{System, SystemFile, TreeSystem};
use serde::Deserialize;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The longest line, in bytes: it holds an entry's header, or what pads the archive.
const MAX_LINE: u64 = 16 << 20;
/// Kinds of lines.
const CONTENT: u8 = 1;
const BYTES: u8 = 2;

/// A layer's archive: its frame, and the folder in which its files lie.
#[derive(Debug, Clone)]
pub(super) struct Split {
    /// `vfs-layers/<layer>.tar-split.gz`.
    pub frame: PathBuf,
    pub folder: PathBuf,
}

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "type")]
    kind: u8,
    #[serde(default)]
    name: Option<String>,
    /// A name that is no UTF-8.
    #[serde(default)]
    name_raw: Option<String>,
    #[serde(default)]
    size: u64,
    #[serde(default)]
    payload: Option<String>,
}

impl Blob for Split {
    fn open(&self) -> Result<Box<dyn Read + Send>, ImageError> {
        let wrong = ImageError::file(&self.frame);
        let opened = || {
            let file = File::open(&self.frame)?;
            let lines = BufReader::new(decode(Box::new(file))?);
            let folder = TreeSystem::new(&self.folder)?;
            Ok(Archive { lines, folder, now: Part::Bytes(Cursor::default()) })
        };
        Ok(Box::new(opened().map_err(wrong)?))
    }

    fn size(&self) -> Option<u64> {
        None
    }

    fn place(&self) -> String {
        self.folder.display().to_string()
    }
}

/// The archive, as it is read.
struct Archive {
    lines: BufReader<Box<dyn Read + Send>>,
    folder: TreeSystem,
    now: Part,
}

/// What comes next in it.
enum Part {
    Bytes(Cursor<Vec<u8>>),
    Content { path: PathBuf, file: Box<dyn SystemFile>, at: u64, size: u64 },
}

impl Read for Part {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Bytes(bytes) => bytes.read(buffer),
            Self::Content { path, file, at, size } => {
                let left = size.saturating_sub(*at);
                if left == 0 {
                    return Ok(0);
                }
                let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
                let length = file.read_at(&mut buffer[..most], *at)?;
                if length == 0 {
                    return Err(wrong(format!("{}: {left} bytes are missing", path.display())));
                }
                *at += length as u64;
                Ok(length)
            }
        }
    }
}

impl Read for Archive {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let length = self.now.read(buffer)?;
            if length > 0 {
                return Ok(length);
            }
            match self.line()? {
                Some(line) => self.take(&line)?,
                None => return Ok(0),
            }
        }
    }
}

impl Archive {
    fn line(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        (&mut self.lines).take(MAX_LINE).read_until(b'\n', &mut bytes)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        if bytes.len() as u64 == MAX_LINE {
            return Err(wrong(format!("a line of the frame has more than {MAX_LINE} bytes")));
        }
        let line = serde_json::from_slice(&bytes);
        line.map(Some).map_err(|error| wrong(format!("the frame of the archive: {error}")))
    }

    fn take(&mut self, line: &Line) -> io::Result<()> {
        let decoded = |text: &Option<String>| {
            let text = text.as_deref().unwrap_or_default();
            STANDARD
                .decode(text)
                .map_err(|error| wrong(format!("the frame of the archive: {error}")))
        };
        match line.kind {
            BYTES => self.now = Part::Bytes(Cursor::new(decoded(&line.payload)?)),
            CONTENT if line.size > 0 => {
                let name = match &line.name {
                    Some(name) => name.as_bytes().to_vec(),
                    None => decoded(&line.name_raw)?,
                };
                let name = normalise(&name)
                    .ok_or_else(|| wrong("a name leads out of the layer".to_owned()))?;
                let path = Path::new("/").join(OsStr::from_bytes(&name));
                let file = self.folder.open(&path);
                let file = file.map_err(|error| {
                    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
                })?;
                self.now = Part::Content { path, file, at: 0, size: line.size };
            }
            CONTENT => {}
            kind => return Err(wrong(format!("the frame of the archive: an unknown kind {kind}"))),
        }
        Ok(())
    }
}

fn wrong(problem: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

#[cfg(test)]
mod tests {
    use super::Split;
    use crate::image::Blob;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;
    use std::fs;
    use std::io::Read;
    use std::os::unix::fs::symlink;

    fn archive(lines: &[serde_json::Value]) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        fs::create_dir_all(at("layer/etc")).unwrap();
        fs::write(at("layer/etc/a"), "inside, and more").unwrap();
        fs::write(at("secret"), "outside").unwrap();
        symlink("../secret", at("layer/leads-out")).unwrap();
        symlink("etc", at("layer/leads-in")).unwrap();
        let text: Vec<String> = lines.iter().map(|line| format!("{line}\n")).collect();
        fs::write(at("frame"), text.concat()).unwrap();
        let split = Split { frame: at("frame"), folder: at("layer") };
        let mut text = String::new();
        let mut reader = split.open().map_err(|error| error.to_string())?;
        reader.read_to_string(&mut text).map(|_| text).map_err(|error| error.to_string())
    }

    fn bytes(text: &str) -> serde_json::Value {
        json!({ "type": 2, "payload": STANDARD.encode(text), "position": 0 })
    }

    fn content(name: &str, size: u64) -> serde_json::Value {
        json!({ "type": 1, "name": name, "size": size, "payload": "AAAAAAAAAAA=", "position": 1 })
    }

    #[test]
    fn bytes_and_contents_follow_each_other_as_they_did() {
        let folder = json!({ "type": 1, "name": "etc/", "payload": null, "position": 1 });
        let raw = json!({ "type": 1, "name_raw": STANDARD.encode("etc/a"), "size": 2 });
        let lines =
            [bytes("<"), folder, bytes(""), content("./etc/a", 6), bytes("|"), raw, bytes(">")];
        assert_eq!(archive(&lines).unwrap(), "<inside|in>");
        assert_eq!(archive(&[content("leads-in/a", 2)]).unwrap(), "in");
        assert_eq!(archive(&[]).unwrap(), "");
    }

    #[test]
    fn what_is_not_the_archive_is_refused() {
        for (line, expected) in [
            (content("etc/a", 17), "/etc/a: 1 bytes are missing"),
            (content("etc/b", 1), "/etc/b: "),
            (content("etc", 1), "/etc: "),
            (content("../secret", 1), "leads out of the layer"),
            (content("leads-out", 1), "/leads-out: "),
            (json!({ "type": 3 }), "an unknown kind 3"),
            (json!({ "type": 2, "payload": "!" }), "the frame of the archive: "),
            (json!([]), "the frame of the archive: "),
        ] {
            let error = archive(std::slice::from_ref(&line)).unwrap_err();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
