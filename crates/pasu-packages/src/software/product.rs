//! What is known of a product, as data.

/// A product and how its executables are told.
#[derive(Debug)]
pub struct Product {
    /// Its name in results.
    pub name: &'static str,
    /// Vendor and product under which the NVD files its vulnerabilities.
    pub cpes: &'static [(&'static str, &'static str)],
    /// How its executables and libraries are called.
    pub files: &'static [Name],
    /// Where its version stands.
    pub version: Mark,
    /// What else must be in the file.
    pub also: &'static [&'static str],
    /// What must not be in the file: a product of another maker grown from the same source.
    pub without: &'static [&'static str],
    /// How its versions are written.
    pub grammar: Grammar,
}

/// A file name.
#[derive(Debug)]
pub enum Name {
    /// A program, with a version behind or without: `php`, `php8.2`, `nginx-1.25.3`.
    Program(&'static str),
    /// A shared library, whatever stands between this and `.so`: `libcrypto.so.3`, `libcrypto-d21001fc.so.1.1`,
    /// `libcurl-gnutls.so.4.8.0`.
    Library(&'static str),
}

/// Where a version stands in the bytes.
#[derive(Debug)]
pub enum Mark {
    /// Right behind a text.
    After(&'static str),
    /// Right behind a text, with a date behind the version: `OpenSSL 3.0.13 30 Jan 2024`.
    AfterWithDate(&'static str),
    /// Between a NUL or a hyphen and a text: `10.11.6-MariaDB`.
    Before(&'static str),
    /// As a C string of its own with three numbers. Such a file also holds versions in which its commands or its
    /// libraries appeared; its own is the highest that begins with one of these numbers and agrees with the file's
    /// name.
    Highest(&'static [u32]),
}

/// How a product writes its versions.
#[derive(Debug)]
pub struct Grammar {
    /// How many numbers a whole version has at least: `Apache/2.4` names a series, `Apache/2.4.57` a version.
    pub numbers: usize,
    /// Letters belong to the version: OpenSSL's `1.0.2k`.
    pub letters: bool,
    /// Marker in the version and the word that the NVD writes for it, before a number: `p` in `9.2p1` is update `p1`.
    pub updates: &'static [(&'static str, &'static str)],
    /// Whether an update must be there: OpenSSH's list of old peers names `OpenSSH_7.4*` without.
    pub required: bool,
}

impl Grammar {
    /// Three numbers: `1.25.3`.
    pub const PLAIN: Self = Self { numbers: 3, letters: false, updates: &[], required: false };

    /// So many numbers and one of these updates or none.
    pub const fn new(numbers: usize, updates: &'static [(&'static str, &'static str)]) -> Self {
        Self { numbers, letters: false, updates, required: false }
    }
}
