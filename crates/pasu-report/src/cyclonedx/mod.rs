//! CycloneDX 1.6, JSON: the bill of materials with its vulnerabilities.

mod components;
mod schema;
mod vulnerabilities;

use crate::graph::{Graph, What};
use crate::image_name;
use crate::sources;
use crate::{RenderOptions, content_id};
use components::component;
use pasu_model::Run;
use schema::{Bom, Component, Dependency, Metadata, Tools};
use std::collections::BTreeMap;

/// The whole document.
pub(crate) fn bom<'a>(run: &'a Run, options: &'a RenderOptions) -> Bom<'a> {
    let graph = Graph::new(run);
    let refs = references(run, &graph);
    let mut components: Vec<Component<'a>> =
        graph.nodes.iter().zip(&refs).map(|(node, id)| component(run, node.what, id)).collect();
    let target = components.remove(0);
    let created = options.created(run);
    Bom {
        schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        bom_format: "CycloneDX",
        spec_version: "1.6",
        serial_number: format!("urn:uuid:{}", content_id::of_run(run, "cyclonedx", created)),
        version: 1,
        metadata: Metadata {
            timestamp: created,
            tools: Tools { components: [components::tool(&run.tool)] },
            component: target,
            properties: [components::property("pasu:Advisories", sources::phrase(run))],
        },
        components,
        dependencies: dependencies(&graph, &refs),
        vulnerabilities: vulnerabilities::vulnerabilities(run, &graph, &refs),
    }
}

/// The name of each node inside the document: its PURL where only one node has it.
fn references(run: &Run, graph: &Graph<'_>) -> Vec<String> {
    let purl = |what: &What<'_>| match what {
        What::Target => run.image.as_ref().and_then(image_name::purl).map(|purl| purl.to_string()),
        What::Package(package) => package.purl.as_ref().map(|purl| purl.as_str().to_owned()),
        _ => None,
    };
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for name in graph.nodes.iter().filter_map(|node| purl(&node.what)) {
        *uses.entry(name).or_default() += 1;
    }
    let name = |(index, node): (usize, &crate::graph::Node<'_>)| match purl(&node.what) {
        Some(name) if uses.get(&name) == Some(&1) => name,
        _ => content_id::uuid(&["bom-ref", &index.to_string()]),
    };
    graph.nodes.iter().enumerate().map(name).collect()
}

/// CycloneDX has one kind of edge for «contains» and «needs».
fn dependencies(graph: &Graph<'_>, refs: &[String]) -> Vec<Dependency> {
    let name = |index: &usize| refs.get(*index).cloned();
    let entry = |(node, id): (&crate::graph::Node<'_>, &String)| {
        let mut targets: Vec<String> =
            node.direct.iter().chain(&node.needs).filter_map(name).collect();
        targets.sort();
        targets.dedup();
        Dependency { reference: id.clone(), depends_on: targets }
    };
    graph.nodes.iter().zip(refs).map(entry).collect()
}
