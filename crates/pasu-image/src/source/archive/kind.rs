//! What a file is that is no archive of images: people name the wrong one.

use crate::error::ImageError;

/// First bytes, what has them, and what to do with it.
const KINDS: [(&[u8], &str); 12] = [
    (b"\x7fELF", "a program; hint: pasu rootfs DIR looks at programs in a folder"),
    (b"PK\x03\x04", "a zip or JAR archive; hint: pasu rootfs DIR looks into those in a folder"),
    (b"\xfd7zXZ\0", "compressed with xz; hint: unxz it first"),
    (b"BZh", "compressed with bzip2; hint: bunzip2 it first"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"hsqs", "a squashfs file system; hint: mount it, and pasu rootfs DIR"),
    (b"QFI\xfb", "a disk of a virtual machine (qcow2); hint: mount it, and pasu rootfs DIR"),
    (b"KDMV", "a disk of a virtual machine (VMDK); hint: mount it, and pasu rootfs DIR"),
    (b"!<arch>", "a Debian package or static library"),
    (b"\xed\xab\xee\xdb", "an RPM package"),
    (b"SQLite format 3", "an SQLite database"),
    (b"#!", "a script"),
];

/// Refuses a file by what it looks like.
pub(super) fn refuse(place: &str, head: &[u8]) -> ImageError {
    let known = KINDS.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, what)| *what);
    let first = head.iter().find(|byte| !byte.is_ascii_whitespace());
    let what = match (known, first) {
        (Some(what), _) => what,
        (None, None) => "empty",
        (None, Some(b'{' | b'[')) => "JSON; hint: pasu sbom FILE reads bills of materials",
        (None, Some(_)) => "neither a tar archive nor compressed with gzip or zstd",
    };
    ImageError::Unsupported {
        place: place.to_owned(),
        problem: format!("no archive of an image: it is {what}"),
    }
}
