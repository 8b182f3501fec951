//! What would let an image run with less: what is in it, who it could run as, and how it is run then.

mod capabilities;
mod files;
mod rights;
mod snippets;
mod user;

pub use files::{Special, folders, special};
pub use rights::{ChangedRights, Rights, changed_rights};
pub use snippets::{Running, compose, kubernetes};
pub use user::{Account, account, is_root, numeric};
