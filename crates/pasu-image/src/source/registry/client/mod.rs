//! Asks one endpoint: with its login, with patience, and with limits (OCI distribution specification, "Pull").
//!
//! The HTTP client that oci-client has inside takes whole bodies whatever their length, and shows neither headers nor
//! statuses of errors; so requests are made here, with the same library.

mod auth;
pub(super) mod failure;
mod lane;

use super::endpoint::Endpoint;
use super::patience::{Patience, time_is_up, time_left};
use crate::digest::Digest;
use crate::error::ImageError;
use failure::{Failure, Request};
pub(super) use lane::Lane;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION, RANGE,
};
use reqwest::{Response, StatusCode, Url};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// Redirects that are followed for one request; registries lead to their storage, once.
const MAX_REDIRECTS: usize = 5;
/// Bytes of an error's body that are read.
const MAX_ERROR: u64 = 64 << 10;

/// One endpoint, and what was learned of it.
pub(super) struct Client {
    pub endpoint: Endpoint,
    pub patience: Patience,
    pub deadline: Option<Instant>,
    lanes: Mutex<Vec<Lane>>,
    tls: lane::Tls,
    /// The scheme that is spoken there.
    scheme: OnceLock<&'static str>,
    /// The value of the header `Authorization`, marked as sensitive.
    authorization: Mutex<Option<HeaderValue>>,
}

/// A document as it was given to us.
pub(super) struct Answer {
    pub bytes: Vec<u8>,
    pub media_type: Option<String>,
    /// The header `Docker-Content-Digest`.
    pub digest: Option<String>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask<'a> {
    /// Under the repository: `manifests/latest`.
    pub path: &'a str,
    /// Media types that are wanted.
    pub accept: &'a str,
    /// The first byte wanted.
    pub from: u64,
    /// For messages.
    pub request: Request<'a>,
}

impl Client {
    /// A client; nothing is asked yet.
    pub fn new(
        endpoint: Endpoint,
        patience: Patience,
        deadline: Option<Instant>,
    ) -> Result<Self, ImageError> {
        let bearer = endpoint.login.bearer().map(|value| auth::header(&endpoint, &value));
        Ok(Self {
            tls: lane::Tls::new(&endpoint)?,
            authorization: Mutex::new(bearer.transpose()?),
            endpoint,
            patience,
            deadline,
            lanes: Mutex::default(),
            scheme: OnceLock::new(),
        })
    }

    /// A lane for one conversation: one that is free, or a new one.
    pub fn lane(&self) -> Result<Lane, ImageError> {
        let free = self.lanes.lock().unwrap_or_else(PoisonError::into_inner).pop();
        free.map_or_else(|| Lane::new(&self.endpoint, &self.tls, self.patience), Ok)
    }

    /// Gives a lane back, with its connection.
    pub fn give_back(&self, lane: Lane) {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner).push(lane);
    }

    /// Gets a document whole, of at most `limit` bytes.
    pub fn document(&self, ask: Ask<'_>, limit: u64) -> Result<Answer, ImageError> {
        let lane = self.lane()?;
        let answer = lane.runtime.block_on(self.persist(|| async {
            let response = self.get(&lane, ask).await?;
            let header = |name: &str| {
                response
                    .headers()
                    .get(name)
                    .and_then(|value| value.to_str().ok())
                    .map(str::to_owned)
            };
            let media_type = header(CONTENT_TYPE.as_str());
            let digest = header("docker-content-digest");
            let bytes = self.body(response, limit, ask.request.what).await?;
            Ok(Answer { bytes, media_type, digest })
        }));
        self.give_back(lane);
        answer
    }

    /// Begins to get a blob.
    pub fn blob(&self, lane: &Lane, ask: Ask<'_>) -> Result<Response, ImageError> {
        lane.runtime.block_on(self.persist(|| self.get(lane, ask)))
    }

    /// Tries until it works, or would not.
    async fn persist<T>(
        &self,
        attempt: impl AsyncFn() -> Result<T, Failure>,
    ) -> Result<T, ImageError> {
        let mut pause = self.patience.pause;
        for number in 1.. {
            let (error, asked) = match attempt().await {
                Ok(got) => return Ok(got),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Again(error, asked)) => (error, asked),
            };
            if number >= self.patience.tries || asked > Some(self.patience.longest_pause) {
                return Err(error);
            }
            let wait = asked.unwrap_or(pause);
            let left = self.deadline.map(|end| end.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left <= wait) {
                // Said as it is: the registry is why the time is up.
                return Err(error);
            }
            tokio::time::sleep(wait).await;
            pause *= 2;
        }
        Err(time_is_up(&self.endpoint.place()))
    }

    /// One request, with a login where one is asked for.
    async fn get(&self, lane: &Lane, ask: Ask<'_>) -> Result<Response, Failure> {
        let response = self.follow(lane, ask).await?;
        if response.status() != StatusCode::UNAUTHORIZED || !self.is_home(response.url()) {
            return self.judge(response, ask).await;
        }
        self.log_in(lane, response, ask).await?;
        let response = self.follow(lane, ask).await?;
        self.judge(response, ask).await
    }

    /// A success as it is, anything else as a failure.
    async fn judge(&self, response: Response, ask: Ask<'_>) -> Result<Response, Failure> {
        let status = response.status();
        if matches!(status, StatusCode::OK | StatusCode::PARTIAL_CONTENT) {
            return Ok(response);
        }
        let headers = response.headers().clone();
        let at_home = self.is_home(response.url());
        let body = self.body(response, MAX_ERROR, "error").await.unwrap_or_default();
        if !at_home && status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS {
            let problem = format!(
                "the storage to which the registry leads answers {status} to {}",
                ask.request.what
            );
            return Err(Failure::Again(self.unreachable(problem), None));
        }
        Err(failure::status(&self.endpoint, ask.request, status, &headers, &body))
    }

    /// Asks, and goes where the answer leads to; the login stays with the registry.
    async fn follow(&self, lane: &Lane, ask: Ask<'_>) -> Result<Response, Failure> {
        let mut response = self.knock(lane, ask).await?;
        for _ in 0..MAX_REDIRECTS {
            if !response.status().is_redirection() {
                return Ok(response);
            }
            let next = self.next(&response)?;
            response = self.send(lane, next, ask).await.map_err(|error| self.failed(error))?;
        }
        let problem = format!("more than {MAX_REDIRECTS} redirects for {}", ask.request.what);
        Err(ImageError::malformed(self.endpoint.place(), problem).into())
    }

    /// The first request: finds out which scheme is spoken.
    async fn knock(&self, lane: &Lane, ask: Ask<'_>) -> Result<Response, Failure> {
        let known = self.scheme.get().map(std::slice::from_ref);
        let schemes = known.unwrap_or(self.endpoint.schemes());
        let mut schemes = schemes.iter().peekable();
        while let Some(scheme) = schemes.next() {
            let url = self.url(scheme, ask.path)?;
            match self.send(lane, url, ask).await {
                Ok(response) => {
                    self.scheme.get_or_init(|| scheme);
                    return Ok(response);
                }
                Err(Sent::Failed(error))
                    if schemes.peek().is_some() && failure::may_be_plain(&error) => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
        Err(self.unreachable("no scheme to speak".to_owned()).into())
    }

    async fn send(&self, lane: &Lane, url: Url, ask: Ask<'_>) -> Result<Response, Sent> {
        let at_home = self.is_home(&url);
        let mut request = lane
            .http(at_home)
            .get(url)
            .header(ACCEPT, ask.accept)
            // Bytes as stored: their digest is that of what is stored.
            .header(ACCEPT_ENCODING, "identity");
        if ask.from > 0 {
            request = request.header(RANGE, format!("bytes={}-", ask.from));
        }
        if let Some(value) = at_home.then(|| self.authorization()).flatten() {
            request = request.header(AUTHORIZATION, value);
        }
        self.sent(request).await
    }

    fn authorization(&self) -> Option<HeaderValue> {
        self.authorization.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends a request and waits for its answer to begin.
    async fn sent(&self, request: reqwest::RequestBuilder) -> Result<Response, Sent> {
        let limit = time_left(&self.endpoint.place(), self.patience.answer, self.deadline)
            .map_err(Sent::TimeIsUp)?;
        match tokio::time::timeout(limit, request.send()).await {
            Ok(response) => response.map_err(Sent::Failed),
            Err(_) => Err(Sent::Slow(limit)),
        }
    }

    fn failed(&self, error: Sent) -> Failure {
        match error {
            Sent::Failed(error) => failure::transport(&self.endpoint, &error),
            Sent::TimeIsUp(error) => Failure::Final(error),
            Sent::Slow(_) if self.is_late() => Failure::Final(time_is_up(&self.endpoint.place())),
            Sent::Slow(limit) => {
                let problem = format!("no answer within {} s", limit.as_secs_f32());
                Failure::Again(self.unreachable(problem), None)
            }
        }
    }

    fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    fn unreachable(&self, problem: String) -> ImageError {
        ImageError::Unreachable { place: self.endpoint.place(), problem }
    }

    /// Reads a body of at most `limit` bytes.
    async fn body(
        &self,
        mut response: Response,
        limit: u64,
        what: &str,
    ) -> Result<Vec<u8>, Failure> {
        let place = self.endpoint.place();
        let too_large = || {
            let problem = format!("the {what} is larger than {limit} bytes, which is the limit");
            Failure::Final(ImageError::Limit { place: place.clone(), problem })
        };
        if response.content_length().is_some_and(|length| length > limit) {
            return Err(too_large());
        }
        let end = Instant::now() + self.patience.answer;
        let mut bytes = Vec::new();
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let left = time_left(&place, left, self.deadline)?;
            let chunk = tokio::time::timeout(left, response.chunk())
                .await
                .map_err(|_| self.failed(Sent::Slow(self.patience.answer)))?
                .map_err(|error| failure::transport(&self.endpoint, &error))?;
            let Some(chunk) = chunk else { return Ok(bytes) };
            if bytes.len() as u64 + chunk.len() as u64 > limit {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
    }

    fn url(&self, scheme: &str, path: &str) -> Result<Url, ImageError> {
        let Endpoint { host, base, repository, namespace, .. } = &self.endpoint;
        let mut url = Url::parse(&format!("{scheme}://{host}{base}/{repository}/{path}"))
            .map_err(|error| ImageError::malformed(host, error))?;
        if let Some(namespace) = namespace {
            url.query_pairs_mut().append_pair("ns", namespace);
        }
        Ok(url)
    }

    /// Where an answer leads to; never from TLS to plain HTTP unasked.
    fn next(&self, response: &Response) -> Result<Url, Failure> {
        let wrong = |problem: &str| ImageError::malformed(self.endpoint.place(), problem);
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let location = location.ok_or_else(|| wrong("a redirect without a place to go to"))?;
        let next = response.url().join(location);
        let next = next.map_err(|_| wrong("a redirect to no address"))?;
        let allowed = match next.scheme() {
            "https" => true,
            "http" => response.url().scheme() == "http" || self.endpoint.insecure,
            _ => false,
        };
        if !allowed {
            let from = if response.url().scheme() == "https" { "TLS" } else { "HTTP" };
            let problem =
                format!("a redirect from {} to {}:, which is not followed", from, next.scheme());
            return Err(wrong(&problem).into());
        }
        Ok(next)
    }

    /// Whether an address is the endpoint's own, by its scheme, host and port.
    fn is_home(&self, url: &Url) -> bool {
        let schemes = self.scheme.get().map(std::slice::from_ref);
        let schemes = schemes.unwrap_or(self.endpoint.schemes());
        let home = |scheme: &&str| Url::parse(&format!("{scheme}://{}", self.endpoint.host));
        schemes
            .iter()
            .filter_map(|scheme| home(scheme).ok())
            .any(|home| home.origin() == url.origin())
    }
}

/// A request that brought no answer.
enum Sent {
    Failed(reqwest::Error),
    TimeIsUp(ImageError),
    Slow(Duration),
}

/// The path of a blob under its repository.
pub(super) fn blob_path(digest: &Digest) -> String {
    format!("blobs/{digest}")
}
