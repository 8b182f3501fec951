//! Containers that stand for hosts.

use super::image::{docker, image};
use std::path::PathBuf;
use std::process::Output;
use std::time::{Duration, Instant};

/// What root of a real machine may: mount, filter packets, look into processes. Never to set the clock, which is ours.
const CAPABILITIES: [&str; 3] = ["SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE"];

/// One container; it goes with the value.
pub struct Container {
    /// Its name for docker.
    pub name: String,
}

impl Container {
    /// Starts one from Debian's base or the image with servers, with systemd or a process that sleeps as the first.
    pub fn start(scenario: &str, minimal: bool, systemd: bool) -> Self {
        let name = format!("pasu-test-{scenario}-{}", std::process::id());
        let pasu = PathBuf::from(env!("CARGO_BIN_EXE_pasu"));
        let mount = format!("{}:/pasu:ro", pasu.display());
        let mut arguments = vec!["run", "--detach", "--name", &name, "--hostname", "audited"];
        arguments.extend(["--volume", &mount]);
        for capability in CAPABILITIES {
            arguments.extend(["--cap-add", capability]);
        }
        for profile in ["seccomp=unconfined", "apparmor=unconfined"] {
            arguments.extend(["--security-opt", profile]);
        }
        if systemd {
            arguments.extend([
                "--tmpfs",
                "/run",
                "--tmpfs",
                "/run/lock",
                "--env",
                "container=docker",
            ]);
            arguments.extend([
                "--volume",
                "/sys/fs/cgroup:/sys/fs/cgroup:rw",
                "--cgroupns",
                "host",
            ]);
        }
        arguments.push(image(minimal));
        arguments.extend(if systemd { ["/sbin/init", "--"] } else { ["sleep", "3600"] });
        let started = docker(&arguments);
        assert!(
            started.status.success(),
            "docker run: {}",
            String::from_utf8_lossy(&started.stderr)
        );
        let container = Self { name };
        if systemd {
            container.wait_for_systemd();
        }
        container
    }

    /// Waits until systemd has started everything.
    pub fn wait_for_systemd(&self) {
        let end = Instant::now() + Duration::from_secs(90);
        loop {
            let state = self.exec("root", &["systemctl", "is-system-running"]);
            let state = String::from_utf8_lossy(&state.stdout).trim().to_owned();
            // Some units of the machine itself cannot run in a container.
            if state == "running" || state == "degraded" {
                return;
            }
            assert!(Instant::now() < end, "systemd does not come up: {state}");
            std::thread::sleep(Duration::from_millis(300));
        }
    }

    /// Runs a program inside.
    pub fn exec(&self, user: &str, words: &[&str]) -> Output {
        let mut arguments = vec!["exec", "--user", user, &self.name];
        arguments.extend(words);
        docker(&arguments)
    }

    /// Runs one as root that must succeed.
    pub fn must(&self, words: &[&str]) {
        let ran = self.exec("root", words);
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(
            ran.status.success(),
            "setup failed: {said}\n{}",
            String::from_utf8_lossy(&ran.stdout)
        );
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        docker(&["rm", "--force", "--volumes", &self.name]);
    }
}
