//! Draws owner, mode and access list.

use super::draft::{Conflict, Draft, Trouble};
use super::edit::AttributesEdit;
use crate::host::Host;
use crate::judgement::reason;

pub(super) fn draw(
    draft: &mut Draft<'_>,
    edit: &AttributesEdit,
    item: &str,
) -> Result<(), Trouble> {
    let owner = edit.owner.as_deref().map(|name| user(draft.host, name)).transpose()?;
    let group = edit.group.as_deref().map(|name| group(draft.host, name)).transpose()?;
    let real = draft.real(&edit.path)?;
    let group_bits = draft.group_bits_of(&real)?;
    let (real, path) = draft.path(&edit.path, item)?;
    let Some(facts) = path.facts().cloned() else {
        return Err(Trouble::Unfit(reason("fix-gone").file(&real)));
    };
    let goes_beyond = |limit: u32| facts.grants_beyond(limit).next().is_some();
    let is_beyond = edit.limit_acl && edit.limit.is_some_and(goes_beyond);
    if is_beyond || edit.drop_acl && !facts.acl.is_empty() {
        path.drop_acl = true;
    }
    let mut mode = path.mode.unwrap_or(facts.mode);
    if path.drop_acl
        && let Some(bits) = group_bits
    {
        // With an access list the group's digit is its mask; without one it is the group's again.
        mode = mode & !0o070 | (bits & mode);
    }
    if let Some(limit) = edit.limit {
        mode &= limit | edit.add;
    }
    mode |= edit.add;
    if mode != facts.mode || path.mode.is_some() {
        path.mode = Some(mode);
    }
    let claim = |known: &mut Option<(u32, String)>, wanted: Option<u32>, what: &str| {
        let Some(wanted) = wanted else { return Ok(()) };
        match known {
            Some((id, other)) if *id != wanted => Err(Conflict {
                path: real.clone(),
                what: what.to_owned(),
                item: item.to_owned(),
                other: Some(other.clone()),
            }),
            _ => {
                *known = Some((wanted, item.to_owned()));
                Ok(())
            }
        }
    };
    claim(&mut path.owner, owner, "owner")?;
    claim(&mut path.group, group, "group")?;
    Ok(())
}

impl Draft<'_> {
    fn group_bits_of(&self, real: &str) -> Result<Option<u32>, Trouble> {
        if self.host.file(real)?.is_none() { Ok(None) } else { Ok(self.group_bits(real)?) }
    }
}

/// The number of a user by name or number.
pub(super) fn user(host: &Host, name: &str) -> Result<u32, Trouble> {
    if name == "root" {
        return Ok(0);
    }
    let found = name.parse().ok().or_else(|| {
        host.accounts().ok().and_then(|accounts| accounts.named(name).map(|account| account.uid))
    });
    found.ok_or_else(|| Trouble::Unfit(reason("fix-no-such-account").arg("name", name)))
}

/// The number of a group by name or number.
pub(super) fn group(host: &Host, name: &str) -> Result<u32, Trouble> {
    if name == "root" {
        return Ok(0);
    }
    let found = name.parse().ok().or_else(|| {
        host.groups().ok().and_then(|groups| groups.named(name).map(|group| group.gid))
    });
    found.ok_or_else(|| Trouble::Unfit(reason("fix-no-such-account").arg("name", name)))
}
