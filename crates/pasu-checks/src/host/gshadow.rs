//! `/etc/gshadow`: administrators and members of groups. Passwords are not kept.

use super::Host;
use crate::cause::Cause;
use serde::{Deserialize, Serialize};

/// The entries of `/etc/gshadow`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupShadow {
    /// In the order of the file.
    pub entries: Vec<GroupShadowEntry>,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupShadowEntry {
    /// The group's name.
    pub name: String,
    /// Who may add members.
    pub administrators: Vec<String>,
    /// Line, from 1.
    pub line: u32,
}

impl Host {
    /// `/etc/gshadow`; `None` where there is none, as on Alpine.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub fn group_shadow(&self) -> Result<Option<GroupShadow>, Cause> {
        let Some(file) = self.text_of("/etc/gshadow", super::accounts::MAX_ACCOUNTS)? else {
            return Ok(None);
        };
        let entries = file.settings().filter_map(|(number, line)| entry(line, number));
        Ok(Some(GroupShadow { entries: entries.collect() }))
    }
}

/// `sudo:*:root:kim,lee`: name, password, administrators, members.
fn entry(line: &str, number: u32) -> Option<GroupShadowEntry> {
    let mut fields = line.split(':');
    let name = fields.next().filter(|name| !name.is_empty() && !name.starts_with(['+', '-']))?;
    let administrators = fields.nth(1)?.split(',').map(str::trim);
    Some(GroupShadowEntry {
        name: name.to_owned(),
        administrators: administrators.filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        line: number,
    })
}
