//! Fixes: plans, and what became of them, for the person at the terminal.

mod history;
mod plan;
mod text;

pub use history::{render_fix_history, render_fix_record};
pub use plan::render_fix_plan;
