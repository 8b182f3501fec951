//! Lays one package's files over the image.

use super::super::choose::{Chosen, place};
use super::super::deb::{DataItem, read_data};
use super::super::error::LayerError;
use super::super::nodes::{Node, Nodes, What};
use super::super::spool::{hex, md5_hex};
use super::conffiles::{Decision, decide, listed, recorded};
use super::rules::Rules;
use crate::layer::absolute;
use crate::patch::packages::Packages;
use pasu_model::Text;
use pasu_system::EntryKind;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use tar::EntryType;

/// The largest configuration file that is compared, in bytes.
const MAX_CONFFILE: u64 = 64 << 20;

/// What a package's files are.
pub(super) struct Unpacked {
    /// The paths as the package has them, in its order.
    pub list: Vec<PathBuf>,
    /// Where they are in the image.
    pub real: BTreeSet<PathBuf>,
    /// The newest time among them.
    pub newest: i64,
}

/// The state while a package is unpacked.
pub(super) struct Unpacking<'a, 'n> {
    pub nodes: &'n mut Nodes<'a>,
    pub rules: &'n Rules,
    pub notes: &'n mut Vec<Text>,
    /// A distroless image: documentation and translations that it does not have are not added.
    pub split: bool,
}

/// Why unpacking stopped.
enum Stop {
    Bytes(io::Error),
    Problem(String),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Bytes(error)
    }
}

impl Unpacking<'_, '_> {
    /// Unpacks a package and notes its configuration files.
    pub fn unpack(
        &mut self,
        chosen: &Chosen<'_>,
        old: &super::super::Stanza,
        packages: &dyn Packages,
    ) -> Result<Unpacked, LayerError> {
        let mut package = Package {
            name: chosen.control.stanza.text("Package").to_owned(),
            conffiles: listed(chosen.control.files.get("conffiles").map_or(&[], Vec::as_slice)),
            recorded: recorded(old),
            sums: BTreeMap::new(),
            real: BTreeMap::new(),
        };
        let mut unpacked =
            Unpacked { list: Vec::new(), real: BTreeSet::new(), newest: chosen.control.newest };
        let file = packages.open(chosen.available)?;
        let done = read_data(file, |item| self.item(&mut package, item, &mut unpacked));
        done.map_err(|stop| LayerError::Package {
            place: place(chosen.available),
            problem: match stop {
                Stop::Bytes(error) => error.to_string(),
                Stop::Problem(problem) => problem,
            },
        })?;
        *chosen.conffiles.borrow_mut() = package.lines(self, &mut unpacked);
        unpacked.real.extend(package.real.into_values());
        Ok(unpacked)
    }

    fn item(
        &mut self,
        package: &mut Package,
        data: DataItem<'_>,
        unpacked: &mut Unpacked,
    ) -> Result<(), Stop> {
        let item = data.item;
        let path = absolute(&item.path);
        unpacked.newest = unpacked.newest.max(item.modified);
        unpacked.list.push(path.clone());
        if item.path.is_empty() {
            return Ok(());
        }
        if self.rules.is_excluded(&path) || self.is_stripped(&path)? {
            return Ok(());
        }
        let placed = self.rules.place(&path, &package.name).to_path_buf();
        let real = self.nodes.real(&placed)?;
        package.real.insert(path.clone(), real.clone());
        let owner = self.rules.owner(&placed);
        let mut node = Node {
            what: What::Directory,
            mode: owner.map_or(item.mode, |owner| owner.mode),
            uid: owner.map_or(id(item.uid), |owner| owner.uid),
            gid: owner.map_or(id(item.gid), |owner| owner.gid),
            modified: item.modified,
        };
        let problem = |what: &str| Stop::Problem(format!("{}: {what}", path.display()));
        match item.kind {
            Some(EntryType::Directory) => {
                // A folder that is there, or is linked to, stays as it is.
                if self.nodes.is_folder(&real) {
                    return Ok(());
                }
                if self.nodes.metadata(&real).is_some() {
                    return Err(problem("the image has something there that is no folder"));
                }
            }
            Some(EntryType::Symlink) => {
                let is_folder = |found: pasu_system::Metadata| found.kind == EntryKind::Directory;
                if self.nodes.metadata(&real).is_some_and(is_folder) {
                    // dpkg never replaces a folder by a link.
                    return Ok(());
                }
                node.what = What::Symlink(PathBuf::from(OsStr::from_bytes(&item.link)));
            }
            Some(EntryType::Regular | EntryType::Continuous) => {
                let stored = self.nodes.spool.store(data.content)?;
                node.what = What::File(stored);
                self.no_folder(&real).map_err(|what| problem(&what))?;
                let shown = path.to_string_lossy();
                if package.conffiles.iter().any(|conffile| *conffile == shown) {
                    return self.conffile(package, &shown, real, node, hex(&stored.md5));
                }
            }
            Some(EntryType::Link) => {
                let target = absolute(&item.link);
                let Some(target) = package.real.get(&target).cloned() else {
                    return Err(problem("a hard link to what the package does not have"));
                };
                self.no_folder(&real).map_err(|what| problem(&what))?;
                node.what = match self.nodes.entries.get(&target).map(|node| &node.what) {
                    Some(What::HardLink(first)) => What::HardLink(first.clone()),
                    _ => What::HardLink(target),
                };
            }
            _ => return Err(problem("a device or the like")),
        }
        self.nodes.put(real, node);
        Ok(())
    }

    fn no_folder(&self, real: &Path) -> Result<(), String> {
        match self.nodes.metadata(real) {
            Some(found) if found.kind == EntryKind::Directory => {
                Err("the image has a folder there".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// What distroless images do not have of documentation is not added to them.
    fn is_stripped(&mut self, path: &Path) -> io::Result<bool> {
        const STRIPPED: [&str; 6] = [
            "/usr/share/doc",
            "/usr/share/man",
            "/usr/share/locale",
            "/usr/share/info",
            "/usr/share/lintian",
            "/usr/share/bug",
        ];
        if !self.split || !STRIPPED.iter().any(|folder| path.starts_with(folder)) {
            return Ok(false);
        }
        let real = self.nodes.real(path)?;
        Ok(self.nodes.metadata(&real).is_none())
    }

    fn conffile(
        &mut self,
        package: &mut Package,
        path: &str,
        real: PathBuf,
        node: Node,
        new: String,
    ) -> Result<(), Stop> {
        let current = match self.nodes.metadata(&real) {
            Some(_) => Some(md5_hex(&self.nodes.read(&real, MAX_CONFFILE)?)),
            None => None,
        };
        let old = package.recorded.get(path).map(|(sum, _)| sum.as_str());
        // distroless records nothing of conffiles: what is there counts as the administrator's, unless it is the same.
        match decide(old, current.as_deref(), &new) {
            Decision::Install => self.nodes.put(real, node),
            Decision::Keep => {}
            Decision::KeepAndShow => {
                let mut beside = real.into_os_string().into_vec();
                beside.extend_from_slice(b".dpkg-dist");
                self.nodes.put(PathBuf::from(std::ffi::OsString::from_vec(beside)), node);
                self.notes.push(Text::new(
                    format!("{path}: 이미지에서 변경된 설정 파일이므로 그대로 두고, 패키지의 새 파일은 {path}.dpkg-dist로 저장했습니다"),
                    format!("{path} was changed in the image and stays; the package's new file is {path}.dpkg-dist"),
                ));
            }
        }
        package.sums.insert(path.to_owned(), new);
        Ok(())
    }
}

/// What is known of the package while it is unpacked.
struct Package {
    name: String,
    conffiles: Vec<String>,
    recorded: BTreeMap<String, (String, bool)>,
    /// MD5 sums of its configuration files.
    sums: BTreeMap<String, String>,
    /// Where its paths are in the image.
    real: BTreeMap<PathBuf, PathBuf>,
}

impl Package {
    /// The lines of `Conffiles`. Those that the new version does not have any more stay, as obsolete ones, while they are
    /// in the image, and stay in the package's list.
    fn lines(&mut self, unpacking: &mut Unpacking<'_, '_>, unpacked: &mut Unpacked) -> Vec<String> {
        let line = |path: &String| self.sums.get(path).map(|sum| format!("{path} {sum}"));
        let mut lines: Vec<String> = self.conffiles.iter().filter_map(line).collect();
        for (path, (sum, _)) in &self.recorded {
            let real = unpacking.nodes.real(Path::new(path));
            let Ok(real) = real else { continue };
            let is_there = unpacking.nodes.metadata(&real).is_some();
            if self.sums.contains_key(path) || !is_there || self.real.contains_key(Path::new(path))
            {
                continue;
            }
            lines.push(format!("{path} {sum} obsolete"));
            unpacked.list.push(PathBuf::from(path));
            self.real.insert(PathBuf::from(path), real);
        }
        lines
    }
}

fn id(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
