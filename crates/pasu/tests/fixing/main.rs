//! Fixes carried out on real hosts: Debian 12 in containers with a real sshd, sudo and systemd, where somebody logs in
//! with a key before and after.
//!
//! They need root, Docker and debootstrap, so they are left out of ordinary runs; `cargo xtask test` runs them. Each test
//! has a container of its own and goes through several scenarios in it, each of which leaves it as it was.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail their test")]

#[path = "../hosts/container.rs"]
mod container;
#[path = "../hosts/image.rs"]
mod image;

mod everything;
mod interrupted;
mod machine;
mod packaged;
mod refusals;
mod root_login;
mod services;
mod traps;
