//! What contains what and what needs what, shared by the bill-of-materials formats.

use pasu_model::{FindingSet, Package, Relationship, Run};
use std::collections::{BTreeMap, BTreeSet};

/// A run's software as nodes; a node is named by its index.
pub(crate) struct Graph<'a> {
    pub(crate) nodes: Vec<Node<'a>>,
    /// The first node of each record's packages, by the record's index in the run.
    first_package: Vec<usize>,
}

/// One thing in the bill.
pub(crate) struct Node<'a> {
    pub(crate) what: What<'a>,
    /// Nodes inside this one.
    pub(crate) contains: Vec<usize>,
    /// Those of them that no other package brings in, as far as the record says.
    pub(crate) direct: Vec<usize>,
    /// Nodes this one needs.
    pub(crate) needs: Vec<usize>,
}

/// The kinds of nodes.
#[derive(Clone, Copy)]
pub(crate) enum What<'a> {
    /// The target itself; always node 0.
    Target,
    /// The operating system.
    System(&'a pasu_model::OperatingSystem),
    /// A lock file or executable.
    Record(&'a FindingSet),
    /// A package.
    Package(&'a Package),
}

impl<'a> Graph<'a> {
    /// The graph of a run.
    pub(crate) fn new(run: &'a Run) -> Self {
        let mut graph = Self { nodes: Vec::new(), first_package: Vec::new() };
        let target = graph.add(What::Target);
        let system = run.os.as_ref().map(|os| {
            let system = graph.add(What::System(os));
            graph.nest(target, system, true);
            system
        });
        for set in &run.sets {
            let parent = match system {
                Some(system) if set.kind.is_os() => system,
                _ if set.kind.is_os() || set.kind.aggregate_target().is_some() => target,
                _ => {
                    let record = graph.add(What::Record(set));
                    graph.nest(target, record, true);
                    record
                }
            };
            graph.add_packages(set, parent);
        }
        graph
    }

    /// The node of a package by its record's and its own index in the run.
    pub(crate) fn package(&self, set: usize, package: usize) -> Option<usize> {
        let index = self.first_package.get(set)?.checked_add(package)?;
        matches!(self.nodes.get(index)?.what, What::Package(_)).then_some(index)
    }

    fn add(&mut self, what: What<'a>) -> usize {
        self.nodes.push(Node { what, contains: Vec::new(), direct: Vec::new(), needs: Vec::new() });
        self.nodes.len() - 1
    }

    fn nest(&mut self, outer: usize, inner: usize, direct: bool) {
        let Some(node) = self.nodes.get_mut(outer) else { return };
        node.contains.push(inner);
        if direct {
            node.direct.push(inner);
        }
    }

    /// The packages of one record, and what each needs of the others.
    fn add_packages(&mut self, set: &'a FindingSet, parent: usize) {
        let first = self.nodes.len();
        self.first_package.push(first);
        let mut by_id: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for package in &set.packages {
            let node = self.add(What::Package(package));
            by_id.entry(package.id()).or_default().push(node);
        }
        let mut reached = BTreeSet::new();
        for (node, package) in (first..).zip(&set.packages) {
            let needs: BTreeSet<usize> = package
                .depends_on
                .iter()
                .filter_map(|id| by_id.get(id))
                .flatten()
                .copied()
                .filter(|need| *need != node)
                .collect();
            reached.extend(needs.iter().copied());
            if let Some(node) = self.nodes.get_mut(node) {
                node.needs = needs.into_iter().collect();
            }
        }
        for (node, package) in (first..).zip(&set.packages) {
            let indirect = package.relationship == Relationship::Indirect && !package.kind.is_os();
            self.nest(parent, node, !(indirect && reached.contains(&node)));
        }
    }
}
