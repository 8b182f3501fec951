//! Installed packages of Alpine, Wolfi and Chainguard: apk's `installed` database.
//!
//! ```text
//! P:libcrypto3
//! V:3.1.4-r5
//! A:x86_64
//! L:Apache-2.0
//! o:openssl
//! ```
//!
//! Stanzas are parted by empty lines. After the package's fields come its files (`F:` a directory, `R:` a file in it).

use super::depends::Relations;
use super::{Damage, detected, is_token};
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::{Package, PackageSet, PackageType, SourcePackage};

/// Where the database is; since apk 3 on a merged `/usr` the second.
pub const DATABASES: [&str; 2] = ["/lib/apk/db/installed", "/usr/lib/apk/db/installed"];

/// apk's `installed` database.
pub struct Installed;

impl Detector for Installed {
    fn id(&self) -> &'static str {
        "os/apk-installed"
    }

    fn scope(&self) -> Scope {
        Scope::Installed
    }

    fn interest(&self) -> Interest {
        Interest { paths: &DATABASES, ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        let bytes = file.bytes()?;
        let mut damage = Damage::default();
        let packages = packages(bytes, &mut damage);
        Ok(detected(file, PackageType::Apk, packages, damage))
    }
}

/// The fields of one stanza that matter, as written.
#[derive(Default)]
struct Stanza<'a> {
    line: usize,
    name: &'a [u8],
    version: &'a [u8],
    arch: &'a [u8],
    origin: &'a [u8],
    license: &'a [u8],
    maintainer: &'a [u8],
    depends: &'a [u8],
    provides: &'a [u8],
}

fn packages(bytes: &[u8], damage: &mut Damage) -> Vec<Package> {
    let mut found = Found::default();
    let mut stanza: Option<Stanza<'_>> = None;
    for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        match line {
            [] => found.take(stanza.take(), damage),
            [key, b':', value @ ..] => {
                let begun = || Stanza { line: number + 1, ..Stanza::default() };
                stanza.get_or_insert_with(begun).take_field(*key, value);
            }
            _ => damage.add(|| format!("line {}: not a field", number + 1)),
        }
    }
    found.take(stanza, damage);
    found.relations.resolve(&mut found.packages);
    found.packages
}

impl<'a> Stanza<'a> {
    fn take_field(&mut self, key: u8, value: &'a [u8]) {
        match key {
            b'P' => self.name = value,
            b'V' => self.version = value,
            b'A' => self.arch = value,
            b'o' => self.origin = value,
            b'L' => self.license = value,
            b'm' => self.maintainer = value,
            b'D' => self.depends = value,
            b'p' => self.provides = value,
            _ => {}
        }
    }
}

/// The packages so far and what they say about each other.
#[derive(Default)]
struct Found {
    packages: Vec<Package>,
    relations: Relations,
}

impl Found {
    fn take(&mut self, stanza: Option<Stanza<'_>>, damage: &mut Damage) {
        let Some(stanza) = stanza else { return };
        let Some(package) = package(&stanza, damage) else { return };
        let index = self.packages.len();
        self.packages.push(package);
        self.relations.provide(index, stanza.name);
        for name in relation_names(stanza.provides) {
            self.relations.provide(index, name);
        }
        for name in relation_names(stanza.depends) {
            self.relations.require(index, name);
        }
    }
}

/// The names in `so:libc.musl-x86_64.so.1 busybox>=1.36 !conflicting`.
fn relation_names(field: &[u8]) -> impl Iterator<Item = &[u8]> {
    field.split(|byte| *byte == b' ').filter(|relation| !relation.starts_with(b"!")).filter_map(
        |relation| {
            let end = |byte: &u8| matches!(byte, b'=' | b'<' | b'>' | b'~');
            relation.split(end).next().filter(|name| !name.is_empty())
        },
    )
}

fn package(stanza: &Stanza<'_>, damage: &mut Damage) -> Option<Package> {
    let (Some(name), Some(version)) = (token(stanza.name), token(stanza.version)) else {
        damage.add(|| format!("line {}: a package without a name or a version", stanza.line));
        return None;
    };
    let mut package = Package::new(PackageType::Apk, name, version);
    package.arch = token(stanza.arch).map(str::to_owned);
    // Every package of one origin is built at once, so they share its version.
    let origin = token(stanza.origin).unwrap_or(name);
    package.source = Some(SourcePackage { name: origin.to_owned(), version: version.to_owned() });
    package.licenses.extend(text(stanza.license));
    package.maintainer = text(stanza.maintainer);
    Some(package)
}

fn token(value: &[u8]) -> Option<&str> {
    std::str::from_utf8(value).ok().filter(|value| is_token(value))
}

fn text(value: &[u8]) -> Option<String> {
    (!value.is_empty()).then(|| String::from_utf8_lossy(value).into_owned())
}

#[cfg(test)]
mod tests {
    use super::Installed;
    use crate::os::testing::{inspect, names};
    use pasu_model::UnseenReason;
    use pasu_system::MemorySystem;

    /// From `alpine:3.19`, with some of the files left out.
    const INSTALLED: &str = "\
C:Q1zVHEwhyzMHIxVLk6sqQDqTUGvPs=
P:libcrypto3
V:3.1.4-r5
A:x86_64
S:1735364
I:4558848
T:Crypto library from openssl
U:https://www.openssl.org/
L:Apache-2.0
o:openssl
m:Ariadne Conill <ariadne@dereferenced.org>
t:1706273433
c:b784a22cad0c452586b438cb7a597d846fc09ff4
D:so:libc.musl-x86_64.so.1
p:so:libcrypto.so.3=3
F:etc
F:etc/ssl
R:openssl.cnf
Z:Q1olh8TpdAi2QnTl4FK3TjdUiSwTo=
F:lib
R:libcrypto.so.3
a:0:0:755

C:Q1qIcmHHRr1dcHsJyUsIRpKqiFK1E=
P:musl
V:1.2.4_git20230717-r4
A:x86_64
p:so:libc.musl-x86_64.so.1=1
L:MIT AND BSD-2-Clause
m:Timo Teras <timo.teras@iki.fi>

";

    #[test]
    fn alpine_packages_have_their_origin() {
        let system = MemorySystem::new().with_file("/lib/apk/db/installed", INSTALLED);
        let detected = inspect(&Installed, &system, "/lib/apk/db/installed");
        assert!(detected.problems.is_empty());
        assert_eq!(names(&detected), ["libcrypto3 3.1.4-r5", "musl 1.2.4_git20230717-r4"]);
        let [crypto, musl] = &detected.sets[0].packages[..] else { panic!("two packages") };
        assert_eq!(crypto.source_or_self(), ("openssl", "3.1.4-r5"));
        assert_eq!(musl.source_or_self(), ("musl", "1.2.4_git20230717-r4"));
        assert_eq!(crypto.depends_on, ["musl@1.2.4_git20230717-r4"]);
        assert_eq!(musl.depends_on, Vec::<String>::new());
        assert_eq!(musl.licenses, ["MIT AND BSD-2-Clause"]);
        assert_eq!(crypto.arch.as_deref(), Some("x86_64"));
        assert_eq!(musl.maintainer.as_deref(), Some("Timo Teras <timo.teras@iki.fi>"));
    }

    #[test]
    fn damage_is_said_and_the_rest_is_kept() {
        let cases: [(&[u8], usize, &str); 4] = [
            (
                INSTALLED.split("V:1.2.4").next().unwrap().as_bytes(),
                1,
                "line 24: a package without",
            ),
            (b"P:a\nV:1\njunk\n\n", 1, "line 3: not a field"),
            (b"P:a\nV:1 2\n\nP:b\nV:1\n", 1, "line 1: a package without"),
            (b"\0\xff\x01", 0, "line 1: not a field"),
        ];
        for (content, count, message) in cases {
            let system = MemorySystem::new().with_file("/lib/apk/db/installed", content);
            let detected = inspect(&Installed, &system, "/lib/apk/db/installed");
            assert_eq!(names(&detected).len(), count, "{message}");
            assert!(
                matches!(&detected.problems[..], [(UnseenReason::Malformed, text)] if text.starts_with(message)),
                "{message}: {:?}",
                detected.problems
            );
        }
    }
}
