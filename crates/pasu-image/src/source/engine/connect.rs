//! A connection to an engine, for whatever is asked of it: images here, builds and containers elsewhere.

use super::address::{Address, Surroundings, find};
use super::error::{from_engine, unanswered};
use crate::error::ImageError;
use crate::source::{SourceKind, SourceOptions};
use bollard::models::SystemInfo;
use bollard::{API_DEFAULT_VERSION, Docker};
use std::future::Future;
use std::io;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

/// How long an engine may take until it begins to answer, in seconds.
const ANSWER: u64 = 120;
/// How long it may take to say its version: what does not is no engine.
const GREETING: Duration = Duration::from_secs(20);

/// An engine that answers. Its calls block: the runtime is private, of one thread, and turns only while it is asked.
pub struct Engine {
    client: Docker,
    runtime: Runtime,
    kind: SourceKind,
    address: Address,
    place: String,
    deadline: Option<Instant>,
    info: OnceLock<SystemInfo>,
}

impl Engine {
    /// Connects to the engine that the options, the environment or Docker's context name, and agrees on a version.
    ///
    /// # Errors
    ///
    /// [`ImageError::Unreachable`] where no engine answers, [`ImageError::Denied`] where its socket may not be used,
    /// [`ImageError::Unsupported`] for an address that is not understood.
    pub fn connect(options: &SourceOptions, kind: SourceKind) -> Result<Self, ImageError> {
        let surroundings = Surroundings {
            variable: &|name| std::env::var(name).ok(),
            exists: &|path| path.exists(),
        };
        let address = find(options, kind, &surroundings)?;
        Self::connect_to(address, options, kind)
    }

    fn connect_to(
        address: Address,
        options: &SourceOptions,
        kind: SourceKind,
    ) -> Result<Self, ImageError> {
        let place = address.to_string();
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| unreachable(&place, &error.to_string()))?;
        if let Address::Unix(path) = &address {
            knock(&runtime, path, kind, &place)?;
        }
        let client = client(&address).map_err(|error| from_engine(&place, "connect", &error))?;
        let engine = Self {
            client,
            runtime,
            kind,
            address,
            place,
            deadline: options.deadline,
            info: OnceLock::new(),
        };
        let agree = engine.client.clone().negotiate_version();
        engine.within(GREETING, "version", agree)?;
        Ok(engine)
    }

    /// The client, its version agreed on. Only for use inside [`Self::block_on`].
    pub(crate) fn client(&self) -> &Docker {
        &self.client
    }

    /// Which kind of engine was asked for.
    #[must_use]
    pub fn kind(&self) -> SourceKind {
        self.kind
    }

    /// The engine's address, for messages: `unix:///var/run/docker.sock`.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Whether it is reached by a socket of this machine, so that its files can be, too.
    #[must_use]
    pub fn is_local(&self) -> bool {
        matches!(self.address, Address::Unix(_))
    }

    /// What the engine says about itself; asked once.
    pub(crate) fn info(&self) -> Result<&SystemInfo, ImageError> {
        if let Some(info) = self.info.get() {
            return Ok(info);
        }
        let info = self.within(GREETING, "info", self.client.info())?;
        Ok(self.info.get_or_init(|| info))
    }

    /// Waits for an answer, to the deadline of the options; `what` names the thing asked for in the error.
    pub(crate) fn block_on<T>(
        &self,
        what: &str,
        asked: impl Future<Output = Result<T, bollard::errors::Error>>,
    ) -> Result<T, ImageError> {
        self.within(Duration::MAX, what, asked)
    }

    /// As [`Self::block_on`], and not longer than some time.
    pub(crate) fn within<T>(
        &self,
        time: Duration,
        what: &str,
        asked: impl Future<Output = Result<T, bollard::errors::Error>>,
    ) -> Result<T, ImageError> {
        let left = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let by_deadline = left.is_some_and(|left| left < time);
        let time = left.unwrap_or(time).min(time);
        let answer = self.runtime.block_on(async { tokio::time::timeout(time, asked).await });
        match answer {
            Ok(answer) => answer.map_err(|error| from_engine(&self.place, what, &error)),
            Err(_) if by_deadline => Err(ImageError::Limit {
                place: format!("{}: {what}", self.place),
                problem: "the time given with --timeout is up".to_owned(),
            }),
            Err(_) => Err(unanswered(format!("{}: {what}", self.place))),
        }
    }
}

fn unreachable(place: &str, problem: &str) -> ImageError {
    ImageError::Unreachable { place: place.to_owned(), problem: problem.to_owned() }
}

fn client(address: &Address) -> Result<Docker, bollard::errors::Error> {
    match address {
        Address::Unix(path) => {
            Docker::connect_with_unix(&path.to_string_lossy(), ANSWER, API_DEFAULT_VERSION)
        }
        Address::Tcp { authority, certificates: None } => {
            Docker::connect_with_http(authority, ANSWER, API_DEFAULT_VERSION)
        }
        Address::Tcp { authority, certificates: Some(folder) } => Docker::connect_with_ssl(
            authority,
            &folder.join("key.pem"),
            &folder.join("cert.pem"),
            &folder.join("ca.pem"),
            ANSWER,
            API_DEFAULT_VERSION,
        ),
    }
}

/// Tries a socket: the client's own error does not say why one cannot be used.
fn knock(runtime: &Runtime, path: &Path, kind: SourceKind, place: &str) -> Result<(), ImageError> {
    let knocked = runtime.block_on(tokio::net::UnixStream::connect(path));
    let Err(error) = knocked else { return Ok(()) };
    match error.kind() {
        io::ErrorKind::NotFound => Err(unreachable(place, "no engine: there is no such socket")),
        io::ErrorKind::ConnectionRefused => {
            Err(unreachable(place, "nobody listens there: the engine is not running"))
        }
        io::ErrorKind::PermissionDenied => {
            let hint = match kind {
                SourceKind::Podman => "run as the user whose Podman it is, or as root",
                _ => "run as root, or as a member of the group docker (who can become root)",
            };
            let problem = format!("no permission to use the engine's socket; hint: {hint}");
            Err(ImageError::Denied { place: place.to_owned(), problem })
        }
        _ => Err(unreachable(place, &error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::Engine;
    use crate::error::ImageError;
    use crate::source::{SourceKind, SourceOptions};
    use std::os::unix::net::UnixListener;
    use std::path::Path;
    use std::time::{Duration, Instant};

    fn connect(path: &Path, deadline: Option<Instant>) -> ImageError {
        let docker_host = Some(format!("unix://{}", path.display()));
        let options = SourceOptions { docker_host, deadline, ..SourceOptions::default() };
        Engine::connect(&options, SourceKind::Docker).err().unwrap()
    }

    #[test]
    fn what_is_no_engine_is_said_with_its_address() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("engine.sock");
        let error = connect(&path, None);
        assert!(error.to_string().ends_with("engine.sock: no engine: there is no such socket"));
        drop(UnixListener::bind(&path).unwrap());
        let error = connect(&path, None);
        assert!(error.to_string().contains("the engine is not running"), "{error}");
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "").unwrap();
        assert!(matches!(connect(&path, None), ImageError::Unreachable { .. }));
    }

    #[test]
    fn an_engine_that_never_answers_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("engine.sock");
        let _listener = UnixListener::bind(&path).unwrap();
        let begin = Instant::now();
        let error = connect(&path, Some(begin + Duration::from_millis(200)));
        assert!(matches!(error, ImageError::Limit { .. }), "{error}");
        assert!(begin.elapsed() < Duration::from_secs(5));
    }
}
