//! Files that we write for a user: each is at its path whole or not at all, whatever ends us, a full disk or SIGKILL.

use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, openat};
use rustix::io::Errno;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// How many names are tried for a partial file.
const NAMES: u32 = 100;

/// A file that is being written and is not at its path yet.
///
/// It has no name (`O_TMPFILE`), so that nothing is left of it however the process ends. Where the file system has no such
/// files, it is beside its path as `.pasu-<checksum of the name>-<process>-<number>.partial`, locked (`flock`) as long as
/// it is written: one without a lock was left behind, and goes with the next file for the same path.
#[derive(Debug)]
pub struct OutputFile {
    file: File,
    /// Its name for now, if it has one.
    partial: Option<PathBuf>,
    path: PathBuf,
}

impl OutputFile {
    /// Begins a file that will be at `path`. It gets the mode of the file that it replaces, else what the umask gives.
    ///
    /// # Errors
    ///
    /// The folder is not there, or does not take a file.
    pub fn create(path: &Path) -> io::Result<Self> {
        sweep(path);
        match unnamed(path) {
            Some(file) => Self::begin(file, None, path),
            None => Self::named(path),
        }
    }

    fn named(path: &Path) -> io::Result<Self> {
        let mode = old_mode(path).unwrap_or(0o666);
        let (file, partial) = beside(path, |partial| {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create_new(true)
                .mode(mode)
                .open(partial)?;
            // Another run may have held it for one that was left behind, between these two lines.
            let is_ours = !matches!(file.try_lock(), Err(TryLockError::WouldBlock));
            if is_ours && file.metadata()?.nlink() > 0 {
                Ok(file)
            } else {
                Err(io::ErrorKind::AlreadyExists.into())
            }
        })?;
        Self::begin(file, Some(partial), path)
    }

    fn begin(file: File, partial: Option<PathBuf>, path: &Path) -> io::Result<Self> {
        let output = Self { file, partial, path: path.to_path_buf() };
        if let Some(mode) = old_mode(path) {
            output.file.set_permissions(fs::Permissions::from_mode(mode))?;
        }
        Ok(output)
    }

    /// What is written to.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Where this process can open it for now.
    #[must_use]
    pub fn place(&self) -> PathBuf {
        self.partial.clone().unwrap_or_else(|| own_link(&self.file))
    }

    /// Puts it at its path, in the place of what is there, once all of it is on the disk.
    ///
    /// # Errors
    ///
    /// The disk is full, or the file system does not take it there; what was at the path still is.
    pub fn finish(mut self) -> io::Result<()> {
        self.file.sync_all()?;
        if self.partial.is_none() {
            let link = own_link(&self.file);
            let give = |name: &Path| {
                linkat(CWD, &link, CWD, name, AtFlags::SYMLINK_FOLLOW).map_err(io::Error::from)
            };
            match give(&self.path) {
                Ok(()) => return sync_folder(&self.path),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
            // Only a name can take the place of a name. It is locked before, so that nobody takes it away.
            let _ = self.file.try_lock();
            let ((), partial) = beside(&self.path, give)?;
            self.partial = Some(partial);
        }
        if let Some(partial) = &self.partial {
            fs::rename(partial, &self.path)?;
            self.partial = None;
        }
        sync_folder(&self.path)
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        if let Some(partial) = &self.partial {
            // What stays goes with the next file for this path.
            let _ = fs::remove_file(partial);
        }
    }
}

/// A file without a name in the folder of a path; `None` where there are none, or where it could not get a name later.
fn unnamed(path: &Path) -> Option<File> {
    let mode = Mode::from_raw_mode(old_mode(path).unwrap_or(0o666));
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let file = File::from(openat(CWD, folder(path), flags, mode).ok()?);
    // Without /proc there is no link to it.
    own_link(&file).exists().then_some(file)
}

/// The permission bits of the file that is replaced.
fn old_mode(path: &Path) -> Option<u32> {
    fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|old| old.mode() & 0o777)
}

fn own_link(file: &File) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

/// Makes something under a name for a partial file of a path that nothing has yet.
fn beside<T>(path: &Path, make: impl Fn(&Path) -> io::Result<T>) -> io::Result<(T, PathBuf)> {
    let prefix = prefix(path);
    for number in 0..NAMES {
        let name = format!("{prefix}{}-{number}.partial", std::process::id());
        let partial = folder(path).join(name);
        match make(&partial) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made.map(|made| (made, partial)),
        }
    }
    Err(Errno::EXIST.into())
}

/// Takes away the partial files of a path that nobody writes any more.
fn sweep(path: &Path) {
    let prefix = prefix(path);
    let Ok(entries) = fs::read_dir(folder(path)) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(&prefix) && name.ends_with(".partial") && is_left_behind(&entry.path())
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Whether nobody holds the lock of a partial file.
fn is_left_behind(partial: &Path) -> bool {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let Ok(file) = openat(CWD, partial, flags, Mode::empty()).map(File::from) else { return false };
    file.metadata().is_ok_and(|metadata| metadata.is_file()) && file.try_lock().is_ok()
}

/// How names of partial files of a path begin. A checksum, for a name may be as long as a file system takes.
fn prefix(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    format!(".pasu-{:08x}-", crc32fast::hash(name.as_bytes()))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes the names in the folder of a path survive a crash.
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder(path))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::OutputFile;
    use std::fs;
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Both kinds, on the file system of temporary files.
    fn both(path: &Path) -> [OutputFile; 2] {
        [OutputFile::create(path).unwrap(), OutputFile::named(path).unwrap()]
    }

    #[test]
    fn a_file_is_whole_at_its_path_or_not_there() {
        for kind in 0..2 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("out");
            let begin = || both(&path).into_iter().nth(kind).unwrap();
            let output = begin();
            output.file().write_all(b"one").unwrap();
            assert!(!path.exists());
            assert_eq!(fs::read(output.place()).unwrap(), b"one");
            output.finish().unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"one");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
            let dropped = begin();
            dropped.file().write_all(b"two").unwrap();
            drop(dropped);
            assert_eq!(fs::read(&path).unwrap(), b"one");
            let output = begin();
            output.file().write_all(b"three").unwrap();
            output.finish().unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"three");
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
            assert_eq!(names(folder.path()), ["out"]);
        }
    }

    #[test]
    fn nothing_is_seen_of_a_file_without_a_name() {
        let folder = tempfile::tempdir_in("/dev/shm").unwrap();
        let output = OutputFile::create(&folder.path().join("out")).unwrap();
        output.file().write_all(b"one").unwrap();
        assert_eq!(names(folder.path()), Vec::<String>::new());
    }

    #[test]
    fn what_a_killed_process_left_goes_with_the_next_file_for_the_same_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let ours = OutputFile::named(&path).unwrap();
        let prefix = super::prefix(&path);
        for name in [format!("{prefix}1-0.partial"), ".pasu-00000000-1-0.partial".into()] {
            fs::write(folder.path().join(name), "part").unwrap();
        }
        assert_eq!(names(folder.path()).len(), 3);
        let next = OutputFile::create(&path).unwrap();
        let left = names(folder.path());
        assert!(
            left.contains(&".pasu-00000000-1-0.partial".to_owned()),
            "another path's: {left:?}"
        );
        assert!(ours.place().exists(), "it is being written");
        assert_eq!(left.len(), 2 + usize::from(next.partial.is_some()), "{left:?}");
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = OutputFile::create(&folder.path().join("none/out")).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    }
}
