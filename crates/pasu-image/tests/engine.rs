//! An engine that answers wrongly, late or not at all: a socket that checks each request and answers from a script.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on panics")]

mod common;

use common::{Tar, TestImage};
use pasu_image::layer::NoGather;
use pasu_image::source::{self, SourceKind, SourceOptions};
use pasu_image::{Image, ImageError};
use serde_json::json;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What is answered to one request.
enum Answer {
    Status(u16, String),
    /// A body in chunks; and whether it is whole.
    Stream(Vec<u8>, bool),
    /// Nothing, as long as the asker waits.
    Silence,
}

/// A request that has to come, and what is answered.
type Step = (String, Answer);

fn ok(path: &str, body: &serde_json::Value) -> Step {
    (path.to_owned(), Answer::Status(200, body.to_string()))
}

fn version() -> Step {
    ok("/version", &json!({ "ApiVersion": "1.41" }))
}

/// Storage that is never read in place.
fn info() -> Step {
    ok("/info", &json!({ "Driver": "vfs", "DockerRootDir": "/var/lib/docker" }))
}

struct Script {
    folder: TempDir,
    thread: JoinHandle<Vec<String>>,
}

impl Script {
    fn new(steps: Vec<Step>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("engine.sock")).unwrap();
        let thread = std::thread::spawn(move || {
            let mut wrong = Vec::new();
            for (path, answer) in steps {
                let request = loop {
                    let (stream, _) = listener.accept().unwrap();
                    // A first connection says nothing: it only asks whether somebody is there.
                    if let Some(request) = request(stream) {
                        break request;
                    }
                };
                let expected = format!("GET {path} HTTP/1.1");
                if request.0 != expected {
                    wrong.push(format!("{} instead of {expected}", request.0));
                }
                reply(request.1, answer);
            }
            wrong
        });
        Self { folder, thread }
    }

    fn options(&self) -> SourceOptions {
        let socket = self.folder.path().join("engine.sock");
        SourceOptions {
            sources: vec![SourceKind::Docker],
            docker_host: Some(format!("unix://{}", socket.display())),
            ..SourceOptions::default()
        }
    }

    fn find(self, reference: &str) -> Result<Image, ImageError> {
        let found = source::find(reference, &self.options(), &NoGather);
        let wrong = self.thread.join().unwrap();
        assert!(wrong.is_empty(), "{wrong:?}");
        found
    }
}

fn request(stream: UnixStream) -> Option<(String, UnixStream)> {
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
    let mut line = String::new();
    while reader.read_line(&mut line).unwrap() > 2 {
        line.clear();
    }
    Some((first.trim_end().to_owned(), reader.into_inner()))
}

fn reply(mut stream: UnixStream, answer: Answer) {
    // Who asks may have heard enough.
    let _ = match answer {
        Answer::Status(status, body) => {
            let length = body.len();
            write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n{body}")
        }
        Answer::Stream(body, whole) => {
            let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
            let mut sent = stream.write_all(head.as_bytes());
            for chunk in body.chunks(1000) {
                sent = sent.and_then(|()| write!(stream, "{:x}\r\n", chunk.len()));
                sent = sent.and_then(|()| stream.write_all(chunk));
                sent = sent.and_then(|()| stream.write_all(b"\r\n"));
            }
            sent.and_then(|()| if whole { stream.write_all(b"0\r\n\r\n") } else { Ok(()) })
        }
        Answer::Silence => std::io::copy(&mut stream, &mut std::io::sink()).map(drop),
    };
}

fn image() -> TestImage {
    TestImage::new().layer(Tar::new().file("etc/os-release", "ID=x\n").file("b", vec![1; 5000]))
}

/// The steps until the engine is asked for the image's bytes, and the path of that request.
fn until_save(image: &TestImage) -> (Vec<Step>, String) {
    let config: serde_json::Value = serde_json::from_slice(&image.raw_config()).unwrap();
    let told = json!({
        "Id": image.id(), "RepoTags": ["app:1"], "RepoDigests": null, "Os": "linux", "Architecture": "amd64",
        "RootFS": { "Type": "layers", "Layers": config["rootfs"]["diff_ids"] },
    });
    let get = format!("/images/{}/get", image.id());
    (vec![version(), ok("/images/app:1/json", &told), info()], get)
}

fn saved(answer: Answer) -> Result<Image, ImageError> {
    let (mut steps, get) = until_save(&image());
    steps.push((get, answer));
    Script::new(steps).find("app:1")
}

#[test]
fn an_engine_is_asked_for_no_more_than_is_needed() {
    let found = saved(Answer::Stream(image().docker(), true)).unwrap();
    assert_eq!(found.id.to_string(), image().id());
    assert_eq!((found.name.as_str(), &*found.repo_tags), ("app:1", &["app:1".to_owned()][..]));
    assert_eq!(found.layers.len(), 1);
}

#[test]
fn an_engine_that_ends_in_mid_stream_gives_no_image() {
    let bytes = image().docker();
    for length in [0, 700, 3000, bytes.len() - 1500] {
        let error = saved(Answer::Stream(bytes[..length].to_vec(), false)).err().unwrap();
        assert!(matches!(error, ImageError::Unreachable { .. }), "{length}: {error:?}");
        assert!(error.to_string().contains("engine.sock: sha256:"), "{error}");
    }
    // One that ends as if it were done hands out an archive that is not whole.
    let error = saved(Answer::Stream(bytes[..3000].to_vec(), true)).err().unwrap();
    assert!(matches!(error, ImageError::Malformed { .. }), "{error:?}");
}

#[test]
fn an_image_that_is_removed_meanwhile_is_missing() {
    let gone = Answer::Status(404, r#"{"message":"No such image"}"#.into());
    let error = saved(gone).err().unwrap();
    assert!(error.to_string().starts_with("app:1: no such image in unix://"), "{error}");
}

#[test]
fn another_image_than_was_asked_for_is_refused() {
    let other = TestImage::new().layer(Tar::new().file("other", "x"));
    let error = saved(Answer::Stream(other.docker(), true)).err().unwrap();
    assert!(error.to_string().contains("another image"), "{error}");
    // Its layers are held against the configuration when they are opened.
    let mut files = image().oci_files();
    let layer = files.iter().find(|(_, bytes)| bytes.len() > 5000).unwrap().0.clone();
    files.insert(layer, Tar::new().file("other", "x").build());
    let error = saved(Answer::Stream(common::archive(&files), true)).err().unwrap();
    assert!(matches!(error, ImageError::DigestMismatch { .. }), "{error}");
}

#[test]
fn an_engine_that_falls_silent_is_left_at_the_deadline() {
    let (mut steps, get) = until_save(&image());
    steps.push((get, Answer::Silence));
    let script = Script::new(steps);
    let begin = Instant::now();
    let deadline = Some(begin + Duration::from_millis(700));
    let options = SourceOptions { deadline, ..script.options() };
    let error = source::find("app:1", &options, &NoGather).err().unwrap();
    assert!(error.to_string().ends_with("the time given with --timeout is up"), "{error}");
    assert!(begin.elapsed() < Duration::from_secs(10));
    assert_eq!(script.thread.join().unwrap(), Vec::<String>::new());
}

#[test]
fn what_an_engine_refuses_is_said_in_its_words() {
    let inspect = |status, body: &str| {
        let answer = Answer::Status(status, body.to_owned());
        let steps = vec![version(), ("/images/app:1/json".to_owned(), answer)];
        Script::new(steps).find("app:1").err().unwrap()
    };
    let error = inspect(404, r#"{"message":"No such image: app:1"}"#);
    assert!(matches!(error, ImageError::NotFound { .. }), "{error}");
    let error = inspect(500, r#"{"message":"disk \u001b[31mbroken"}"#);
    assert!(
        error.to_string().ends_with("app:1: the engine answers 500: disk [31mbroken"),
        "{error}"
    );
    let error = inspect(403, r#"{"message":"authorization denied by plugin"}"#);
    assert!(matches!(error, ImageError::Denied { .. }), "{error}");
    let error = inspect(500, &"x".repeat(100_000));
    assert!(error.to_string().len() < 1000);
}

#[test]
fn answers_that_make_no_sense_are_malformed() {
    let inspect = |body: &str| {
        let answer = Answer::Status(200, body.to_owned());
        let steps = vec![version(), ("/images/app:1/json".to_owned(), answer)];
        Script::new(steps).find("app:1").err().unwrap()
    };
    let deep = "[".repeat(100_000);
    for body in ["", "nonsense", "[]", r#"{"Id": 5}"#, r#"{"Id": "sha256:../../etc"}"#, "{}", &deep]
    {
        let error = inspect(body);
        assert!(matches!(error, ImageError::Malformed { .. }), "{body:.50}: {error:?}");
    }
    let error = Script::new(vec![ok("/version", &json!({ "ApiVersion": "new" }))]).find("app:1");
    assert!(error.is_err());
}

#[test]
fn a_list_of_images_need_not_name_them() {
    let list = json!([
        { "Id": "sha256:b", "ParentId": "", "RepoTags": null, "RepoDigests": null, "Created": 1, "Size": 1,
          "SharedSize": -1, "Labels": null, "Containers": -1 },
        { "Id": "sha256:a", "ParentId": "", "RepoTags": ["<none>:<none>"], "RepoDigests": [], "Created": 1,
          "Size": 1, "SharedSize": -1, "Labels": {}, "Containers": -1 },
    ]);
    let script = Script::new(vec![version(), ok("/images/json", &list)]);
    let listing = source::list(&script.options()).unwrap();
    let names: Vec<String> = listing.images().iter().map(source::Listed::name).collect();
    assert_eq!(names, ["<none>@sha256:a", "<none>@sha256:b"]);
    assert_eq!(script.thread.join().unwrap(), Vec::<String>::new());
}
