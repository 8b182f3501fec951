//! The program as its users meet it: run as a process, judged by what it prints, writes and returns.

mod db;
mod program;
mod server;
mod suppress;
