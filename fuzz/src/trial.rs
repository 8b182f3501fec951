//! Runs a target on its seeds and on mutants of them, for tests.

use super::mutate::{Numbers, mutant};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How many mutants of each seed are tried.
const MUTANTS: u64 = 100;
/// The longest one input may take; a hundred times what any takes on an idle machine without optimisation.
const MAX_TIME: Duration = Duration::from_secs(5);

/// Tries one target on everything in `fuzz/seeds/` under its name.
pub fn run(name: &str, target: fn(&[u8])) {
    for path in seeds(name) {
        let seed = fs::read(&path).expect("a seed can be read");
        time(&path, 0, target, &seed);
        for number in 1..=MUTANTS {
            let mutant = mutant(&seed, &mut Numbers::new(number));
            time(&path, number, target, &mutant);
        }
    }
}

/// The seeds of a target, in a fixed order.
fn seeds(name: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(name);
    let entries = fs::read_dir(&folder).expect("every target has seeds");
    let mut seeds: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "{name} has no seeds");
    seeds
}

fn time(path: &Path, number: u64, target: fn(&[u8]), bytes: &[u8]) {
    let started = Instant::now();
    if let Err(panic) = std::panic::catch_unwind(|| target(bytes)) {
        // The panic's own message is out already; this says how to see it again.
        let shown = String::from_utf8_lossy(bytes);
        panic!("mutant {number} of {}: {shown:?}: {:?}", path.display(), panic.type_id());
    }
    let took = started.elapsed();
    assert!(took < MAX_TIME, "mutant {number} of {} took {took:?}", path.display());
}
