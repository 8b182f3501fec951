//! Walks the tree on several threads.

use super::children::each_child;
use super::overlay::{Overlay, Place, Seen, os};
use super::view::{Names, resolve};
use crate::layer::LayerEntry;
use pasu_system::{Entry, EntryKind, Queue, WalkOptions, WalkReport, WalkStep, Worker};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

struct Folder {
    folder: Seen,
    path: PathBuf,
}

/// As [`pasu_system::System::walk`].
pub(super) fn walk(
    overlay: &Overlay,
    layer: u16,
    options: &WalkOptions,
    visit: &(dyn Fn(&Entry) -> WalkStep + Sync),
) -> WalkReport {
    let mut report = WalkReport::default();
    let (place, way) = match resolve(overlay, layer, &options.start, false, Names::OfImage) {
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
    let path = way.path();
    let walk = Walk { overlay, layer, deadline: options.deadline, visit };
    report.entries = 1;
    let step = walk.show(&path, place, overlay.entry(place).as_ref());
    let Some(folder) = place.folder.filter(|_| step != WalkStep::Skip) else { return report };
    let queue = Queue::new(Folder { folder, path });
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
    overlay: &'a Overlay,
    layer: u16,
    deadline: Option<Instant>,
    visit: &'a (dyn Fn(&Entry) -> WalkStep + Sync),
}

impl Walk<'_> {
    /// Visits folders until there are none; how many entries, and whether the time was up.
    fn run(&self, mut worker: Worker<'_, Folder>, queue: &Queue<Folder>) -> (u64, bool) {
        let mut entries = 0;
        while let Some(Folder { folder, mut path }) = worker.pop() {
            let in_time =
                each_child(self.overlay, folder, self.layer, &mut |name, place, entry| {
                    entries += 1;
                    path.push(os(name));
                    let step = self.show(&path, place, entry);
                    if let Some(folder) = place.folder.filter(|_| step == WalkStep::Continue) {
                        worker.push(Folder { folder, path: path.clone() });
                    }
                    path.pop();
                    let looks = entries % 16 == 0;
                    if looks && self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                        return ControlFlow::Break(());
                    }
                    ControlFlow::Continue(())
                });
            if in_time.is_break() {
                queue.finish();
                return (entries, true);
            }
        }
        (entries, false)
    }

    fn show(&self, path: &Path, place: Place, entry: Option<&LayerEntry>) -> WalkStep {
        let metadata = self.overlay.metadata(place, entry);
        let head = entry.and_then(|entry| entry.head);
        let head = head.filter(|_| metadata.kind == EntryKind::File);
        (self.visit)(&Entry { path, metadata, head })
    }
}
