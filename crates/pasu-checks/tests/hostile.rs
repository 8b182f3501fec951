//! The fuzz targets of this crate on mutated seeds: no panic, and no input that takes long. Coverage-guided fuzzing of
//! the same functions is in `fuzz/`.

#[path = "../../../fuzz/src/checks.rs"]
mod checks;
#[path = "../../../fuzz/src/mutate.rs"]
mod mutate;
#[path = "../../../fuzz/src/trial.rs"]
mod trial;

use trial::run;

#[test]
fn every_item_on_foreign_settings() {
    run("audit", checks::audit);
}

#[test]
fn policies() {
    run("policy", checks::policy);
}
