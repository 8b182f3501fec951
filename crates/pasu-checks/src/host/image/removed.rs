//! Files that are in a layer of an image and not in its tree any more: whoever has the image has them.

use super::{ImageFacts, Instruction};
use crate::cause::{Cause, CauseKind};
use crate::host::Host;
use crate::walk::{MAX_SECRET, may_hold_secret, may_name_secret};
use pasu_system::{Layered, Removed};
use serde::{Deserialize, Serialize};

/// The most files that are read.
const MAX_FILES: usize = 2000;

/// Characters of a digest that tell layers apart.
const DIGEST: usize = "sha256:".len() + 12;

/// A layer as it is told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerFacts {
    /// Its number, from 0.
    pub number: usize,
    /// The beginning of the digest of its uncompressed archive; empty where it is unknown.
    pub digest: String,
    /// The instruction that made it, masked; empty where the history does not tell.
    pub instruction: String,
}

impl LayerFacts {
    /// A layer by its number, from 0, its instruction quoted without some words.
    #[must_use]
    pub fn new(image: &ImageFacts, number: usize, hidden: &[String]) -> Self {
        let digest = image.info.config.rootfs.diff_ids.get(number);
        Self {
            number,
            digest: digest.map(|it| it.chars().take(DIGEST).collect()).unwrap_or_default(),
            instruction: image.step_of(number).map(|step| step.quoted(hidden)).unwrap_or_default(),
        }
    }

    /// `2 (COPY id_rsa /root/.ssh/)`, numbers from 1, and the digest where the instruction is not known.
    #[must_use]
    pub fn shown(&self) -> String {
        let what = if self.instruction.is_empty() { &self.digest } else { &self.instruction };
        let number = self.number + 1;
        if what.is_empty() { number.to_string() } else { format!("{number} ({what})") }
    }
}

/// A file that a layer brought, with its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovedFile {
    /// Its path.
    pub path: String,
    /// What is in it.
    pub content: Vec<u8>,
    /// Where it came from and went, the content being the same in between.
    pub removed: Removed,
    /// A command made it, as far as the history tells.
    pub is_made: bool,
}

impl Host {
    /// Hands over the files of a target's layers that may hold secrets by their names, that are not in the target any
    /// more, and that are no distribution's or package's own. One that is written anew with the same content is the same
    /// file. Where the target is not made of layers there are none.
    ///
    /// # Errors
    /// There are too many. What cannot be read of one is handed over instead of it.
    pub fn removed_secret_files(
        &self,
        look: &mut dyn FnMut(Result<RemovedFile, Cause>),
    ) -> Result<(), Cause> {
        let image = self.image()?;
        let Some(layered) = self.system().layered() else { return Ok(()) };
        let candidates =
            layered.removed(&may_name_secret).filter(|removed| may_hold_secret(&removed.path));
        let mut candidates: Vec<Removed> = candidates.take(MAX_FILES + 1).collect();
        if candidates.len() > MAX_FILES {
            let detail = format!("more than {MAX_FILES} files were removed by later layers");
            return Err(Cause::new(CauseKind::Limit, detail));
        }
        // By path, and each path from its first layer on.
        candidates.sort();
        candidates.dedup();
        let mut last: Option<RemovedFile> = None;
        for removed in candidates {
            let path = removed.path.to_string_lossy().into_owned();
            if is_of_a_package(&path, image, removed.layer) {
                continue;
            }
            let content = match content(layered, &removed) {
                Ok(Some(content)) => content,
                Ok(None) => continue,
                Err(error) => {
                    look(Err(Cause::of_file(&path, &error)));
                    continue;
                }
            };
            if let Some(last) = last.as_mut().filter(|last| last.goes_on(&removed, &content)) {
                (last.removed.by, last.removed.is_replaced) = (removed.by, removed.is_replaced);
                continue;
            }
            let is_made = is_made(image, removed.layer);
            let next = RemovedFile { path, content, removed, is_made };
            last.replace(next)
                .filter(|last| !self.has(last))
                .map(Ok)
                .into_iter()
                .for_each(&mut *look);
        }
        last.filter(|last| !self.has(last)).map(Ok).into_iter().for_each(look);
        Ok(())
    }

    /// What is there still, with the same content, is found in the tree.
    fn has(&self, file: &RemovedFile) -> bool {
        let now = self.system().read(&file.removed.path, MAX_SECRET);
        now.is_ok_and(|now| now == file.content)
    }
}

impl RemovedFile {
    /// Whether another file is this one, written anew.
    fn goes_on(&self, next: &Removed, content: &[u8]) -> bool {
        let Removed { path, by, .. } = &self.removed;
        (path, by) == (&next.path, &next.layer) && self.content == content
    }
}

/// What is in a file as its layer brought it; `None` if it is too large to be one with secrets.
fn content(layered: &dyn Layered, removed: &Removed) -> std::io::Result<Option<Vec<u8>>> {
    let then = layered.at(removed.layer);
    if then.symlink_metadata(&removed.path)?.size > MAX_SECRET {
        return Ok(None);
    }
    then.read(&removed.path, MAX_SECRET).map(Some)
}

/// Folders of packages of programming languages, which anybody can get: keys in there are for trials.
const PACKAGES: [&str; 7] = [
    "/node_modules/",
    "/site-packages/",
    "/dist-packages/",
    "/gems/",
    "/pkg/mod/",
    "/registry/src/",
    "/go/src/crypto/",
];

/// Folders of a distribution's own files.
const DISTRIBUTION: [&str; 8] = [
    "/usr/lib/",
    "/usr/lib32/",
    "/usr/lib64/",
    "/usr/libexec/",
    "/usr/share/",
    "/lib/",
    "/lib32/",
    "/lib64/",
];

/// Whether a file came with a package, as far as its place and the step that brought it tell: updates replace such files
/// and removals take them away.
fn is_of_a_package(path: &str, image: &ImageFacts, layer: usize) -> bool {
    PACKAGES.iter().any(|folder| path.contains(folder))
        || DISTRIBUTION.iter().any(|folder| path.starts_with(folder)) && !is_copied(image, layer)
}

/// Whether a layer was copied from the context of its build, and is not a whole root file system.
fn is_copied(image: &ImageFacts, layer: usize) -> bool {
    image.step_of(layer).is_some_and(|step| match step.instruction {
        Instruction::Copy => true,
        Instruction::Add => step.text.split_whitespace().next_back() != Some("/"),
        _ => false,
    })
}

fn is_made(image: &ImageFacts, layer: usize) -> bool {
    image.step_of(layer).is_some_and(|step| step.instruction == Instruction::Run)
}

#[cfg(test)]
mod tests {
    use super::LayerFacts;
    use crate::host::image::ImageFacts;
    use pasu_model::{HistoryEntry, ImageConfig, ImageInfo, RootFs};

    #[test]
    fn layers_are_told_of_by_instruction_else_by_digest() {
        let entry =
            |text: &str| HistoryEntry { created_by: text.to_owned(), ..HistoryEntry::default() };
        let diff_ids = vec![format!("sha256:{}", "a".repeat(64)), format!("sha256:{:064}", 1)];
        let rootfs = RootFs { diff_ids, ..RootFs::default() };
        let history = vec![entry(""), entry("RUN make")];
        let config = ImageConfig { history, rootfs, ..ImageConfig::default() };
        let image = ImageFacts::new(&ImageInfo { config, ..ImageInfo::default() });
        let shown = |number| LayerFacts::new(&image, number, &[]).shown();
        assert_eq!(
            [shown(0), shown(1), shown(2)],
            ["1 (sha256:aaaaaaaaaaaa)", "2 (RUN make)", "3"]
        );
    }
}
