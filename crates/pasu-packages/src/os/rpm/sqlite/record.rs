//! A row as SQLite stores it: the header's length, a serial type for each column, then the columns.

use crate::DetectError;

/// A row, split into its columns.
pub struct Record<'a> {
    columns: Vec<(u64, &'a [u8])>,
}

/// The tables that are read have five columns at most.
const MAX_COLUMNS: usize = 16;

impl<'a> Record<'a> {
    /// Splits a row.
    pub fn parse(row: &'a [u8]) -> Result<Self, DetectError> {
        Self::split(row).ok_or_else(|| DetectError::malformed("a row whose columns do not fit"))
    }

    fn split(row: &'a [u8]) -> Option<Self> {
        let (header, after) = varint(row)?;
        let taken = row.len() - after.len();
        let (mut types, mut body) = row.split_at_checked(usize::try_from(header).ok()?)?;
        types = types.get(taken..)?;
        let mut columns = Vec::new();
        while !types.is_empty() && columns.len() < MAX_COLUMNS {
            let (kind, rest) = varint(types)?;
            let (value, left) = body.split_at_checked(size(kind)?)?;
            columns.push((kind, value));
            (types, body) = (rest, left);
        }
        Some(Self { columns })
    }

    /// A column that holds text.
    pub fn text(&self, column: usize) -> Option<&'a [u8]> {
        let (kind, value) = self.columns.get(column)?;
        (*kind >= 13 && kind % 2 == 1).then_some(value)
    }

    /// A column that holds a blob.
    pub fn blob(&self, column: usize) -> Result<&'a [u8], DetectError> {
        match self.columns.get(column) {
            Some((kind, value)) if *kind >= 12 && kind % 2 == 0 => Ok(value),
            _ => Err(DetectError::malformed("a row without a blob")),
        }
    }

    /// A column that holds a number.
    pub fn integer(&self, column: usize) -> Option<i64> {
        let (kind, value) = self.columns.get(column)?;
        match kind {
            1..=6 => {
                let negative = value.first().is_some_and(|byte| byte & 0x80 != 0);
                let start = if negative { -1 } else { 0 };
                Some(value.iter().fold(start, |number, byte| (number << 8) | i64::from(*byte)))
            }
            8 => Some(0),
            9 => Some(1),
            _ => None,
        }
    }
}

/// The size of a value by its serial type.
fn size(kind: u64) -> Option<usize> {
    Some(match kind {
        0 | 8 | 9 => 0,
        1..=4 => usize::try_from(kind).ok()?,
        5 => 6,
        6 | 7 => 8,
        10 | 11 => return None,
        _ => usize::try_from((kind - 12) / 2).ok()?,
    })
}

/// A number of one to nine bytes, seven bits each, the ninth with all eight; and what follows it.
pub fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0u64;
    for (index, byte) in bytes.iter().take(9).enumerate() {
        if index == 8 {
            return Some(((number << 8) | u64::from(*byte), bytes.get(9..)?));
        }
        number = (number << 7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((number, bytes.get(index + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Record, varint};

    #[test]
    fn varints_have_one_to_nine_bytes() {
        let cases: [(&[u8], Option<u64>); 6] = [
            (&[0x7f], Some(127)),
            (&[0x81, 0x00], Some(128)),
            (&[0xff; 9], Some(u64::MAX)),
            (&[0x80; 9], Some(0x80)),
            (&[0x80], None),
            (&[], None),
        ];
        for (bytes, expected) in cases {
            assert_eq!(varint(bytes).map(|(number, _)| number), expected, "{bytes:?}");
        }
    }

    #[test]
    fn rows_are_split_by_their_types() {
        // (NULL, x'0102', 'ab', -2, 1)
        let row = [6, 0, 16, 17, 1, 9, 1, 2, b'a', b'b', 0xfe];
        let record = Record::parse(&row).unwrap();
        assert_eq!(record.blob(1).unwrap(), [1, 2]);
        assert_eq!(record.text(2), Some(&b"ab"[..]));
        assert_eq!((record.integer(3), record.integer(4)), (Some(-2), Some(1)));
        assert!(record.blob(0).is_err() && record.text(9).is_none());
        assert!(Record::parse(&row[..9]).is_err());
        assert!(Record::parse(&[200, 1]).is_err());
    }
}
