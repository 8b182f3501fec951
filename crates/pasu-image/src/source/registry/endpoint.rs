//! Where a repository is asked for: a registry, or a mirror of it.

use super::credentials::Found;
use std::net::IpAddr;
use std::path::PathBuf;

/// A registry or mirror, and what it calls the repository.
#[derive(Debug, Clone, Default)]
pub(super) struct Endpoint {
    /// Host, with its port where that is not the scheme's own.
    pub host: String,
    /// Path of the API; `/v2` without configuration that says otherwise.
    pub base: String,
    /// Path of the repository there.
    pub repository: String,
    /// The registry that is meant, for mirrors of several (containerd's `ns`).
    pub namespace: Option<String>,
    /// Whether TLS may be missing, and certificates invalid.
    pub insecure: bool,
    /// Whether only HTTP is spoken, by configuration: `http://…`.
    pub plain: bool,
    /// Further authorities and certificates of ours.
    pub trust: Trust,
    /// Who we are there.
    pub login: Found,
}

/// Certificates for an endpoint.
#[derive(Debug, Clone, Default)]
pub(super) struct Trust {
    /// Files of authorities that are trusted besides the machine's, PEM.
    pub authorities: Vec<PathBuf>,
    /// Files of our certificate and its key, PEM.
    pub client: Option<(PathBuf, PathBuf)>,
}

impl Endpoint {
    /// The registry that a reference names.
    pub fn new(host: &str, repository: &str) -> Self {
        Self {
            host: host.to_owned(),
            base: "/v2".to_owned(),
            repository: repository.to_owned(),
            ..Self::default()
        }
    }

    /// Whether it is this machine. What is said to it does not leave the machine, so that HTTP is taken where it speaks
    /// no TLS, as Docker does for 127.0.0.0/8; certificates are checked all the same.
    pub fn is_loopback(&self) -> bool {
        let host = without_port(&self.host);
        host == "localhost"
            || host.ends_with(".localhost")
            || host
                .trim_matches(['[', ']'])
                .parse()
                .is_ok_and(|address: IpAddr| address.is_loopback())
    }

    /// Schemes to try, in order.
    pub fn schemes(&self) -> &'static [&'static str] {
        match (self.plain, self.insecure || self.is_loopback()) {
            (true, _) => &["http"],
            (false, true) => &["https", "http"],
            (false, false) => &["https"],
        }
    }

    /// Host and repository, for messages.
    pub fn place(&self) -> String {
        format!("{}/{}", self.host, self.repository)
    }
}

/// A host without its port.
pub(super) fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::Endpoint;

    #[test]
    fn only_this_machine_may_do_without_tls_unasked() {
        for (host, expected) in [
            ("localhost", true),
            ("localhost:5000", true),
            ("127.0.0.1:5000", true),
            ("127.8.9.1", true),
            ("[::1]:5000", true),
            ("localhost.example.com", false),
            ("127.0.0.1.example.com:443", false),
            ("10.0.0.1:5000", false),
            ("docker.io", false),
        ] {
            let endpoint = Endpoint::new(host, "a");
            assert_eq!(endpoint.is_loopback(), expected, "{host}");
            assert_eq!(endpoint.schemes().contains(&"http"), expected, "{host}");
        }
        let insecure = Endpoint { insecure: true, ..Endpoint::new("10.0.0.1:5000", "a") };
        assert_eq!(insecure.schemes(), ["https", "http"]);
    }
}
