//! A small Debian tree and a folder for what Pasu keeps.

use crate::program::{Ran, pasu, run};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use tempfile::TempDir;

const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\n\
    daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n\
    kim:x:1000:1000:Kim:/home/kim:/bin/bash\n";

pub struct Machine {
    folder: TempDir,
}

impl Machine {
    pub fn new() -> Self {
        let machine = Self { folder: tempfile::tempdir().unwrap() };
        machine.write(
            "etc/os-release",
            "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n",
        );
        machine.write("etc/passwd", PASSWD);
        machine.write("etc/group", "root:x:0:\ndaemon:x:1:\nkim:x:1000:\n");
        machine.write(
            "etc/shadow",
            "root:*:19700:0:99999:7:::\ndaemon:*:19700:0:99999:7:::\nkim:!:19700:0:99999:7:::\n",
        );
        machine.write("etc/hosts", "127.0.0.1 localhost\n");
        machine.write("var/lib/dpkg/status", "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2.15-2+b7\n\n");
        machine.mode("etc/shadow", 0o400);
        machine
    }

    pub fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        self.mode(name, 0o644);
    }

    pub fn mode(&self, name: &str, mode: u32) {
        let path = self.root().join(name);
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    pub fn link(&self, name: &str, target: &str) {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let _ = fs::remove_file(&path);
        symlink(target, path).unwrap();
    }

    /// Runs `pasu audit` with arguments; no state and no policy of this machine gets in.
    pub fn pasu(&self, args: &[&str]) -> Ran {
        let mut command = pasu(&[&["audit"], args].concat());
        command.current_dir(self.folder.path()).env("PASU_STATE", self.file("state"));
        command.env("PASU_CONFIG", self.file("pasu.toml"));
        if !self.file("pasu.toml").exists() {
            fs::write(self.file("pasu.toml"), "").unwrap();
        }
        run(&mut command)
    }

    /// The result of the tree as JSON.
    pub fn json(&self, args: &[&str]) -> Value {
        let root = self.root();
        let fixed = ["--root", root.to_str().unwrap(), "--format", "json", "--lang", "en"];
        let ran = self.pasu(&[&fixed, args].concat());
        serde_json::from_str(&ran.out)
            .unwrap_or_else(|error| panic!("{error}: {} {}", ran.out, ran.err))
    }

    /// One item's verdict and the key of its reason.
    pub fn verdict(&self, code: &str) -> (String, String) {
        let audit = self.json(&["--item", code]);
        let result = &audit["results"][0];
        let text = |name: &str| result[name].as_str().unwrap_or_default().to_owned();
        (text("verdict"), text("reason_key"))
    }
}
