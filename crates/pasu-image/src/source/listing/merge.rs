//! One list of what several engines tell.

use super::Listed;
use crate::source::manifest::familiar;
use std::collections::{BTreeSet, HashMap};

/// An image, as one engine tells of it.
#[derive(Debug, Clone)]
pub struct Told {
    /// Its names.
    pub names: Vec<String>,
    /// Digests that name it, its ID first: that of its configuration, and those of manifests.
    pub ids: Vec<String>,
    /// By what the engine is asked for it.
    pub key: String,
}

impl Told {
    /// One that is asked for by its ID.
    pub fn of_id(names: Vec<String>, id: String) -> Self {
        Self { names, key: id.clone(), ids: vec![id] }
    }
}

/// Images that share an ID are one. In the order of names, and then of IDs.
pub(super) fn merged(told: Vec<(usize, Told)>) -> Vec<Listed> {
    let mut groups: Vec<Vec<(usize, Told)>> = Vec::new();
    let mut by_id: HashMap<String, usize> = HashMap::new();
    for (origin, image) in told {
        let known: BTreeSet<usize> =
            image.ids.iter().filter_map(|id| by_id.get(id)).copied().collect();
        let into = known.first().copied().unwrap_or(groups.len());
        if into == groups.len() {
            groups.push(Vec::new());
        }
        // Two that were apart are one by this.
        for other in known.into_iter().skip(1) {
            let moved = std::mem::take(&mut groups[other]);
            by_id.values_mut().filter(|at| **at == other).for_each(|at| *at = into);
            groups[into].extend(moved);
        }
        by_id.extend(image.ids.iter().map(|id| (id.clone(), into)));
        groups[into].push((origin, image));
    }
    let mut images: Vec<Listed> =
        groups.into_iter().filter(|group| !group.is_empty()).map(listed).collect();
    let key = |image: &Listed| (image.names.is_empty(), image.names.clone(), image.id.clone());
    images.sort_by_cached_key(key);
    images
}

fn listed(group: Vec<(usize, Told)>) -> Listed {
    let mut names: Vec<String> = Vec::new();
    let mut places: Vec<(usize, String)> = Vec::new();
    // The shortest way to say what it is comes from whoever knows its configuration.
    let id = group.iter().max_by_key(|(_, told)| told.ids.len());
    let id = id.and_then(|(_, told)| told.ids.first().cloned()).unwrap_or_default();
    for (origin, told) in group {
        names.extend(told.names);
        // Some engines tell an image once for each of its names.
        if !places.iter().any(|(number, key)| (*number, key) == (origin, &told.key)) {
            places.push((origin, told.key));
        }
    }
    places.sort_by_key(|(origin, _)| *origin);
    Listed { names: tidied(names), id, places }
}

/// Names in order, each once; with a digest only where there is none with a tag.
fn tidied(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names.dedup();
    if names.iter().any(|name| !name.contains('@')) {
        names.retain(|name| !name.contains('@'));
    }
    let all: BTreeSet<String> = names.iter().cloned().collect();
    // Podman writes out what Docker leaves out.
    names.retain(|name| familiar(name) == name || !all.contains(familiar(name)));
    names
}

#[cfg(test)]
mod tests {
    use super::{Told, merged};
    use crate::source::listing::Listed;

    fn told(ids: &[&str], names: &[&str]) -> Told {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Told { names: texts(names), ids: texts(ids), key: ids[0].to_owned() }
    }

    fn names(told: Vec<(usize, Told)>) -> Vec<String> {
        merged(told).iter().map(Listed::name).collect()
    }

    #[test]
    fn the_order_is_that_of_names_and_then_of_ids() {
        let images = vec![
            (0, told(&["9"], &[])),
            (0, told(&["2"], &["b:1"])),
            (0, told(&["3"], &[])),
            (0, told(&["7"], &["z:1"])),
            (0, told(&["7"], &["a:1"])),
        ];
        assert_eq!(names(images), ["a:1", "b:1", "<none>@3", "<none>@9"]);
    }

    #[test]
    fn an_image_is_one_however_many_have_it() {
        let images = vec![
            // Docker with containerd's store, which names images by their manifests.
            (0, told(&["manifest"], &["a:1"])),
            (1, told(&["config"], &["docker.io/library/a:1", "docker.io/library/a:2"])),
            (2, told(&["config", "manifest"], &["a@sha256:1", "a:1"])),
            (2, told(&["other"], &["b@sha256:2"])),
        ];
        let images = merged(images);
        let found: Vec<_> = images.iter().map(|it| (it.names.join(" "), it.id.as_str())).collect();
        let expected = [
            ("a:1 docker.io/library/a:2".to_owned(), "config"),
            ("b@sha256:2".to_owned(), "other"),
        ];
        assert_eq!(found, expected);
        let places = [(0, "manifest"), (1, "config"), (2, "config")];
        let places = places.map(|(number, key)| (number, key.to_owned()));
        assert_eq!(images[0].places, places);
    }
}
