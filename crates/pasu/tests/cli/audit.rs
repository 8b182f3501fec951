//! `pasu audit` as its users meet it.

mod answers;
mod hostile;
mod machine;
mod policy;
mod results;
