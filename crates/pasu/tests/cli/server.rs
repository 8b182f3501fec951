//! A small HTTP server over a folder, with the faults of real ones on request.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::collections::{HashMap, VecDeque};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Something that goes wrong with one answer.
#[derive(Debug, Clone)]
pub enum Fault {
    /// A status without the file, and perhaps `Retry-After`.
    Status(u16, Option<&'static str>),
    /// The connection ends after so many bytes of the body.
    Cut(usize),
    /// The body comes in pieces of so many bytes with a pause between them.
    Slow(usize, Duration),
    /// A redirect.
    Redirect(String),
    /// Another body with status 200.
    Body(&'static [u8]),
}

/// One request and its answer.
#[derive(Debug, Clone)]
pub struct Seen {
    pub path: String,
    pub headers: HashMap<String, String>,
    pub status: u16,
}

/// The server; it ends when dropped.
pub struct Server {
    address: SocketAddr,
    scheme: &'static str,
    shared: Arc<Shared>,
}

struct Shared {
    root: PathBuf,
    ranges: AtomicBool,
    tags: AtomicBool,
    stopped: AtomicBool,
    faults: Mutex<HashMap<String, VecDeque<Fault>>>,
    seen: Mutex<Vec<Seen>>,
}

impl Server {
    /// Serves a folder, with ETags and ranges.
    pub fn start(root: &Path) -> Self {
        Self::new(root, None)
    }

    /// The same with the certificate of `tests/data/tls`.
    pub fn start_tls(root: &Path) -> Self {
        Self::new(root, Some(Arc::new(tls_config())))
    }

    fn new(root: &Path, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            root: root.to_owned(),
            ranges: AtomicBool::new(true),
            tags: AtomicBool::new(true),
            stopped: AtomicBool::new(false),
            faults: Mutex::default(),
            seen: Mutex::default(),
        });
        let scheme = if tls.is_some() { "https" } else { "http" };
        let server = Self { address, scheme, shared: Arc::clone(&shared) };
        thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.stopped.load(Ordering::SeqCst) {
                    break;
                }
                let (shared, tls) = (Arc::clone(&shared), tls.clone());
                thread::spawn(move || match (stream, tls) {
                    (Ok(stream), None) => shared.answer(stream),
                    (Ok(stream), Some(tls)) => {
                        let connection = ServerConnection::new(tls).unwrap();
                        shared.answer(StreamOwned::new(connection, stream));
                    }
                    (Err(_), _) => {}
                });
            }
        });
        server
    }

    /// Its URL.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// Makes the next answer for a path go wrong; several for one path happen one after another.
    pub fn fault(&self, path: &str, fault: Fault) {
        self.shared.faults.lock().unwrap().entry(path.to_owned()).or_default().push_back(fault);
    }

    /// Answers with the whole file whatever part was asked for.
    pub fn without_ranges(&self) {
        self.shared.ranges.store(false, Ordering::SeqCst);
    }

    /// Sends `Last-Modified` alone.
    pub fn without_tags(&self) {
        self.shared.tags.store(false, Ordering::SeqCst);
    }

    /// What was asked since the last time.
    pub fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.shared.seen.lock().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // The listener wakes up for this and ends.
        let _ = TcpStream::connect(self.address);
    }
}

const MODIFIED: &str = "Sun, 22 Nov 2026 04:00:00 GMT";

impl Shared {
    fn answer(&self, mut stream: impl Read + Write) {
        let Some((path, headers)) = request(&mut stream) else { return };
        let fault = self.faults.lock().unwrap().get_mut(&path).and_then(VecDeque::pop_front);
        let (status, head, body) = match &fault {
            Some(Fault::Status(status, after)) => {
                let head = after.map(|after| format!("Retry-After: {after}\r\n"));
                (*status, head.unwrap_or_default(), Vec::new())
            }
            Some(Fault::Redirect(to)) => (302, format!("Location: {to}\r\n"), Vec::new()),
            Some(Fault::Body(body)) => (200, String::new(), body.to_vec()),
            _ => self.file(&path, &headers),
        };
        self.seen.lock().unwrap().push(Seen { path, headers, status });
        // The client may hang up; that is its business.
        let _ = send(&mut stream, status, &head, &body, fault.as_ref());
    }

    fn file(&self, path: &str, headers: &HashMap<String, String>) -> (u16, String, Vec<u8>) {
        let name = path.trim_start_matches('/').replace("%20", " ");
        let Ok(body) = fs::read(self.root.join(name)) else {
            return (404, String::new(), Vec::new());
        };
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        let tag = self.tags.load(Ordering::SeqCst).then(|| format!("\"{:x}\"", hasher.finish()));
        let known = |name: &str| {
            headers
                .get(name)
                .is_some_and(|value| tag.as_ref().map_or(value == MODIFIED, |tag| value == tag))
        };
        let mut head = format!("Last-Modified: {MODIFIED}\r\n");
        if let Some(tag) = &tag {
            head += &format!("ETag: {tag}\r\n");
        }
        let validator = if tag.is_some() { "if-none-match" } else { "if-modified-since" };
        if known(validator) {
            return (304, head, Vec::new());
        }
        let from = headers
            .get("range")
            .filter(|_| self.ranges.load(Ordering::SeqCst) && known("if-range"))
            .and_then(|range| {
                range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok()
            })
            .filter(|from| *from < body.len());
        match from {
            Some(from) => {
                head +=
                    &format!("Content-Range: bytes {from}-{}/{}\r\n", body.len() - 1, body.len());
                (206, head, body[from..].to_vec())
            }
            None => (200, head, body),
        }
    }
}

fn tls_config() -> ServerConfig {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls");
    let certificate = CertificateDer::from_pem_file(folder.join("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).unwrap();
    ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap()
}

fn request(stream: &mut impl Read) -> Option<(String, HashMap<String, String>)> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next()?.ok()?;
    let path = first.split(' ').nth(1)?.to_owned();
    let headers = lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        })
        .collect();
    Some((path, headers))
}

fn send(
    stream: &mut impl Write,
    status: u16,
    head: &str,
    body: &[u8],
    fault: Option<&Fault>,
) -> std::io::Result<()> {
    let length =
        if status == 304 { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    write!(stream, "HTTP/1.1 {status} X\r\nConnection: close\r\n{length}{head}\r\n")?;
    match fault {
        Some(Fault::Cut(after)) => stream.write_all(&body[..*after])?,
        Some(Fault::Slow(piece, pause)) => {
            for bytes in body.chunks(*piece) {
                stream.write_all(bytes)?;
                stream.flush()?;
                thread::sleep(*pause);
            }
        }
        _ => stream.write_all(body)?,
    }
    stream.flush()
}
