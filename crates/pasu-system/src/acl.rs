//! POSIX access control lists, which may give what the mode bits seem to withhold.

use std::io;

/// The extended attribute in which Linux keeps the access list (`linux/posix_acl_xattr.h`).
pub(crate) const ATTRIBUTE: &str = "system.posix_acl_access";

/// Entries beyond this are refused: file systems hold far fewer.
const MAX_ENTRIES: usize = 8192;

/// Whom an entry is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AclTag {
    /// The owner, as the mode's first digit.
    Owner,
    /// A user by number.
    User(u32),
    /// The owning group.
    OwningGroup,
    /// A group by number.
    Group(u32),
    /// The most that users by number and all groups get.
    Mask,
    /// Everybody else, as the mode's last digit.
    Other,
}

/// One entry of an access list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AclEntry {
    /// Whom it is for.
    pub tag: AclTag,
    /// What it allows: 4 read, 2 write, 1 execute.
    pub permissions: u8,
}

/// The access list of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Acl {
    /// In the order of the kernel.
    pub entries: Vec<AclEntry>,
}

impl Acl {
    /// Reads the attribute's bytes: a version of four bytes, then entries of eight, little-endian.
    pub fn parse(bytes: &[u8]) -> io::Result<Self> {
        let malformed = |what| io::Error::new(io::ErrorKind::InvalidData, what);
        let entries = match bytes.split_first_chunk::<4>() {
            Some(([2, 0, 0, 0], entries)) if entries.len().is_multiple_of(8) => entries,
            _ => return Err(malformed("an access list of unknown form")),
        };
        if entries.len() / 8 > MAX_ENTRIES {
            return Err(malformed("an access list of absurd length"));
        }
        let entry = |bytes: &[u8]| {
            let short = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
            let id = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
            let tag = match short(0) {
                0x01 => AclTag::Owner,
                0x02 => AclTag::User(id),
                0x04 => AclTag::OwningGroup,
                0x08 => AclTag::Group(id),
                0x10 => AclTag::Mask,
                0x20 => AclTag::Other,
                _ => return Err(malformed("an access list with an unknown tag")),
            };
            Ok(AclEntry { tag, permissions: bytes[2] & 7 })
        };
        Ok(Self { entries: entries.chunks_exact(8).map(entry).collect::<io::Result<_>>()? })
    }

    /// The attribute's bytes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![2, 0, 0, 0];
        for entry in &self.entries {
            let (tag, id): (u16, u32) = match entry.tag {
                AclTag::Owner => (0x01, u32::MAX),
                AclTag::User(id) => (0x02, id),
                AclTag::OwningGroup => (0x04, u32::MAX),
                AclTag::Group(id) => (0x08, id),
                AclTag::Mask => (0x10, u32::MAX),
                AclTag::Other => (0x20, u32::MAX),
            };
            bytes.extend(tag.to_le_bytes());
            bytes.extend(u16::from(entry.permissions).to_le_bytes());
            bytes.extend(id.to_le_bytes());
        }
        bytes
    }

    /// The list after `chmod`, as the kernel makes it: the mode's middle digit is the mask where there is one.
    pub(crate) fn with_mode(mut self, mode: u32) -> Self {
        let masked = self.entries.iter().any(|entry| entry.tag == AclTag::Mask);
        for entry in &mut self.entries {
            let digit = match entry.tag {
                AclTag::Owner => mode >> 6,
                AclTag::Mask => mode >> 3,
                AclTag::OwningGroup if !masked => mode >> 3,
                AclTag::Other => mode,
                _ => continue,
            };
            entry.permissions = (digit & 7) as u8;
        }
        self
    }

    /// What the owning group really gets, which the mode's middle digit does not say while there is a mask.
    pub(crate) fn owning_group(&self) -> Option<u8> {
        let entry = self.entries.iter().find(|entry| entry.tag == AclTag::OwningGroup)?;
        Some(self.effective(entry))
    }

    /// What an entry really gives: the mask limits all but the owner and the others.
    #[must_use]
    pub fn effective(&self, entry: &AclEntry) -> u8 {
        let mask = self.entries.iter().find(|entry| entry.tag == AclTag::Mask);
        match (entry.tag, mask) {
            (AclTag::User(_) | AclTag::Group(_) | AclTag::OwningGroup, Some(mask)) => {
                entry.permissions & mask.permissions
            }
            _ => entry.permissions,
        }
    }

    /// The entries for users and groups by number, which mode bits do not show, with what they really give.
    pub fn named(&self) -> impl Iterator<Item = (AclTag, u8)> {
        self.entries
            .iter()
            .filter(|entry| matches!(entry.tag, AclTag::User(_) | AclTag::Group(_)))
            .map(|entry| (entry.tag, self.effective(entry)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Acl, AclTag};

    /// What `setfacl -m u:33:rw,m::r` makes of a file of mode 0640.
    const BYTES: [u8; 44] = [
        2, 0, 0, 0, //
        1, 0, 6, 0, 255, 255, 255, 255, //
        2, 0, 6, 0, 33, 0, 0, 0, //
        4, 0, 4, 0, 255, 255, 255, 255, //
        16, 0, 4, 0, 255, 255, 255, 255, //
        32, 0, 0, 0, 255, 255, 255, 255,
    ];

    #[test]
    fn the_mask_limits_what_a_named_user_gets() {
        let acl = Acl::parse(&BYTES).unwrap();
        assert_eq!(acl.named().collect::<Vec<_>>(), [(AclTag::User(33), 4)]);
    }

    #[test]
    fn bytes_come_back_and_a_new_mode_moves_the_mask() {
        let acl = Acl::parse(&BYTES).unwrap();
        assert_eq!(acl.to_bytes(), BYTES);
        assert_eq!(acl.owning_group(), Some(4));
        // What `chmod 700` leaves of it, as getfacl shows: user::rwx, user:33:rw-, group::r--, mask::---, other::---.
        let permissions: Vec<_> =
            acl.with_mode(0o700).entries.iter().map(|entry| entry.permissions).collect();
        assert_eq!(permissions, [7, 6, 4, 0, 0]);
    }

    #[test]
    fn other_forms_are_refused() {
        for length in 0..BYTES.len() {
            let whole = length >= 4 && (length - 4).is_multiple_of(8);
            assert_eq!(Acl::parse(&BYTES[..length]).is_ok(), whole, "{length} bytes");
        }
        assert!(Acl::parse(&[2, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0]).is_err());
    }
}
