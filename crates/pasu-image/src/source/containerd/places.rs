//! Where containerd keeps its data: as running ones were started, as their configuration says, and where distributions put it.

use super::running::{Config, Running};
use crate::error::ImageError;
use crate::source::storage::account;
use crate::source::storage::small;
use std::path::{Path, PathBuf};

/// containerd's own default, where nothing else is configured.
pub(super) const DEFAULT: &str = "/var/lib/containerd";
/// Its address, likewise.
pub(super) const DEFAULT_ADDRESS: &str = "/run/containerd/containerd.sock";
/// Of a user's containerd, below the home folder.
const OF_USER: &str = ".local/share/containerd";
/// Sockets and the data of who listens there: Docker's containerd, and those of small Kubernetes distributions.
const KNOWN: [(&str, &str); 5] = [
    ("/run/docker/containerd/containerd.sock", "/var/lib/docker/containerd/daemon"),
    ("/run/k3s/containerd/containerd.sock", "/var/lib/rancher/k3s/agent/containerd"),
    ("/run/k3s/containerd/containerd.sock", "/var/lib/rancher/rke2/agent/containerd"),
    (
        "/var/snap/microk8s/common/run/containerd.sock",
        "/var/snap/microk8s/common/var/lib/containerd",
    ),
    ("/run/k0s/containerd.sock", "/var/lib/k0s/containerd"),
];

/// What decides where stores are.
pub(super) struct Places<'a> {
    /// A variable that is set to something.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    pub is_root: bool,
    /// The machine's `/etc` lies below it.
    pub machine: &'a Path,
    /// Those that run.
    pub running: &'a [Running],
}

/// Whether a certain containerd is meant, so that its absence is not that of a machine without one.
pub(in crate::source) fn is_named() -> bool {
    std::env::var_os("CONTAINERD_ADDRESS").is_some_and(|address| !address.is_empty())
}

/// The roots at which a store may be, each once.
pub(super) fn roots() -> Result<Vec<PathBuf>, ImageError> {
    let machine = Path::new("/");
    let places = Places {
        variable: &|name| std::env::var(name).ok().filter(|value| !value.is_empty()),
        is_root: pasu_system::is_root(),
        machine,
        running: &Running::all(machine),
    };
    places.roots()
}

impl Places<'_> {
    pub fn roots(&self) -> Result<Vec<PathBuf>, ImageError> {
        let mut roots = match (self.variable)("CONTAINERD_ADDRESS") {
            Some(address) => self.of_address(&address)?,
            None => self.all(),
        };
        let mut known = Vec::new();
        roots.retain(|root| {
            // Two names of one folder are one store.
            let root = std::fs::canonicalize(root).unwrap_or_else(|_| root.clone());
            let is_new = !known.contains(&root);
            known.push(root);
            is_new
        });
        Ok(roots)
    }

    fn all(&self) -> Vec<PathBuf> {
        let running = self.running.iter().map(|it| it.root.clone());
        let known = KNOWN.iter().map(|(_, root)| PathBuf::from(root));
        let distributions = ["k3s", "rke2"].into_iter().filter_map(|name| self.data_of(name));
        let own = self.own().into_iter().chain(running).chain([self.configured()]);
        own.chain(distributions).chain(known).collect()
    }

    /// The root of the machine's own containerd.
    fn configured(&self) -> PathBuf {
        Config::read(&self.machine.join("etc/containerd/config.toml")).root
    }

    /// A user's own, and of who became root for this.
    fn own(&self) -> Option<PathBuf> {
        if !self.is_root {
            let data =
                (self.variable)("XDG_DATA_HOME").map(|data| Path::new(&data).join("containerd"));
            let home = || (self.variable)("HOME").map(|home| Path::new(&home).join(OF_USER));
            return data.or_else(home);
        }
        let caller = (self.variable)("SUDO_UID").and_then(|uid| uid.parse().ok());
        let uid = caller.filter(|uid| *uid != 0)?;
        let passwd = small(&self.machine.join("etc/passwd")).unwrap_or_default();
        let account = account(&String::from_utf8_lossy(&passwd), uid)?;
        Some(Path::new(&account.home).join(OF_USER))
    }

    /// Where k3s or RKE2 was told to keep its data: a line `data-dir: /mnt/k3s` in `/etc/rancher/k3s/config.yaml`.
    fn data_of(&self, name: &str) -> Option<PathBuf> {
        let path = self.machine.join("etc/rancher").join(name).join("config.yaml");
        let text = small(&path).ok()?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let line = text.lines().find_map(|line| line.strip_prefix("data-dir:"))?;
        let path = line.split(" #").next()?.trim().trim_matches(['"', '\'']);
        path.starts_with('/').then(|| Path::new(path).join("agent/containerd"))
    }

    /// The stores of who listens at an address.
    fn of_address(&self, address: &str) -> Result<Vec<PathBuf>, ImageError> {
        let place = "CONTAINERD_ADDRESS".to_owned();
        let address = address.strip_prefix("unix://").unwrap_or(address);
        if !address.starts_with('/') {
            // What stands there is not repeated: it may be anything.
            let problem =
                "not the path of a socket; expected /run/containerd/containerd.sock or the like"
                    .to_owned();
            return Err(ImageError::Unsupported { place, problem });
        }
        let address = in_run(Path::new(address));
        let running = self.running.iter().filter(|it| in_run(&it.address) == address);
        let mut roots: Vec<PathBuf> = running.map(|it| it.root.clone()).collect();
        let config = Config::read(&self.machine.join("etc/containerd/config.toml"));
        if roots.is_empty() && in_run(&config.address) == address {
            roots.push(config.root);
        }
        if roots.is_empty() {
            let known = KNOWN.iter().filter(|(socket, _)| Path::new(socket) == address);
            roots.extend(known.map(|(_, root)| PathBuf::from(root)));
        }
        if roots.is_empty() {
            let shown: String = address
                .to_string_lossy()
                .chars()
                .filter(|char| !char.is_control())
                .take(200)
                .collect();
            let problem = format!(
                "nobody on this machine is known to listen at {shown}, so its store is not found; hint: start it, \
                 name another address, or run as root"
            );
            return Err(ImageError::Unsupported { place, problem });
        }
        Ok(roots)
    }
}

/// A path without the older name of `/run`.
fn in_run(path: &Path) -> PathBuf {
    path.strip_prefix("/var/run")
        .map_or_else(|_| path.to_owned(), |rest| Path::new("/run").join(rest))
}

#[cfg(test)]
mod tests {
    use super::super::running::Running;
    use super::Places;
    use std::fs;
    use std::path::Path;

    fn roots(
        machine: &Path,
        is_root: bool,
        variables: &[(&str, &str)],
        running: &[(&str, &str)],
    ) -> String {
        let variable = |name: &str| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        let running = running
            .iter()
            .map(|(address, root)| Running { root: root.into(), address: address.into() });
        let running: Vec<Running> = running.collect();
        let places = Places { variable: &variable, is_root, machine, running: &running };
        match places.roots() {
            Ok(roots) => {
                roots.iter().map(|root| root.display().to_string()).collect::<Vec<_>>().join(" ")
            }
            Err(error) => error.to_string(),
        }
    }

    fn put(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn stores_are_where_containerd_was_told_to_keep_them() {
        let folder = tempfile::tempdir().unwrap();
        let machine = folder.path();
        let known = "/var/lib/docker/containerd/daemon /var/lib/rancher/k3s/agent/containerd \
                     /var/lib/rancher/rke2/agent/containerd /var/snap/microk8s/common/var/lib/containerd \
                     /var/lib/k0s/containerd";
        let all = |is_root, variables: &[_], running: &[_]| {
            roots(machine, is_root, variables, running)
                .strip_suffix(known)
                .unwrap()
                .trim_end()
                .to_owned()
        };
        assert_eq!(all(true, &[], &[]), "/var/lib/containerd");
        let home = [("HOME", "/home/ann")];
        let own = "/home/ann/.local/share/containerd";
        assert_eq!(all(false, &home, &[]), format!("{own} /var/lib/containerd"));
        assert_eq!(
            all(false, &[home[0], ("XDG_DATA_HOME", "/d")], &[]),
            "/d/containerd /var/lib/containerd"
        );
        put(&machine.join("etc/passwd"), "ann:x:1000:1000::/home/ann:/bin/sh\n");
        assert_eq!(all(true, &[("SUDO_UID", "1000")], &[]), format!("{own} /var/lib/containerd"));
        let run = [("/a.sock", "/a"), ("/b.sock", "/var/lib/containerd")];
        assert_eq!(all(true, &[], &run), "/a /var/lib/containerd");
        put(&machine.join("etc/containerd/config.toml"), "version = 2\nroot = \"/mnt/c\"\n");
        put(
            &machine.join("etc/rancher/k3s/config.yaml"),
            "token: x\ndata-dir: \"/mnt/k3s\" # big\n",
        );
        assert_eq!(all(true, &[], &[]), "/mnt/c /mnt/k3s/agent/containerd");
    }

    #[test]
    fn an_address_means_the_store_of_who_listens_there() {
        let folder = tempfile::tempdir().unwrap();
        let machine = folder.path();
        let of = |address: &str, running: &[_]| {
            roots(machine, true, &[("CONTAINERD_ADDRESS", address)], running)
        };
        let run = [("/run/my/c.sock", "/mine"), ("/b.sock", "/other")];
        assert_eq!(of("/var/run/my/c.sock", &run), "/mine");
        assert_eq!(of("unix:///b.sock", &run), "/other");
        assert_eq!(of("/run/containerd/containerd.sock", &run), "/var/lib/containerd");
        let both = "/var/lib/rancher/k3s/agent/containerd /var/lib/rancher/rke2/agent/containerd";
        assert_eq!(of("/run/k3s/containerd/containerd.sock", &[]), both);
        let error = of("/none.sock", &run);
        assert!(error.contains("/none.sock") && error.contains("hint: "), "{error}");
        let error = of("tcp://user:secret@host", &run);
        assert!(
            error.starts_with("CONTAINERD_ADDRESS: not the path") && !error.contains("secret"),
            "{error}"
        );
        let text = "[grpc]\naddress = \"/run/own.sock\"\n";
        put(&machine.join("etc/containerd/config.toml"), text);
        assert_eq!(of("/run/own.sock", &[]), "/var/lib/containerd");
    }
}
