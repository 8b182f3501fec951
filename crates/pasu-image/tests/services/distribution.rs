//! Debian's docker-registry, started for a test on a port and folder of its own, and what is pushed into it.

use super::common::TestImage;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The login that [`Access::Login`] wants, as `htpasswd -B` writes it.
pub const USERNAME: &str = "pasu";
/// Its password.
pub const PASSWORD: &str = "correct horse";
const HTPASSWD: &str = "pasu:$2y$05$QIPz7K8XMo0VVBgY2gKNpuQrgZtopNM5txMT4DOV0ZYddmvTNPWuy\n";

/// How a registry is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// By HTTP, by anybody.
    Open,
    /// By HTTP, with a login.
    Login,
    /// By TLS with a login; the certificate is of an authority for tests.
    Tls,
    /// By TLS; the certificate is signed by itself.
    OwnTls,
}

/// Where a certificate for tests lies.
pub fn certificate(name: &str) -> PathBuf {
    let folder = if name.starts_with("own.") { "tests/data/tls" } else { "../pasu/tests/data/tls" };
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(name)
}

/// A registry that runs until it is dropped.
pub struct Registry {
    pub host: String,
    process: Child,
    // What it stores; kept while it runs.
    folder: Option<TempDir>,
}

impl Registry {
    /// Starts one that holds nothing.
    pub fn start(access: Access) -> Self {
        Self::on(TempDir::new().unwrap(), access)
    }

    /// Starts another one in its place, on what it holds.
    pub fn restart(mut self, access: Access) -> Self {
        self.kill();
        let folder = self.folder.take().unwrap();
        Self::on(folder, access)
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        self.process.kill().ok();
        self.process.wait().unwrap();
    }

    fn on(folder: TempDir, access: Access) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let host = format!("127.0.0.1:{port}");
        let htpasswd = folder.path().join("htpasswd");
        fs::write(&htpasswd, HTPASSWD).unwrap();
        let mut configuration = json!({
            "version": "0.1",
            "log": { "level": "error", "accesslog": { "disabled": true } },
            "storage": { "filesystem": { "rootdirectory": folder.path().join("data") } },
            "http": { "addr": host },
        });
        if matches!(access, Access::Login | Access::Tls) {
            configuration["auth"] = json!({ "htpasswd": { "realm": "test", "path": htpasswd } });
        }
        let pair = match access {
            Access::Tls => Some(("server.pem", "server.key")),
            Access::OwnTls => Some(("own.pem", "own.key")),
            Access::Open | Access::Login => None,
        };
        if let Some((pem, key)) = pair {
            let (pem, key) = (certificate(pem), certificate(key));
            configuration["http"]["tls"] = json!({ "certificate": pem, "key": key });
        }
        // Whatever is JSON is YAML.
        let file = folder.path().join("config.yml");
        fs::write(&file, configuration.to_string()).unwrap();
        let mut process = Command::new("docker-registry")
            .arg("serve")
            .arg(file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("docker-registry is not here; hint: apt-get install docker-registry");
        let end = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(&host).is_err() {
            assert!(Instant::now() < end, "docker-registry does not answer");
            assert!(process.try_wait().unwrap().is_none(), "docker-registry ended");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { host, process, folder: Some(folder) }
    }

    /// Pushes an image; the registry has to be open. Gives the descriptor of its manifest.
    pub fn push(&self, repository: &str, tag: &str, image: &TestImage) -> Value {
        let mut blobs = BTreeMap::new();
        let descriptor = image.blobs(&mut blobs);
        let digest = descriptor["digest"].as_str().unwrap();
        let manifest = blobs.remove(digest).unwrap();
        self.push_blobs(repository, &blobs);
        self.push_manifest(repository, tag, descriptor["mediaType"].as_str().unwrap(), &manifest);
        descriptor
    }

    /// Pushes blobs, each in one piece.
    pub fn push_blobs(&self, repository: &str, blobs: &BTreeMap<String, Vec<u8>>) {
        for (digest, bytes) in blobs {
            let path = format!("/v2/{repository}/blobs/uploads/");
            let head = self.send("POST", &path, "application/octet-stream", &[]);
            let place = head
                .lines()
                .find_map(|line| line.strip_prefix("Location: "))
                .unwrap_or_else(|| panic!("no place to upload to: {head}"));
            let path = place.split_once(&self.host).map_or(place, |(_, path)| path);
            let path = format!("{path}&digest={digest}");
            let head = self.send("PUT", &path, "application/octet-stream", bytes);
            assert!(head.starts_with("HTTP/1.1 201"), "{head}");
        }
    }

    /// Pushes a manifest or index.
    pub fn push_manifest(&self, repository: &str, tag: &str, media_type: &str, bytes: &[u8]) {
        let path = format!("/v2/{repository}/manifests/{tag}");
        let head = self.send("PUT", &path, media_type, bytes);
        assert!(head.starts_with("HTTP/1.1 201"), "{head}");
    }

    /// Makes one request and gives the answer's head.
    fn send(&self, method: &str, path: &str, media_type: &str, body: &[u8]) -> String {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: {media_type}\r\n\
             Content-Length: {}\r\n\r\n",
            self.host,
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split_once("\r\n\r\n").unwrap_or_default().0.replace("\r\n", "\n")
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.kill();
    }
}
