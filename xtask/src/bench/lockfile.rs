//! A large `package-lock.json` to measure with.

use anyhow::{Context, Result};
use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;

/// How many packages it locks.
pub const PACKAGES: usize = 20_000;

/// Packages with old, published vulnerabilities, so that there is something to find.
const VULNERABLE: &[(&str, &str)] = &[
    ("lodash", "4.17.4"),
    ("minimist", "1.2.0"),
    ("node-fetch", "2.6.0"),
    ("axios", "0.21.0"),
    ("json5", "1.0.1"),
    ("semver", "7.3.0"),
    ("ws", "7.4.0"),
    ("express", "4.17.1"),
];

/// Writes a lock file of version 3, as npm 9 lays it out, into a folder.
pub fn write(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let path = folder.join("package-lock.json");
    let file =
        fs::File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut out = BufWriter::new(file);
    out.write_all(
        b"{\n  \"name\": \"bench\",\n  \"version\": \"1.0.0\",\n  \"lockfileVersion\": 3,\n  \"requires\": true,\n  \
          \"packages\": {\n    \"\": {\n      \"name\": \"bench\",\n      \"version\": \"1.0.0\"\n    }",
    )?;
    for number in 0..PACKAGES {
        let generated =
            (format!("bench-package-{number}"), format!("1.{}.{}", number % 90, number % 7));
        let (name, version) = match VULNERABLE.get(number) {
            Some((name, version)) => ((*name).to_owned(), (*version).to_owned()),
            None => generated,
        };
        let next = (number + 1) % PACKAGES;
        // The hash has the length of a real one; nobody checks it.
        write!(
            out,
            ",\n    \"node_modules/{name}\": {{\n      \"version\": \"{version}\",\n      \
             \"resolved\": \"https://registry.npmjs.org/{name}/-/{name}-{version}.tgz\",\n      \
             \"integrity\": \"sha512-{number:086}==\",\n      \"dependencies\": {{\n        \
             \"bench-package-{next}\": \"^1.0.0\"\n      }},\n      \"engines\": {{\n        \
             \"node\": \">=0.10.0\"\n      }}\n    }}"
        )?;
    }
    out.write_all(b"\n  }\n}\n")?;
    out.flush().with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::{PACKAGES, write};

    #[test]
    fn it_is_json_with_as_many_packages_as_it_says() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path()).unwrap();
        let text = std::fs::read_to_string(folder.path().join("package-lock.json")).unwrap();
        let lock: serde_json::Value = serde_json::from_str(&text).unwrap();
        // One more for the project itself.
        assert_eq!(lock["packages"].as_object().unwrap().len(), PACKAGES + 1);
        assert_eq!(lock["packages"]["node_modules/lodash"]["version"], "4.17.4");
    }
}
