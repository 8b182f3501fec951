//! `cargo xtask tidy`: rules of this repository that no compiler knows. One file a subject; each returns what is wrong.

mod crates;
mod documents;
mod licenses;
mod paths;
mod snapshot;
mod sources;
mod tree;

use crate::workspace::{Metadata, root};
use anyhow::{Result, bail};
use std::fs;

/// Prints all that is wrong, each with its place and the way out.
pub fn run() -> Result<()> {
    let problems = problems()?;
    for problem in &problems {
        eprintln!("{problem}");
    }
    match problems.len() {
        0 => Ok(()),
        count => bail!("{count} rules are broken"),
    }
}

fn problems() -> Result<Vec<String>> {
    let root = root();
    let metadata = Metadata::read()?;
    let files = tree::files(&root)?;
    let lock = fs::read_to_string(root.join("Cargo.lock"))?;
    let allowed = licenses::allowed(&fs::read_to_string(root.join("deny.toml"))?)?;
    let mut problems = crates::imports(metadata.members());
    problems.extend(crates::unused(metadata.members(), &files));
    problems.extend(crates::forbidden(&lock));
    problems.extend(licenses::check(metadata.foreign(), &allowed));
    problems.extend(snapshot::check(&root)?);
    for file in &files {
        problems.extend(sources::check(&file.path, &file.text));
        problems.extend(paths::check(&file.path, &file.text, &paths::of_this_machine(&root)));
        problems.extend(documents::check(&file.path, &file.text, &root));
    }
    Ok(problems)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_repository_keeps_its_rules() {
        let problems = super::problems().unwrap();
        assert!(problems.is_empty(), "\n{}", problems.join("\n"));
    }
}
