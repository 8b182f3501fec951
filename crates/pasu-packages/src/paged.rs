//! A file whose small reads come from memory: several detectors look at the same header and the same tables of each
//! executable, a few dozen bytes at a time, and a system call for each would be most of what a scan costs.

use pasu_system::SystemFile;
use std::io;
use std::sync::{Mutex, PoisonError};

/// How much is read at once. The section headers of a common executable and the names before them fit.
const PAGE: usize = 4096;
/// How many pages are kept of one file: its beginning, and where its tables are.
const PAGES: usize = 2;

/// An open file and the pages that were read last.
pub struct PagedFile {
    file: Box<dyn SystemFile>,
    /// Newest last.
    pages: Mutex<Vec<Page>>,
}

struct Page {
    offset: u64,
    bytes: Vec<u8>,
}

impl PagedFile {
    pub fn new(file: Box<dyn SystemFile>) -> Self {
        Self { file, pages: Mutex::default() }
    }
}

impl SystemFile for PagedFile {
    fn size(&self) -> u64 {
        self.file.size()
    }

    /// A small read may end with its page; the rest is one more read away, as it is with any file.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        if buffer.len() >= PAGE {
            return self.file.read_at(buffer, offset);
        }
        let start = offset - offset % PAGE as u64;
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(read) = pages.iter().find_map(|page| page.copy(start, offset, buffer)) {
            return Ok(read);
        }
        let page = Page::read(self.file.as_ref(), start)?;
        let read = page.copy(start, offset, buffer).unwrap_or(0);
        if pages.len() == PAGES {
            pages.remove(0);
        }
        pages.push(page);
        Ok(read)
    }
}

impl Page {
    fn read(file: &dyn SystemFile, offset: u64) -> io::Result<Self> {
        let mut bytes = vec![0; PAGE];
        let read = file.read_at(&mut bytes, offset)?;
        bytes.truncate(read);
        Ok(Self { offset, bytes })
    }

    /// Copies what the page has from an offset; `None` if it is another page or ends before.
    fn copy(&self, start: u64, offset: u64, buffer: &mut [u8]) -> Option<usize> {
        let inside = usize::try_from(offset - start).ok().filter(|_| self.offset == start)?;
        let rest = self.bytes.get(inside..).filter(|rest| !rest.is_empty() || buffer.is_empty())?;
        let length = rest.len().min(buffer.len());
        buffer.get_mut(..length)?.copy_from_slice(rest.get(..length)?);
        Some(length)
    }
}

#[cfg(test)]
mod tests {
    use super::{PAGE, PagedFile};
    use pasu_system::SystemFile;
    use std::io;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Bytes, and how often they were asked for.
    struct Counted(Vec<u8>, Arc<AtomicUsize>);

    impl SystemFile for Counted {
        fn size(&self) -> u64 {
            self.0.len() as u64
        }

        fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
            self.1.fetch_add(1, Ordering::Relaxed);
            let start = usize::try_from(offset).unwrap().min(self.0.len());
            let length = buffer.len().min(self.0.len() - start);
            buffer[..length].copy_from_slice(&self.0[start..start + length]);
            Ok(length)
        }
    }

    #[test]
    fn reads_give_the_bytes_of_the_file() {
        let bytes: Vec<u8> = (0..3 * PAGE + 100).map(|at| (at % 251) as u8).collect();
        let file = PagedFile::new(Box::new(Counted(bytes.clone(), Arc::default())));
        for offset in [0, 1, PAGE - 1, PAGE, 3 * PAGE - 7, 3 * PAGE + 90, bytes.len(), 5 * PAGE] {
            for length in [0, 1, 64, PAGE - 1, PAGE, 2 * PAGE] {
                let mut buffer = vec![0; length];
                let mut filled = 0;
                loop {
                    let at = (offset + filled) as u64;
                    match file.read_at(&mut buffer[filled..], at).unwrap() {
                        0 => break,
                        read => filled += read,
                    }
                }
                let end = (offset + length).min(bytes.len());
                assert_eq!(&buffer[..filled], &bytes[offset.min(end)..end], "{length} at {offset}");
            }
        }
        assert_eq!(file.read_all(1 << 20).unwrap(), bytes);
    }

    #[test]
    fn the_same_places_are_read_once() {
        let reads = Arc::new(AtomicUsize::new(0));
        let file = PagedFile::new(Box::new(Counted(vec![7; 10 * PAGE], Arc::clone(&reads))));
        for offset in [0, 0, 16, 9 * PAGE as u64, 9 * PAGE as u64 + 300, 0, 9 * PAGE as u64] {
            assert_eq!(file.read_at(&mut [0; 64], offset).unwrap(), 64);
        }
        assert_eq!(reads.load(Ordering::Relaxed), 2);
    }
}
