//! Signatures of package indexes: OpenPGP, checked by the `gpgv` or `sqv` of this machine with the keys of the image.
//!
//! No OpenPGP in Rust is linked: the kept crates either bring some 130 others, among them `rsa` with RUSTSEC-2023-0071
//! (rPGP), or are under the LGPL (Sequoia). What is checked here is small: one file, one signature, given keys.

use crate::error::ImageError;
use pasu_system::{System, ToolCall};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Bytes of one key file.
const MAX_KEYS: u64 = 16 << 20;

/// A file and what signs it.
pub(super) enum Signed<'a> {
    /// `InRelease`: the text with its signature around it.
    Inline(&'a [u8]),
    /// `Release` and `Release.gpg`.
    Detached(&'a [u8], &'a [u8]),
}

/// Key files, ready for the tool.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys(Vec<Vec<u8>>);

impl Keys {
    /// Reads a key file of the image, binary or armoured.
    pub fn add_file(&mut self, system: &dyn System, path: &Path) {
        if let Ok(bytes) = system.read(path, MAX_KEYS) {
            self.add(&bytes);
        }
    }

    /// Adds keys, binary or armoured.
    pub fn add(&mut self, bytes: &[u8]) {
        let bytes = match std::str::from_utf8(bytes) {
            Ok(text) if text.contains("-----BEGIN PGP PUBLIC KEY BLOCK-----") => dearmour(text),
            _ => bytes.to_vec(),
        };
        if !bytes.is_empty() && !self.0.contains(&bytes) {
            self.0.push(bytes);
        }
    }

    /// All key files in the places where apt's are.
    pub fn of_image(system: &dyn System) -> Self {
        let mut keys = Self::default();
        keys.add_file(system, Path::new("/etc/apt/trusted.gpg"));
        for folder in ["/etc/apt/trusted.gpg.d", "/etc/apt/keyrings", "/usr/share/keyrings"] {
            let mut names = system.read_dir(Path::new(folder)).unwrap_or_default();
            names.sort();
            for (name, _) in names {
                let extension = name.extension().and_then(|extension| extension.to_str());
                let removed = name.to_string_lossy().contains("removed");
                if matches!(extension, Some("gpg" | "pgp" | "asc")) && !removed {
                    keys.add_file(system, &Path::new(folder).join(name));
                }
            }
        }
        keys
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Why a signature vouches for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NotSigned {
    /// A known key has signed something else: the file was changed.
    Changed,
    /// Nobody who is trusted has signed it, or that cannot be told.
    Unknown(String),
}

impl std::fmt::Display for NotSigned {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Changed => "its signature is wrong: it was changed after it was signed",
            Self::Unknown(why) => why,
        })
    }
}

impl From<std::io::Error> for NotSigned {
    fn from(error: std::io::Error) -> Self {
        Self::Unknown(error.to_string())
    }
}

/// Checks a signature; gives the text that is signed, and the fingerprint of the key.
pub(super) fn check(
    host: &dyn System,
    keys: &Keys,
    signed: &Signed<'_>,
    scratch: &Path,
) -> Result<(Vec<u8>, String), NotSigned> {
    if keys.is_empty() {
        let why = "the image has no keys of its archive; hint: --keyring FILE";
        return Err(NotSigned::Unknown(why.to_owned()));
    }
    let folder = tempfile::tempdir_in(scratch)?;
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        let written = std::fs::File::create(&path).and_then(|mut file| file.write_all(bytes));
        written.map(|()| path).map_err(NotSigned::from)
    };
    let mut rings = Vec::new();
    for (number, bytes) in keys.0.iter().enumerate() {
        rings.push(put(&format!("{number}.gpg"), bytes)?);
    }
    let output = folder.path().join("text");
    let files = match signed {
        Signed::Inline(bytes) => vec![put("signed", bytes)?],
        Signed::Detached(text, signature) => {
            vec![put("signature", signature)?, put("signed", text)?]
        }
    };
    let key =
        match gpgv(host, &rings, &files, matches!(signed, Signed::Inline(_)).then_some(&output)) {
            Err(Failure::Missing) if files.len() == 2 => sqv(host, &rings, &files),
            answer => answer,
        };
    let key = key.map_err(|failure| match failure {
        Failure::Missing => NotSigned::Unknown(
            "neither gpgv nor sqv is installed on this machine, and without them no signature can be checked; \
             hint: apt-get install gpgv, or --allow-unsigned"
                .to_owned(),
        ),
        Failure::Bad => NotSigned::Changed,
        Failure::Refused(why) => NotSigned::Unknown(why),
    })?;
    let text = match signed {
        // Only what the tool says it checked counts, not what stands around it.
        Signed::Inline(_) => std::fs::read(&output)?,
        Signed::Detached(text, _) => text.to_vec(),
    };
    Ok((text, key))
}

enum Failure {
    Missing,
    Bad,
    Refused(String),
}

fn gpgv(
    host: &dyn System,
    rings: &[PathBuf],
    files: &[PathBuf],
    output: Option<&PathBuf>,
) -> Result<String, Failure> {
    let mut arguments = vec!["--status-fd", "1", "--homedir", "/nonexistent"];
    let shown: Vec<&str> = rings.iter().filter_map(|ring| ring.to_str()).collect();
    for ring in &shown {
        arguments.extend(["--keyring", ring]);
    }
    if let Some(output) = output.and_then(|output| output.to_str()) {
        arguments.extend(["--output", output]);
    }
    arguments.extend(files.iter().filter_map(|file| file.to_str()));
    let answer = ask(host, "gpgv", &arguments)?;
    // A Release file has several signatures, and gpgv fails when a key of one of them is missing: each line counts.
    let lines = || answer.lines().filter_map(|line| line.strip_prefix("[GNUPG:] "));
    let bad = lines().find(|line| line.starts_with("BADSIG"));
    if bad.is_some() {
        return Err(Failure::Bad);
    }
    let mut good = false;
    for line in lines() {
        match line.split(' ').next() {
            Some("GOODSIG") => good = true,
            Some("EXPKEYSIG" | "REVKEYSIG" | "EXPSIG" | "ERRSIG") => good = false,
            Some("VALIDSIG") if good => {
                return Ok(line.split(' ').nth(1).unwrap_or_default().to_owned());
            }
            _ => {}
        }
    }
    let expired = lines().any(|line| line.starts_with("EXPKEYSIG"));
    Err(Failure::Refused(if expired {
        "it is signed by a key that has expired".to_owned()
    } else {
        "it is signed by none of the keys that the image trusts".to_owned()
    }))
}

fn sqv(host: &dyn System, rings: &[PathBuf], files: &[PathBuf]) -> Result<String, Failure> {
    // One after the other: sqv wants a number of good signatures over all key rings.
    let mut arguments = Vec::new();
    for ring in rings.iter().filter_map(|ring| ring.to_str()) {
        arguments.extend(["--keyring", ring]);
    }
    arguments.extend(files.iter().filter_map(|file| file.to_str()));
    let answer = ask(host, "sqv", &arguments)?;
    let key = answer.lines().next().unwrap_or_default().trim();
    if key.len() >= 40 && key.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(key.to_owned());
    }
    Err(Failure::Refused("it is signed by none of the keys that the image trusts".to_owned()))
}

fn ask(host: &dyn System, program: &str, arguments: &[&str]) -> Result<String, Failure> {
    let call = ToolCall { program, arguments, timeout: Duration::from_secs(60), limit: 1 << 20 };
    match host.run(&call) {
        Ok(answer) => Ok(String::from_utf8_lossy(&answer.stdout).into_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Failure::Missing),
        Err(error) => Err(Failure::Refused(format!("{program}: {error}"))),
    }
}

/// The bytes in armoured key blocks (RFC 9580, section 6).
fn dearmour(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for block in text.split("-----BEGIN PGP PUBLIC KEY BLOCK-----").skip(1) {
        let block = block.split("-----END").next().unwrap_or_default();
        // Headers end with an empty line; in a field of deb822 that line is a dot. A checksum begins with `=`.
        let lines = block
            .lines()
            .skip(1)
            .map(str::trim)
            .skip_while(|line| !line.is_empty() && *line != ".");
        let lines = lines.skip_while(|line| line.is_empty() || *line == ".");
        let data: Vec<&str> = lines.take_while(|line| !line.starts_with('=')).collect();
        bytes.extend(base64(&data.concat()));
    }
    bytes
}

/// Reads base64; what is no letter of it is passed over.
pub(super) fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes() {
        let Some(value) = ALPHABET.iter().position(|known| *known == byte) else { continue };
        bits = bits << 6 | u32::try_from(value).unwrap_or(0);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).unwrap_or(0));
        }
    }
    bytes
}

/// An index that nothing vouches for.
pub(super) fn refused(place: &str, why: &NotSigned) -> ImageError {
    let hint = match why {
        NotSigned::Unknown(why) if !why.contains("hint:") => {
            "; hint: --keyring FILE with its key, or --allow-unsigned"
        }
        _ => "",
    };
    ImageError::Denied { place: place.to_owned(), problem: format!("{why}{hint}") }
}

#[cfg(test)]
mod tests {
    use super::{Keys, Signed, check, dearmour};
    use pasu_system::MemorySystem;

    #[test]
    fn armour_is_taken_off() {
        let text = "-----BEGIN PGP PUBLIC KEY BLOCK-----\nComment: x\n\nSGVs\nbG8=\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n";
        assert_eq!(dearmour(text), b"Hello");
    }

    #[test]
    fn without_keys_or_a_tool_nothing_is_good() {
        let scratch = tempfile::tempdir().unwrap();
        let host = MemorySystem::new().live();
        let signed = Signed::Detached(b"text", b"signature");
        let none = check(&host, &Keys::default(), &signed, scratch.path()).unwrap_err();
        assert!(none.to_string().contains("no keys"), "{none}");
        let mut keys = Keys::default();
        keys.add(b"key");
        let missing = check(&host, &keys, &signed, scratch.path());
        assert!(missing.is_err(), "{missing:?}");
    }
}
