//! What can go wrong with a request, and whether it is worth another try.

use super::super::credentials::{Found, Login};
use super::super::endpoint::Endpoint;
use crate::error::ImageError;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use rustls::AlertDescription;
use serde::Deserialize;
use std::error::Error;
use std::time::{Duration, SystemTime};

/// A request that failed.
#[derive(Debug)]
pub(in super::super) enum Failure {
    /// Asking again would bring the same.
    Final(ImageError),
    /// Asking again may help, after the pause that the registry asked for.
    Again(ImageError, Option<Duration>),
}

impl From<ImageError> for Failure {
    fn from(error: ImageError) -> Self {
        Self::Final(error)
    }
}

/// What registries say of an error (OCI distribution specification, "Error Codes").
#[derive(Debug, Default, Deserialize)]
pub(in super::super) struct Envelope {
    #[serde(default)]
    errors: Vec<Detail>,
}

#[derive(Debug, Default, Deserialize)]
struct Detail {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

impl Envelope {
    /// Reads the body of an error; what is no envelope says nothing.
    pub fn parse(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }

    fn has(&self, code: &str) -> bool {
        self.errors.iter().any(|error| error.code == code)
    }

    /// ` (CODE: message)`, or nothing.
    fn shown(&self, endpoint: &Endpoint) -> String {
        let Some(first) = self.errors.first() else { return String::new() };
        let text = format!("{}: {}", first.code, first.message);
        let text: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
        format!(" ({})", endpoint.login.mask(text.trim_matches([':', ' '])))
    }
}

/// What a request was for.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Request<'a> {
    /// As the user named the image.
    pub reference: &'a str,
    /// `manifest latest`, `blob sha256:…`.
    pub what: &'a str,
}

/// A status that is no success.
pub(in super::super) fn status(
    endpoint: &Endpoint,
    request: Request<'_>,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> Failure {
    let envelope = Envelope::parse(body);
    let said = envelope.shown(endpoint);
    let place = endpoint.place();
    match status {
        StatusCode::UNAUTHORIZED => Failure::Final(denied(endpoint, &said)),
        StatusCode::FORBIDDEN => Failure::Final(forbidden(endpoint, &said)),
        StatusCode::NOT_FOUND => {
            let missing = if envelope.has("NAME_UNKNOWN") {
                format!("the registry has no repository {}", endpoint.repository)
            } else {
                format!("the repository {} has no {}", endpoint.repository, request.what)
            };
            let looked = format!("; asked {}: {missing}{said}", endpoint.host);
            Failure::Final(ImageError::NotFound { reference: request.reference.to_owned(), looked })
        }
        StatusCode::TOO_MANY_REQUESTS => {
            let pause = retry_after(headers, SystemTime::now());
            let wait = pause
                .map_or(String::new(), |pause| format!("; it asks to wait {} s", pause.as_secs()));
            let problem = format!(
                "the registry has had too many requests from here{said}{wait}; hint: try later, \
                 or log in: registries allow more to those they know"
            );
            Failure::Again(ImageError::Unreachable { place, problem }, pause)
        }
        _ if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => {
            let problem = format!("the registry answers {status} to {}{said}", request.what);
            let pause = retry_after(headers, SystemTime::now());
            Failure::Again(ImageError::Unreachable { place, problem }, pause)
        }
        _ => {
            let problem = format!("the registry answers {status} to {}{said}", request.what);
            Failure::Final(ImageError::malformed(place, problem))
        }
    }
}

/// The registry wants to know who we are, or does not believe it.
pub(in super::super) fn denied(endpoint: &Endpoint, said: &str) -> ImageError {
    let host = &endpoint.host;
    let Found { login, from, notes } = &endpoint.login;
    let notes: String = notes.iter().map(|note| format!("; {note}")).collect();
    let problem = match login {
        Login::Nobody => format!(
            "the registry wants a login, or has no repository {}{said}{notes}; hint: docker login \
             {host}, or --username and --password",
            endpoint.repository
        ),
        Login::Password { username, .. } => format!(
            "the registry refuses the login of {username:?} from {from}{said}{notes}; hint: check the \
             password, and whether it may pull {}",
            endpoint.repository
        ),
        Login::Identity(_) | Login::Bearer(_) => format!(
            "the registry refuses the token from {from}{said}{notes}; hint: tokens run out: log in again"
        ),
    };
    ImageError::Denied { place: host.clone(), problem }
}

fn forbidden(endpoint: &Endpoint, said: &str) -> ImageError {
    let who = match &endpoint.login.login {
        Login::Nobody => "without a login".to_owned(),
        Login::Password { username, .. } => format!("as {username:?}"),
        Login::Identity(_) | Login::Bearer(_) => "with this token".to_owned(),
    };
    let problem = format!(
        "the registry does not let us pull {} {who}{said}; hint: ask for the right to, or docker \
         login {} as somebody who has it",
        endpoint.repository, endpoint.host
    );
    ImageError::Denied { place: endpoint.host.clone(), problem }
}

/// A request that got no answer, or only a part of it.
pub(in super::super) fn transport(endpoint: &Endpoint, error: &reqwest::Error) -> Failure {
    let place = endpoint.place();
    if let Some(tls) = find::<rustls::Error>(error) {
        return Failure::Final(tls_problem(endpoint, tls));
    }
    let problem = if error.is_timeout() {
        "no connection in time; hint: is the registry's name right, and is there a proxy to go through?".to_owned()
    } else {
        deepest(error)
    };
    let unreachable = ImageError::Unreachable { place, problem };
    if error.is_connect() { Failure::Final(unreachable) } else { Failure::Again(unreachable, None) }
}

fn tls_problem(endpoint: &Endpoint, error: &rustls::Error) -> ImageError {
    let host = &endpoint.host;
    let problem = match error {
        rustls::Error::InvalidCertificate(_) => format!(
            "the registry's certificate is not trusted: {error}; hint: name its authority with \
             --ca-file or in /etc/docker/certs.d/{host}/ca.crt; --insecure goes without"
        ),
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => format!(
            "the registry wants to see a certificate of ours; hint: put it into \
             /etc/docker/certs.d/{host}/client.cert, and its key into client.key"
        ),
        _ => format!(
            "no TLS with the registry: {error}; hint: if it speaks plain HTTP, --insecure allows it"
        ),
    };
    ImageError::Unreachable { place: host.clone(), problem }
}

fn is_certificate(error: &rustls::Error) -> bool {
    matches!(error, rustls::Error::InvalidCertificate(_))
}

/// Whether there is no TLS at the other end, or nobody: then HTTP is tried where it may be.
pub(in super::super) fn may_be_plain(error: &reqwest::Error) -> bool {
    error.is_connect() && !find::<rustls::Error>(error).is_some_and(is_certificate)
}

/// The text of the innermost error: the outer ones say that sending a request failed.
fn deepest(error: &reqwest::Error) -> String {
    let mut at: &dyn Error = error;
    while let Some(source) = at.source() {
        at = source;
    }
    let text = at.to_string();
    // The outermost one would show the address, which may be signed.
    if std::ptr::addr_eq(at, error) { "the request failed".to_owned() } else { text }
}

/// An error of a kind among the causes of another; those of I/O carry theirs inside.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut at = Some(error);
    while let Some(error) = at {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        let inside = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        at = match inside {
            Some(inside) => Some(inside),
            None => error.source(),
        };
    }
    None
}

/// How long the registry wants us to wait: seconds, or a date (RFC 9110, 10.2.3).
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::retry_after;
    use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_pause_is_given_in_seconds_or_as_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        for (text, expected) in [
            ("7", Some(7)),
            ("Sun, 06 Nov 1994 08:49:47 GMT", Some(10)),
            ("Sun, 06 Nov 1994 08:49:27 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(text));
            assert_eq!(retry_after(&headers, now), expected.map(Duration::from_secs), "{text}");
        }
    }
}
