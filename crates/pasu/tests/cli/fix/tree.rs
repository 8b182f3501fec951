//! A small Debian tree with things to put right.

use super::manifest::manifest;
use crate::audit::machine::Machine;
use crate::program::{Ran, pasu, run};
use rustix::fs::XattrFlags;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

/// What an administrator wrote, with a line end of its own and none at the end.
pub const SSHD: &str = "# ours\nPort\t22\n#PermitRootLogin prohibit-password\nUsePAM yes\n\nX11Forwarding no # as agreed";

/// The items that the tree breaks and that can be put right: mode, mode with an access list, edit, unit.
pub const ITEMS: [&str; 4] =
    ["hosts-file-mode", "passwd-file-mode", "root-remote-login", "finger-service"];

/// An access list by name: the owner may everything, user 33 and the mask read and write, the others read.
const ACL: [u8; 44] = [
    2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255, 2, 0, 6, 0, 33, 0, 0, 0, 4, 0, 4, 0, 255, 255, 255,
    255, 16, 0, 6, 0, 255, 255, 255, 255, 32, 0, 4, 0, 255, 255, 255, 255,
];

pub struct Tree {
    pub machine: Machine,
}

impl Tree {
    pub fn new() -> Self {
        let tree = Self { machine: Machine::new() };
        fs::write(tree.machine.file("pasu.toml"), "").unwrap();
        let machine = &tree.machine;
        machine.write("etc/machine-id", "0123456789abcdef0123456789abcdef\n");
        machine.write("etc/ssh/sshd_config", SSHD);
        machine.mode("etc/ssh/sshd_config", 0o600);
        machine.mode("etc/hosts", 0o755);
        machine.mode("etc/passwd", 0o664);
        machine.write(
            "usr/lib/systemd/system/finger.socket",
            "[Socket]\nListenStream=79\nAccept=yes\n[Install]\nWantedBy=sockets.target\n",
        );
        machine.write(
            "usr/lib/systemd/system/finger@.service",
            "[Service]\nExecStart=/usr/sbin/fingerd\n",
        );
        machine
            .link("usr/lib/systemd/system/sockets.target.wants/finger.socket", "../finger.socket");
        machine.write("usr/sbin/sshd", "");
        machine.mode("usr/sbin/sshd", 0o755);
        machine.write(
            "usr/lib/systemd/system/ssh.service",
            "[Service]\nExecStart=/usr/sbin/sshd -D\n[Install]\nWantedBy=multi-user.target\n",
        );
        machine
            .link("usr/lib/systemd/system/multi-user.target.wants/ssh.service", "../ssh.service");
        for name in ["etc/ssh/sshd_config", "etc/hosts", "etc/passwd"] {
            let path = tree.path(name);
            // Not every file system under /tmp knows them.
            let _ = rustix::fs::setxattr(&path, "user.note", b"kept", XattrFlags::empty());
            let long_ago = SystemTime::UNIX_EPOCH + Duration::new(1_600_000_000, 123_456_789);
            fs::File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
        }
        let list = "system.posix_acl_access";
        let _ = rustix::fs::setxattr(tree.path("etc/hosts"), list, &ACL, XattrFlags::empty());
        tree
    }

    pub fn root(&self) -> PathBuf {
        self.machine.root()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    pub fn file(&self, name: &str) -> String {
        self.machine.file(name).to_str().unwrap().to_owned()
    }

    /// `pasu fix COMMAND --root TREE --lang en …`, with no policy of this machine.
    pub fn command(&self, name: &str, args: &[&str]) -> Command {
        let mut ready = command(&self.root(), &self.machine.file("pasu.toml"), name, args);
        ready.current_dir(self.machine.file("."));
        ready
    }

    pub fn fix(&self, command: &str, args: &[&str]) -> Ran {
        run(&mut self.command(command, args))
    }

    /// A plan as JSON.
    pub fn plan(&self, args: &[&str]) -> Value {
        let ran = self.fix("plan", &[args, &["--format", "json"]].concat());
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.err))
    }

    /// Applies items without a question; the name of the entry.
    pub fn apply(&self, args: &[&str]) -> String {
        let ran = self.fix("apply", &[args, &["--yes"]].concat());
        assert_eq!(ran.status, Some(0), "{} {}", ran.out, ran.err);
        let hint = ran.err.lines().find_map(|line| line.split("pasu fix rollback ").nth(1));
        let rest = hint.unwrap_or_else(|| panic!("no hint: {}", ran.err));
        rest.split_whitespace().last().unwrap().to_owned()
    }

    /// The history as JSON.
    pub fn history(&self) -> Vec<Value> {
        let ran = self.fix("history", &["--format", "json"]);
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.err))
    }

    /// Where the newest entry stands.
    pub fn state(&self) -> String {
        let history = self.history();
        history.last().map_or_else(String::new, |last| last["state"].as_str().unwrap().to_owned())
    }

    pub fn manifest(&self) -> BTreeMap<String, String> {
        manifest(&self.root())
    }

    /// Where transactions are kept.
    pub fn kept(&self) -> PathBuf {
        self.path("var/lib/pasu/fix")
    }
}

/// A command of `pasu fix` on a root.
pub fn command(root: &Path, policy: &Path, name: &str, args: &[&str]) -> Command {
    let mut ready = pasu(&["fix", name, "--root", root.to_str().unwrap()]);
    if !args.contains(&"--lang") {
        ready.args(["--lang", "en"]);
    }
    ready.args(args).env_remove("PASU_CONFIG");
    if matches!(name, "plan" | "apply") {
        ready.arg("--config").arg(policy);
    }
    ready
}

/// Whether we may change owners and mark files immutable.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The bits of a file.
pub fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::MetadataExt;
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}
