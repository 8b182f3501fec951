//! Lines of a text file.

use crate::fix::draft::{Draft, Trouble};
use crate::fix::edit::{Anchor, LineChange};

pub(super) fn line(
    draft: &mut Draft<'_>,
    path: &str,
    line: u32,
    change: &LineChange,
    item: &str,
) -> Result<(), Trouble> {
    let (real, lines) = draft.text(path, item)?;
    let at = lines.position(&real, line, item)?;
    let with = match change {
        LineChange::Replace(with) => with.clone(),
        LineChange::CommentOut => {
            let old = lines.iter().nth(at).map(|line| line.text().into_owned()).unwrap_or_default();
            if old.trim_start().starts_with('#') {
                return Ok(());
            }
            vec![format!("# {old}")]
        }
    };
    Ok(lines.replace(&real, at, &with, item)?)
}

pub(super) fn insert(
    draft: &mut Draft<'_>,
    path: &str,
    anchor: &Anchor,
    new: &[String],
    item: &str,
) -> Result<(), Trouble> {
    let (real, lines) = draft.text(path, item)?;
    let at = match anchor {
        Anchor::Start => 0,
        Anchor::End => lines.iter().len(),
        Anchor::Before(line) => lines.position(&real, *line, item)?,
        Anchor::After(line) => lines.position(&real, *line, item)? + 1,
    };
    // The same lines by two items are wanted once.
    let is_there = lines
        .iter()
        .skip(at.saturating_sub(new.len()))
        .take(2 * new.len())
        .map(|line| line.text().into_owned())
        .collect::<Vec<_>>()
        .windows(new.len().max(1))
        .any(|window| window == new);
    if !is_there {
        lines.insert(at, new, item);
    }
    Ok(())
}
