//! PAX records: what the next item's header had no room for (POSIX, "pax Extended Header").

use std::io;

/// What the extended headers before an item say about it.
#[derive(Debug, Clone, Default)]
pub(super) struct Extension {
    pub path: Option<Vec<u8>>,
    pub link: Option<Vec<u8>>,
    pub size: Option<u64>,
    pub uid: Option<u64>,
    pub gid: Option<u64>,
    pub modified: Option<i64>,
    pub xattrs: Vec<(String, Vec<u8>)>,
    /// The file has holes that are not in the archive.
    pub sparse: bool,
    /// Its name, where the header has one made up.
    pub sparse_name: Option<Vec<u8>>,
}

impl Extension {
    /// Reads `LENGTH KEY=VALUE\n`, over and over; an empty value takes back what was said.
    pub fn parse(mut records: &[u8]) -> io::Result<Self> {
        let mut into = Self::default();
        while !records.is_empty() {
            let (key, value, rest) = split(records).ok_or_else(|| wrong("is malformed"))?;
            into.take(key, value)?;
            records = rest;
        }
        Ok(into)
    }

    fn take(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        let name = || {
            let whole = !value.contains(&0);
            let given = (!value.is_empty()).then(|| value.to_vec());
            if whole { Ok(given) } else { Err(wrong("has a zero byte in a name")) }
        };
        match key {
            b"path" => self.path = name()?,
            b"linkpath" => self.link = name()?,
            b"size" => self.size = unsigned(value)?,
            b"uid" => self.uid = unsigned(value)?,
            b"gid" => self.gid = unsigned(value)?,
            b"mtime" => self.modified = seconds(value)?,
            b"GNU.sparse.name" => {
                self.sparse_name = name()?;
                self.sparse = true;
            }
            key if key.starts_with(b"GNU.sparse.") => self.sparse = true,
            key => {
                if let Some(name) = key.strip_prefix(b"SCHILY.xattr.")
                    && let Ok(name) = std::str::from_utf8(name)
                {
                    self.xattrs.push((name.to_owned(), value.to_vec()));
                }
            }
        }
        Ok(())
    }
}

/// The first record's key and value, and what follows it. A value may hold anything, also line ends.
fn split(records: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = records.iter().take(20).position(|byte| *byte == b' ')?;
    let digits = &records[..space];
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let length: usize = std::str::from_utf8(digits).ok()?.parse().ok()?;
    let (record, rest) = records.split_at_checked(length)?;
    let record = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|byte| *byte == b'=')?;
    Some((&record[..equals], &record[equals + 1..], rest))
}

fn unsigned(value: &[u8]) -> io::Result<Option<u64>> {
    if value.is_empty() {
        return Ok(None);
    }
    let text = std::str::from_utf8(value).ok();
    let number = text.and_then(|text| text.parse::<i64>().ok());
    number
        .and_then(|number| u64::try_from(number).ok())
        .map(Some)
        .ok_or_else(|| wrong("has no number where one belongs"))
}

/// `1700000000.123456789`; the fraction does not matter here.
fn seconds(value: &[u8]) -> io::Result<Option<i64>> {
    if value.is_empty() {
        return Ok(None);
    }
    let text = std::str::from_utf8(value).ok();
    let whole = text.and_then(|text| text.split('.').next());
    whole
        .and_then(|whole| whole.parse().ok())
        .map(Some)
        .ok_or_else(|| wrong("has no time where one belongs"))
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("a PAX record {what}"))
}

#[cfg(test)]
mod tests {
    use super::Extension;

    #[test]
    fn records_are_cut_by_their_length_alone() {
        let records = b"13 path=a\nb/\n5 x=\n27 SCHILY.xattr.user.a=\n=\0\n8 uid=x\n";
        let error = Extension::parse(records).unwrap_err().to_string();
        assert!(error.contains("no number"), "{error}");
        let records = b"13 path=a\nb/\n30 mtime=1700000000.123456789\n11 gid=123\n";
        let found = Extension::parse(records).unwrap();
        assert_eq!(found.path.unwrap(), b"a\nb/");
        assert_eq!((found.modified, found.gid), (Some(1_700_000_000), Some(123)));
    }

    #[test]
    fn an_empty_value_takes_a_record_back() {
        let found = Extension::parse(b"10 path=a\n8 path=\n").unwrap();
        assert_eq!(found.path, None);
    }

    #[test]
    fn malformed_records_are_errors() {
        for records in [
            &b"10 path=a"[..],
            b"99 path=a\n",
            b"0 path=a\n",
            b"8 path=a\n",
            b" path=a\n",
            b"+9 path=a\n",
            b"7 path\n",
            b"10 path=\0\n",
            b"9 uid=-1\n",
            b"99999999999999999999 a=b\n",
            b"\n",
        ] {
            assert!(Extension::parse(records).is_err(), "{records:?}");
        }
    }
}
