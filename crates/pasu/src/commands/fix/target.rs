//! The target of a fix with everything that may be done to it.

use super::choice;
use crate::args::FixTarget;
use crate::commands::target::host_options;
use anyhow::{Context, Result, bail};
use pasu_checks::Host;
use pasu_fix::packages::{HostRunner, Runner};
use pasu_fix::session::{BootUnit, LiveActor, NoBoot, Session, SystemdBoot, boot_id};
use pasu_model::{FixAuthor, Target};
use pasu_system::transaction::{Actor, NoActions};
use pasu_system::{System, TreeSystem};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A target that is open for changes.
pub struct Open {
    pub system: Arc<TreeSystem>,
    pub target: Target,
    /// Whether the machine is only about to start.
    pub at_boot: bool,
    db: Option<PathBuf>,
}

/// Opens this host, for which the rights of root are needed, or a tree.
pub fn open(args: &FixTarget, db: Option<&Path>) -> Result<Open> {
    let (_, target) = crate::commands::target::open(args.root.as_deref())?;
    let system = match &args.root {
        None if !pasu_system::is_root() => {
            bail!("changing this host needs the rights of root; hint: run it again with sudo")
        }
        None => TreeSystem::live().context("cannot open /")?,
        Some(root) => {
            TreeSystem::new(root).with_context(|| format!("cannot open {}", root.display()))?
        }
    };
    Ok(Open { system: Arc::new(system), target, at_boot: false, db: db.map(Path::to_path_buf) })
}

impl Open {
    /// Does something with the target and all that may be done to it.
    pub fn session<T>(&self, work: impl FnOnce(&Session<'_>) -> T) -> Result<T> {
        let is_live = self.system.is_live();
        let disk: &TreeSystem = &self.system;
        let live = LiveActor { system: disk, at_boot: self.at_boot };
        let actor: &dyn Actor = if is_live { &live } else { &NoActions };
        let runner = HostRunner;
        let has_systemd = is_live && disk.exists(Path::new("/run/systemd/system"));
        let systemd = SystemdBoot { disk, program: program()? };
        let boot: &dyn BootUnit = if has_systemd { &systemd } else { &NoBoot };
        let look = || self.host().map_err(|error| format!("{error:#}"));
        let glance = || {
            let now = jiff::Timestamp::now();
            Host::new(
                Arc::clone(&self.system) as Arc<dyn System>,
                host_options(disk, now, None, None),
            )
        };
        let now = || jiff::Timestamp::now().as_second();
        Ok(work(&Session {
            disk,
            actor,
            tools: is_live.then_some(&runner as &dyn Runner),
            boot,
            look: &look,
            glance: &glance,
            now: &now,
            boot_id: if is_live { boot_id(disk) } else { String::new() },
        }))
    }

    /// The target, of which nothing was read before.
    pub fn host(&self) -> Result<Host> {
        let system: Arc<dyn System> = Arc::clone(&self.system) as Arc<dyn System>;
        choice::host(&system, &self.target, self.db.as_deref())
    }
}

/// The flag that names the target in a hint, with a blank before it.
pub fn on(target: &FixTarget) -> String {
    target.root.as_ref().map(|root| format!(" --root {}", root.display())).unwrap_or_default()
}

/// This program's own file, which recovers when the machine starts.
pub fn program() -> Result<PathBuf> {
    std::env::current_exe().context("the path of this program is not known")
}

/// Who is at the keyboard: the account before sudo, the one it runs as, the terminal, the other end of SSH.
pub fn author() -> FixAuthor {
    let of = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let account = if pasu_system::is_root() {
        "root".to_owned()
    } else {
        of("USER").unwrap_or_else(|| "?".to_owned())
    };
    let connection = of("SSH_CONNECTION").or_else(inherited_connection);
    FixAuthor {
        login: of("SUDO_USER").or_else(|| of("LOGNAME")).unwrap_or_else(|| account.clone()),
        account,
        terminal: terminal(),
        from: connection.as_deref().and_then(|it| it.split_whitespace().next()).map(str::to_owned),
        connection,
    }
}

/// How many parents are asked.
const MAX_PARENTS: usize = 32;

/// sudo and su take the variable away: it is still in the environment of a process above.
fn inherited_connection() -> Option<String> {
    let mut process = "self".to_owned();
    for _ in 0..MAX_PARENTS {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().to_owned();
        if matches!(parent.as_str(), "0" | "1") {
            return None;
        }
        let environment = std::fs::read(format!("/proc/{parent}/environ")).unwrap_or_default();
        let found = environment
            .split(|byte| *byte == 0)
            .find_map(|entry| entry.strip_prefix(b"SSH_CONNECTION="));
        if let Some(found) = found {
            return Some(String::from_utf8_lossy(found).into_owned());
        }
        process = parent;
    }
    None
}

fn terminal() -> Option<String> {
    let link = std::fs::read_link("/proc/self/fd/0").ok()?;
    let name = link.strip_prefix("/dev").ok()?.to_str()?.to_owned();
    (name.starts_with("pts/") || name.starts_with("tty")).then_some(name)
}
