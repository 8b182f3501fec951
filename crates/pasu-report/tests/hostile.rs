//! The fuzz targets of this crate on mutated seeds: no panic, and no input that takes long. Coverage-guided fuzzing of the
//! same functions is in `fuzz/`.

#[path = "../../../fuzz/src/mutate.rs"]
mod mutate;
#[path = "../../../fuzz/src/report.rs"]
mod report;
#[path = "../../../fuzz/src/trial.rs"]
mod trial;

use trial::run;

#[test]
fn documents_of_inspections() {
    run("inspection", report::inspection);
}

#[test]
fn reports_of_trivy() {
    run("trivy_report", report::trivy_report);
}
