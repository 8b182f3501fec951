//! Images of a real Podman: what Pasu sees is the same in its storage, with an engine and without one, as the engine
//! hands it out, and in what `podman save` writes.

use super::common::{Pack, Tar, TestImage};
use super::host::{Podman, Tool, relay_to};
use super::seen::{Lines, seen};
use pasu_image::layer::NoGather;
use pasu_image::source::{self, SourceKind, SourceOptions, storage};
use pasu_image::tree::{self, ImageSystem, OpenOptions};
use pasu_image::{Content, Image, ImageError};
use pasu_system::Layered;
use std::collections::BTreeMap;
use std::path::Path;

fn options(host: &str) -> SourceOptions {
    // The address that `CONTAINER_HOST` would give; variables of a test's own process are not its own.
    SourceOptions {
        sources: vec![SourceKind::Docker],
        docker_host: Some(host.to_owned()),
        ..SourceOptions::default()
    }
}

fn open(image: &mut Image) -> ImageSystem {
    let system = tree::open(image, OpenOptions { gather: &NoGather, deadline: None }).unwrap();
    assert_eq!(system.problems(), []);
    system
}

/// Every path, and the layers that wrote it.
fn looked(image: &mut Image) -> (Lines, BTreeMap<String, Vec<usize>>) {
    let system = open(image);
    let lines = seen(&system);
    let writes = lines.keys().map(|path| (path.clone(), system.writes(Path::new(path)))).collect();
    (lines, writes)
}

fn is_in_place(image: &Image) -> bool {
    image.layers.iter().all(|layer| matches!(layer.content, Content::Folder(_)))
}

fn stored(podman: &Podman, reference: &str) -> Result<Image, ImageError> {
    storage::find_in(&[podman.root()], reference, &SourceOptions::default())
}

/// Holds all ways of reading an image against each other; gives the paths in it.
fn compare(podman: &Podman, reference: &str) -> Vec<String> {
    let mut image = stored(podman, reference).unwrap();
    // Layers of vfs are streams of their archives, which are held against their digests.
    let in_place = podman.driver == "overlay";
    assert_eq!(is_in_place(&image), in_place);
    let expected = looked(&mut image);

    let mut near = source::find(reference, &options(&podman.address), &NoGather).unwrap();
    assert_eq!(is_in_place(&near), in_place, "{reference}");
    let far = relay_to(podman.socket());
    let mut far = source::find(reference, &options(&far), &NoGather).unwrap();
    assert!(!is_in_place(&far));
    for (other, how) in [(&mut near, "by the socket"), (&mut far, "handed out")] {
        assert_eq!((&other.id, &other.raw_config), (&image.id, &image.raw_config), "{how}");
        assert_eq!(other.repo_tags, image.repo_tags, "{how}");
        other.repo_digests.sort();
        assert_eq!(other.repo_digests, image.repo_digests, "{how}");
        assert_eq!(looked(other), expected, "{how}");
    }
    for format in ["docker-archive", "oci-archive"] {
        let path = podman.folder().join(format);
        let at = path.display().to_string();
        podman.run(&["save", "-q", "--format", format, "-o", &at, reference]);
        let mut saved =
            source::open_input(&path, None, &SourceOptions::default(), &NoGather).unwrap();
        std::fs::remove_file(&path).unwrap();
        let diff_ids = |image: &Image| image.diff_ids().unwrap();
        assert_eq!(diff_ids(&saved), diff_ids(&image), "{format}");
        assert_eq!(looked(&mut saved), expected, "{format}");
    }
    expected.0.into_keys().collect()
}

#[test]
#[ignore = "needs Podman: `cargo xtask test` runs it"]
fn images_of_podman_are_the_same_whichever_way_they_are_read() {
    same_whichever_way("overlay");
}

#[test]
#[ignore = "needs Podman: `cargo xtask test` runs it"]
fn images_of_podman_with_vfs_are_the_same_whichever_way_they_are_read() {
    same_whichever_way("vfs");
}

fn same_whichever_way(driver: &'static str) {
    let podman = Podman::start(driver);
    let missing = stored(&podman, "localhost/pasu-podman:1").err().unwrap();
    assert!(matches!(missing, ImageError::Unreachable { .. }), "{missing}");
    let layers = |pack| {
        TestImage::new()
            .layer(
                Tar::new().dir("a").file("a/one", "1").dir("b").file("b/c", "3").file("gone", "x"),
            )
            .layer(
                Tar::new()
                    .dir("a")
                    .opaque("a")
                    .file("a/three", "3")
                    .whiteout("b/c")
                    .hard("hard", "a/three"),
            )
            .layer(Tar::new().whiteout("gone").symlink("soft", "a/three"))
            .layer(Tar::new().file("b", if pack == Pack::None { "now a file" } else { "another" }))
            .pack(pack)
    };
    podman.load(&layers(Pack::Gzip).tag("pasu-podman:2").oci());
    podman.load(&layers(Pack::None).tag("localhost/pasu-podman:1").docker());
    for reference in ["localhost/pasu-podman:1", "pasu-podman:1", "pasu-podman:2"] {
        let paths = compare(&podman, reference);
        assert_eq!(paths, ["/a", "/a/three", "/b", "/hard", "/soft"], "{reference}");
    }
    let image = stored(&podman, "pasu-podman:1").unwrap();
    for reference in [image.id.as_str(), &image.id.hex()[..12], &image.repo_digests[0]] {
        assert_eq!(stored(&podman, reference).unwrap().id, image.id, "{reference}");
    }
    let error = stored(&podman, "pasu-podman:3").err().unwrap();
    let expected = format!("pasu-podman:3: no such image in {}", podman.root().display());
    assert_eq!(error.to_string(), expected);
    let arm = SourceOptions {
        platform: source::Platform::parse("linux/arm64"),
        ..SourceOptions::default()
    };
    let error = storage::find_in(&[podman.root()], "pasu-podman:1", &arm).err().unwrap();
    assert!(error.to_string().ends_with("which has it for linux/amd64"), "{error}");

    let listing = source::list(&options(&podman.address)).unwrap();
    let names: Vec<String> = listing.images().iter().map(source::Listed::name).collect();
    assert_eq!(names, ["docker.io/library/pasu-podman:2", "localhost/pasu-podman:1"]);
}

#[test]
#[ignore = "needs Podman: `cargo xtask test` runs it"]
fn what_builds_of_podman_do_to_files_is_seen_in_its_storage() {
    builds_are_seen("overlay");
}

#[test]
#[ignore = "needs Podman: `cargo xtask test` runs it"]
fn what_builds_of_podman_do_to_files_is_seen_in_vfs() {
    builds_are_seen("vfs");
}

fn builds_are_seen(driver: &'static str) {
    let podman = Podman::start(driver);
    let context = podman.folder().join("context");
    std::fs::create_dir(&context).unwrap();
    std::fs::copy(Tool::path(), context.join("tool")).unwrap();
    let step = |words: &str| format!("RUN [\"/tool\", {words}]\n");
    let dockerfile = [
        "FROM scratch\nCOPY tool /tool\n".to_owned(),
        step(
            r#""write /file 1", "write /dir/a 2", "write /dir/b/c 3", "write /stays/x 4", "link /dir/a /hard", "symlink dir/a /soft", "mode 4755 /dir/a", "owner 7 8 /file""#,
        ),
        step(r#""remove /file", "write /file/now/a/folder 6""#),
        step(r#""remove /stays", "write /stays/z 8""#),
        step(r#""remove /dir", "write /dir/a 9", "mode 1777 /dir""#),
    ];
    std::fs::write(context.join("Dockerfile"), dockerfile.concat()).unwrap();
    let context = context.display().to_string();
    let build = [
        "build",
        "-q",
        "--layers",
        "--isolation",
        "chroot",
        "--network",
        "host",
        "-t",
        "pasu-built:1",
    ];
    podman.run(&[build.as_slice(), &[&context]].concat());
    let paths = compare(&podman, "pasu-built:1");
    assert!(paths.contains(&"/stays/z".to_owned()) && !paths.contains(&"/stays/x".to_owned()));
    assert!(
        paths.contains(&"/file/now/a/folder".to_owned()) && !paths.contains(&"/dir/b".to_owned())
    );
}
