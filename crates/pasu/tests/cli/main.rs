//! The program as its users meet it: run as a process, judged by what it prints, writes and returns.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

mod apk;
mod audit;
mod compare;
mod db;
mod fix;
mod hostile;
mod image;
mod image_cache;
mod image_patch;
#[path = "../../../pasu-image/tests/common/mod.rs"]
mod images;
mod inspect;
mod program;
mod runs;
mod scan;
mod server;
mod suppress;
mod variables;
