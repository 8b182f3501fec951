//! `pasu db`.

mod build;
mod sign;
mod status;
mod transport;
mod update;
