//! `pasu db build --feeds URL`.

use crate::program::{Ran, copy_tree, feeds, names, pasu, run, text};
use crate::server::{Fault, Seen, Server};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const LIST: &str = "/osv/ecosystems.txt";
const NPM: &str = "/osv/npm/all.zip";
const DEBIAN: &str = "/osv/Debian/all.zip";
const KEV: &str = "/kev/known_exploited_vulnerabilities.json";
const NVD: &str = "/nvd/nvdcve-2.0-2024.json.gz";

/// A mirror of its own and a place to work.
struct Bench {
    server: Server,
    mirror: PathBuf,
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mirror = folder.path().join("mirror");
        copy_tree(&feeds(), &mirror);
        Self { server: Server::start(&mirror), mirror, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn build_from(&self, from: &str, output: &Path, retries: &str) -> Ran {
        let kept = self.path("kept");
        let args = ["db", "build", "--feeds", from, "-o", text(output), "--retries", retries];
        let mut command = pasu(&args);
        run(command.args(["--download-dir", text(&kept)]).env("SOURCE_DATE_EPOCH", "1795320000"))
    }

    fn build(&self) -> Ran {
        self.build_from(&self.server.url("/"), &self.path("url.db"), "3")
    }

    /// The database of the mirror's folder as it is now.
    fn expected(&self) -> Vec<u8> {
        let output = self.path("dir.db");
        let ran = self.build_from(text(&self.mirror), &output, "0");
        assert_eq!(ran.status, Some(0), "{ran:?}");
        fs::read(output).unwrap()
    }

    fn built(&self) -> Vec<u8> {
        fs::read(self.path("url.db")).unwrap()
    }

    fn assert_whole(&self, ran: &Ran) {
        assert_eq!(ran.status, Some(0), "{ran:?}");
        assert!(self.built() == self.expected(), "the databases differ: {ran:?}");
    }

    fn kept(&self, path: &str) -> PathBuf {
        self.path("kept").join(path.trim_start_matches('/'))
    }
}

fn of<'a>(seen: &'a [Seen], path: &str) -> Vec<&'a Seen> {
    seen.iter().filter(|seen| seen.path == path).collect()
}

#[test]
fn a_url_gives_the_same_bytes_as_the_folder() {
    let bench = Bench::new();
    let ran = bench.build();
    bench.assert_whole(&ran);
    assert!(ran.err.contains("osv/npm/all.zip: 1 malformed records left out"), "{}", ran.err);
    assert!(!ran.err.contains('\x1b'), "a progress bar went into a pipe: {}", ran.err);
    assert_eq!(ran.out, "");
    let seen = bench.server.seen();
    assert_eq!(of(&seen, "/osv/Red%20Hat/all.zip").len(), 1);
    assert_eq!(of(&seen, "/alpine/edge/main.json")[0].status, 404);
}

#[test]
fn a_second_build_fetches_nothing() {
    for tags in [true, false] {
        let bench = Bench::new();
        if !tags {
            bench.server.without_tags();
        }
        bench.build();
        bench.server.seen();
        let ran = bench.build();
        bench.assert_whole(&ran);
        let seen = bench.server.seen();
        assert!(seen.iter().all(|seen| matches!(seen.status, 304 | 404)), "{seen:?}");
        assert_eq!(of(&seen, KEV)[0].status, 304);
        // An unchanged .meta says enough: the file itself is not asked for.
        assert!(of(&seen, NVD).is_empty());
    }
}

#[test]
fn a_changed_feed_is_fetched_again() {
    let bench = Bench::new();
    bench.build();
    let old = bench.built();
    let kev = bench.mirror.join(KEV.trim_start_matches('/'));
    let text = fs::read_to_string(&kev).unwrap().replace("2026-08-21T", "2026-08-22T");
    fs::write(kev, text).unwrap();
    bench.server.seen();
    let ran = bench.build();
    bench.assert_whole(&ran);
    assert_ne!(bench.built(), old);
    assert_eq!(of(&bench.server.seen(), KEV)[0].status, 200);
}

#[test]
fn a_cut_download_goes_on_where_it_broke_off() {
    let bench = Bench::new();
    bench.server.fault(DEBIAN, Fault::Cut(4000));
    bench.server.fault(DEBIAN, Fault::Cut(2000));
    let ran = bench.build();
    bench.assert_whole(&ran);
    let seen = bench.server.seen();
    let debian = of(&seen, DEBIAN);
    let ranges: Vec<_> =
        debian.iter().map(|seen| seen.headers.get("range").map(String::as_str)).collect();
    assert_eq!(ranges, [None, Some("bytes=4000-"), Some("bytes=6000-")]);
    assert!(debian[1].headers.contains_key("if-range"));
    assert_eq!(debian.iter().map(|seen| seen.status).collect::<Vec<_>>(), [200, 206, 206]);
    assert_eq!(names(&bench.kept("osv/Debian")), ["all.zip", "all.zip.state"]);
}

#[test]
fn a_cut_download_goes_on_in_the_next_run() {
    let bench = Bench::new();
    bench.server.fault(DEBIAN, Fault::Cut(4000));
    let ran = bench.build_from(&bench.server.url(""), &bench.path("url.db"), "0");
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(ran.err.contains("osv/Debian/all.zip: cannot fetch"), "{}", ran.err);
    assert!(!bench.kept(DEBIAN).exists());
    bench.server.seen();
    let ran = bench.build();
    bench.assert_whole(&ran);
    assert_eq!(of(&bench.server.seen(), DEBIAN)[0].status, 206);
}

#[test]
fn what_changed_meanwhile_is_not_joined() {
    let bench = Bench::new();
    bench.server.fault(DEBIAN, Fault::Cut(4000));
    bench.build_from(&bench.server.url("/"), &bench.path("url.db"), "0");
    // Any other archive will do as the newer one.
    fs::copy(bench.mirror.join("osv/crates.io/all.zip"), bench.mirror.join("osv/Debian/all.zip"))
        .unwrap();
    let ran = bench.build();
    bench.assert_whole(&ran);
}

#[test]
fn a_server_without_ranges_sends_the_whole() {
    let bench = Bench::new();
    bench.server.without_ranges();
    bench.server.fault(DEBIAN, Fault::Cut(4000));
    let ran = bench.build();
    bench.assert_whole(&ran);
    let statuses: Vec<u16> =
        of(&bench.server.seen(), DEBIAN).iter().map(|seen| seen.status).collect();
    assert_eq!(statuses, [200, 200]);
}

#[test]
fn a_busy_server_is_asked_again_when_it_says() {
    let bench = Bench::new();
    bench.server.fault(KEV, Fault::Status(429, Some("1")));
    bench.server.fault(NPM, Fault::Status(503, None));
    bench.server.fault(DEBIAN, Fault::Slow(3000, Duration::from_millis(50)));
    let begun = Instant::now();
    let ran = bench.build();
    bench.assert_whole(&ran);
    assert!(begun.elapsed() >= Duration::from_secs(1));
    let seen = bench.server.seen();
    assert_eq!(of(&seen, KEV).iter().map(|seen| seen.status).collect::<Vec<_>>(), [429, 200]);
    assert_eq!(of(&seen, NPM).iter().map(|seen| seen.status).collect::<Vec<_>>(), [503, 200]);
}

#[test]
fn a_feed_that_is_not_there_is_missed() {
    let bench = Bench::new();
    fs::remove_file(bench.mirror.join(KEV.trim_start_matches('/'))).unwrap();
    let ran = bench.build();
    assert_eq!(ran.status, Some(2));
    assert!(
        ran.err.contains("known_exploited_vulnerabilities.json: the server has no such file"),
        "{}",
        ran.err
    );
    // What could be had is in the database all the same.
    assert!(
        bench.built() == {
            let output = bench.path("dir.db");
            bench.build_from(text(&bench.mirror), &output, "0");
            fs::read(output).unwrap()
        }
    );
}

#[test]
fn the_kept_copy_stands_in() {
    let bench = Bench::new();
    bench.build();
    bench.server.fault(KEV, Fault::Status(500, None));
    bench.server.fault(NPM, Fault::Status(403, None));
    let ran = bench.build_from(&bench.server.url("/"), &bench.path("url.db"), "0");
    bench.assert_whole(&ran);
    assert!(ran.err.contains("500"), "{}", ran.err);
    assert_eq!(
        ran.err.matches("using the copy that was current 0 days ago").count(),
        2,
        "{}",
        ran.err
    );
}

#[test]
fn a_server_that_is_gone_is_said_once() {
    let Bench { server, mirror, folder } = Bench::new();
    let url = server.url("/");
    let bench = Bench { server, mirror, folder };
    bench.build();
    let elsewhere = Server::start(&bench.mirror);
    let Bench { server, mirror, folder } = bench;
    drop(server);
    let bench = Bench { server: elsewhere, mirror, folder };
    let ran = bench.build_from(&url, &bench.path("url.db"), "0");
    bench.assert_whole(&ran);
    assert!(ran.err.contains("Connection refused"), "{}", ran.err);
    assert_eq!(ran.err.matches("could not be reached").count(), 1, "{}", ran.err);
    let fresh = bench.path("fresh");
    let args = ["db", "build", "--feeds", &url, "-o", text(&fresh), "--retries", "0"];
    let ran = run(pasu(&args).args(["--download-dir", text(&bench.path("none"))]));
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.contains("no advisory feeds"), "{}", ran.err);
    assert!(!fresh.exists());
}

#[test]
fn what_is_no_feed_replaces_none() {
    let bench = Bench::new();
    bench.build();
    let page = b"<html>sign in</html>";
    for path in [KEV, NPM, LIST] {
        bench.server.fault(path, Fault::Body(page));
    }
    fs::write(bench.mirror.join("nvd/nvdcve-2.0-2024.meta"), meta(&"0".repeat(64))).unwrap();
    let ran = bench.build();
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(bench.built() == bench.expected());
    assert!(
        ran.err.contains("is not JSON") && ran.err.contains("is not a ZIP archive"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("osv/ecosystems.txt: cannot fetch"), "{}", ran.err);
    assert!(ran.err.contains("but its .meta says 0000"), "{}", ran.err);
    assert!(names(&bench.kept("kev")).iter().all(|name| !name.ends_with(".part")));
}

fn meta(hash: &str) -> String {
    format!(
        "lastModifiedDate:2026-08-22T00:00:00-00:00\r\nsize:0\r\nzipSize:0\r\ngzSize:0\r\nsha256:{hash}\r\n"
    )
}

#[test]
fn redirects_are_followed_but_not_for_ever() {
    let bench = Bench::new();
    bench.server.fault(NPM, Fault::Redirect("/osv/npm/all.zip?again".to_owned()));
    bench.server.fault("/osv/npm/all.zip?again", Fault::Redirect(bench.server.url(NPM)));
    for _ in 0..20 {
        bench.server.fault(KEV, Fault::Redirect(KEV.to_owned()));
    }
    let ran = bench.build_from(&bench.server.url("/"), &bench.path("url.db"), "0");
    assert_eq!(ran.status, Some(2));
    assert!(!ran.err.contains("osv/npm/all.zip: cannot fetch"), "{}", ran.err);
    assert!(ran.err.contains("redirect"), "{}", ran.err);
    assert!(of(&bench.server.seen(), KEV).len() <= 7);
}

#[test]
fn names_from_the_server_are_no_paths() {
    let bench = Bench::new();
    let list = bench.mirror.join("osv/ecosystems.txt");
    fs::write(&list, "npm\n../../escaped\n/etc\nDebian:12\n\u{202e}\n").unwrap();
    let ran = bench.build();
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_eq!(names(&bench.kept("osv")), ["ecosystems.txt", "ecosystems.txt.state", "npm"]);
}

#[test]
fn a_list_without_ecosystems_is_no_list() {
    let bench = Bench::new();
    fs::write(bench.mirror.join("osv/ecosystems.txt"), "").unwrap();
    let ran = bench.build();
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.contains("osv/ecosystems.txt: it names no ecosystem"), "{}", ran.err);
}

#[test]
fn two_builds_do_not_share_a_folder_at_once() {
    let bench = Bench::new();
    let kept = bench.path("kept");
    fs::create_dir_all(&kept).unwrap();
    let lock = fs::File::open(&kept).unwrap();
    lock.lock().unwrap();
    let ran = bench.build();
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.contains("another run of pasu"), "{}", ran.err);
}
