//! A small HTTP server that answers as a test says, and is strict about what it is asked.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A request that came.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    /// With its query.
    pub path: String,
    /// By names in small letters.
    pub headers: HashMap<String, String>,
    pub body: String,
    /// How often this path was asked for before.
    pub before: usize,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub ending: Ending,
}

/// How a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// As announced.
    Whole,
    /// After some bytes, though more are announced.
    Cut(usize),
    /// Never, after some bytes.
    Stall(usize),
    /// Some other length is announced, in bytes.
    Announce(usize),
    /// No length is announced, and the body comes again and again.
    Endless,
    /// No length is announced.
    Chunked,
}

impl Reply {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), ending: Ending::Whole }
    }

    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub fn ending(mut self, ending: Ending) -> Self {
        self.ending = ending;
        self
    }

    /// An error as registries put it.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let body = format!(r#"{{"errors":[{{"code":"{code}","message":"{message}"}}]}}"#);
        Self::new(status, body)
    }
}

/// A server on this machine, until the test ends.
pub struct Server {
    pub host: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Without TLS.
    pub fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::with(None, answer)
    }

    /// With TLS, by the certificate for tests; `clients` says whose certificates are asked for.
    pub fn with_tls(
        clients: Option<&str>,
        answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::with(Some(Arc::new(tls(clients))), answer)
    }

    fn with(
        tls: Option<Arc<ServerConfig>>,
        answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(answer);
        let (log, name) = (Arc::clone(&seen), host.clone());
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (answer, log, name) = (Arc::clone(&answer), Arc::clone(&log), name.clone());
                let tls = tls.clone();
                thread::spawn(move || match tls {
                    None => drop(serve_plain(stream, &name, &log, answer.as_ref())),
                    Some(tls) => {
                        let session = ServerConnection::new(tls).unwrap();
                        let stream = StreamOwned::new(session, stream);
                        drop(serve(stream, &name, &log, answer.as_ref()));
                    }
                });
            }
        });
        Self { host, seen }
    }

    /// The requests that came.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Their paths.
    pub fn paths(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.path).collect()
    }
}

/// The certificate for tests, of the authority for tests.
fn tls(clients: Option<&str>) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let chain = vec![CertificateDer::from_pem_file(certificate("server.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(certificate("server.key")).unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_file(certificate(authority)).unwrap()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    builder.with_single_cert(chain, key).unwrap()
}

/// Where a certificate for tests lies.
pub fn certificate(name: &str) -> PathBuf {
    let ours = name.starts_with("own.") || name.starts_with("client.");
    let folder = if ours { "tests/data/tls" } else { "../pasu/tests/data/tls" };
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(name)
}

fn serve_plain(
    stream: TcpStream,
    host: &str,
    log: &Mutex<Vec<Seen>>,
    answer: &(dyn Fn(&Seen) -> Reply + Send + Sync),
) -> std::io::Result<()> {
    let mut first = [0];
    // A greeting of TLS, which is not spoken here.
    if stream.peek(&mut first)? == 0 || first[0] == 0x16 {
        return Ok(());
    }
    serve(stream, host, log, answer)
}

fn serve(
    stream: impl Read + Write,
    host: &str,
    log: &Mutex<Vec<Seen>>,
    answer: &(dyn Fn(&Seen) -> Reply + Send + Sync),
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    while let Some(mut seen) = read(&mut reader)? {
        let reply = match odd(&seen, host) {
            Some(problem) => Reply::new(400, problem),
            None => {
                let mut log = log.lock().unwrap();
                seen.before = log.iter().filter(|other| other.path == seen.path).count();
                log.push(seen.clone());
                drop(log);
                answer(&seen)
            }
        };
        if !write(reader.get_mut(), &reply)? {
            break;
        }
    }
    Ok(())
}

fn read(reader: &mut impl BufRead) -> std::io::Result<Option<Seen>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let method = words.next().unwrap_or_default().to_owned();
    let path = words.next().unwrap_or_default().to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").map_or(0, |text| text.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let body = String::from_utf8(body).unwrap();
    Ok(Some(Seen { method, path, headers, body, before: 0 }))
}

/// What is wrong with a request by the distribution specification, which says what a client must send.
fn odd(seen: &Seen, host: &str) -> Option<String> {
    let path = seen.path.split('?').next().unwrap_or_default();
    let accept = seen.header("accept").unwrap_or_default();
    let types = ["oci.image.index", "oci.image.manifest", "manifest.list", "manifest.v2+json"];
    if seen.header("host") != Some(host) {
        return Some(format!("the wrong host: {:?}", seen.header("host")));
    }
    if !seen.header("user-agent").is_some_and(|agent| agent.starts_with("pasu/")) {
        return Some("no user agent".into());
    }
    if path.contains("/manifests/") && !types.iter().all(|name| accept.contains(name)) {
        return Some(format!("not all media types are accepted: {accept}"));
    }
    let is_get = seen.method == "GET" && seen.body.is_empty();
    if path.starts_with("/v2/") && !is_get {
        return Some(format!("{} while reading", seen.method));
    }
    if path.starts_with("/v2/") && seen.header("accept-encoding") != Some("identity") {
        return Some("bytes are wanted as they are stored".into());
    }
    None
}

/// Writes an answer; whether the connection goes on.
fn write(writer: &mut impl Write, reply: &Reply) -> std::io::Result<bool> {
    let Reply { status, headers, body, ending } = reply;
    let mut head = format!("HTTP/1.1 {status} Some Reason\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    match ending {
        Ending::Endless | Ending::Chunked => head.push_str("Transfer-Encoding: chunked\r\n\r\n"),
        Ending::Announce(length) => head.push_str(&format!("Content-Length: {length}\r\n\r\n")),
        _ => head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len())),
    }
    writer.write_all(head.as_bytes())?;
    match *ending {
        Ending::Whole => writer.write_all(body)?,
        Ending::Cut(bytes) => {
            writer.write_all(&body[..bytes])?;
            return Ok(false);
        }
        Ending::Announce(_) => {
            writer.write_all(body)?;
            return Ok(false);
        }
        Ending::Stall(bytes) => {
            writer.write_all(&body[..bytes])?;
            thread::sleep(Duration::from_secs(60));
        }
        Ending::Chunked => {
            write!(writer, "{:x}\r\n", body.len())?;
            writer.write_all(body)?;
            writer.write_all(b"\r\n0\r\n\r\n")?;
        }
        Ending::Endless => loop {
            write!(writer, "{:x}\r\n", body.len())?;
            writer.write_all(body)?;
            writer.write_all(b"\r\n")?;
        },
    }
    Ok(true)
}
