//! SPDX 2.3: the bill of materials as JSON and as tag-value.

mod packages;
mod schema;
mod tag_value;

use crate::graph::Graph;
use crate::sources;
use crate::{RenderOptions, content_id};
use packages::Packages;
use pasu_model::Run;
use schema::{CreationInfo, Document, Relationship};

pub(crate) use tag_value::write as write_tag_value;

/// The document's own identifier.
const DOCUMENT: &str = "SPDXRef-DOCUMENT";

/// The whole document.
pub(crate) fn document<'a>(run: &'a Run, options: &'a RenderOptions) -> Document<'a> {
    let graph = Graph::new(run);
    let created = options.created(run);
    let mut packages = Packages::default();
    for (index, node) in graph.nodes.iter().enumerate() {
        packages.add(run, node.what, id(index));
    }
    Document {
        spdx_version: "SPDX-2.3",
        data_license: "CC0-1.0",
        spdx_id: DOCUMENT,
        name: &run.target.name,
        document_namespace: format!(
            "https://spdx.org/spdxdocs/pasu-{}",
            content_id::of_run(run, "spdx", created)
        ),
        creation_info: CreationInfo {
            creators: vec![format!("Tool: {}-{}", run.tool.name, run.tool.version)],
            created: whole_seconds(created),
            comment: format!("advisories: {}", sources::phrase(run)),
        },
        packages: packages.list,
        relationships: relationships(&graph),
        has_extracted_licensing_infos: packages.licenses.into_infos(),
    }
}

/// The identifier of a node.
fn id(index: usize) -> String {
    format!("SPDXRef-Package-{index}")
}

fn relationships(graph: &Graph<'_>) -> Vec<Relationship> {
    let edge = |from: String, kind, to: usize| Relationship {
        spdx_element_id: from,
        relationship_type: kind,
        related_spdx_element: id(to),
    };
    let mut relationships = vec![edge(DOCUMENT.to_owned(), "DESCRIBES", 0)];
    for (index, node) in graph.nodes.iter().enumerate() {
        relationships.extend(node.contains.iter().map(|to| edge(id(index), "CONTAINS", *to)));
        relationships.extend(node.needs.iter().map(|to| edge(id(index), "DEPENDS_ON", *to)));
    }
    relationships
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
