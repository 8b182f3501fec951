//! Hostile input through the whole program: whatever a target or a database holds, the rest of the scan stays whole,
//! the message names file and reason, the exit status is 2, and neither time nor memory runs away.

mod archives;
mod bench;
mod databases;
mod output;
mod texts;
mod trees;

use bench::{Bench, Expect};
