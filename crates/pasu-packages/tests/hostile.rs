//! The fuzz targets of this crate on mutated seeds: no panic, and no input that takes long. Coverage-guided fuzzing of
//! the same functions is in `fuzz/`.

#[path = "../../../fuzz/src/mutate.rs"]
mod mutate;
#[path = "../../../fuzz/src/packages.rs"]
mod packages;
#[path = "../../../fuzz/src/trial.rs"]
mod trial;

use trial::run;

#[test]
fn databases_of_distributions() {
    run("os_packages", packages::os_packages);
    run("operating_system", packages::operating_system);
}

#[test]
fn lock_files_of_javascript_and_python() {
    run("node", packages::node);
    run("python", packages::python);
}

#[test]
fn modules_and_executables_of_go_and_rust() {
    run("go", packages::go);
    run("rust", packages::rust);
}

#[test]
fn projects_and_archives_of_java() {
    run("java", packages::java);
}

#[test]
fn lock_files_of_ruby_php_and_dotnet() {
    run("ruby", packages::ruby);
    run("php", packages::php);
    run("dotnet", packages::dotnet);
}

#[test]
fn programs_outside_packages() {
    run("software", packages::software);
}

#[test]
fn bills_of_materials() {
    run("sbom", packages::sbom);
}

#[test]
fn whole_trees() {
    run("inventory", packages::inventory);
}
