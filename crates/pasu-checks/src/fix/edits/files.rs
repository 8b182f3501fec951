//! Whole files, links and directories.

use crate::fix::attributes::{group, user};
use crate::fix::draft::{Base, Conflict, Draft, PathDraft, Shape, Trouble};
use crate::host::FileKind;
use crate::judgement::reason;

/// A file with exactly this text. One that is there keeps its attributes.
pub(super) fn write(
    draft: &mut Draft<'_>,
    path: &str,
    content: &str,
    mode: u32,
    item: &str,
) -> Result<(), Trouble> {
    let (real, lines) = draft.text(path, item)?;
    let new = crate::fix::lines::Lines::of(content.as_bytes());
    let is_judged = lines.iter().all(|line| line.by.is_none());
    let wanted: Vec<String> = new.iter().map(|line| line.text().into_owned()).collect();
    let same = lines.iter().map(|line| line.text().into_owned()).eq(wanted.iter().cloned());
    if same {
        return Ok(());
    }
    if !is_judged {
        let other = lines.iter().find_map(|line| line.by.clone()).filter(|other| other != item);
        let what = "the whole file".to_owned();
        return Err(Conflict { path: real, what, item: item.to_owned(), other }.into());
    }
    while lines.iter().len() > 0 {
        lines.replace(&real, 0, &[], item)?;
    }
    lines.insert(0, &wanted, item);
    let (_, path) = draft.path(&real, item)?;
    if matches!(path.base, Base::Absent) {
        path.mode = Some(mode);
    }
    Ok(())
}

/// A file or link goes; its bytes stay in the transaction's folder.
pub(super) fn remove(draft: &mut Draft<'_>, path: &str, item: &str) -> Result<(), Trouble> {
    let (real, path) = draft.link(path, item)?;
    if path.facts().is_some_and(|facts| facts.kind == FileKind::Directory) {
        return Err(Trouble::Unfit(reason("fix-is-directory").file(&real)));
    }
    shape(&real, path, Shape::Absent, item)
}

pub(super) fn symlink(
    draft: &mut Draft<'_>,
    path: &str,
    target: &str,
    item: &str,
) -> Result<(), Trouble> {
    let real = draft.real_link(path)?;
    draft.folders(&real, item)?;
    let (real, path) = draft.link(&real, item)?;
    let known = path.facts().map(|facts| facts.kind);
    if known.is_some_and(|kind| kind != FileKind::Symlink) {
        return Err(Trouble::Unfit(reason("fix-not-a-link").file(&real)));
    }
    shape(&real, path, Shape::Link(target.to_owned()), item)
}

pub(super) fn directory(
    draft: &mut Draft<'_>,
    path: &str,
    mode: u32,
    owner: Option<&(String, String)>,
    item: &str,
) -> Result<(), Trouble> {
    let host = draft.host;
    let ids =
        owner.map(|(of, by)| Ok::<_, Trouble>((user(host, of)?, group(host, by)?))).transpose()?;
    let real = draft.real(path)?;
    draft.folders(&real, item)?;
    let (real, path) = draft.path(&real, item)?;
    match path.facts().map(|facts| facts.kind) {
        Some(FileKind::Directory) => return Ok(()),
        Some(_) => return Err(Trouble::Unfit(reason("fix-not-a-directory").file(&real))),
        None => {}
    }
    shape(&real, path, Shape::Directory, item)?;
    path.mode = Some(mode);
    path.owner = ids.map(|(uid, _)| (uid, item.to_owned()));
    path.group = ids.map(|(_, gid)| (gid, item.to_owned()));
    Ok(())
}

/// Gives a path its shape, unless another item wants another.
fn shape(real: &str, path: &mut PathDraft, new: Shape, item: &str) -> Result<(), Trouble> {
    if path.shape != Shape::Same && path.shape != new {
        let other = path.items.iter().find(|other| *other != item).cloned();
        let what = "what is there".to_owned();
        return Err(Conflict { path: real.to_owned(), what, item: item.to_owned(), other }.into());
    }
    path.shape = new;
    Ok(())
}
