//! Where an engine listens: as the `docker` and `podman` commands find it.

use super::context;
use crate::error::ImageError;
use crate::source::{SourceKind, SourceOptions};
use std::path::{Path, PathBuf};

/// Where an engine listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    /// A socket of this machine.
    Unix(PathBuf),
    /// `host:port`, with the folder of `ca.pem`, `cert.pem` and `key.pem` where it speaks TLS.
    Tcp { authority: String, certificates: Option<PathBuf> },
}

/// What the environment says; tests bring their own.
pub(super) struct Surroundings<'a> {
    /// A variable that is set to something.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// Whether something is at a path.
    pub exists: &'a dyn Fn(&Path) -> bool,
}

impl Surroundings<'_> {
    pub fn variable(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }

    /// The folder of Docker's own configuration.
    pub fn docker_folder(&self) -> Option<PathBuf> {
        let home = || self.variable("HOME").map(|home| Path::new(&home).join(".docker"));
        self.variable("DOCKER_CONFIG").map(PathBuf::from).or_else(home)
    }

    /// The first of some sockets that is there; else the first, to be named in the message.
    fn first_socket(&self, of_user: &str, of_root: &[&str]) -> PathBuf {
        let user = self.variable("XDG_RUNTIME_DIR").map(|folder| Path::new(&folder).join(of_user));
        let all: Vec<PathBuf> = of_root.iter().map(PathBuf::from).chain(user).collect();
        let found = all.iter().find(|path| (self.exists)(path)).or(all.first());
        found.cloned().unwrap_or_default()
    }
}

/// Finds an engine's address.
pub(super) fn find(
    options: &SourceOptions,
    kind: SourceKind,
    surroundings: &Surroundings<'_>,
) -> Result<Address, ImageError> {
    match kind {
        SourceKind::Podman => podman(surroundings),
        _ => docker(options.docker_host.as_deref(), surroundings),
    }
}

/// `--docker-host`, `DOCKER_HOST`, the context, the usual sockets: in this order, as `docker` has it.
fn docker(asked: Option<&str>, surroundings: &Surroundings<'_>) -> Result<Address, ImageError> {
    let from = if asked.is_some() { "--docker-host" } else { "DOCKER_HOST" };
    let host = asked.map(str::to_owned).or_else(|| surroundings.variable("DOCKER_HOST"));
    if let Some(host) = host {
        let verify = surroundings.variable("DOCKER_TLS_VERIFY").is_some();
        let folder = surroundings.variable("DOCKER_CERT_PATH").map(PathBuf::from);
        let certificates = folder.or_else(|| surroundings.docker_folder()).filter(|_| verify);
        return parse(&host, from, certificates);
    }
    if let Some(context) = context::current(surroundings)? {
        return parse(&context.host, &context.place, context.certificates);
    }
    let socket =
        surroundings.first_socket("docker.sock", &["/var/run/docker.sock", "/run/docker.sock"]);
    Ok(Address::Unix(socket))
}

/// `CONTAINER_HOST`, else the socket of the user's own Podman, else root's.
fn podman(surroundings: &Surroundings<'_>) -> Result<Address, ImageError> {
    if let Some(host) = surroundings.variable("CONTAINER_HOST") {
        return parse(&host, "CONTAINER_HOST", None);
    }
    let own = surroundings
        .variable("XDG_RUNTIME_DIR")
        .map(|folder| Path::new(&folder).join("podman/podman.sock"))
        .filter(|path| (surroundings.exists)(path));
    Ok(Address::Unix(own.unwrap_or_else(|| "/run/podman/podman.sock".into())))
}

/// Whether a certain Docker is meant, so that its silence is not that of a machine without one.
pub(in crate::source) fn is_docker_named(options: &SourceOptions) -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|host| !host.is_empty());
    options.docker_host.is_some() || is_set("DOCKER_HOST") || is_set("DOCKER_CONTEXT")
}

/// Whether a certain Podman is meant, so that no other one may answer for it.
pub(in crate::source) fn is_podman_named() -> bool {
    std::env::var_os("CONTAINER_HOST").is_some_and(|host| !host.is_empty())
}

/// Reads `unix:///path` and `tcp://host:port`; `from` says who named it.
pub(super) fn parse(
    host: &str,
    from: &str,
    certificates: Option<PathBuf>,
) -> Result<Address, ImageError> {
    let refuse = |problem: &str| {
        Err(ImageError::Unsupported { place: from.to_owned(), problem: problem.to_owned() })
    };
    let Some((scheme, rest)) = host.split_once("://") else {
        // What stands there is not repeated: it may be anything.
        return refuse("not an address; expected unix:///path or tcp://host:port");
    };
    match scheme {
        "unix" if rest.starts_with('/') => Ok(Address::Unix(rest.into())),
        "unix" => refuse("the socket's path does not begin with /"),
        "tcp" | "http" | "https" => {
            let authority = rest.trim_end_matches('/');
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
            if authority.is_empty() || !authority.bytes().all(plain) {
                return refuse("not an address; expected tcp://host:port");
            }
            if scheme == "https" && certificates.is_none() {
                return refuse(
                    "https:// needs certificates; hint: set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH",
                );
            }
            let port = if certificates.is_some() { 2376 } else { 2375 };
            let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| {
                !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
            });
            let authority =
                if has_port { authority.to_owned() } else { format!("{authority}:{port}") };
            Ok(Address::Tcp { authority, certificates })
        }
        "ssh" => refuse(
            "engines are not reached over ssh://; hint: forward the socket with \
             `ssh -L /tmp/engine.sock:/var/run/docker.sock HOST` and name unix:///tmp/engine.sock",
        ),
        _ => refuse("an unknown kind of address; expected unix:// or tcp://"),
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unix(path) => write!(formatter, "unix://{}", path.display()),
            Self::Tcp { authority, .. } => write!(formatter, "tcp://{authority}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, Surroundings, find};
    use crate::digest::Digest;
    use crate::source::{SourceKind, SourceOptions};
    use std::path::Path;

    fn address(
        kind: SourceKind,
        host: Option<&str>,
        variables: &[(&str, &str)],
        sockets: &[&str],
    ) -> String {
        let variable = |name: &str| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        let exists = |path: &Path| sockets.iter().any(|socket| Path::new(socket) == path);
        let options =
            SourceOptions { docker_host: host.map(str::to_owned), ..SourceOptions::default() };
        match find(&options, kind, &Surroundings { variable: &variable, exists: &exists }) {
            Ok(Address::Tcp { authority, certificates: Some(folder) }) => {
                format!("{authority} by {}", folder.display())
            }
            Ok(address) => address.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn an_address_comes_from_the_nearest_place_that_names_one() {
        let docker = |host, variables: &[_], sockets: &[_]| {
            address(SourceKind::Docker, host, variables, sockets)
        };
        let host = ("DOCKER_HOST", "unix:///two");
        assert_eq!(docker(Some("unix:///one"), &[host], &[]), "unix:///one");
        assert_eq!(docker(None, &[host], &[]), "unix:///two");
        assert_eq!(docker(None, &[("DOCKER_HOST", "")], &[]), "unix:///var/run/docker.sock");
        let user = ("XDG_RUNTIME_DIR", "/run/user/1");
        assert_eq!(
            docker(None, &[user], &["/run/user/1/docker.sock"]),
            "unix:///run/user/1/docker.sock"
        );
        let podman =
            |variables: &[_], sockets: &[_]| address(SourceKind::Podman, None, variables, sockets);
        assert_eq!(podman(&[host], &[]), "unix:///run/podman/podman.sock");
        assert_eq!(
            podman(&[user], &["/run/user/1/podman/podman.sock"]),
            "unix:///run/user/1/podman/podman.sock"
        );
        assert_eq!(podman(&[user], &[]), "unix:///run/podman/podman.sock");
        assert_eq!(podman(&[("CONTAINER_HOST", "unix:///pod")], &[]), "unix:///pod");
    }

    #[test]
    fn addresses_of_other_machines_are_read() {
        let docker =
            |host: &str, variables: &[_]| address(SourceKind::Docker, Some(host), variables, &[]);
        assert_eq!(docker("tcp://build.example:1", &[]), "tcp://build.example:1");
        assert_eq!(docker("tcp://[::1]", &[]), "tcp://[::1]:2375");
        let tls = [("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", "/certs")];
        assert_eq!(docker("tcp://build.example", &tls), "build.example:2376 by /certs");
        for (wrong, why) in [
            ("ssh://me@host", "not reached over ssh"),
            ("tcp://user:secret@host", "expected tcp://host:port"),
            ("tcp://", "expected tcp://host:port"),
            ("https://host", "DOCKER_TLS_VERIFY"),
            ("unix://run/x", "does not begin with /"),
            ("npipe:////./pipe/docker", "unknown kind"),
            ("/var/run/docker.sock", "expected unix:///path"),
        ] {
            let message = docker(wrong, &[]);
            assert!(message.starts_with("--docker-host: ") && message.contains(why), "{message}");
            assert!(!message.contains("secret"));
        }
    }

    #[test]
    fn contexts_are_read_as_the_docker_command_stores_them() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let id = Digest::of(b"far");
        let meta = at.join("contexts/meta").join(id.hex());
        let tls = at.join("contexts/tls").join(id.hex()).join("docker");
        std::fs::create_dir_all(&meta).unwrap();
        let text = r#"{"Name":"far","Metadata":{},"Endpoints":{"docker":{"Host":"tcp://far:7","SkipTLSVerify":false}}}"#;
        std::fs::write(meta.join("meta.json"), text).unwrap();
        let config = at.display().to_string();
        let docker = |more: &[(&str, &str)]| {
            let mut variables = vec![("DOCKER_CONFIG", config.as_str())];
            variables.extend(more);
            address(SourceKind::Docker, None, &variables, &[])
        };
        let usual = "unix:///var/run/docker.sock";
        assert_eq!(docker(&[]), usual);
        assert_eq!(docker(&[("DOCKER_CONTEXT", "far")]), "tcp://far:7");
        std::fs::write(at.join("config.json"), r#"{"currentContext":"far"}"#).unwrap();
        assert_eq!(docker(&[]), "tcp://far:7");
        assert_eq!(docker(&[("DOCKER_CONTEXT", "default")]), usual);
        assert_eq!(docker(&[("DOCKER_HOST", "unix:///x")]), "unix:///x");
        std::fs::create_dir_all(&tls).unwrap();
        std::fs::write(tls.join("ca.pem"), "").unwrap();
        assert_eq!(docker(&[]), format!("far:7 by {}", tls.display()));
        let message = docker(&[("DOCKER_CONTEXT", "none")]);
        assert!(message.contains("context \"none\""), "{message}");
        std::fs::write(at.join("config.json"), "{").unwrap();
        assert!(docker(&[]).contains("config.json"));
    }
}
