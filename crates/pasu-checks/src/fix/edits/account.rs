//! Records of accounts and groups: one field changed, everything else as it was.

use crate::fix::draft::{Draft, Trouble};
use crate::fix::edit::AccountField;
use crate::judgement::reason;

impl AccountField {
    /// The file, the field from 0, and how many fields a whole record has.
    const fn place(self) -> (&'static str, usize, usize) {
        match self {
            Self::PasswdPassword => ("/etc/passwd", 1, 7),
            Self::Home => ("/etc/passwd", 5, 7),
            Self::Shell => ("/etc/passwd", 6, 7),
            Self::LockPassword => ("/etc/shadow", 1, 9),
            Self::LastChange => ("/etc/shadow", 2, 9),
            Self::MinimumAge => ("/etc/shadow", 3, 9),
            Self::MaximumAge => ("/etc/shadow", 4, 9),
            Self::Expires => ("/etc/shadow", 7, 9),
        }
    }
}

pub(super) fn field(
    draft: &mut Draft<'_>,
    name: &str,
    field: AccountField,
    value: &str,
    item: &str,
) -> Result<(), Trouble> {
    let (path, index, count) = field.place();
    if value.contains([':', '\n']) {
        return Err(Trouble::Unfit(reason("fix-bad-value").arg("value", value)));
    }
    change(draft, path, name, count, item, |fields| {
        fields[index] = match field {
            // The hash stays behind the mark, so that unlocking brings it back.
            AccountField::LockPassword if fields[index].starts_with(['!', '*']) => return,
            AccountField::LockPassword => format!("!{}", fields[index]),
            _ => value.to_owned(),
        };
    })?;
    let key = format!("{name} {index}");
    Ok(draft.claim(path, &key, value, item)?)
}

pub(super) fn remove_member(
    draft: &mut Draft<'_>,
    group: &str,
    member: &str,
    item: &str,
) -> Result<(), Trouble> {
    let without = |field: &str| {
        field
            .split(',')
            .filter(|name| !name.is_empty() && name.trim() != member)
            .collect::<Vec<_>>()
            .join(",")
    };
    change(draft, "/etc/group", group, 4, item, |fields| fields[3] = without(&fields[3]))?;
    if draft
        .host
        .text("/etc/gshadow")?
        .is_some_and(|file| file.lines.iter().any(|line| line.split(':').next() == Some(group)))
    {
        change(draft, "/etc/gshadow", group, 4, item, |fields| {
            fields[2] = without(&fields[2]);
            fields[3] = without(&fields[3]);
        })?;
    }
    Ok(())
}

/// Changes the one record of a name. Two records of one name, or a damaged one, are for a person.
pub(super) fn change(
    draft: &mut Draft<'_>,
    path: &str,
    name: &str,
    count: usize,
    item: &str,
    edit: impl FnOnce(&mut Vec<String>),
) -> Result<(), Trouble> {
    let (real, lines) = draft.text(path, item)?;
    let found: Vec<(usize, Vec<String>)> = lines
        .iter()
        .enumerate()
        .map(|(at, line)| (at, line.text().split(':').map(str::to_owned).collect::<Vec<_>>()))
        .filter(|(_, fields)| fields.first().is_some_and(|first| first == name))
        .collect();
    let [(at, fields)] = found.as_slice() else {
        return Err(Trouble::Unfit(reason("fix-no-record").arg("name", name).file(&real)));
    };
    if fields.len() != count {
        return Err(Trouble::Unfit(reason("fix-no-record").arg("name", name).file(&real)));
    }
    let mut fields = fields.clone();
    edit(&mut fields);
    // Items may change different fields of one record; who wants another value for the same field is told by its claim.
    let at = *at;
    lines.amend(at, &fields.join(":"), item);
    Ok(())
}
