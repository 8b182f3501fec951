//! One HTTP client for a run: time limits, proxies and certificates, and what all its downloads share.

use super::retry::{Failure, Retry};
use anyhow::{Context, Result, anyhow, bail};
use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body, http};

/// Redirects followed for one file.
const MAX_REDIRECTS: u32 = 5;
/// Bytes one run may download.
const MAX_TOTAL: u64 = 16 << 30;
/// The largest certificate file that is read, in bytes.
const MAX_CERTIFICATES: u64 = 16 << 20;

/// A host that could not be reached before, so that it was not asked again.
#[derive(Debug)]
pub struct Unreachable(pub String);

impl std::fmt::Display for Unreachable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} could not be reached", self.0)
    }
}

impl std::error::Error for Unreachable {}

/// The client.
pub struct Client {
    agent: Agent,
    /// How often a failing request is made again.
    pub retries: u32,
    /// Bytes that may still be downloaded.
    left: AtomicU64,
    /// Hosts that could not be reached at all; they are not asked again.
    unreachable: Mutex<HashSet<String>>,
}

impl Client {
    /// Proxies come from the environment (`HTTPS_PROXY`, `NO_PROXY`…), private certificates from `SSL_CERT_FILE`.
    pub fn new(retries: u32) -> Result<Self> {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(MAX_REDIRECTS)
            .user_agent(concat!("pasu/", env!("CARGO_PKG_VERSION")))
            // A packed body has neither the length nor the positions of the file.
            .accept_encoding("identity")
            .timeout_resolve(Some(Duration::from_secs(15)))
            .timeout_connect(Some(Duration::from_secs(15)))
            .timeout_recv_response(Some(Duration::from_secs(60)))
            .timeout_per_read(Some(Duration::from_secs(60)))
            .timeout_recv_body(Some(Duration::from_secs(3600)))
            .tls_config(tls()?)
            .build()
            .new_agent();
        Ok(Self {
            agent,
            retries,
            left: AtomicU64::new(MAX_TOTAL),
            unreachable: Mutex::new(HashSet::new()),
        })
    }

    /// Makes one request. Statuses are not judged here.
    pub fn get(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
    ) -> Result<http::Response<Body>, Failure> {
        let host = host(url);
        if self.unreachable().contains(&host) {
            return Err(Failure::last(Unreachable(host).into()));
        }
        // What was asked for over TLS is never taken in the clear, redirects included.
        let secure = url.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https:"));
        let mut request = self.agent.get(url).config().https_only(secure).build();
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        request.call().map_err(|error| failure(error, secure))
    }

    /// Remembers that a host is not there.
    pub fn give_up_on(&self, url: &str) {
        self.unreachable().insert(host(url));
    }

    /// Takes bytes off what may still be downloaded.
    pub fn spend(&self, bytes: u64) -> Result<(), Failure> {
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes))
            .map(|_| ())
            .map_err(|_| Failure::last(anyhow!("more than {MAX_TOTAL} bytes in one run")))
    }

    fn unreachable(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.unreachable.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn host(url: &str) -> String {
    let shown = super::shown(url);
    let rest = shown.split_once("://").map_or(shown.as_str(), |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default().to_ascii_lowercase()
}

fn failure(error: ureq::Error, secure: bool) -> Failure {
    use ureq::{Error, Timeout};
    let retry = match &error {
        Error::HostNotFound
        | Error::ConnectionFailed
        | Error::Timeout(Timeout::Resolve | Timeout::Connect) => Retry::Unreachable,
        Error::Io(io) if io.kind() == std::io::ErrorKind::ConnectionRefused => Retry::Unreachable,
        Error::Io(_) | Error::Timeout(_) | Error::BodyStalled | Error::Protocol(_) => Retry::Soon,
        _ => Retry::Never,
    };
    let error = match error {
        Error::RequireHttpsOnly(_) if secure => {
            anyhow!("refused: the server redirects from https to http")
        }
        other => anyhow::Error::new(other),
    };
    Failure { error, retry }
}

fn tls() -> Result<TlsConfig> {
    let named = std::env::var_os("SSL_CERT_FILE").filter(|name| !name.is_empty());
    let Some(path) = named else { return Ok(TlsConfig::builder().build()) };
    let shown = path.to_string_lossy();
    let certificates = certificates(path.as_ref())
        .with_context(|| format!("SSL_CERT_FILE: cannot read {shown}"))?;
    if certificates.is_empty() {
        bail!("SSL_CERT_FILE: no certificate in {shown}");
    }
    Ok(TlsConfig::builder().root_certs(RootCerts::from(certificates)).build())
}

fn certificates(path: &std::path::Path) -> Result<Vec<Certificate<'static>>> {
    use std::io::Read;
    let mut pem = Vec::new();
    std::fs::File::open(path)?.take(MAX_CERTIFICATES).read_to_end(&mut pem)?;
    let mut found = Vec::new();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(certificate) = item? {
            found.push(certificate);
        }
    }
    Ok(found)
}
