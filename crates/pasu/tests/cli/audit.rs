//! `pasu audit` as its users meet it.

mod answers;
mod hostile;
pub mod machine;
mod policy;
mod results;
