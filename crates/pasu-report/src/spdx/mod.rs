//! SPDX 2.3: the bill of materials as JSON and as tag-value.

mod packages;
mod schema;
mod tag_value;

use crate::graph::Graph;
use crate::targets::Targets;
use crate::{RenderOptions, content_id};
use packages::Packages;
use pasu_model::{Lang, Run};
use schema::{CreationInfo, Document, Relationship};

pub(crate) use tag_value::write as write_tag_value;

/// The document's own identifier.
const DOCUMENT: &str = "SPDXRef-DOCUMENT";

/// The whole document. It describes the machine, which contains the images, which contain their packages.
pub(crate) fn document<'a>(targets: &Targets<'a>, options: &'a RenderOptions) -> Document<'a> {
    let run = targets.root;
    let created = options.created(run);
    let mut packages = Packages::default();
    let machine = Ids { prefix: "SPDXRef-Package-".to_owned() };
    let mut relationships = vec![edge(DOCUMENT.to_owned(), "DESCRIBES", machine.of(0))];
    add(run, &machine, &mut packages, &mut relationships);
    for image in &targets.images {
        // A digest, for an identifier has letters, digits, `.` and `-` only.
        let key = content_id::short(&["image", &image.key]);
        let ids = Ids { prefix: format!("SPDXRef-Image-{key}-") };
        relationships.push(edge(machine.of(0), "CONTAINS", ids.of(0)));
        add(image.run, &ids, &mut packages, &mut relationships);
    }
    let unseen = targets.unseen_parts(Lang::En).map(|part| format!("; not seen: {part}"));
    Document {
        spdx_version: "SPDX-2.3",
        data_license: "CC0-1.0",
        spdx_id: DOCUMENT,
        name: &run.target.name,
        document_namespace: format!(
            "https://spdx.org/spdxdocs/pasu-{}",
            content_id::of_document(targets, "spdx", created)
        ),
        creation_info: CreationInfo {
            creators: vec![format!("Tool: {}-{}", run.tool.name, run.tool.version)],
            created: whole_seconds(created),
            comment: format!("advisories: {}{}", targets.advisories(), unseen.collect::<String>()),
        },
        packages: packages.list,
        relationships,
        has_extracted_licensing_infos: packages.licenses.into_infos(),
    }
}

/// The identifiers of one target's nodes.
struct Ids {
    prefix: String,
}

impl Ids {
    fn of(&self, index: usize) -> String {
        format!("{}{index}", self.prefix)
    }
}

/// The nodes of one target, and what holds between them.
fn add<'a>(run: &'a Run, ids: &Ids, packages: &mut Packages<'a>, edges: &mut Vec<Relationship>) {
    let graph = Graph::new(run);
    for (index, node) in graph.nodes.iter().enumerate() {
        packages.add(run, node.what, ids.of(index));
        let from = |kind, to: &usize| edge(ids.of(index), kind, ids.of(*to));
        edges.extend(node.contains.iter().map(|to| from("CONTAINS", to)));
        edges.extend(node.needs.iter().map(|to| from("DEPENDS_ON", to)));
    }
}

fn edge(from: String, kind: &'static str, to: String) -> Relationship {
    Relationship { spdx_element_id: from, relationship_type: kind, related_spdx_element: to }
}

/// SPDX 2.3 (6.9) allows `YYYY-MM-DDThh:mm:ssZ` only. A time that is none is left to the validator of whoever reads it.
fn whole_seconds(created: &str) -> String {
    let Ok(time) = created.parse::<jiff::Timestamp>() else { return created.to_owned() };
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::whole_seconds;

    #[test]
    fn times_are_utc_in_whole_seconds() {
        assert_eq!(whole_seconds("2026-11-22T03:00:00.5+09:00"), "2026-11-21T18:00:00Z");
    }
}
