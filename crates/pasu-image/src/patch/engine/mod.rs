//! Patching by an engine: a throw-away container to simulate in, a build, and what is left behind of neither.

mod build;
mod container;
mod dockerfile;
mod leftovers;
mod owner;
mod session;
mod stop;
mod stream;
mod write;

pub use build::Progress;
pub use container::{Answer, Question, Shell};
pub use dockerfile::{Packages, Recipe, shell_path};
pub use session::{Session, SessionOptions};
pub use stop::Stop;
pub use write::{Changes, Pending, Written};
