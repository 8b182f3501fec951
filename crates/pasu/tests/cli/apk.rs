//! A repository of Alpine's, made by hand: packages, their index, and its signature.

use crate::images::{Pack, Tar, pack};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use std::path::{Path, PathBuf};

/// The key's name, as images have it in `/etc/apk/keys`.
pub const KEY: &str = "test@pasu.rsa.pub";

/// A file of `tests/data/apk`.
pub fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/apk").join(name)
}

/// A package in an index.
pub struct Apk {
    name: String,
    version: String,
    /// The file.
    pub bytes: Vec<u8>,
    checksum: String,
}

impl Apk {
    pub fn new(name: &str, version: &str, files: Tar) -> Self {
        let data = pack(&files.build(), Pack::Gzip);
        let info = format!(
            "pkgname = {name}\npkgver = {version}\narch = x86_64\norigin = openssl\nsize = 9\n\
             builddate = 1700000000\ndatahash = {}\n",
            hex(digest(&SHA256, &data).as_ref())
        );
        let control = Tar::new().file(".PKGINFO", info).build();
        // Apk's members but the last have no end-of-archive blocks.
        let control = pack(&control[..control.len() - 1024], Pack::Gzip);
        let checksum =
            format!("Q1{}", base64(digest(&SHA1_FOR_LEGACY_USE_ONLY, &control).as_ref()));
        let bytes = [control, data].concat();
        Self { name: name.into(), version: version.into(), bytes, checksum }
    }

    fn stanza(&self) -> String {
        let Self { name, version, bytes, checksum } = self;
        let size = bytes.len();
        format!("C:{checksum}\nP:{name}\nV:{version}\nA:x86_64\nS:{size}\nI:9\nT:T\no:openssl\n\n")
    }
}

/// An index that nobody has signed.
pub fn index(packages: &[&Apk]) -> Vec<u8> {
    let stanzas: String = packages.iter().map(|package| package.stanza()).collect();
    pack(&Tar::new().file("DESCRIPTION", "test").file("APKINDEX", stanzas).build(), Pack::Gzip)
}

/// The same with a signature before it that bears a name.
pub fn signed(index: &[u8], key: &str) -> Vec<u8> {
    let pair = PrivateKeyDer::from_pem_file(data("test@pasu.rsa.key")).unwrap();
    let pair = RsaKeyPair::from_pkcs8(pair.secret_der()).unwrap();
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), index, &mut signature).unwrap();
    let tar = Tar::new().file(&format!(".SIGN.RSA256.{key}"), signature).build();
    [pack(&tar[..tar.len() - 1024], Pack::Gzip), index.to_vec()].concat()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | usize::from(*chunk.get(at).unwrap_or(&0)));
        for at in 0..4 {
            let letter = char::from(ALPHABET[bits >> (18 - 6 * at) & 63]);
            text.push(if at <= chunk.len() { letter } else { '=' });
        }
    }
    text
}
