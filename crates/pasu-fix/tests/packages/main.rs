//! Security updates of a real Debian 11, planned, done and taken back by its own apt; and packages made here, by dnf.
//!
//! They need root, Docker, debootstrap and Debian's archive, so they are left out of ordinary runs; `cargo xtask test`
//! runs them.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

mod applying;
mod container;
mod dnf;
mod planning;
