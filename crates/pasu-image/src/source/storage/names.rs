//! What images are called in Podman's storage: always in full, while users leave out what they may.

use super::records::ImageRecord;
use crate::digest::Digest;
use oci_spec::distribution::Reference;

/// The fewest digits of an ID that find an image, as everyone shows them.
const MIN_ID: usize = 12;

/// The record that a reference means: by name, as Podman completes it, and else by the beginning of its ID.
pub(super) fn lookup<'a>(records: &'a [ImageRecord], reference: &str) -> Option<&'a ImageRecord> {
    by_name(records, reference).or_else(|| by_id(records, reference))
}

fn by_name<'a>(records: &'a [ImageRecord], reference: &str) -> Option<&'a ImageRecord> {
    let (name, digest) = match reference.split_once('@') {
        Some((name, digest)) => (repository(name), Some(Digest::parse(digest).ok()?)),
        None => (reference, None),
    };
    let has = |record: &ImageRecord, fits: &dyn Fn(&str) -> bool| match &digest {
        Some(digest) => {
            let of_it = record.digests().any(|has| has == digest.as_str());
            of_it && record.names.iter().any(|name| fits(repository(name)))
        }
        None => record.names.iter().any(|name| fits(name)),
    };
    let name = match &digest {
        Some(_) => name.to_owned(),
        None => tagged(name),
    };
    let full = name.parse::<Reference>().ok().map(|full| match &digest {
        Some(_) => repository(&full.whole()).to_owned(),
        None => full.whole(),
    });
    let exact = [Some(name.clone()), Some(format!("localhost/{name}")), full];
    let exact = exact
        .into_iter()
        .flatten()
        .find_map(|wanted| records.iter().find(|record| has(record, &|name: &str| name == wanted)));
    let ending = format!("/{name}");
    exact.or_else(|| records.iter().find(|record| has(record, &|name| name.ends_with(&ending))))
}

/// An image by its ID or the beginning of it; none where several begin so.
pub(super) fn by_id<'a>(records: &'a [ImageRecord], id: &str) -> Option<&'a ImageRecord> {
    let hex = id.strip_prefix("sha256:").unwrap_or(id);
    if hex.len() < MIN_ID || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut found = records.iter().filter(|record| record.id.starts_with(hex));
    found.next().filter(|_| found.next().is_none())
}

/// A name with `latest` if it has no tag.
fn tagged(name: &str) -> String {
    if repository(name) == name { format!("{name}:latest") } else { name.to_owned() }
}

/// A name without its tag and digest.
pub(super) fn repository(name: &str) -> &str {
    let name = name.split('@').next().unwrap_or(name);
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::super::records::ImageRecord;
    use super::lookup;
    use crate::digest::Digest;

    fn record(number: u8, names: &[&str]) -> ImageRecord {
        ImageRecord {
            id: format!("{number:02x}").repeat(32),
            digest: Digest::of(&[number]).to_string(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            ..ImageRecord::default()
        }
    }

    #[test]
    fn names_are_completed_as_podman_does() {
        let records = [
            record(1, &["quay.io/team/web:1"]),
            record(2, &["localhost/web:1", "host:5000/a:latest"]),
            record(3, &["docker.io/library/nginx:latest"]),
            record(4, &["docker.io/org/web:2"]),
            record(5, &[]),
        ];
        let found = |reference: &str| {
            lookup(&records, reference).map(|record| record.id[..2].parse::<u8>().unwrap())
        };
        for (reference, number) in [
            ("quay.io/team/web:1", 1),
            ("team/web:1", 1),
            ("web:1", 2),
            ("localhost/web:1", 2),
            ("host:5000/a", 2),
            ("nginx", 3),
            ("library/nginx:latest", 3),
            ("docker.io/nginx", 3),
            ("org/web:2", 4),
            ("web:2", 4),
            ("050505050505", 5),
            (&format!("sha256:{}", "05".repeat(32)), 5),
            (&format!("team/web@{}", Digest::of(&[1])), 1),
            (&format!("team/web:9@{}", Digest::of(&[1])), 1),
        ] {
            assert_eq!(found(reference), Some(number), "{reference}");
        }
        let other = format!("nginx@{}", Digest::of(&[1]));
        for missing in ["eb:1", "nginx:1", "web", "0505", "quay.io/nginx", "x@sha256:1", &other] {
            assert_eq!(found(missing), None, "{missing}");
        }
    }

    #[test]
    fn the_beginning_of_two_ids_finds_neither() {
        let mut twin = record(5, &[]);
        twin.id.replace_range(62.., "00");
        let records = [record(5, &[]), twin];
        assert!(lookup(&records, "050505050505").is_none());
        assert!(lookup(&records, &records[1].id).is_some());
    }
}
