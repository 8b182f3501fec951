//! The keys and signatures of databases: Ed25519 over the bytes of the whole file, nothing added.
//!
//! A public key is 64 hexadecimal digits, alone or in a file. A secret one is a file with one line,
//! `pasu-secret-key:` and 64 digits (the seed of RFC 8032). A signature is 64 bytes, or 128 digits in a file.
//! So other tools can make and check them too, `openssl pkeyutl -rawin` for one.

use crate::hex;
use anyhow::{Context, Result, anyhow, bail};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What a line with a secret key begins with, so that nobody hands it out as the public one.
const SECRET: &str = "pasu-secret-key:";
/// The largest key or signature file that is read, in bytes.
pub const MAX_FILE: u64 = 4 << 10;

/// A key that signatures are checked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Reads `--key`: the digits, or the name of a file with them.
    pub fn parse(text: &str) -> Result<Self> {
        if let Some(bytes) = hex::decode(text.trim().as_bytes()) {
            return Ok(Self(bytes));
        }
        if text.contains(SECRET) {
            bail!("this is a secret key; the public one is needed here");
        }
        let path = Path::new(text);
        let content = read_file(path).with_context(|| {
            format!("the key is neither 64 hexadecimal digits nor a file that can be read: {text}")
        })?;
        if content.trim_ascii().starts_with(SECRET.as_bytes()) {
            bail!("{text} holds a secret key; the public one is needed here ({text}.pub)");
        }
        let bytes = hex::decode(content.trim_ascii())
            .with_context(|| format!("{text}: not a public key of 64 hexadecimal digits"))?;
        Ok(Self(bytes))
    }

    /// Checks a signature over bytes.
    pub fn verify(&self, bytes: &[u8], signature: &[u8; 64]) -> Result<()> {
        UnparsedPublicKey::new(&ED25519, self.0)
            .verify(bytes, signature)
            .map_err(|_| anyhow!("the signature is not one of the trusted key over this file"))
    }

    /// Its digits.
    pub fn digits(&self) -> String {
        hex::encode(&self.0)
    }
}

/// A key that signs. It has no `Debug`: it is never shown.
pub struct SecretKey {
    pair: Ed25519KeyPair,
    seed: [u8; 32],
}

impl SecretKey {
    /// A new one.
    pub fn generate() -> Result<Self> {
        let mut seed = [0; 32];
        SystemRandom::new()
            .fill(&mut seed)
            .map_err(|_| anyhow!("the system gives no random numbers"))?;
        Self::from_seed(seed)
    }

    /// Reads a file that nobody else may read.
    pub fn read(path: &Path) -> Result<Self> {
        let shown = path.display();
        let mode = fs::metadata(path).with_context(|| format!("cannot read {shown}"))?.mode();
        if mode & 0o077 != 0 {
            bail!("{shown}: others may read this secret key; hint: chmod 600 {shown}");
        }
        let content = read_file(path).with_context(|| format!("cannot read {shown}"))?;
        let digits = content.trim_ascii().strip_prefix(SECRET.as_bytes());
        let seed = digits
            .and_then(hex::decode)
            .with_context(|| format!("{shown}: not a secret key made by `pasu db keygen`"))?;
        Self::from_seed(seed)
    }

    fn from_seed(seed: [u8; 32]) -> Result<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed)
            .map_err(|error| anyhow!("not a key: {error}"))?;
        Ok(Self { pair, seed })
    }

    /// The text of its file.
    pub fn file_text(&self) -> String {
        format!("{SECRET}{}\n", hex::encode(&self.seed))
    }

    /// The key that checks what this one signs.
    pub fn public(&self) -> Result<PublicKey> {
        let bytes = self.pair.public_key().as_ref().try_into().context("not an Ed25519 key")?;
        Ok(PublicKey(bytes))
    }

    /// The text of a signature file.
    pub fn sign(&self, bytes: &[u8]) -> String {
        format!("{}\n", hex::encode(self.pair.sign(bytes).as_ref()))
    }
}

/// Reads a signature file: 64 bytes, or 128 hexadecimal digits.
pub fn read_signature(path: &Path) -> Result<[u8; 64]> {
    let content = read_file(path)?;
    if let Ok(raw) = content.as_slice().try_into() {
        return Ok(raw);
    }
    hex::decode(content.trim_ascii())
        .context("not a signature: it should be 64 bytes or 128 hexadecimal digits")
}

fn read_file(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path)?.take(MAX_FILE).read_to_end(&mut content)?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, section 7.1, test 2.
    const SEED: &str = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
    const PUBLIC: &str = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    const SIGNATURE: &str = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

    #[test]
    fn keys_and_signatures_are_those_of_the_standard() {
        let key = SecretKey::from_seed(hex::decode(SEED.as_bytes()).unwrap()).unwrap();
        assert_eq!(key.public().unwrap().digits(), PUBLIC);
        assert_eq!(key.sign(b"\x72"), format!("{SIGNATURE}\n"));
        let signature = hex::decode(SIGNATURE.as_bytes()).unwrap();
        let public = PublicKey::parse(PUBLIC).unwrap();
        assert!(public.verify(b"\x72", &signature).is_ok());
        assert!(public.verify(b"\x73", &signature).is_err());
        assert!(PublicKey::parse(&"0".repeat(64)).unwrap().verify(b"\x72", &signature).is_err());
    }

    #[test]
    fn a_secret_key_is_not_taken_for_a_public_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("k");
        fs::write(&file, SecretKey::generate().unwrap().file_text()).unwrap();
        let error = PublicKey::parse(file.to_str().unwrap()).unwrap_err().to_string();
        assert!(error.contains("secret key"), "{error}");
        assert!(PublicKey::parse(&format!("{SECRET}{SEED}")).is_err());
        assert!(PublicKey::parse("abc").is_err());
    }
}
