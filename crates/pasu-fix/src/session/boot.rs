//! What ends an interrupted transaction at the next boot: a unit that is there only while one is open.

use pasu_system::{Attributes, Disk, State, System};
use std::io;
use std::path::{Path, PathBuf};

const UNIT: &str = "/etc/systemd/system/pasu-fix-recover.service";
const LINK: &str = "/etc/systemd/system/sysinit.target.wants/pasu-fix-recover.service";
const FOLDER: &str = "/etc/systemd/system/sysinit.target.wants";

/// The first line of a unit whose link's folder was made with it, and goes with it.
const OURS: &str = "# The folder sysinit.target.wants was made for this unit.\n";

/// Makes the next boot end what is open.
pub trait BootUnit {
    /// Before the first change.
    ///
    /// # Errors
    /// It could not be installed.
    fn install(&self) -> io::Result<()>;

    /// After the end.
    ///
    /// # Errors
    /// It could not be taken away.
    fn remove(&self) -> io::Result<()>;
}

/// A tree, or a machine without systemd: the next start of the program tells of it.
pub struct NoBoot;

impl BootUnit for NoBoot {
    fn install(&self) -> io::Result<()> {
        Ok(())
    }

    fn remove(&self) -> io::Result<()> {
        Ok(())
    }
}

/// A machine with systemd.
pub struct SystemdBoot<'a> {
    /// Its files.
    pub disk: &'a dyn Disk,
    /// The program that recovers.
    pub program: PathBuf,
}

impl SystemdBoot<'_> {
    fn text(&self, is_folder_ours: bool) -> String {
        let mark = if is_folder_ours { OURS } else { "" };
        // Early: before sshd and everything else reads what is to be put back.
        format!(
            "{mark}[Unit]\n\
             Description=Pasu: end a fix that was interrupted\n\
             DefaultDependencies=no\n\
             RequiresMountsFor=/var/lib/pasu {program}\n\
             After=local-fs.target systemd-remount-fs.service\n\
             Before=sysinit.target\n\
             ConditionPathExists=/var/lib/pasu/fix/open\n\
             \n\
             [Service]\n\
             Type=oneshot\n\
             ExecStart=\"{program}\" fix recover --quiet --at-boot\n\
             TimeoutStartSec=300\n",
            program = self.program.display()
        )
    }
}

impl SystemdBoot<'_> {
    fn made_folder(&self) -> bool {
        let unit = self.disk.read(Path::new(UNIT), 4096);
        unit.is_ok_and(|unit| unit.starts_with(OURS.as_bytes()))
    }
}

impl BootUnit for SystemdBoot<'_> {
    fn install(&self) -> io::Result<()> {
        let is_folder_ours = !self.disk.exists(Path::new(FOLDER)) || self.made_folder();
        if !self.disk.exists(Path::new(FOLDER)) {
            self.disk.put(Path::new(FOLDER), &State::Directory(attributes(0o755)), "")?;
        }
        let unit = State::File {
            content: self.text(is_folder_ours).into_bytes().into(),
            attributes: attributes(0o644),
            links: 1,
        };
        self.disk.put(Path::new(UNIT), &unit, ".pasu-fix-recover.service.new")?;
        let link = State::Symlink {
            target: UNIT.into(),
            uid: 0,
            gid: 0,
            modified: attributes(0).modified,
        };
        self.disk.put(Path::new(LINK), &link, ".pasu-fix-recover.service.new")
    }

    fn remove(&self) -> io::Result<()> {
        let is_folder_ours = self.made_folder();
        for path in [LINK, UNIT] {
            if self.disk.symlink_metadata(Path::new(path)).is_ok() {
                self.disk.put(Path::new(path), &State::Absent, "")?;
            }
        }
        if is_folder_ours && self.disk.read_dir(Path::new(FOLDER))?.is_empty() {
            self.disk.put(Path::new(FOLDER), &State::Absent, "")?;
        }
        Ok(())
    }
}

fn attributes(mode: u32) -> Attributes {
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(now.as_secs()).unwrap_or(0);
    Attributes { mode, modified: (seconds, now.subsec_nanos()), ..Attributes::default() }
}

/// Whether systemd runs this machine.
#[must_use]
pub fn has_systemd(system: &dyn System) -> bool {
    system.exists(Path::new("/run/systemd/system"))
}
