//! containerd, started for a test on data of its own.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A containerd; it ends with the test.
pub struct Containerd {
    process: Child,
    folder: TempDir,
}

impl Containerd {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().display();
        let config = format!(
            "version = 2\nroot = \"{at}/root\"\nstate = \"{at}/state\"\n\
             disabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n[grpc]\naddress = \"{at}/c.sock\"\n"
        );
        let path = folder.path().join("config.toml");
        std::fs::write(&path, config).unwrap();
        let mut service = Command::new("containerd");
        service.arg("--config").arg(&path).stdin(Stdio::null());
        let process = service.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let containerd = Self { process, folder };
        let end = Instant::now() + Duration::from_secs(60);
        while !containerd.command("any", &["version"]).output().unwrap().status.success() {
            assert!(Instant::now() < end, "containerd does not start");
            std::thread::sleep(Duration::from_millis(100));
        }
        containerd
    }

    fn command(&self, namespace: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("ctr");
        command.args(["--timeout", "20s", "-n", namespace, "--address"]).arg(self.socket());
        command.args(arguments).stdin(Stdio::null());
        command
    }

    /// Where it listens.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("c.sock")
    }

    /// Where it keeps its data.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    /// Runs `ctr`; gives its output.
    pub fn ctr(&self, namespace: &str, arguments: &[&str]) -> String {
        let output = self.command(namespace, arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "ctr {arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Imports an archive, and unpacks it as every engine does that pulls an image.
    pub fn import(&self, namespace: &str, archive: &[u8]) {
        let path = self.folder.path().join("import.tar");
        std::fs::write(&path, archive).unwrap();
        self.ctr(namespace, &["images", "import", &path.display().to_string()]);
    }
}

impl Drop for Containerd {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
