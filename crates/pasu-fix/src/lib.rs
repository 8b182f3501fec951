//! Carries out fixes: what may be done to a target, doing it as a transaction, and undoing it.
//!
//! Items say what they would change (`pasu-checks`), the transaction writes and restores (`pasu-system`); this crate
//! stands between: who can log in before and after, which tools must agree, which services read what was changed, and
//! what package managers would do.

pub mod access;
pub mod packages;
pub mod session;
