//! Signatures of Alpine: RSA over the bytes of an index or of a package's control, by one of the keys in
//! `/etc/apk/keys`.

use super::keys::{NotSigned, base64};
use pasu_system::System;
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, RsaParameters,
    UnparsedPublicKey,
};
use std::path::{Path, PathBuf};

/// Bytes of one key file.
const MAX_KEY: u64 = 1 << 20;

/// The keys, by the names that signatures give them.
#[derive(Debug, Clone, Default)]
pub(super) struct RsaKeys(Vec<(String, Vec<u8>)>);

impl RsaKeys {
    /// Those of the image, and those given.
    pub fn read(system: &dyn System, given: &[PathBuf]) -> Self {
        let mut keys = Self::default();
        for folder in ["/etc/apk/keys", "/usr/share/apk/keys", "/lib/apk/keys"] {
            for (name, _) in system.read_dir(Path::new(folder)).unwrap_or_default() {
                if let Ok(bytes) = system.read(&Path::new(folder).join(&name), MAX_KEY) {
                    keys.add(&name, &bytes);
                }
            }
        }
        for path in given {
            if let (Some(name), Ok(bytes)) = (path.file_name(), std::fs::read(path)) {
                keys.add(Path::new(name), &bytes);
            }
        }
        keys
    }

    fn add(&mut self, name: &Path, pem: &[u8]) {
        if let Some(key) = std::str::from_utf8(pem).ok().and_then(public_key) {
            self.0.push((name.to_string_lossy().into_owned(), key));
        }
    }

    /// Checks a signature (`SIGN.RSA.name`, `SIGN.RSA256.name`); gives the key's name.
    pub fn check(
        &self,
        signature: Option<&(String, Vec<u8>)>,
        signed: &[u8],
    ) -> Result<String, NotSigned> {
        let unknown = |why: String| Err(NotSigned::Unknown(why));
        let Some((name, signature)) = signature else {
            return unknown("it is not signed".to_owned());
        };
        let (algorithm, key): (&RsaParameters, &str) =
            if let Some(key) = name.strip_prefix("SIGN.RSA.") {
                // What apk-tools 2 writes; the sums inside are SHA-1 as well.
                (&RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, key)
            } else if let Some(key) = name.strip_prefix("SIGN.RSA256.") {
                (&RSA_PKCS1_2048_8192_SHA256, key)
            } else {
                return unknown(format!("it is signed in a way that is not known: {name}"));
            };
        let mut keys = self.0.iter().filter(|(known, _)| known == key).peekable();
        if keys.peek().is_none() {
            return unknown(format!("it is signed by {key}, a key that the image does not trust"));
        }
        let good = keys.any(|(_, bytes)| {
            UnparsedPublicKey::new(algorithm, bytes).verify(signed, signature).is_ok()
        });
        if good { Ok(key.to_owned()) } else { Err(NotSigned::Changed) }
    }
}

/// The RSA key in a PEM file: `SubjectPublicKeyInfo` (RFC 5280) holds a sequence that names the algorithm, and a bit
/// string with the key.
fn public_key(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN PUBLIC KEY-----")?;
    let der = base64(rest.split("-----END").next()?);
    let (info, _) = element(&der, 0x30)?;
    let (_, rest) = element(info, 0x30)?;
    let (bits, _) = element(rest, 0x03)?;
    // The first byte says how many bits at the end do not count.
    bits.strip_prefix(&[0]).map(<[u8]>::to_vec)
}

/// The content of a DER element with a tag, and what follows it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let [found, first, rest @ ..] = bytes else { return None };
    if *found != tag {
        return None;
    }
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::RsaKeys;
    use pasu_system::MemorySystem;

    /// Made with `openssl genrsa 2048` and `openssl dgst -sha1 -sign` over the text `index`.
    const KEY: &str = include_str!("testdata/test@example.rsa.pub");
    const SIGNATURE: &[u8] = include_bytes!("testdata/index.sha1");

    #[test]
    fn only_a_good_signature_by_a_known_key_counts() {
        let system = MemorySystem::new().with_file("/etc/apk/keys/test@example.rsa.pub", KEY);
        let keys = RsaKeys::read(&system, &[]);
        let check = |name: &str, bytes: &[u8], signature: &[u8]| {
            keys.check(Some(&(name.to_owned(), signature.to_vec())), bytes)
        };
        let name = "SIGN.RSA.test@example.rsa.pub";
        assert_eq!(check(name, b"index", SIGNATURE).as_deref(), Ok("test@example.rsa.pub"));
        assert!(check(name, b"Index", SIGNATURE).is_err());
        assert!(check("SIGN.RSA256.test@example.rsa.pub", b"index", SIGNATURE).is_err());
        assert!(check("SIGN.RSA.other.rsa.pub", b"index", SIGNATURE).is_err());
        assert!(check("SIGN.DSA.test@example.rsa.pub", b"index", SIGNATURE).is_err());
        assert!(keys.check(None, b"index").is_err());
    }
}
