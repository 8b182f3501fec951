//! Finds installed and locked packages in a target: a [`System`](pasu_system::System) in, an
//! [`Inventory`](pasu_model::Inventory) out.
//!
//! Each kind of record has one [`Detector`] in one file. A detector says as data which files it wants and turns one
//! file into packages; it knows nothing of advisories, of other detectors or of how the target is reached.

mod detector;
mod interest;
mod inventory;
pub mod language;
pub mod os;
mod paged;
pub mod sbom;
mod skip;
pub mod software;
mod target_file;

pub use detector::{DetectError, Detector, Interest, Scope};
pub use inventory::{
    InventoryError, InventoryOptions, LayerScanner, Recall, Wanted, installed, inventory,
    inventory_of_layers,
};
pub use target_file::TargetFile;
