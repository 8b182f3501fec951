//! The fuzz targets of this crate on mutated seeds: no panic, and no input that takes long. Coverage-guided fuzzing of the
//! same functions is in `fuzz/`.

#[path = "../../../fuzz/src/advisory.rs"]
mod advisory;
#[path = "../../../fuzz/src/database.rs"]
mod database;
#[path = "../../../fuzz/src/mutate.rs"]
mod mutate;
#[path = "../../../fuzz/src/suppress.rs"]
mod suppress;
#[path = "../../../fuzz/src/trial.rs"]
mod trial;

use trial::run;

#[test]
fn versions() {
    run("versions", advisory::versions);
}

#[test]
fn feeds() {
    run("osv", advisory::osv);
    run("debian_tracker", advisory::debian_tracker);
    run("alpine_secdb", advisory::alpine_secdb);
    run("nvd", advisory::nvd);
    run("kev", advisory::kev);
    run("epss", advisory::epss);
}

#[test]
fn packed_feeds() {
    run("feed_archives", advisory::feed_archives);
}

#[test]
fn names() {
    run("cpe", advisory::cpe);
    run("purl", advisory::purl);
}

#[test]
fn ignore_files_and_vex() {
    run("ignore_files", suppress::ignore_files);
    run("vex", suppress::vex);
}

#[test]
fn databases() {
    run("database", database::database);
    run("database_tables", database::database_tables);
}
