//! The fuzz targets of package files on mutated seeds: no panic, and no input that takes long. Coverage-guided fuzzing of
//! the same functions is in `fuzz/`.

#[path = "../../../fuzz/src/mutate.rs"]
mod mutate;
#[path = "../../../fuzz/src/patch.rs"]
mod patch;
#[path = "../../../fuzz/src/trial.rs"]
mod trial;

use trial::run;

#[test]
fn package_files() {
    run("debian_package", patch::debian_package);
    run("alpine_package", patch::alpine_package);
}

#[test]
fn scripts_of_maintainers() {
    run("maintainer_script", patch::maintainer_script);
}
