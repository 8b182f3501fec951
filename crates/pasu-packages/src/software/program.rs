//! Executables and shared libraries of the known [`products`](super::products).

use super::names::{candidates, series};
use super::search::search;
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::PackageSet;

/// Known programs by name and bytes.
pub struct Program;

impl Detector for Program {
    fn id(&self) -> &'static str {
        "software/program"
    }

    fn scope(&self) -> Scope {
        Scope::Installed
    }

    fn interest(&self) -> Interest {
        Interest { elf: true, ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        let name = file.name();
        let mut sets = Vec::new();
        for product in candidates(&name) {
            let open = file.open()?;
            let mut magic = [0; 4];
            // A wrapper script or a text may bear a program's name.
            if open.read_at(&mut magic, 0)? < magic.len() || &magic != b"\x7fELF" {
                break;
            }
            if let Some((version, bytes)) = search(open, product, series(&name))? {
                sets.push(super::found(file, product, &version, &bytes));
            }
        }
        Ok(sets)
    }
}
