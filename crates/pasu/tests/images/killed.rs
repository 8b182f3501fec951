//! An engine that dies while an image is patched, and comes back.

use super::engine::{Engine, docker, text};
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How long an engine may take to come up, and a run to say something.
const TIME: Duration = Duration::from_secs(180);

/// An engine of our own, in a folder whose path is short enough for sockets.
struct Daemon {
    folder: tempfile::TempDir,
    process: Child,
}

/// The network of its containers.
const BRIDGE: &str = "pasu-test-br";

impl Daemon {
    fn start() -> Self {
        // One that a test before left behind is as good.
        let _ = ip(&["link", "add", BRIDGE, "type", "bridge"]);
        let _ = ip(&["address", "add", "172.31.250.1/24", "dev", BRIDGE]);
        assert!(ip(&["link", "set", BRIDGE, "up"]), "no bridge {BRIDGE}");
        let folder = tempfile::tempdir().unwrap();
        let process = Self::spawn(folder.path());
        let daemon = Self { folder, process };
        daemon.wait_until_up();
        daemon
    }

    fn spawn(folder: &Path) -> Child {
        let mut dockerd = Command::new("dockerd");
        dockerd.arg("--host").arg(host(folder));
        for (option, name) in
            [("--data-root", "data"), ("--exec-root", "exec"), ("--pidfile", "pid")]
        {
            dockerd.arg(option).arg(folder.join(name));
        }
        // Not `none`: that takes docker0 away, which belongs to the machine's own engine.
        dockerd.args(["--bridge", BRIDGE, "--iptables=false"]);
        // Where both use one containerd, each needs a corner of its own.
        dockerd.arg("--containerd-namespace=pasu-test");
        dockerd.arg("--containerd-plugins-namespace=pasu-test-plugins");
        let log = File::create(folder.join("log")).unwrap();
        dockerd.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap()
    }

    fn docker(&self, arguments: &[&str]) -> Output {
        let host = host(self.folder.path());
        docker(&[&["--host", &host], arguments].concat())
    }

    fn wait_until_up(&self) {
        let end = Instant::now() + TIME;
        while !self.docker(&["version"]).status.success() {
            let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap();
            assert!(Instant::now() < end, "{log}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Kills it, and the containerd that it started, which outlives it and which the next one would wait for in vain.
    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        let own = self.folder.path().join("exec/containerd/containerd.pid");
        let Ok(process) = std::fs::read_to_string(&own) else { return };
        let folder = Path::new("/proc").join(process.trim());
        let _ = Command::new("kill").args(["-KILL", process.trim()]).status();
        let end = Instant::now() + TIME;
        while folder.exists() {
            assert!(Instant::now() < end, "containerd {process} stays");
            std::thread::sleep(Duration::from_millis(50));
        }
        std::fs::remove_file(own).unwrap();
    }

    fn restart(&mut self) {
        // The number in it may be anybody's by now.
        let _ = std::fs::remove_file(self.folder.path().join("pid"));
        self.process = Self::spawn(self.folder.path());
        self.wait_until_up();
    }

    /// Containers, images that are not the test's own, and volumes.
    fn things(&self) -> [String; 3] {
        [
            text(&self.docker(&["ps", "--all", "--quiet"])),
            text(&self.docker(&[
                "images",
                "--all",
                "--filter",
                "label=kr.pasu.session",
                "--quiet",
            ])),
            text(&self.docker(&["volume", "ls", "--quiet"])),
        ]
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // One that was killed and waited for has a number that may be anybody's by now.
        if let Ok(None) = self.process.try_wait() {
            let process = self.process.id().to_string();
            let _ = Command::new("kill").args(["-TERM", &process]).status();
            let _ = self.process.wait();
        }
        let _ = ip(&["link", "delete", BRIDGE]);
        // What a killed engine mounted stays mounted, and what is mounted cannot be removed.
        let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
        let places = mounts.lines().filter_map(|line| line.split(' ').nth(1));
        let own = places.filter(|place| Path::new(place).starts_with(self.folder.path()));
        for place in own.collect::<Vec<_>>().into_iter().rev() {
            let _ = Command::new("umount").args(["--lazy", place]).status();
        }
    }
}

fn ip(arguments: &[&str]) -> bool {
    let run = Command::new("ip").args(arguments).stderr(Stdio::null()).status();
    run.is_ok_and(|status| status.success())
}

fn host(folder: &Path) -> String {
    format!("unix://{}", folder.join("socket").display())
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn an_engine_that_dies_is_named_and_what_stays_goes_with_the_next_run() {
    let engine = Engine::take();
    let image = engine.image("dying", "VOLUME /data\nCMD [\"sleep\", \"300\"]");
    let saved = engine.path("saved.tar").display().to_string();
    assert!(docker(&["save", "--output", &saved, &image]).status.success());
    let mut daemon = Daemon::start();
    assert!(daemon.docker(&["load", "--input", &saved]).status.success());
    let command = || {
        let mut command = engine.command(&image, &["-o", "p.tar"]);
        command.env("DOCKER_HOST", host(daemon.folder.path()));
        command
    };
    let mut commands = [command(), command(), command(), command()];
    let moments = ["pasu: building", "pasu: start test", "pasu: writing p.tar"];
    for (moment, command) in moments.into_iter().zip(&mut commands) {
        let said = engine.path("said");
        let file = File::create(&said).unwrap();
        let mut run = command.stdout(Stdio::null()).stderr(file).spawn().unwrap();
        let read = || std::fs::read_to_string(&said).unwrap();
        let end = Instant::now() + TIME;
        while !read().contains(moment) {
            let ended = run.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < end, "{moment}: {ended:?} {}", read());
            std::thread::sleep(Duration::from_millis(20));
        }
        let is_export = moment.contains("writing");
        std::thread::sleep(Duration::from_millis(if is_export { 100 } else { 1500 }));
        daemon.kill();
        let status = run.wait().unwrap();
        let said = read();
        assert_eq!(status.code(), Some(2), "{moment}: {said}");
        assert!(said.contains(&host(daemon.folder.path())), "{moment}: no engine in {said}");
        assert!(!engine.path("p.tar").exists(), "{moment}");
        engine.is_clean();
        daemon.restart();
    }
    let [_, images, _] = daemon.things();
    assert_ne!(images, "", "what was built is not there any more: nothing is left to clean up");
    let output = commands[3].output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(engine.path("p.tar").exists());
    assert_eq!(daemon.things(), ["", "", ""]);
}
