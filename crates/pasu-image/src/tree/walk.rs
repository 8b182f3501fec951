//! Walks the tree on several threads.

use super::nodes::{Nodes, Version};
use super::view::resolve;
use pasu_system::{Entry, EntryKind, Queue, WalkOptions, WalkReport, WalkStep, Worker};
use std::path::PathBuf;
use std::time::Instant;

struct Folder {
    node: u32,
    path: PathBuf,
}

/// As [`pasu_system::System::walk`].
pub(super) fn walk(
    nodes: &Nodes,
    layer: u16,
    options: &WalkOptions,
    visit: &(dyn Fn(&Entry) -> WalkStep + Sync),
) -> WalkReport {
    let mut report = WalkReport::default();
    let (node, version) = match resolve(nodes, layer, &options.start, false) {
        Ok(found) => found,
        Err(error) => {
            report.errors.push((options.start.clone(), error.kind(), error.to_string()));
            return report;
        }
    };
    if options.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
        report.timed_out = true;
        return report;
    }
    let path = path_of(nodes, node);
    let walk = Walk { nodes, layer, deadline: options.deadline, visit };
    report.entries = 1;
    let step = walk.show(&path, node, version);
    if !nodes.is_directory(version) || step == WalkStep::Skip {
        return report;
    }
    let queue = Queue::new(Folder { node, path });
    let threads = match options.threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(16),
        wanted => wanted.min(16),
    };
    let mut workers = (0..threads).map(|_| queue.join()).collect::<Vec<_>>().into_iter();
    let own = workers.next();
    std::thread::scope(|scope| {
        let (walk, queue) = (&walk, &queue);
        let threads: Vec<_> = workers
            .map_while(|worker| {
                std::thread::Builder::new()
                    .name("walk".to_owned())
                    .spawn_scoped(scope, move || walk.run(worker, queue))
                    .ok()
            })
            .collect();
        let own = own.map(|worker| walk.run(worker, queue));
        let joined = threads.into_iter().map(|thread| match thread.join() {
            Ok(found) => found,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        for (entries, late) in own.into_iter().chain(joined) {
            report.entries += entries;
            report.timed_out |= late;
        }
    });
    report
}

struct Walk<'a> {
    nodes: &'a Nodes,
    layer: u16,
    deadline: Option<Instant>,
    visit: &'a (dyn Fn(&Entry) -> WalkStep + Sync),
}

impl Walk<'_> {
    /// Visits folders until there are none; how many entries, and whether the time was up.
    fn run(&self, mut worker: Worker<'_, Folder>, queue: &Queue<Folder>) -> (u64, bool) {
        let mut entries = 0;
        while let Some(mut folder) = worker.pop() {
            for (node, version) in self.nodes.children(folder.node, self.layer) {
                entries += 1;
                folder.path.push(self.nodes.name(node));
                let step = self.show(&folder.path, node, version);
                if step == WalkStep::Continue && self.nodes.is_directory(version) {
                    worker.push(Folder { node, path: folder.path.clone() });
                }
                folder.path.pop();
                if entries % 16 == 0
                    && self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
                {
                    queue.finish();
                    return (entries, true);
                }
            }
        }
        (entries, false)
    }

    fn show(&self, path: &std::path::Path, node: u32, version: Version) -> WalkStep {
        let metadata = self.nodes.metadata(node, version);
        let head = self
            .nodes
            .entry(version)
            .and_then(|entry| entry.head)
            .filter(|_| metadata.kind == EntryKind::File);
        (self.visit)(&Entry { path, metadata, head })
    }
}

/// A node's absolute path.
pub(super) fn path_of(nodes: &Nodes, node: u32) -> PathBuf {
    let mut parts = Vec::new();
    let mut at = node;
    while at != super::nodes::ROOT {
        parts.push(nodes.name(at));
        at = nodes.nodes[at as usize].parent;
    }
    let mut path = PathBuf::from("/");
    path.extend(parts.iter().rev());
    path
}
