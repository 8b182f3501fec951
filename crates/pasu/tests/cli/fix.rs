//! `pasu fix` as its users meet it, on trees of files.

mod apply;
mod hostile;
mod kills;
mod manifest;
mod plan;
mod tree;
mod undo;
