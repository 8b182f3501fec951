//! Regular files below `/dev`. The walk over the whole tree leaves `/dev` out, so its folders are listed here.

mod fix;

pub use fix::plan;

use crate::allowlist;
use crate::cause::{Cause, CauseKind};
use crate::host::Host;
use crate::judgement::{Judgement, reason};
use crate::kinds::file_mode::owner_name;
use crate::params::Params;
use pasu_system::EntryKind;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

/// How many entries are looked at; a machine with thousands of disks has some ten thousand.
const MAX_ENTRIES: u64 = 200_000;

/// How many files are listed.
const MAX_FILES: usize = 200;

/// File systems of their own, where files are as they should be. They are left out also where they are plain folders.
const LEFT_OUT: [&str; 4] = ["/dev/shm", "/dev/mqueue", "/dev/hugepages", "/dev/pts"];

/// State that udev, mdadm and early boot kept here before `/run`.
const RUNTIME: [&str; 5] =
    ["/dev/.udev/", "/dev/.mdadm/", "/dev/.systemd/", "/dev/.initramfs/", "/dev/.blkid.tab"];

/// What is in `/dev`.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Facts {
    is_container: bool,
    is_running: bool,
    files: Vec<DevFile>,
    total: u64,
    unseen: Vec<Cause>,
    entries: u64,
}

/// A regular file.
#[derive(Debug, Serialize, Deserialize)]
struct DevFile {
    path: String,
    owner: String,
    mode: u32,
    size: u64,
    by_root: bool,
    /// Who has it open.
    users: Vec<String>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let mut facts =
        Facts { is_container: host.is_container(), is_running: host.is_live(), ..Facts::default() };
    if !facts.is_container {
        facts.search(host)?;
    }
    Ok(facts)
}

impl Facts {
    fn search(&mut self, host: &Host) -> Result<(), Cause> {
        let system = host.system();
        let top = Path::new("/dev");
        let device = match system.symlink_metadata(top) {
            Ok(metadata) => metadata.device,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(Cause::of_file("/dev", &error)),
        };
        let mut waiting = vec![top.to_path_buf()];
        while let Some(folder) = waiting.pop() {
            let entries = match system.read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    self.unseen.push(Cause::of_file(&folder.to_string_lossy(), &error));
                    continue;
                }
            };
            for (name, kind) in entries {
                self.entries += 1;
                if self.entries > MAX_ENTRIES {
                    let detail = format!("more than {MAX_ENTRIES} entries in /dev");
                    self.unseen.push(Cause::new(CauseKind::Limit, detail));
                    return Ok(());
                }
                let path = folder.join(name);
                match kind {
                    EntryKind::File => self.add(host, &path)?,
                    EntryKind::Directory if self.is_entered(host, &path, device) => {
                        waiting.push(path);
                    }
                    _ => {}
                }
            }
        }
        self.files.sort_by(|one, other| one.path.cmp(&other.path));
        let paths: Vec<String> = self.files.iter().map(|file| file.path.clone()).collect();
        let openers = host.openers(&paths.iter().map(String::as_str).collect());
        for file in &mut self.files {
            for uid in openers.get(&file.path).into_iter().flatten() {
                file.users.push(owner_name(host, *uid)?);
            }
        }
        Ok(())
    }

    /// Whether a folder is of the same file system.
    fn is_entered(&mut self, host: &Host, path: &PathBuf, device: u64) -> bool {
        if LEFT_OUT.iter().any(|left_out| path == Path::new(left_out)) {
            return false;
        }
        match host.system().symlink_metadata(path) {
            Ok(metadata) => metadata.device == device,
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    self.unseen.push(Cause::of_file(&path.to_string_lossy(), &error));
                }
                false
            }
        }
    }

    fn add(&mut self, host: &Host, path: &Path) -> Result<(), Cause> {
        let shown = path.to_string_lossy().into_owned();
        let metadata = match host.system().symlink_metadata(path) {
            Ok(metadata) => metadata,
            // Gone in the meantime.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => {
                self.unseen.push(Cause::of_file(&shown, &error));
                return Ok(());
            }
        };
        self.total += 1;
        if self.files.len() < MAX_FILES {
            self.files.push(DevFile {
                path: shown,
                owner: owner_name(host, metadata.uid)?,
                mode: metadata.mode,
                size: metadata.size,
                by_root: metadata.uid == 0,
                users: Vec::new(),
            });
        }
        Ok(())
    }
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    if facts.is_container {
        return Judgement::not_applicable(reason("container").file("/dev"));
    }
    let mut judgement = Judgement::new();
    let mut is_good = facts.unseen.is_empty() && facts.is_running;
    for file in &facts.files {
        if let Some(why) = allowlist::reason_for(params, "allowlist", &file.path) {
            judgement.note(reason("allowed").arg("why", why).file(&file.path));
        } else if file.is_runtime_state() {
            judgement.note(reason("runtime").file(&file.path));
        } else {
            is_good = false;
            judgement.bad(
                reason("file")
                    .arg("owner", &file.owner)
                    .arg("mode", format!("{:04o}", file.mode))
                    .arg("size", file.size)
                    .file(&file.path),
            );
        }
    }
    let more = facts.total.saturating_sub(facts.files.len() as u64);
    if more > 0 {
        is_good = false;
        judgement.bad(reason("walk-more").arg("count", more).arg("what", "/dev").file("/dev"));
    }
    for cause in &facts.unseen {
        judgement.unseen(cause);
    }
    if !facts.is_running {
        // The kernel fills /dev in memory; what lies there is in no tree.
        judgement.unseen(&Cause::not_running("/dev"));
    }
    if is_good {
        judgement.good(reason("none").arg("entries", facts.entries).file("/dev"));
    }
    judgement
}

impl DevFile {
    /// Intruders know these names too: a program, or a file of somebody else's, is none of udev's.
    fn is_runtime_state(&self) -> bool {
        self.by_root
            && self.mode & 0o111 == 0
            && RUNTIME.iter().any(|start| self.path.starts_with(start))
    }
}
