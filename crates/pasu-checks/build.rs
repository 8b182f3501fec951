//! Writes the registry of items: every folder below `items/` is one, so that adding an item touches its folder alone.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    println!("cargo:rerun-if-changed=items");
    let mut slugs = Vec::new();
    for entry in fs::read_dir(root.join("items"))? {
        let entry = entry?;
        if entry.path().join("item.toml").is_file() {
            slugs.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    slugs.sort();
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("registry.rs");
    fs::write(out, registry(&root, &slugs))
}

/// One module for each `check.rs`, and the table of all items.
fn registry(root: &Path, slugs: &[String]) -> String {
    let mut modules = String::new();
    let mut rows = String::new();
    let mut tests = String::new();
    for slug in slugs {
        let folder = root.join("items").join(slug);
        let definition = folder.join("item.toml");
        let check = folder.join("check.rs");
        println!("cargo:rerun-if-changed={}", folder.display());
        let _ = writeln!(
            tests,
            "    #[test]\n    fn {}() {{\n        crate::case::check_item({slug:?});\n    }}",
            slug.replace('-', "_")
        );
        let code = if check.is_file() {
            let module = slug.replace('-', "_");
            let _ = writeln!(modules, "#[path = {check:?}]\nmod {module};");
            let plan = if folder.join("fix.rs").is_file() {
                format!("Some({module}::plan)")
            } else {
                "None".to_owned()
            };
            format!(
                "Some(&Typed {{ collect: {module}::collect, judge: {module}::judge, plan: {plan} }})"
            )
        } else {
            "None".to_owned()
        };
        let _ = writeln!(
            rows,
            "    Source {{ slug: {slug:?}, definition: include_str!({definition:?}), code: {code} }},"
        );
    }
    format!(
        "{modules}\n/// Every item.\npub(crate) static ITEMS: &[Source] = &[\n{rows}];\n\n#[cfg(test)]\nmod cases {{\n{tests}}}\n"
    )
}
