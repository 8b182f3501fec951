//! Images patched by a real engine: everything else stays as it was, they start as before, and nothing is left behind.
//!
//! They need root, Docker, debootstrap and Debian's mirrors, so they are left out of ordinary runs; `cargo xtask test` runs
//! them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail their test")]

mod apps;
mod containerd;
mod ends;
mod engine;
#[path = "../../../pasu-image/tests/common/mod.rs"]
mod images;
mod killed;
#[path = "../../../pasu-image/tests/services/own_containerd.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod own_containerd;
mod patched;
mod removed;
#[path = "../cli/server.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod server;
mod ubuntu;
