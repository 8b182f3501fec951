//! The target as checks see it: every record is read once, by whoever asks first, and shared by all items.
//!
//! Readers answer `Ok(None)` or an empty list for what is not there, and a [`Cause`] for what is there and could not be
//! seen: a check passes that on with `?` and is blocked, never passed.

pub mod accounts;
pub mod apache;
pub mod banners;
pub mod bind;
pub mod databases;
pub mod dpkg;
pub mod exim;
pub mod exports;
mod files;
pub mod firewall;
pub mod ftp;
pub mod gshadow;
pub mod homes;
pub mod image;
mod index;
pub mod inetd;
pub mod journald;
mod kernel;
pub mod lastlog;
pub mod login_defs;
pub mod login_shell;
pub mod logrotate;
pub mod mail;
pub mod mounts;
pub mod mysql;
pub mod name_sources;
pub mod nfs;
pub mod nginx;
pub mod pam;
pub mod password;
pub mod patching;
pub mod postfix;
pub mod postgresql;
pub mod processes;
pub mod samba;
pub mod security_conf;
pub mod sendmail;
pub mod services;
pub mod shadow;
pub mod snmpd;
pub mod sockets;
mod software;
pub mod sshd;
pub mod sudoers;
pub mod syslog;
pub mod time_sync;
pub mod tmpfiles;
pub mod tomcat;
mod tools;
pub mod units;
pub mod updates;
pub mod web;
pub mod wrappers;

pub(crate) use files::wildcard;
pub use files::{ConfigFile, FileFacts, FileKind, KeyValue, path_matches};
pub use software::Software;
pub use tools::ToolAnswer;

use crate::cause::{Cause, CauseKind};
use crate::walk::{self, WalkFacts};
use accounts::{Accounts, Groups};
use image::ImageFacts;
use inetd::InetdEntry;
use jiff::civil::Date;
use login_defs::LoginDefs;
use login_shell::LoginShells;
use mysql::Mysql;
use pasu_model::{ImageInfo, OperatingSystem};
use pasu_system::System;
use postgresql::Postgresql;
use processes::Process;
use shadow::Shadow;
use sockets::Listener;
use std::sync::{Arc, OnceLock};
use std::time::Instant;
use tomcat::Tomcat;
use units::Units;
use web::Web;

/// A result that is kept for all who ask.
type Kept<T> = OnceLock<Result<Arc<T>, Cause>>;

/// What is given to an audit besides the target.
#[derive(Debug, Clone)]
pub struct HostOptions {
    /// The day of the audit.
    pub today: Date,
    /// The moment of the audit, seconds since 1970.
    pub now: i64,
    /// Whether we run as root.
    pub as_root: bool,
    /// The walk and tools stop when this moment has come.
    pub deadline: Option<Instant>,
    /// Packages and their findings, if they were read.
    pub software: Option<Software>,
    /// Whether the target is a container or the tree of an image, where the kernel and its devices are another's.
    pub in_container: bool,
    /// The image whose tree the target is.
    pub image: Option<Arc<ImageFacts>>,
}

impl HostOptions {
    /// How the tree of an image is looked at: its modes and owners are known whoever we are. Packages and a deadline
    /// are the caller's to add.
    #[must_use]
    pub fn of_image(info: &ImageInfo, today: Date, now: i64) -> Self {
        Self {
            today,
            now,
            as_root: true,
            deadline: None,
            software: None,
            in_container: true,
            image: Some(Arc::new(ImageFacts::new(info))),
        }
    }
}

/// A target with everything that was read of it.
pub struct Host {
    system: Arc<dyn System>,
    options: HostOptions,
    accounts: Kept<Accounts>,
    groups: Kept<Groups>,
    shadow: Kept<Shadow>,
    processes: Kept<Vec<Process>>,
    listeners: Kept<Vec<Listener>>,
    units: Kept<Units>,
    inetd: Kept<Vec<InetdEntry>>,
    bind: Kept<Option<bind::Bind>>,
    postfix: Kept<Vec<postfix::Instance>>,
    sendmail: Kept<Option<sendmail::Sendmail>>,
    exim: Kept<Option<exim::Exim>>,
    walk: Kept<WalkFacts>,
    tomcat: Kept<Tomcat>,
    postgresql: Kept<Postgresql>,
    mysql: Kept<Mysql>,
    login_defs: Kept<LoginDefs>,
    login_shells: OnceLock<Arc<LoginShells>>,
    sshd: sshd::SshdCache,
    web: Kept<Web>,
    later: Option<Arc<Later>>,
}

/// Packages that are read when the first item asks for them: most fixes ask for none.
struct Later {
    os: Option<OperatingSystem>,
    read: Box<dyn Fn() -> Software + Send + Sync>,
    kept: OnceLock<Software>,
}

impl Host {
    /// A target of which nothing is read yet.
    #[must_use]
    pub fn new(system: Arc<dyn System>, options: HostOptions) -> Self {
        Self {
            system,
            options,
            accounts: OnceLock::new(),
            groups: OnceLock::new(),
            shadow: OnceLock::new(),
            processes: OnceLock::new(),
            listeners: OnceLock::new(),
            units: OnceLock::new(),
            inetd: OnceLock::new(),
            bind: OnceLock::new(),
            postfix: OnceLock::new(),
            sendmail: OnceLock::new(),
            exim: OnceLock::new(),
            walk: OnceLock::new(),
            tomcat: OnceLock::new(),
            postgresql: OnceLock::new(),
            mysql: OnceLock::new(),
            login_defs: OnceLock::new(),
            login_shells: OnceLock::new(),
            sshd: sshd::SshdCache::default(),
            web: OnceLock::new(),
            later: None,
        }
    }

    /// The same, whose packages are read when they are asked for; the operating system is known at once.
    #[must_use]
    pub fn with_software_later(
        mut self,
        os: Option<OperatingSystem>,
        read: impl Fn() -> Software + Send + Sync + 'static,
    ) -> Self {
        let read = Box::new(read);
        self.later = Some(Arc::new(Later { os, read, kept: OnceLock::new() }));
        self
    }

    /// The same target seen through another door, of which nothing is read yet: as it would be.
    #[must_use]
    pub fn through(&self, system: Arc<dyn System>) -> Self {
        let walk = self.walk.get().cloned().and_then(Result::ok);
        let mut host = Self::new(system, self.options.clone());
        host.later.clone_from(&self.later);
        if let Some(walk) = walk {
            host.set_walk(walk.again(host.system()));
        }
        host
    }

    /// The door to the target, to be kept.
    #[must_use]
    pub fn door(&self) -> Arc<dyn System> {
        Arc::clone(&self.system)
    }

    /// The door to the target.
    #[must_use]
    pub fn system(&self) -> &dyn System {
        &*self.system
    }

    /// Whether processes, sockets and tools of the target can be asked.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.system.is_live()
    }

    /// Whether we look with the rights of root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.options.as_root
    }

    /// Whether the target is a container or the tree of an image.
    #[must_use]
    pub fn is_container(&self) -> bool {
        self.options.in_container
    }

    /// The day of the audit.
    #[must_use]
    pub fn today(&self) -> Date {
        self.options.today
    }

    /// The moment of the audit, seconds since 1970.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.options.now
    }

    /// The moment when reading must stop.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.options.deadline
    }

    /// The target's operating system, if it is known.
    #[must_use]
    pub fn os(&self) -> Option<&OperatingSystem> {
        match (&self.options.software, &self.later) {
            (Some(software), _) => software.os.as_ref(),
            (None, later) => later.as_ref().and_then(|later| later.os.as_ref()),
        }
    }

    /// Installed packages and what the advisories say of them.
    ///
    /// # Errors
    /// They were not read.
    pub fn software(&self) -> Result<&Software, Cause> {
        let missing = || Cause::new(CauseKind::NoInventory, "no package database was read");
        let later = || {
            let later = self.later.as_ref()?;
            Some(later.kept.get_or_init(|| (later.read)()))
        };
        self.options.software.as_ref().or_else(later).ok_or_else(missing)
    }

    /// `/etc/passwd`.
    ///
    /// # Errors
    /// It is missing or cannot be read.
    pub fn accounts(&self) -> Result<Arc<Accounts>, Cause> {
        self.accounts.get_or_init(|| accounts::read_accounts(self).map(Arc::new)).clone()
    }

    /// `/etc/group`.
    ///
    /// # Errors
    /// It is missing or cannot be read.
    pub fn groups(&self) -> Result<Arc<Groups>, Cause> {
        self.groups.get_or_init(|| accounts::read_groups(self).map(Arc::new)).clone()
    }

    /// `/etc/shadow`, without a single hash.
    ///
    /// # Errors
    /// It is missing or cannot be read.
    pub fn shadow(&self) -> Result<Arc<Shadow>, Cause> {
        self.shadow.get_or_init(|| shadow::read(self).map(Arc::new)).clone()
    }

    /// The running processes outside containers.
    ///
    /// # Errors
    /// The target is not running, or `/proc` cannot be read.
    pub fn processes(&self) -> Result<Arc<Vec<Process>>, Cause> {
        self.processes.get_or_init(|| processes::read(self).map(Arc::new)).clone()
    }

    /// The listening TCP sockets and the bound UDP sockets.
    ///
    /// # Errors
    /// The target is not running, or `/proc/net` cannot be read.
    pub fn listeners(&self) -> Result<Arc<Vec<Listener>>, Cause> {
        self.listeners.get_or_init(|| sockets::read(self).map(Arc::new)).clone()
    }

    /// The units of systemd and the start scripts of System V.
    ///
    /// # Errors
    /// A directory of units cannot be read.
    pub fn units(&self) -> Result<Arc<Units>, Cause> {
        self.units.get_or_init(|| units::read(self).map(Arc::new)).clone()
    }

    /// What inetd and xinetd are told to serve, switched on or off.
    ///
    /// # Errors
    /// Their files are there and cannot be read.
    pub fn inetd(&self) -> Result<Arc<Vec<InetdEntry>>, Cause> {
        self.inetd.get_or_init(|| inetd::read(self).map(Arc::new)).clone()
    }

    /// Every cluster of PostgreSQL with its settings.
    ///
    /// # Errors
    /// Processes or units could not be read.
    pub fn postgresql(&self) -> Result<Arc<Postgresql>, Cause> {
        self.postgresql.get_or_init(|| postgresql::read(self).map(Arc::new)).clone()
    }

    /// Every server of MySQL or MariaDB with its options.
    ///
    /// # Errors
    /// Processes could not be read, or nobody may tell whether one is installed.
    pub fn mysql(&self) -> Result<Arc<Mysql>, Cause> {
        self.mysql.get_or_init(|| mysql::read(self).map(Arc::new)).clone()
    }

    /// Every instance of Tomcat with its files.
    ///
    /// # Errors
    /// Processes or units could not be read.
    pub fn tomcat(&self) -> Result<Arc<Tomcat>, Cause> {
        self.tomcat.get_or_init(|| tomcat::read(self).map(Arc::new)).clone()
    }

    /// What BIND is told; `None` where it has no `named.conf`.
    ///
    /// # Errors
    /// A file of it is missing, damaged or cannot be read, or BIND's own reader refuses it.
    pub fn bind(&self) -> Result<Arc<Option<bind::Bind>>, Cause> {
        self.bind.get_or_init(|| bind::read(self).map(Arc::new)).clone()
    }

    /// The instances of Postfix; none where it is not installed.
    ///
    /// # Errors
    /// A file of it cannot be read.
    pub fn postfix(&self) -> Result<Arc<Vec<postfix::Instance>>, Cause> {
        self.postfix.get_or_init(|| postfix::read(self).map(Arc::new)).clone()
    }

    /// What Sendmail is told; `None` where it is not installed.
    ///
    /// # Errors
    /// A file of it cannot be read.
    pub fn sendmail(&self) -> Result<Arc<Option<sendmail::Sendmail>>, Cause> {
        self.sendmail.get_or_init(|| sendmail::read(self).map(Arc::new)).clone()
    }

    /// What Exim is told; `None` where it is not installed.
    ///
    /// # Errors
    /// A file of it cannot be read.
    pub fn exim(&self) -> Result<Arc<Option<exim::Exim>>, Cause> {
        self.exim.get_or_init(|| exim::read(self).map(Arc::new)).clone()
    }

    /// What sessions get from the shells' start files.
    pub fn login_shells(&self) -> Arc<LoginShells> {
        self.login_shells.get_or_init(|| Arc::new(login_shell::read(self))).clone()
    }

    /// Takes what a walk found that was somebody else's as well. The first walk counts.
    pub fn set_walk(&self, facts: WalkFacts) {
        let _ = self.walk.set(Ok(Arc::new(facts)));
    }

    /// What the walk over the whole tree found.
    ///
    /// # Errors
    /// It could not begin.
    pub fn walk(&self) -> Result<Arc<WalkFacts>, Cause> {
        self.walk.get_or_init(|| walk::walk(self).map(Arc::new)).clone()
    }
}
