//! CycloneDX 1.6, JSON: the bill of materials with its vulnerabilities.

mod components;
mod merge;
mod schema;
mod vulnerabilities;

use crate::graph::{Graph, What};
use crate::image_name;
use crate::targets::Targets;
use crate::{RenderOptions, content_id};
use components::component;
use pasu_model::{Lang, Run};
use schema::{Bom, Component, Dependency, Metadata, Tools, Vulnerability};
use std::collections::BTreeMap;

/// The whole document. An image of the machine is a component of it, and what is in the image a component of that.
pub(crate) fn bom<'a>(targets: &Targets<'a>, options: &'a RenderOptions) -> Bom<'a> {
    let run = targets.root;
    let created = options.created(run);
    let mut machine = Part::of(run, "");
    for image in &targets.images {
        // A digest, for an image's name may hold anything, and no two references may be alike.
        let prefix = format!("image/{}/", content_id::short(&["image", &image.key]));
        machine.nest(Part::of(image.run, &prefix));
    }
    let advisories = components::property("pasu:Advisories", targets.advisories());
    let unseen = targets.unseen_parts(Lang::En);
    let unseen = unseen.map(|part| components::property("pasu:Unseen", part));
    Bom {
        schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        bom_format: "CycloneDX",
        spec_version: "1.6",
        serial_number: format!(
            "urn:uuid:{}",
            content_id::of_document(targets, "cyclonedx", created)
        ),
        version: 1,
        metadata: Metadata {
            timestamp: created,
            tools: Tools { components: [components::tool(&run.tool)] },
            component: machine.target,
            properties: std::iter::once(advisories).chain(unseen).collect(),
        },
        components: machine.components,
        dependencies: machine.dependencies,
        vulnerabilities: merge::merged(machine.vulnerabilities),
    }
}

/// What one target brings into the document.
struct Part<'a> {
    target: Component<'a>,
    components: Vec<Component<'a>>,
    /// The target's own first.
    dependencies: Vec<Dependency>,
    vulnerabilities: Vec<Vulnerability<'a>>,
}

impl<'a> Part<'a> {
    fn of(run: &'a Run, prefix: &str) -> Self {
        let graph = Graph::new(run);
        let refs = references(run, &graph, prefix);
        let mut components: Vec<Component<'a>> =
            graph.nodes.iter().zip(&refs).map(|(node, id)| component(run, node.what, id)).collect();
        let target = components.remove(0);
        Self {
            target,
            components,
            dependencies: dependencies(&graph, &refs),
            vulnerabilities: vulnerabilities::vulnerabilities(run, &graph, &refs),
        }
    }

    /// Takes up what is inside the target.
    fn nest(&mut self, mut inner: Part<'a>) {
        if let (Some(own), Some(reference)) = (self.dependencies.first_mut(), &inner.target.bom_ref)
        {
            own.depends_on.push(reference.clone());
            own.depends_on.sort();
        }
        inner.target.components = inner.components;
        self.components.push(inner.target);
        self.dependencies.append(&mut inner.dependencies);
        self.vulnerabilities.append(&mut inner.vulnerabilities);
    }
}

/// The name of each node inside the document: its PURL where only one node has it; after what tells the target apart.
fn references(run: &Run, graph: &Graph<'_>, prefix: &str) -> Vec<String> {
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
        Some(name) if uses.get(&name) == Some(&1) => format!("{prefix}{name}"),
        _ => format!("{prefix}{}", content_id::uuid(&["bom-ref", &index.to_string()])),
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
