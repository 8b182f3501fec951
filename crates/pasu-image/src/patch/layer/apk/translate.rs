//! apk's fields under Debian's names, so that versions are chosen by one set of rules.

use super::super::stanza::Stanza;

/// What one-letter fields of indexes and the database, and words of `.PKGINFO`, are called here.
const NAMES: &[(&str, &str, &str)] = &[
    ("P", "pkgname", "Package"),
    ("V", "pkgver", "Version"),
    ("A", "arch", "Architecture"),
    ("S", "", "Size"),
    ("I", "size", "Installed-Size"),
    ("T", "pkgdesc", "Description"),
    ("U", "url", "Homepage"),
    ("L", "license", "License"),
    ("o", "origin", "Source"),
    ("m", "maintainer", "Maintainer"),
    ("t", "builddate", "Built"),
    ("c", "commit", "Commit"),
    ("k", "provider_priority", "Priority"),
    ("C", "", "Checksum"),
    ("", "datahash", "Data-Hash"),
];

/// Reads `.PKGINFO` (`depend = so:libc.musl-x86_64.so.1`), or a record of an index or the database (`D:a b`).
pub(crate) fn translated(bytes: &[u8]) -> Stanza {
    let text = String::from_utf8_lossy(bytes);
    let mut stanza = Stanza::default();
    let (mut depends, mut conflicts, mut provides) = (Vec::new(), Vec::new(), Vec::new());
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (key, value) = match line.split_once(" = ") {
            Some(pair) if line.get(1..2) != Some(":") => pair,
            _ => line.split_once(':').unwrap_or((line, "")),
        };
        match key {
            "D" | "depend" => {
                for word in value.split_ascii_whitespace() {
                    match word.strip_prefix('!') {
                        Some(other) => conflicts.push(relation(other)),
                        None => depends.push(relation(word)),
                    }
                }
            }
            "p" | "provides" => provides.extend(value.split_ascii_whitespace().map(relation)),
            _ => {
                let known = NAMES
                    .iter()
                    .find(|(short, long, _)| !key.is_empty() && [*short, *long].contains(&key));
                if let Some((.., name)) = known {
                    let value =
                        if *name == "Architecture" && value == "noarch" { "all" } else { value };
                    stanza.set(name, value.trim());
                }
            }
        }
    }
    for (name, list) in [("Depends", depends), ("Conflicts", conflicts), ("Provides", provides)] {
        if !list.is_empty() {
            stanza.set(name, list.join(", "));
        }
    }
    stanza
}

/// `so:libz.so.1>=1.2` as `so%libz.so.1 (>= 1.2)`: a colon would begin an architecture. A fuzzy version (`a~1.2`) is left
/// out, and so is the repository (`a@edge`).
fn relation(word: &str) -> String {
    let word = word.split('@').next().unwrap_or_default();
    let at = word.find(['<', '>', '=', '~']).unwrap_or(word.len());
    let (name, rest) = word.split_at(at);
    let name = name.replace(':', "%");
    let end = rest.find(|c| !"<>=~".contains(c)).unwrap_or(rest.len());
    let (operator, version) = rest.split_at(end);
    match operator {
        "" => name,
        ">" => format!("{name} (>> {version})"),
        "<" => format!("{name} (<< {version})"),
        "=" | ">=" | "<=" => format!("{name} ({operator} {version})"),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::translated;

    #[test]
    fn both_forms_say_the_same() {
        let info = b"# Generated\npkgname = a\npkgver = 1-r0\narch = noarch\ndepend = so:x.so.1\ndepend = !b\ndepend = c>1.2\nprovides = so:a.so=1\ndatahash = 00\n";
        let record = b"C:Q1x=\nP:a\nV:1-r0\nA:noarch\nD:so:x.so.1 !b c>1.2 d~3\np:so:a.so=1\nF:usr\nR:x = y\n";
        let (info, record) = (translated(info), translated(record));
        assert_eq!(info.text("Depends"), "so%x.so.1, c (>> 1.2)");
        assert_eq!(record.text("Depends"), "so%x.so.1, c (>> 1.2), d");
        for field in ["Package", "Version", "Architecture", "Conflicts", "Provides"] {
            assert_eq!(info.get(field), record.get(field), "{field}");
        }
        assert_eq!(info.text("Architecture"), "all");
        assert_eq!(record.text("Checksum"), "Q1x=");
        assert_eq!(info.text("Data-Hash"), "00");
    }
}
