//! Real hosts, made here: Debian 12 in containers with real daemons, set up good, bad and stock, and audited from inside.
//!
//! Each scenario is a file: what is done to the host, and what every item must then come to. They need root, Docker and
//! debootstrap, so they are left out of ordinary runs; `cargo xtask test` runs them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail their test")]

mod container;
mod image;
mod inspection;
mod scenario;

use scenario::check;

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn stock() {
    check("stock");
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn neglected() {
    check("neglected");
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn hardened() {
    check("hardened");
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn minimal() {
    check("minimal");
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn as_a_user() {
    check("as_a_user");
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn as_a_tree() {
    check("as_a_tree");
}
