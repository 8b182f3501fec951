//! Entries in the order in which they are kept: by their folders' numbers, then by their names. They come in any order and
//! are sorted by the ten thousand; such runs are packed, and merged in the end, so that a list of a million paths is never
//! unpacked as a whole.

use super::record::{Coder, Fields};
use super::segments::{PART, Segments};
use super::varint::{folded, put, take, unfolded};
use std::cmp::Ordering;

/// Entries that are sorted at once.
const RUN: usize = 1 << 14;

/// An entry on its way into the list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coming<'a> {
    /// The folder it lies in.
    pub folder: u32,
    /// Its place in the archive from 1; 0 for a folder that no item lists.
    pub turn: u32,
    /// Its name in the folder.
    pub name: &'a [u8],
    pub fields: Fields,
}

impl Coming<'_> {
    fn order(&self, other: &Self) -> Ordering {
        (self.folder, self.name, self.turn).cmp(&(other.folder, other.name, other.turn))
    }
}

/// An entry that is not yet packed.
#[derive(Debug)]
struct Raw {
    folder: u32,
    turn: u32,
    /// Where its name begins, and how long it is.
    name: (u32, u16),
    fields: Fields,
}

/// Entries by their order, as far as they came.
#[derive(Debug, Default)]
pub(super) struct Runs {
    raw: Vec<Raw>,
    names: Vec<u8>,
    packed: Vec<Segments>,
}

impl Runs {
    /// Adds an entry; `None` if there is no room for it.
    pub fn add(&mut self, entry: Coming<'_>) -> Option<()> {
        if self.raw.len() >= RUN {
            self.pack()?;
        }
        let start = u32::try_from(self.names.len()).ok()?;
        let name = (start, u16::try_from(entry.name.len()).ok()?);
        self.names.extend_from_slice(entry.name);
        let Coming { folder, turn, fields, .. } = entry;
        self.raw.push(Raw { folder, turn, name, fields });
        Some(())
    }

    /// Sets the first bytes of the entry that came last.
    pub fn set_head(&mut self, head: [u8; 4]) {
        if let Some(last) = self.raw.last_mut() {
            last.fields.head = Some(head);
        }
    }

    fn name(&self, raw: &Raw) -> &[u8] {
        let (start, length) = (raw.name.0 as usize, usize::from(raw.name.1));
        self.names.get(start..start + length).unwrap_or_default()
    }

    fn coming<'a>(&'a self, raw: &Raw) -> Coming<'a> {
        let Raw { folder, turn, fields, .. } = *raw;
        Coming { folder, turn, name: self.name(raw), fields }
    }

    fn sort(&mut self) {
        let mut raw = std::mem::take(&mut self.raw);
        // Archives go folder by folder, mostly in the order of names: of two sorted runs, one is soon made.
        raw.sort_by(|one, other| self.coming(one).order(&self.coming(other)));
        self.raw = raw;
    }

    /// Packs what came since the last time.
    fn pack(&mut self) -> Option<()> {
        self.sort();
        let mut packed = Segments::default();
        let (mut coder, mut piece) = (Coder::default(), Vec::new());
        let mut used = 0;
        let (mut folder, mut turn) = (0, 0);
        for raw in &self.raw {
            let entry = self.coming(raw);
            let before = piece.len();
            let write = |piece: &mut Vec<u8>, coder: &mut Coder, last: (u32, u32)| {
                put(piece, u64::from(entry.folder - last.0));
                put(piece, folded(i64::from(entry.turn) - i64::from(last.1)));
                coder.encode(piece, entry.name, &entry.fields);
            };
            write(&mut piece, &mut coder, (folder, turn));
            if piece.len() > PART {
                // Each part stands for itself.
                packed.push(piece.get(..before)?)?;
                used += 1;
                piece.clear();
                coder.restart();
                write(&mut piece, &mut coder, (0, 0));
            }
            (folder, turn) = (entry.folder, entry.turn);
        }
        packed.push(&piece)?;
        debug_assert_eq!(packed.parts().len(), used + 1);
        packed.shrink();
        self.packed.push(packed);
        self.raw.clear();
        self.names.clear();
        Some(())
    }

    /// Shows all entries in their order; `keep` says whether they are wanted once more. `None` if they cannot be read.
    pub fn each(
        &mut self,
        keep: bool,
        see: &mut dyn FnMut(Coming<'_>) -> Option<()>,
    ) -> Option<()> {
        if self.packed.is_empty() {
            self.sort();
            return self.raw.iter().try_for_each(|raw| see(self.coming(raw)));
        }
        if !self.raw.is_empty() {
            self.pack()?;
            (self.raw, self.names) = (Vec::new(), Vec::new());
        }
        let mut heap = Heap::default();
        for number in 0..self.packed.len() {
            let mut cursor = Cursor { run: number, ..Cursor::default() };
            if cursor.advance(&mut self.packed, keep)? {
                heap.push(cursor);
            }
        }
        while let Some(least) = heap.0.first_mut() {
            see(least.coming())?;
            if !least.advance(&mut self.packed, keep)? {
                heap.0.swap_remove(0);
            }
            heap.sink(0);
        }
        Some(())
    }
}

/// A place in a packed run.
#[derive(Debug, Default)]
struct Cursor {
    run: usize,
    part: usize,
    at: usize,
    folder: u32,
    turn: u32,
    fields: Fields,
    coder: Coder,
}

impl Cursor {
    fn coming(&self) -> Coming<'_> {
        let Self { folder, turn, fields, .. } = *self;
        Coming { folder, turn, name: &self.coder.name, fields }
    }

    /// Goes to the next entry; whether there is one, and `None` if it cannot be read.
    fn advance(&mut self, packed: &mut [Segments], keep: bool) -> Option<bool> {
        let run = packed.get_mut(self.run)?;
        if self.at >= run.parts().get(self.part).map_or(0, Vec::len) {
            if self.at > 0 {
                if !keep {
                    run.take(self.part);
                }
                (self.part, self.at) = (self.part + 1, 0);
                (self.folder, self.turn) = (0, 0);
                self.coder.restart();
            }
            if self.part >= run.parts().len() || run.parts().get(self.part)?.is_empty() {
                return Some(false);
            }
        }
        let part = run.parts().get(self.part)?;
        let mut rest = part.get(self.at..)?;
        let before = rest.len();
        self.folder += u32::try_from(take(&mut rest)?).ok()?;
        let turn = i64::from(self.turn) + unfolded(take(&mut rest)?);
        self.turn = u32::try_from(turn).ok()?;
        self.fields = self.coder.decode(&mut rest)?;
        self.at += before - rest.len();
        Some(true)
    }
}

/// The runs, that with the least entry first.
#[derive(Default)]
struct Heap(Vec<Cursor>);

impl Heap {
    fn push(&mut self, cursor: Cursor) {
        self.0.push(cursor);
        let mut at = self.0.len() - 1;
        while at > 0 && self.is_less(at, (at - 1) / 2) {
            self.0.swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
    }

    fn is_less(&self, one: usize, other: usize) -> bool {
        let pair = self.0.get(one).zip(self.0.get(other));
        pair.is_some_and(|(one, other)| one.coming().order(&other.coming()).is_lt())
    }

    /// Lets one go down to where it belongs.
    fn sink(&mut self, mut at: usize) {
        loop {
            let least = [2 * at + 1, 2 * at + 2]
                .into_iter()
                .fold(at, |least, child| if self.is_less(child, least) { child } else { least });
            if least == at {
                return;
            }
            self.0.swap(at, least);
            at = least;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of chance, the same each time.
    fn numbers() -> impl Iterator<Item = u64> {
        std::iter::successors(Some(1_u64), |number| {
            Some(
                number
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407),
            )
        })
        .map(|number| number >> 33)
    }

    #[test]
    fn entries_of_many_runs_come_in_their_order() {
        let mut runs = Runs::default();
        let mut expected = Vec::new();
        let count = u32::try_from(3 * RUN + 17).unwrap();
        for (turn, chance) in (1..=count).zip(numbers()) {
            let folder = u32::try_from(chance % 1000).unwrap();
            let name = format!("file-{}", chance / 1000 % 100_000);
            let fields = Fields { size: chance, offset: chance * 512, ..Fields::default() };
            runs.add(Coming { folder, turn, name: name.as_bytes(), fields }).unwrap();
            if turn % 3 == 0 {
                runs.set_head(turn.to_le_bytes());
            }
            expected.push((folder, name.into_bytes(), turn, chance));
        }
        expected.sort();
        for keep in [true, false] {
            let mut found = Vec::new();
            runs.each(keep, &mut |entry| {
                let head = (entry.turn % 3 == 0).then(|| entry.turn.to_le_bytes());
                assert_eq!(
                    (entry.fields.head, entry.fields.offset),
                    (head, entry.fields.size * 512)
                );
                found.push((entry.folder, entry.name.to_vec(), entry.turn, entry.fields.size));
                Some(())
            })
            .unwrap();
            assert!(found == expected);
        }
        assert_eq!(runs.packed.iter().map(Segments::memory).sum::<usize>(), 0, "given back");
    }
}
