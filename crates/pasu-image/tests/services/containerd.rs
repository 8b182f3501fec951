//! Images in the content store of a real containerd: that which Docker's engine runs with.

use super::common::{Pack, Tar, TestImage};
use super::host::command;
use super::seen::seen;
use pasu_image::ImageError;
use pasu_image::layer::NoGather;
use pasu_image::source::{self, SourceKind, SourceOptions};
use pasu_image::tree::{self, OpenOptions};

/// What is imported, and removed with the test.
struct Imported(&'static str);

fn ctr(arguments: &[&str]) -> Result<(), String> {
    let sockets = ["/run/docker/containerd/containerd.sock", "/run/containerd/containerd.sock"];
    let socket = sockets.into_iter().find(|path| std::path::Path::new(path).exists()).unwrap();
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
