//! Programs of this machine that tests of engines use.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Runs `docker` with some input; gives its output.
pub fn docker(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut command = command("docker", arguments);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(
        output.status.success(),
        "docker {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// Makes Docker's socket reachable as that of another machine would be; gives the address.
pub fn relay() -> String {
    relay_to("/var/run/docker.sock".into())
}

/// The same of any engine's socket.
pub fn relay_to(socket: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for near in listener.incoming() {
            let near = near.unwrap();
            let far = UnixStream::connect(&socket).unwrap();
            let (near_again, far_again) = (near.try_clone().unwrap(), far.try_clone().unwrap());
            std::thread::spawn(move || {
                pass(near, far);
            });
            std::thread::spawn(move || pass(far_again, near_again));
        }
    });
    address
}

/// Passes bytes on until one side ends, and then ends the other.
fn pass(mut from: impl Read, mut to: impl Write + End) {
    let _ = std::io::copy(&mut from, &mut to);
    to.end();
}

trait End {
    fn end(&self);
}

impl End for UnixStream {
    fn end(&self) {
        let _ = self.shutdown(std::net::Shutdown::Write);
    }
}

impl End for TcpStream {
    fn end(&self) {
        let _ = self.shutdown(std::net::Shutdown::Write);
    }
}

/// A program for images without any: it does to files what its arguments say.
pub struct Tool;

impl Tool {
    /// Compiles it, once, so that it needs no libraries.
    pub fn path() -> &'static Path {
        static BUILT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
        let (_, path) = BUILT.get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tool.rs");
            let path = folder.path().join("tool");
            let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
            let mut compile = Command::new(rustc);
            compile.args(["--edition", "2024", "-O", "-C", "target-feature=+crt-static", "-o"]);
            let status = compile.arg(&path).arg(source).status().unwrap();
            assert!(status.success(), "the tool does not compile");
            (folder, path)
        });
        path
    }
}

/// Podman's engine, started for a test on storage of its own.
pub struct Podman {
    pub address: String,
    /// How its storage keeps layers: `overlay` or `vfs`.
    pub driver: &'static str,
    process: Child,
    folder: TempDir,
}

impl Podman {
    pub fn start(driver: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("unix://{}", folder.path().join("podman.sock").display());
        let mut service =
            Self::command(folder.path(), driver, &["system", "service", "--time=0", &address]);
        let process = service.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let end = Instant::now() + Duration::from_secs(60);
        while UnixStream::connect(folder.path().join("podman.sock")).is_err() {
            assert!(Instant::now() < end, "Podman does not start");
            std::thread::sleep(Duration::from_millis(100));
        }
        Self { address, driver, process, folder }
    }

    fn command(folder: &Path, driver: &str, arguments: &[&str]) -> Command {
        let mut command = command("podman", &[]);
        command.arg("--root").arg(folder.join("root")).arg("--runroot").arg(folder.join("run"));
        command.args(["--storage-driver", driver]).args(arguments);
        command
    }

    /// A place for files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where it keeps images.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    /// Its socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("podman.sock")
    }

    /// Runs `podman`; gives its output.
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = Self::command(self.folder.path(), self.driver, arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "podman {arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub fn load(&self, archive: &[u8]) {
        let path = self.folder.path().join("load.tar");
        std::fs::write(&path, archive).unwrap();
        self.run(&["load", "-q", "-i", &path.display().to_string()]);
    }
}

impl Drop for Podman {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        // Its driver leaves a mount behind, without which the folder cannot be removed.
        let root = self.folder.path().join("root/overlay");
        let _ = command("umount", &["-l", &root.display().to_string()]).output();
    }
}
