//! Layers made by hand, header by header: also such as no tool writes.

/// An archive that is being written. The last word of a header may be changed by [`Tar::with`].
#[derive(Clone, Default)]
pub struct Tar {
    bytes: Vec<u8>,
}

/// One header and its content (POSIX ustar, GNU's magic not being needed by anyone).
#[derive(Clone)]
pub struct Item<'a> {
    pub name: &'a [u8],
    /// The type flag: `b'0'` file, `1` hard link, `2` symbolic link, `3` and `4` devices, `5` folder, `6` FIFO.
    pub kind: u8,
    pub link: &'a [u8],
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub modified: u64,
    /// Major and minor number of a device.
    pub device: (u32, u32),
    pub content: &'a [u8],
    /// The header's size field, where it is not the content's length.
    pub size: Option<[u8; 12]>,
    /// What is added to the right checksum.
    pub checksum_off_by: u32,
}

impl Default for Item<'_> {
    fn default() -> Self {
        Self {
            name: b"",
            kind: b'0',
            link: b"",
            mode: 0o644,
            uid: 0,
            gid: 0,
            modified: 1_700_000_000,
            device: (0, 0),
            content: b"",
            size: None,
            checksum_off_by: 0,
        }
    }
}

impl Tar {
    /// An empty layer.
    pub fn new() -> Self {
        Self::default()
    }

    /// A regular file, mode 0644.
    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.file_with(name, content, 0o644, 0)
    }

    /// A regular file with its mode and owner (and group).
    pub fn file_with(self, name: &str, content: impl AsRef<[u8]>, mode: u32, owner: u32) -> Self {
        let (name, content) = (name.as_bytes(), content.as_ref());
        self.item(&Item { name, content, mode, uid: owner, gid: owner, ..Item::default() })
    }

    /// A folder, mode 0755; with or without `/` at its end.
    pub fn dir(self, name: &str) -> Self {
        self.dir_with(name, 0o755)
    }

    /// A folder with its mode.
    pub fn dir_with(self, name: &str, mode: u32) -> Self {
        self.item(&Item { name: name.as_bytes(), kind: b'5', mode, ..Item::default() })
    }

    /// A symbolic link.
    pub fn symlink(self, name: &str, target: &str) -> Self {
        let (name, link) = (name.as_bytes(), target.as_bytes());
        self.item(&Item { name, link, kind: b'2', mode: 0o777, ..Item::default() })
    }

    /// A hard link to a path in the image.
    pub fn hard(self, name: &str, target: &str) -> Self {
        let (name, link) = (name.as_bytes(), target.as_bytes());
        self.item(&Item { name, link, kind: b'1', ..Item::default() })
    }

    /// A device (`b'3'` character, `b'4'` block) or FIFO (`b'6'`).
    pub fn device(self, name: &str, kind: u8, major: u32, minor: u32) -> Self {
        let (name, device) = (name.as_bytes(), (major, minor));
        self.item(&Item { name, kind, device, ..Item::default() })
    }

    /// Takes a path of lower layers away: `etc/passwd` becomes `etc/.wh.passwd`.
    pub fn whiteout(self, path: &str) -> Self {
        let name = match path.rsplit_once('/') {
            Some((folder, name)) => format!("{folder}/.wh.{name}"),
            None => format!(".wh.{path}"),
        };
        self.file(&name, "")
    }

    /// Takes everything away that lower layers have in a folder; the empty path is the root.
    pub fn opaque(self, folder: &str) -> Self {
        let slash = if folder.is_empty() { "" } else { "/" };
        self.file(&format!("{folder}{slash}.wh..wh..opq"), "")
    }

    /// PAX records for the next entry.
    pub fn pax(self, records: &[(&str, &[u8])]) -> Self {
        let content: Vec<u8> = records.iter().flat_map(|(key, value)| record(key, value)).collect();
        self.item(&Item { name: b"PaxHeaders/x", kind: b'x', content: &content, ..Item::default() })
    }

    /// PAX records for all that follow.
    pub fn global(self, records: &[(&str, &[u8])]) -> Self {
        let content: Vec<u8> = records.iter().flat_map(|(key, value)| record(key, value)).collect();
        self.item(&Item {
            name: b"pax_global_header",
            kind: b'g',
            content: &content,
            ..Item::default()
        })
    }

    /// GNU's long name (`b'L'`) or long link (`b'K'`) for the next entry.
    pub fn gnu_long(self, kind: u8, name: &[u8]) -> Self {
        let content = [name, b"\0"].concat();
        self.item(&Item { name: b"././@LongLink", kind, content: &content, ..Item::default() })
    }

    /// Any header and its content.
    pub fn item(mut self, item: &Item<'_>) -> Self {
        let mut block = [0; 512];
        put(&mut block, 0, 100, item.name);
        octal(&mut block, 100, 8, u64::from(item.mode));
        octal(&mut block, 108, 8, u64::from(item.uid));
        octal(&mut block, 116, 8, u64::from(item.gid));
        octal(&mut block, 124, 12, item.content.len() as u64);
        if let Some(size) = &item.size {
            put(&mut block, 124, 12, size);
        }
        octal(&mut block, 136, 12, item.modified);
        block[156] = item.kind;
        put(&mut block, 157, 100, item.link);
        put(&mut block, 257, 8, b"ustar\x0000");
        octal(&mut block, 329, 8, u64::from(item.device.0));
        octal(&mut block, 337, 8, u64::from(item.device.1));
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        octal(&mut block, 148, 8, u64::from(sum + 8 * 32 + item.checksum_off_by));
        self.bytes.extend(block);
        self.raw(item.content)
    }

    /// Any bytes, filled up to a block.
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend(bytes);
        self.bytes.resize(self.bytes.len().next_multiple_of(512), 0);
        self
    }

    /// The archive with the two empty blocks at its end.
    pub fn build(mut self) -> Vec<u8> {
        self.bytes.resize(self.bytes.len() + 1024, 0);
        self.bytes
    }

    /// The archive as far as it was written, without an end.
    pub fn unfinished(self) -> Vec<u8> {
        self.bytes
    }
}

/// The size field of a header in base 256, as GNU tar and Go write sizes of 8 GiB and more.
pub fn base256(size: u64) -> [u8; 12] {
    let mut field = [0; 12];
    field[0] = 0x80;
    field[4..].copy_from_slice(&size.to_be_bytes());
    field
}

/// `LENGTH KEY=VALUE\n`, the length counting itself.
fn record(key: &str, value: &[u8]) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while rest + length.to_string().len() != length {
        length = rest + length.to_string().len();
    }
    [format!("{length} {key}=").as_bytes(), value, b"\n"].concat()
}

fn put(block: &mut [u8; 512], start: usize, room: usize, bytes: &[u8]) {
    assert!(bytes.len() <= room, "{:?} needs a long name", String::from_utf8_lossy(bytes));
    block[start..start + bytes.len()].copy_from_slice(bytes);
}

fn octal(block: &mut [u8; 512], start: usize, room: usize, number: u64) {
    let digits = format!("{number:0width$o}", width = room - 1);
    put(block, start, room - 1, digits.as_bytes());
}
