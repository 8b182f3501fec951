//! Images in the content store of a real containerd: that which Docker's engine runs with.

use super::common::{Pack, Tar, TestImage};
use super::host::command;
use super::own_containerd::Containerd;
use super::seen::seen;
use pasu_image::layer::NoGather;
use pasu_image::source::{self, SourceKind, SourceOptions, containerd};
use pasu_image::tree::{self, OpenOptions};
use pasu_image::{Content, Image, ImageError, Layer};
use pasu_system::Layered;
use serde_json::json;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::{Duration, Instant};

/// What is imported, and removed with the test.
struct Imported(&'static str);

fn ctr(arguments: &[&str]) -> Result<(), String> {
    let sockets = ["/run/docker/containerd/containerd.sock", "/run/containerd/containerd.sock"];
    let socket = sockets.into_iter().find(|path| Path::new(path).exists()).unwrap();
    let mut command = command("ctr", &["--address", socket, "-n", "pasu-test"]);
    let output = command.args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { Err(said) }
}

impl Imported {
    fn new(image: &TestImage, name: &'static str) -> Self {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), image.oci()).unwrap();
        ctr(&["images", "import", &file.path().display().to_string()]).unwrap();
        Self(name)
    }
}

impl Drop for Imported {
    fn drop(&mut self) {
        let _ = ctr(&["images", "rm", "--sync", self.0]);
    }
}

fn find(reference: &str) -> Result<pasu_image::Image, ImageError> {
    let options =
        SourceOptions { sources: vec![SourceKind::Containerd], ..SourceOptions::default() };
    source::find(reference, &options, &NoGather)
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn images_are_read_from_the_content_store() {
    let layers = |pack| {
        TestImage::new()
            .layer(Tar::new().file("etc/os-release", "ID=alpine\n").file("gone", "x"))
            .layer(Tar::new().whiteout("gone").file("new", "n"))
            .pack(pack)
    };
    for (pack, name) in [(Pack::Gzip, "pasu-gzip:1"), (Pack::None, "pasu-plain:1")] {
        let image = layers(pack).tag(name);
        let full = if pack == Pack::Gzip {
            "docker.io/library/pasu-gzip:1"
        } else {
            "docker.io/library/pasu-plain:1"
        };
        let imported = Imported::new(&image, full);
        let mut found = find(name).unwrap();
        assert_eq!((found.id.to_string(), &found.repo_tags), (image.id(), &image.tags));
        let options = OpenOptions { gather: &NoGather, deadline: None };
        let system = tree::open(&mut found, options).unwrap();
        let paths: Vec<String> = seen(&system).into_keys().collect();
        assert_eq!(paths, ["/etc", "/etc/os-release", "/new"]);
        let digest = found.manifest.unwrap();
        assert_eq!(found.repo_digests, [format!("{}@{digest}", name.trim_end_matches(":1"))]);
        for reference in [full, digest.as_str()] {
            assert_eq!(find(reference).unwrap().id, found.id);
        }
        drop(imported);
        let error = find(name).err().unwrap();
        assert!(matches!(error, ImageError::NotFound { .. }), "{error}");
    }
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn all_names_of_an_image_are_one_image() {
    let (one, other) = ("docker.io/library/pasu-listed:1", "registry.example/pasu-listed:2");
    let layers = |text| TestImage::new().layer(Tar::new().file("etc/os-release", text));
    let (first, second) = (layers("ID=alpine\n"), layers("ID=debian\n"));
    let _first = Imported::new(&first.tag("pasu-listed:1"), one);
    let _second = Imported::new(&second.tag(other), other);
    let found = find("pasu-listed:1").unwrap();
    let (id, manifest) = (found.id.to_string(), found.manifest.unwrap());
    // As Kubernetes names what it pulls; and once more in another namespace.
    let pinned = format!("docker.io/library/pasu-listed@{manifest}");
    for name in [pinned.as_str(), id.as_str(), "docker.io/library/pasu-listed:again"] {
        ctr(&["images", "tag", one, name]).unwrap();
    }
    let root = Path::new("/var/lib/docker/containerd/daemon").to_owned();
    let options = SourceOptions::default();
    let listing = containerd::list_in(&[root], Some("pasu-test"), &options).unwrap();
    assert!(listing.problems().is_empty(), "{:?}", listing.problems());
    let ours = listing.images().iter().filter(|it| it.name().contains("pasu-listed"));
    let ours: Vec<_> = ours.collect();
    let names: Vec<String> = ours.iter().map(|it| it.names.join(" ")).collect();
    assert_eq!(names, ["pasu-listed:1 pasu-listed:again", other]);
    assert_eq!(ours[0].id, id);
    let image = listing.find(ours[0], &options, &NoGather).unwrap();
    assert_eq!((image.id.to_string(), image.name.as_str()), (id.clone(), "pasu-listed:1"));
    assert_eq!(image.repo_tags, ["pasu-listed:1", "pasu-listed:again"]);
    assert_eq!(image.repo_digests, [format!("pasu-listed@{manifest}")]);
    for name in [pinned.as_str(), &id, "docker.io/library/pasu-listed:again"] {
        ctr(&["images", "rm", "--sync", name]).unwrap();
    }
}

#[test]
#[ignore = "needs containerd: `cargo xtask test` runs it"]
fn layers_whose_blobs_are_gone_are_read_as_they_were_unpacked() {
    let containerd = Containerd::start();
    let image = TestImage::new()
        .layer(
            Tar::new()
                .dir("etc")
                .dir("hidden")
                .file("etc/os-release", "ID=alpine\n")
                .file("gone", "x")
                .file("hidden/a", "1"),
        )
        .layer(Tar::new().whiteout("gone").file("new", "n").hard("again", "new"))
        .layer(Tar::new().dir("hidden").opaque("hidden").file("hidden/b", "2"))
        .pack(Pack::Gzip)
        .tag("pasu-unpacked:1");
    containerd.import("k8s.io", &image.oci());
    let options = SourceOptions::default();
    let roots = [containerd.root()];
    let find = || containerd::find_in(&roots, None, "pasu-unpacked:1", &options);
    let look = |image: &mut Image| {
        let options = OpenOptions { gather: &NoGather, deadline: None };
        let system = tree::open(image, options).unwrap();
        let lines = seen(&system);
        let writes = |path: &String| system.writes(Path::new(path));
        let origins: Vec<Vec<usize>> = lines.keys().map(writes).collect();
        (lines, origins)
    };
    let mut whole = find().unwrap();
    let expected = look(&mut whole);
    let paths: Vec<&str> = expected.0.keys().map(String::as_str).collect();
    assert_eq!(paths, ["/again", "/etc", "/etc/os-release", "/hidden", "/hidden/b", "/new"]);
    for layer in &whole.layers {
        let digest = layer.digest.as_ref().unwrap();
        containerd.ctr("k8s.io", &["content", "rm", digest.as_str()]);
        let blobs = containerd.root().join("io.containerd.content.v1.content/blobs/sha256");
        let end = Instant::now() + Duration::from_secs(30);
        while blobs.join(digest.hex()).exists() {
            assert!(Instant::now() < end, "the blob stays");
            std::thread::sleep(Duration::from_millis(50));
        }
        // Some are read as blobs, some as folders.
        assert_eq!(look(&mut find().unwrap()), expected);
    }
    let mut unpacked = find().unwrap();
    let is_folder = |layer: &Layer| matches!(layer.content, Content::Folder(_));
    assert!(unpacked.layers.iter().all(is_folder));
    assert_eq!(look(&mut unpacked), expected);
    // What is neither there as a blob nor as a folder is no empty layer.
    let Content::Folder(top) = &unpacked.layers[2].content else { panic!() };
    std::fs::remove_dir_all(&top.path).unwrap();
    let error = find().err().unwrap();
    assert!(error.to_string().contains("it is not whole"), "{error}");
    let listing = containerd::list_in(&roots, None, &options).unwrap();
    let error = listing.find(&listing.images()[0], &options, &NoGather).err().unwrap();
    assert!(matches!(error, ImageError::Unsupported { .. }), "{error}");
}

/// An engine that leaves images to containerd, as far as finding one asks it; what it would have to hand out is missing.
fn engine_over_containerd(socket: &Path, digest: &str) {
    let listener = UnixListener::bind(socket).unwrap();
    let told =
        json!({ "Id": digest, "RepoTags": ["shop:1"], "Os": "linux", "Architecture": "amd64" });
    let info = json!({ "Driver": "overlayfs", "DockerRootDir": "/nowhere",
                       "DriverStatus": [["driver-type", "io.containerd.snapshotter.v1"]] });
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.unwrap());
            let mut first = String::new();
            reader.read_line(&mut first).unwrap();
            let body = match first.split(' ').nth(1) {
                Some("/version") => json!({ "ApiVersion": "1.41" }),
                Some(path) if path.ends_with("/info") => info.clone(),
                Some(path) if path.ends_with("/json") => told.clone(),
                // It is only knocked at, or asked for the archive.
                _ => continue,
            };
            let body = body.to_string();
            let head = format!(
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            let _ = reader.into_inner().write_all([head, body].concat().as_bytes());
        }
    });
}

#[test]
#[ignore = "needs containerd: `cargo xtask test` runs it"]
fn what_docker_leaves_to_containerd_is_read_there() {
    let containerd = Containerd::start();
    let image = TestImage::new().layer(Tar::new().file("a", "1")).pack(Pack::Gzip).tag("shop:1");
    containerd.import("moby", &image.oci());
    let listing = containerd.ctr("moby", &["images", "ls"]);
    let digest = listing.split_whitespace().find(|word| word.starts_with("sha256:")).unwrap();
    let socket = containerd.root().join("engine.sock");
    engine_over_containerd(&socket, digest);
    let options = SourceOptions {
        sources: vec![SourceKind::Docker],
        docker_host: Some(format!("unix://{}", socket.display())),
        ..SourceOptions::default()
    };
    let mut found = source::find("shop:1", &options, &NoGather).unwrap();
    assert_eq!(
        (found.id.to_string(), &found.repo_tags[..]),
        (image.id(), &["shop:1".to_owned()][..])
    );
    assert_eq!(found.manifest.as_ref().map(ToString::to_string).as_deref(), Some(digest));
    let system = tree::open(&mut found, OpenOptions { gather: &NoGather, deadline: None }).unwrap();
    assert_eq!(seen(&system).into_keys().collect::<Vec<_>>(), ["/a"]);
}
