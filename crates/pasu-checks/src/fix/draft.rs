//! The state that a target would have: every path that some item wants to change, drawn by all items in turn.

use super::change::{ChangeKind, NewState, PathChange};
use super::lines::Lines;
use crate::cause::Cause;
use crate::host::{FileFacts, FileKind, Host};
use crate::judgement::Reason;
use pasu_model::FixEffect;
use pasu_system::AclTag;
use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// The largest file that is edited, in bytes.
const MAX_CONTENT: u64 = 8 << 20;

/// Two items that want different things, or one that wants what another took away.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {what}: {item}{} contradict each other", other.as_ref().map(|name| format!(" and {name}")).unwrap_or_default())]
pub struct Conflict {
    /// The file.
    pub path: String,
    /// What is wanted twice: a line, an owner, a key.
    pub what: String,
    /// The later item.
    pub item: String,
    /// The earlier one; none where the item contradicts what is there.
    pub other: Option<String>,
}

impl Conflict {
    pub(crate) fn line(path: &str, line: u32, item: &str, other: Option<&str>) -> Self {
        Self {
            path: path.to_owned(),
            what: format!("line {line}"),
            item: item.to_owned(),
            other: other.map(str::to_owned),
        }
    }
}

/// Why an edit cannot be drawn.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Another item wants otherwise.
    Conflict(Conflict),
    /// What has to be read could not be seen.
    Unseen(Cause),
    /// Only a person can do it here.
    Unfit(Reason),
}

impl From<Conflict> for Trouble {
    fn from(conflict: Conflict) -> Self {
        Self::Conflict(conflict)
    }
}

impl From<Cause> for Trouble {
    fn from(cause: Cause) -> Self {
        Self::Unseen(cause)
    }
}

/// What is at a path now.
#[derive(Debug, Clone)]
pub(crate) enum Base {
    Absent,
    There(FileFacts),
}

/// What a path would hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    Same,
    Absent,
    Text(Lines),
    Link(String),
    Directory,
}

/// One path.
#[derive(Debug, Clone)]
pub(crate) struct PathDraft {
    pub(crate) base: Base,
    pub(crate) shape: Shape,
    /// Bits, where they change or the path is new.
    pub(crate) mode: Option<u32>,
    /// With who wants it.
    pub(crate) owner: Option<(u32, String)>,
    pub(crate) group: Option<(u32, String)>,
    pub(crate) drop_acl: bool,
    pub(crate) items: BTreeSet<String>,
    /// The bytes that were judged, once they were read.
    content: Option<Arc<[u8]>>,
}

impl PathDraft {
    /// What is there and is a file or directory.
    pub(crate) fn facts(&self) -> Option<&FileFacts> {
        match &self.base {
            Base::There(facts) => Some(facts),
            Base::Absent => None,
        }
    }
}

/// The drawn state of a target.
pub(crate) struct Draft<'h> {
    pub(crate) host: &'h Host,
    paths: BTreeMap<String, PathDraft>,
    /// Keys with the value that an item wants, by file or program.
    claims: BTreeMap<(String, String), (String, String)>,
    /// What is done besides, with who wants it, in order.
    pub(crate) effects: Vec<(FixEffect, String)>,
    /// Ports that a super-server closes once it has read its configuration again.
    pub(crate) closed: BTreeSet<u16>,
    /// Whether an item asks for a unit to be started again, so that what runs now says nothing of it.
    pub(crate) restarts: bool,
}

impl<'h> Draft<'h> {
    pub(crate) fn new(host: &'h Host) -> Self {
        Self {
            host,
            paths: BTreeMap::new(),
            claims: BTreeMap::new(),
            effects: Vec::new(),
            closed: BTreeSet::new(),
            restarts: false,
        }
    }

    /// The draft of a path, whose folders' links are followed; the path itself is given back without them.
    pub(crate) fn path(
        &mut self,
        path: &str,
        item: &str,
    ) -> Result<(String, &mut PathDraft), Trouble> {
        let real = self.real(path)?;
        self.begun(real, item)
    }

    /// The draft of a path without links, begun where nobody asked for it yet.
    fn begun(&mut self, real: String, item: &str) -> Result<(String, &mut PathDraft), Trouble> {
        let host = self.host;
        let draft = match self.paths.entry(real.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => free.insert(PathDraft {
                base: host.file(&real)?.map_or(Base::Absent, Base::There),
                shape: Shape::Same,
                mode: None,
                owner: None,
                group: None,
                drop_acl: false,
                items: BTreeSet::new(),
                content: None,
            }),
        };
        draft.items.insert(item.to_owned());
        Ok((real, draft))
    }

    /// The lines of a text file to be edited; where there is none, an empty one with mode 0644 is begun, and its folders.
    pub(crate) fn text(&mut self, path: &str, item: &str) -> Result<(String, &mut Lines), Trouble> {
        let host = self.host;
        let (real, draft) = self.path(path, item)?;
        if matches!(draft.shape, Shape::Absent | Shape::Link(_) | Shape::Directory) {
            let conflict = Conflict {
                path: real,
                what: "what is there".to_owned(),
                item: item.to_owned(),
                other: draft.items.iter().find(|other| *other != item).cloned(),
            };
            return Err(conflict.into());
        }
        if !matches!(draft.shape, Shape::Text(_)) {
            let content = match &draft.base {
                Base::Absent => {
                    draft.mode = Some(0o644);
                    Vec::new()
                }
                Base::There(facts) if facts.kind == FileKind::File => {
                    host.bytes(&real, MAX_CONTENT)?.unwrap_or_default()
                }
                Base::There(_) => {
                    return Err(Trouble::Unfit(crate::reason("fix-not-a-file").file(&real)));
                }
            };
            draft.shape = Shape::Text(Lines::of(&content));
            draft.content = Some(content.into());
            if matches!(draft.base, Base::Absent) {
                self.folders(&real, item)?;
            }
        }
        match self.paths.get_mut(&real).map(|draft| &mut draft.shape) {
            Some(Shape::Text(lines)) => Ok((real, lines)),
            _ => Err(Trouble::Unfit(crate::reason("fix-not-a-file").file(&real))),
        }
    }

    /// Begins the folders above a path that are not there (0755, root).
    pub(crate) fn folders(&mut self, path: &str, item: &str) -> Result<(), Trouble> {
        for folder in Path::new(path).ancestors().skip(1) {
            let folder = folder.to_string_lossy().into_owned();
            let (_, draft) = self.path(&folder, item)?;
            match (&draft.base, &draft.shape) {
                (Base::Absent, Shape::Same) => {
                    draft.shape = Shape::Directory;
                    draft.mode = Some(0o755);
                }
                _ => {
                    // Nothing is wanted of a folder that is there.
                    if draft.shape == Shape::Same && draft.mode.is_none() && draft.owner.is_none() {
                        self.paths.remove(&folder);
                    }
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Says that an item wants a value for a key of a file or program. Another value of another item is a conflict.
    pub(crate) fn claim(
        &mut self,
        of: &str,
        key: &str,
        value: &str,
        item: &str,
    ) -> Result<(), Conflict> {
        let name = (of.to_owned(), key.to_owned());
        match self.claims.get(&name) {
            Some((known, other)) if known != value && other != item => Err(Conflict {
                path: of.to_owned(),
                what: key.to_owned(),
                item: item.to_owned(),
                other: Some(other.clone()),
            }),
            Some(_) => Ok(()),
            None => {
                self.claims.insert(name, (value.to_owned(), item.to_owned()));
                Ok(())
            }
        }
    }

    /// Whether some item wants just this already.
    pub(crate) fn is_claimed(&self, of: &str, key: &str, value: &str) -> bool {
        self.claims.get(&(of.to_owned(), key.to_owned())).is_some_and(|(known, _)| known == value)
    }

    /// Says that a port will be closed, whoever holds it.
    pub(crate) fn close(&mut self, port: u16) {
        self.closed.insert(port);
    }

    /// Adds something that is done besides.
    pub(crate) fn effect(&mut self, effect: FixEffect, item: &str) {
        if !self.effects.iter().any(|(known, _)| *known == effect) {
            self.effects.push((effect, item.to_owned()));
        }
    }

    /// Has the services that run told of the files of theirs that change.
    pub(crate) fn tell_services(&mut self) {
        // Attributes of a file that was read are nothing to read again.
        let changes = self.changes();
        let paths: Vec<(&str, &str)> = changes
            .iter()
            .filter(|change| change.kind != ChangeKind::Attributes)
            .map(|change| (change.path.as_str(), change.items.first().map_or("", String::as_str)))
            .collect();
        let mut told = Vec::new();
        for (_, subsystem) in super::subsystems::of_paths(paths.iter().map(|(path, _)| *path)) {
            let item = paths
                .iter()
                .find(|(path, _)| {
                    subsystem.paths.iter().any(|pattern| crate::host::path_matches(pattern, path))
                })
                .map_or("", |(_, item)| *item);
            told.extend(subsystem.effects(self.host).into_iter().map(|it| (it, item.to_owned())));
        }
        for (effect, item) in told {
            let unit = match &effect {
                FixEffect::Reload { unit } | FixEffect::Restart { unit } => unit.clone(),
                _ => continue,
            };
            // What is stopped or told already need not be told.
            let is_known = self.effects.iter().any(|(known, _)| match known {
                FixEffect::Stop { unit: other }
                | FixEffect::Start { unit: other }
                | FixEffect::Reload { unit: other }
                | FixEffect::Restart { unit: other } => *other == unit,
                FixEffect::Sysctl { .. } => false,
            });
            if !is_known {
                self.effects.push((effect, item));
            }
        }
    }

    /// A path without symbolic links and dots; a link in the last part is followed where it leads to something.
    pub(crate) fn real(&self, path: &str) -> Result<String, Trouble> {
        let mut at = PathBuf::from("/");
        let mut rest: Vec<PathBuf> = parts(Path::new(path));
        rest.reverse();
        let mut links = 0;
        while let Some(part) = rest.pop() {
            if part == Path::new("..") {
                at.pop();
                continue;
            }
            let next = at.join(&part);
            match self.host.system().read_link(&next) {
                Ok(target) => {
                    links += 1;
                    if links > 40 {
                        return Err(
                            Cause::malformed(path, None, "symbolic links in a circle").into()
                        );
                    }
                    if target.is_absolute() {
                        at = PathBuf::from("/");
                    }
                    rest.extend(parts(&target).into_iter().rev());
                }
                Err(_) => at = next,
            }
        }
        match at.to_str() {
            Some(real) => Ok(real.to_owned()),
            None => Err(Trouble::Unfit(crate::reason("fix-odd-name").file(path))),
        }
    }

    /// The same, but a link in the last part is the path itself.
    pub(crate) fn real_link(&self, path: &str) -> Result<String, Trouble> {
        let path = Path::new(path);
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Ok("/".to_owned());
        };
        let parent = self.real(&parent.to_string_lossy())?;
        Ok(Path::new(&parent).join(name).to_string_lossy().into_owned())
    }

    /// The draft of a path that may be a link itself.
    pub(crate) fn link(
        &mut self,
        path: &str,
        item: &str,
    ) -> Result<(String, &mut PathDraft), Trouble> {
        let real = self.real_link(path)?;
        self.begun(real, item)
    }

    /// Every path that would change, by path: folders stand before what is in them.
    pub(crate) fn changes(&self) -> Vec<PathChange> {
        self.paths.iter().filter_map(|(path, draft)| self.change(path, draft)).collect()
    }

    fn change(&self, path: &str, draft: &PathDraft) -> Option<PathChange> {
        let facts = draft.facts();
        let kind = match &draft.shape {
            Shape::Absent => facts.map(|_| ChangeKind::Remove),
            Shape::Link(_) => Some(ChangeKind::Link),
            Shape::Directory => facts.is_none().then_some(ChangeKind::Directory),
            Shape::Text(lines) => {
                let bytes = lines.bytes();
                let old = draft.content.as_deref().unwrap_or_default();
                let is_same = facts.is_some() && bytes == old;
                (!is_same).then_some(ChangeKind::Content)
            }
            Shape::Same => None,
        };
        let mode = facts.map(|facts| facts.mode);
        let changes_attributes = draft.mode.is_some_and(|new| Some(new) != mode)
            || draft.owner.as_ref().is_some_and(|(uid, _)| facts.is_none_or(|old| old.uid != *uid))
            || draft.group.as_ref().is_some_and(|(gid, _)| facts.is_none_or(|old| old.gid != *gid))
            || draft.drop_acl;
        let kind = match kind {
            None if facts.is_some() && changes_attributes && draft.shape != Shape::Absent => {
                ChangeKind::Attributes
            }
            other => other?,
        };
        let new = NewState {
            content: match (&draft.shape, kind) {
                (Shape::Text(lines), ChangeKind::Content) => Some(lines.bytes().into()),
                _ => None,
            },
            target: match &draft.shape {
                Shape::Link(target) => Some(target.clone()),
                _ => None,
            },
            mode: draft.mode.or(mode).unwrap_or(0o644),
            uid: draft
                .owner
                .as_ref()
                .map_or_else(|| facts.map_or(0, |facts| facts.uid), |(uid, _)| *uid),
            gid: draft
                .group
                .as_ref()
                .map_or_else(|| facts.map_or(0, |facts| facts.gid), |(gid, _)| *gid),
            drop_acl: draft.drop_acl,
        };
        Some(PathChange {
            path: path.to_owned(),
            kind,
            items: draft.items.iter().cloned().collect(),
            before: facts.cloned(),
            old: draft.content.clone(),
            old_target: facts
                .filter(|facts| facts.kind == FileKind::Symlink)
                .and_then(|_| self.host.system().read_link(Path::new(path)).ok())
                .map(|target| target.to_string_lossy().into_owned()),
            new,
        })
    }

    /// The bits that the owning group really has: those of the mode are the mask where there is an access list.
    pub(crate) fn group_bits(&self, path: &str) -> Result<Option<u32>, Cause> {
        let acl = self.host.system().acl(Path::new(path));
        let acl = acl.map_err(|error| Cause::of_file(path, &error))?;
        let entry = acl.and_then(|acl| {
            acl.entries.iter().find(|entry| entry.tag == AclTag::OwningGroup).copied()
        });
        Ok(entry.map(|entry| u32::from(entry.permissions) << 3))
    }
}

fn parts(path: &Path) -> Vec<PathBuf> {
    path.components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(PathBuf::from(name)),
            Component::ParentDir => Some(PathBuf::from("..")),
            _ => None,
        })
        .collect()
}
