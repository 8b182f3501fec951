//! The fuzz targets of this crate on mutated seeds: no panic, and no input that takes long. Coverage-guided fuzzing of
//! the same functions is in `fuzz/`.

#[path = "../../../fuzz/src/mutate.rs"]
mod mutate;
#[path = "../../../fuzz/src/system.rs"]
mod system;
#[path = "../../../fuzz/src/trial.rs"]
mod trial;

use trial::run;

#[test]
fn journals() {
    run("journal", system::journal);
}

#[test]
fn transactions() {
    run("transaction", system::transaction);
}

/// What makes the seeds worth mutating: they are understood.
#[test]
fn seeds_are_journals() {
    for name in ["committed", "rolling", "undoing"] {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/journal");
        let bytes = std::fs::read(format!("{folder}/{name}")).unwrap();
        let (records, _) = pasu_system::transaction::read_journal(&bytes).unwrap();
        assert!(records.len() >= 9, "{name}: {records:?}");
    }
}
