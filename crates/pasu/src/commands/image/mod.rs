//! `pasu image`: container images.

mod all;
pub mod audit;
pub mod gather;
pub mod look;
mod mask;
mod patch;
mod recall;
pub mod scan;
pub mod source;

pub use mask::masked;

use crate::args::{ImageArgs, ImageCommand};
use crate::exit::Exit;
use anyhow::Result;

/// Does what was asked.
pub fn run(args: &ImageArgs) -> Result<Exit> {
    match &args.command {
        None if args.all => all::run(args),
        None => scan::run(args),
        Some(ImageCommand::Patch(args)) => patch::run(args),
        Some(ImageCommand::PatchSchema) => patch::schema(),
    }
}
