//! Fixes: plans, and what became of them, for the person at the terminal.

mod history;
mod plan;
pub(crate) mod text;

pub(crate) use history::author;
pub use history::{render_fix_history, render_fix_record};
pub use plan::render_fix_plan;

/// The published schema of a plan's JSON (JSON Schema 2020-12).
pub const FIX_PLAN_SCHEMA: &str = include_str!("../../schema/pasu-fix-plan-1.json");
