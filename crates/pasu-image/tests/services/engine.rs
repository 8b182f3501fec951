//! Images of real engines: what Pasu sees of an image is what `docker export` gives of a container made from it, whether
//! the layers are read where Docker keeps them or as it hands them out.

use super::common::{Tar, TestImage};
use super::host::{Tool, command, docker, relay};
use super::seen::{exported, seen};
use pasu_image::layer::NoGather;
use pasu_image::source::{self, SourceKind, SourceOptions};
use pasu_image::tree::{self, ImageSystem, LayerPool, OpenOptions, open_pooled};
use pasu_image::{Content, Image, ImageError};

/// An image that is built for a test, removed with it.
struct Built {
    name: String,
}

impl Built {
    /// Builds a Dockerfile; its context holds `/tool`, which does things to files.
    fn new(name: &str, dockerfile: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(Tool::path(), folder.path().join("tool")).unwrap();
        std::fs::write(folder.path().join("Dockerfile"), dockerfile).unwrap();
        let name = format!("pasu-engine-{name}");
        let context = folder.path().display().to_string();
        // The classic builder is there with every engine.
        let mut build = command("docker", &["build", "-q", "-t", &name, &context]);
        let output = build.env("DOCKER_BUILDKIT", "0").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self { name }
    }

    fn loaded(name: &str, image: TestImage) -> Self {
        let name = format!("pasu-engine-{name}");
        docker(&["load", "-q"], &image.tag(&format!("{name}:latest")).docker());
        Self { name }
    }
}

impl Drop for Built {
    fn drop(&mut self) {
        let _ = command("docker", &["rmi", "-f", &self.name]).output();
    }
}

fn options(host: Option<&str>) -> SourceOptions {
    SourceOptions {
        sources: vec![SourceKind::Docker],
        docker_host: host.map(str::to_owned),
        ..SourceOptions::default()
    }
}

fn find(reference: &str, host: Option<&str>) -> Result<Image, ImageError> {
    source::find(reference, &options(host), &NoGather)
}

fn open(image: &mut Image) -> ImageSystem {
    tree::open(image, OpenOptions { gather: &NoGather, deadline: None }).unwrap()
}

/// Holds both ways of reading an image against a container's files.
fn compare(built: &Built) {
    let expected = exported(&built.name);
    let mut image = find(&built.name, None).unwrap();
    let is_in_place = |image: &Image| {
        image.layers.iter().all(|layer| matches!(layer.content, Content::Folder(_)))
    };
    assert!(is_in_place(&image), "{} is not read in place", built.name);
    let system = open(&mut image);
    assert_eq!(system.problems(), []);
    assert_eq!(seen(&system), expected, "{} in place", built.name);

    let host = relay();
    let mut far = find(&built.name, Some(&host)).unwrap();
    assert!(!is_in_place(&far));
    assert_eq!((&far.id, &far.raw_config), (&image.id, &image.raw_config));
    let system = open(&mut far);
    assert_eq!(system.problems(), []);
    assert_eq!(seen(&system), expected, "{} handed out", built.name);
}

const ODD: &str = r#"
FROM scratch
COPY tool /tool
RUN ["/tool", "write /file 1", "write /dir/a 2", "write /dir/b/c 3", "write /stays/x 4", "write /stays/y 5", "link /dir/a /hard", "symlink dir/a /soft", "symlink /nowhere /broken", "mode 4755 /dir/a", "owner 7 8 /file"]
RUN ["/tool", "remove /file", "write /file/now/a/folder 6"]
RUN ["/tool", "remove /dir", "write /dir 7"]
RUN ["/tool", "remove /stays", "write /stays/z 8"]
RUN ["/tool", "remove /dir", "write /dir/a 9", "link /stays/z /dir/again", "mode 1777 /dir"]
RUN ["/tool", "remove /stays/z", "remove /soft", "write /soft 10", "write /large 40000000"]
"#;

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn what_builds_do_to_files_is_seen_as_containers_see_it() {
    compare(&Built::new("odd", ODD));
    let step = |number| {
        format!("RUN [\"/tool\", \"write /d{number}/f {number}\", \"remove /d{}\"]\n", number - 1)
    };
    let steps: String = (1..10).map(step).collect();
    let dockerfile =
        format!("FROM scratch\nCOPY tool /tool\nRUN [\"/tool\", \"write /d0/f 1\"]\n{steps}");
    compare(&Built::new("deep", &dockerfile));
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn layers_from_archives_are_seen_as_containers_see_them() {
    let image = TestImage::new()
        .layer(Tar::new().dir("a").file("a/one", "1").file("a/two", "2").dir("b").file("b/c", "3"))
        .layer(Tar::new().dir("a").opaque("a").file("a/three", "3").whiteout("b/c"))
        .layer(Tar::new().file("b", "now a file"))
        .layer(
            Tar::new().dir("a").file("a/four", "4").hard("hard", "a/four").symlink("a/link", "/b"),
        );
    compare(&Built::loaded("archive", image));
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn images_are_found_by_each_of_their_names() {
    let built = Built::loaded("names", TestImage::new().layer(Tar::new().file("x", "names")));
    let image = find(&built.name, None).unwrap();
    assert_eq!(image.name, built.name);
    assert_eq!(image.repo_tags, [format!("{}:latest", built.name)]);
    let hex = image.id.hex();
    for reference in [image.id.as_str(), hex, &hex[..12], &image.repo_tags[0]] {
        assert_eq!(find(reference, None).unwrap().id, image.id, "{reference}");
    }
    let error = find("pasu-engine-none:1", None).err().unwrap();
    let expected = "pasu-engine-none:1: no such image in unix:///var/run/docker.sock";
    assert_eq!(error.to_string(), expected);
    let arm = source::Platform::parse("linux/arm64");
    let error =
        source::find(&built.name, &SourceOptions { platform: arm, ..options(None) }, &NoGather);
    assert!(error.err().unwrap().to_string().ends_with("which has it for linux/amd64"));
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn all_images_are_listed_and_those_without_a_name_too() {
    let layer = |text: &str| TestImage::new().layer(Tar::new().file("x", text));
    let first = Built::loaded("listed", layer("dangling"));
    let id = find(&first.name, None).unwrap().id.to_string();
    let second = Built::loaded("listed", layer("named"));
    let listing = source::list(&options(None)).unwrap();
    let dangling = listing.images().iter().find(|listed| listed.id == id).unwrap();
    assert_eq!(dangling.name(), format!("<none>@{id}"));
    let image = listing.find(dangling, &options(None), &NoGather).unwrap();
    assert_eq!((image.id.to_string(), image.name), (id.clone(), dangling.name()));
    let named = |listed: &&source::Listed| listed.names == [format!("{}:latest", second.name)];
    let position = |at: &dyn Fn(&&source::Listed) -> bool| {
        listing.images().iter().position(|listed| at(&listed))
    };
    assert!(position(&named).unwrap() < position(&|listed| listed.id == id).unwrap());
    // Other tests make and remove theirs meanwhile.
    let again = source::list(&options(None)).unwrap();
    let ours = |listing: &source::Listing| -> Vec<source::Listed> {
        let is_ours = |listed: &&source::Listed| listed.id == id || named(listed);
        listing.images().iter().filter(is_ours).cloned().collect()
    };
    assert_eq!(ours(&listing), ours(&again));
    assert_eq!(ours(&listing).len(), 2);
    // One that is removed meanwhile is missing, and no other is taken for it.
    docker(&["rmi", "-f", &id], b"");
    let error = listing.find(dangling, &options(None), &NoGather).err().unwrap();
    assert!(matches!(error, ImageError::NotFound { .. }), "{error}");
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn layers_that_images_share_are_read_once() {
    let base = Tar::new().file("base/a", "1").file("base/b", "2");
    let on_base = |name, text: &str| {
        let image = TestImage::new().layer(base.clone()).layer(Tar::new().file("own", text));
        Built::loaded(name, image)
    };
    let (one, two) = (on_base("shared-1", "1"), on_base("shared-2", "22"));
    let pool = LayerPool::new();
    let look = |built: &Built| {
        let image = find(&built.name, None).unwrap();
        let options = OpenOptions { gather: &NoGather, deadline: None };
        let system = open_pooled(&image, options, &|_| None, Some(&pool)).unwrap();
        let Content::Folder(folder) = &image.layers[0].content else { panic!("not in place") };
        (seen(&system), folder.path.clone())
    };
    let (first, folder) = look(&one);
    assert_eq!(first, exported(&one.name));
    // What is not looked at again can change without a trace.
    let added = folder.join("base/added");
    std::fs::write(&added, "x").unwrap();
    let second = look(&two);
    let unpooled = seen(&open(&mut find(&two.name, None).unwrap()));
    std::fs::remove_file(added).unwrap();
    assert_eq!(second.1, folder);
    assert!(!second.0.contains_key("/base/added") && unpooled.contains_key("/base/added"));
    assert_ne!(second.0["/own"], first["/own"]);
}
