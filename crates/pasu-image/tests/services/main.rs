//! Images of real services: each module starts its own, and ends it. They need Debian packages, so they are left out of
//! ordinary runs; `cargo xtask test` installs them and runs these.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on panics")]

#[path = "../common/mod.rs"]
mod common;
mod containerd;
mod distribution;
mod engine;
mod host;
mod own_containerd;
mod podman;
mod registry;
mod seen;
