//! Where a machine says how registries are reached: files of Docker, Podman and containerd.

use crate::error::ImageError;
use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// The largest file of configuration that is read, in bytes.
const MAX_FILE: u64 = 4 << 20;

/// The places, in the order in which they are looked at.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    /// Files with logins.
    pub logins: Vec<PathBuf>,
    /// Folders in which credential helpers are looked for.
    pub helpers: Vec<PathBuf>,
    /// Configuration of Docker's engine.
    pub docker: Option<PathBuf>,
    /// Configuration of Podman and its like, and folders of files that add to it.
    pub containers: Vec<PathBuf>,
    /// Folders of containerd's configuration, one folder a registry.
    pub containerd: Vec<PathBuf>,
    /// Folders of certificates, one folder a registry.
    pub certificates: Vec<PathBuf>,
}

impl Places {
    /// Those of this machine and user.
    pub fn here() -> Self {
        Self::of(|name| env::var_os(name).filter(|value| !value.is_empty()))
    }

    fn of(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let folder = |name: &str| variable(name).map(PathBuf::from);
        let home = folder("HOME");
        let under_home = |path: &str| home.as_ref().map(|home| home.join(path));
        let config = folder("XDG_CONFIG_HOME").or_else(|| under_home(".config"));
        let docker = folder("DOCKER_CONFIG").or_else(|| under_home(".docker"));
        let join = |folder: &Option<PathBuf>, path: &str| folder.as_ref().map(|at| at.join(path));
        let logins = [
            folder("REGISTRY_AUTH_FILE"),
            join(&docker, "config.json"),
            join(&folder("XDG_RUNTIME_DIR"), "containers/auth.json"),
            join(&config, "containers/auth.json"),
        ];
        let path = variable("PATH").unwrap_or_default();
        let own = join(&config, "containers/registries.conf").filter(|path| path.is_file());
        let own = folder("CONTAINERS_REGISTRIES_CONF").or(own);
        let containers = [
            Some(own.unwrap_or_else(|| "/etc/containers/registries.conf".into())),
            Some("/etc/containers/registries.conf.d".into()),
            join(&config, "containers/registries.conf.d"),
        ];
        let certificates = [
            join(&config, "containers/certs.d"),
            Some("/etc/containers/certs.d".into()),
            Some("/etc/docker/certs.d".into()),
        ];
        Self {
            logins: logins.into_iter().flatten().collect(),
            // A relative one would have us run what lies in the folder we happen to be in.
            helpers: env::split_paths(&path).filter(|folder| folder.is_absolute()).collect(),
            docker: Some("/etc/docker/daemon.json".into()),
            containers: containers.into_iter().flatten().collect(),
            containerd: vec!["/etc/containerd/certs.d".into(), "/etc/docker/certs.d".into()],
            certificates: certificates.into_iter().flatten().collect(),
        }
    }
}

/// Reads a file of configuration; `None` where there is none.
pub(super) fn read(path: &Path) -> Result<Option<String>, ImageError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(ImageError::file(path)(error)),
    };
    if !file.metadata().map_err(ImageError::file(path))?.is_file() {
        return Ok(None);
    }
    let mut text = String::new();
    file.take(MAX_FILE + 1).read_to_string(&mut text).map_err(ImageError::file(path))?;
    if text.len() as u64 > MAX_FILE {
        let problem = format!("more than {MAX_FILE} bytes, which is the limit");
        return Err(ImageError::Limit { place: path.display().to_string(), problem });
    }
    Ok(Some(text))
}

/// The files in a folder whose names end so, sorted; none where there is no folder.
pub(super) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
    let mut files: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|it| it == ending)).collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::Places;
    use std::path::Path;

    #[test]
    fn variables_come_before_the_home_folder() {
        let variable = |name: &str| {
            Some(match name {
                "HOME" => "/home/a".into(),
                "XDG_RUNTIME_DIR" => "/run/user/7".into(),
                "PATH" => "/usr/bin:bin::/opt/b".into(),
                _ => return None,
            })
        };
        let places = Places::of(variable);
        let expected = [
            "/home/a/.docker/config.json",
            "/run/user/7/containers/auth.json",
            "/home/a/.config/containers/auth.json",
        ];
        assert_eq!(places.logins, expected.map(Path::new));
        assert_eq!(places.helpers, ["/usr/bin", "/opt/b"].map(Path::new));
        let places = Places::of(|name| match name {
            "REGISTRY_AUTH_FILE" => Some("/a.json".into()),
            "DOCKER_CONFIG" => Some("/d".into()),
            _ => None,
        });
        assert_eq!(places.logins, ["/a.json", "/d/config.json"].map(Path::new));
    }
}
