use super::fixture::{Packing, Store, find, layer, noise, open, refusal};
use super::server::{Ending, Reply, Seen, Server};
use crate::error::ImageError;
use crate::image::MAX_DOCUMENT;
use crate::source::SourceOptions;
use pasu_system::System;
use std::path::Path;
use std::time::{Duration, Instant};

fn store() -> Store {
    let mut store = Store::new("app");
    let content = layer(&[("etc/a", b"a"), ("noise", &noise(300_000))]);
    store.image("latest", "amd64", &[(content, Packing::DockerGzip)]);
    store
}

fn options() -> SourceOptions {
    SourceOptions::default()
}

/// A registry whose answers go wrong on the way.
fn spoiled(spoil: impl Fn(&Seen, Reply) -> Reply + Send + Sync + 'static) -> Server {
    let store = store();
    Server::start(move |seen| spoil(seen, store.answer(seen)))
}

fn name(server: &Server) -> String {
    format!("{}/app", server.host)
}

/// The layer is the only blob of that size.
fn is_layer(reply: &Reply) -> bool {
    reply.body.len() > 100_000
}

#[test]
fn a_registry_in_trouble_is_asked_again_a_few_times() {
    for status in [408, 429, 500, 502, 503, 504] {
        let server = spoiled(move |seen, reply| match seen.before {
            0 | 1 => Reply::error(status, "UNKNOWN", "try again"),
            _ => reply,
        });
        open(&name(&server), &options()).unwrap();
        let server = Server::start(move |_| Reply::error(status, "UNKNOWN", "in trouble"));
        let (error, text) = refusal(find(&name(&server), &options()));
        assert!(matches!(error, ImageError::Unreachable { .. }), "{error:?}");
        assert!(text.starts_with(&name(&server)) && text.contains("in trouble"), "{text}");
        assert_eq!(server.seen().len(), 3);
    }
}

#[test]
fn a_pause_that_a_registry_asks_for_is_made_unless_it_is_too_long() {
    let server = spoiled(|seen, reply| match seen.before {
        0 if seen.path.contains("manifests") => Reply::new(429, "").with("Retry-After", "1"),
        _ => reply,
    });
    let start = Instant::now();
    find(&name(&server), &options()).unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1));
    let server = Server::start(|_| Reply::new(429, "").with("Retry-After", "3600"));
    let start = Instant::now();
    let (_, text) = refusal(find(&name(&server), &options()));
    assert!(start.elapsed() < Duration::from_secs(30));
    assert!(text.contains("it asks to wait 3600 s"), "{text}");
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn a_blob_that_is_cut_is_gone_on_with_where_it_was_cut() {
    let server = spoiled(|seen, reply| match seen.before {
        0 if is_layer(&reply) => reply.ending(Ending::Cut(70_000)),
        1 if is_layer(&reply) => reply.ending(Ending::Stall(80_000)),
        _ => reply,
    });
    let system = open(&name(&server), &options()).unwrap();
    assert_eq!(system.read(Path::new("/etc/a"), 10).unwrap(), b"a");
    let ranges: Vec<Option<String>> =
        server.seen().iter().map(|seen| seen.headers.get("range").cloned()).collect();
    let expected = ["bytes=70000-", "bytes=150000-"].map(|range| Some(range.to_owned()));
    assert!(ranges.windows(2).any(|two| two == expected), "{ranges:?}");
}

#[test]
fn a_blob_that_only_comes_whole_is_fetched_again_and_what_is_known_is_skipped() {
    let whole = store();
    let server = Server::start(move |seen| {
        let mut seen = seen.clone();
        seen.headers.remove("range");
        let reply = whole.answer(&seen);
        match seen.before {
            0 | 1 if is_layer(&reply) => reply.ending(Ending::Cut(100_001)),
            _ => reply,
        }
    });
    open(&name(&server), &options()).unwrap();
}

#[test]
fn a_blob_that_is_always_cut_is_given_up() {
    for ending in [Ending::Cut(0), Ending::Cut(1000), Ending::Stall(1000)] {
        let server = spoiled(move |_, reply| match is_layer(&reply) {
            true => reply.ending(ending),
            false => reply,
        });
        let (error, text) = refusal(open(&name(&server), &options()));
        assert!(matches!(error, ImageError::Unreachable { .. }), "{ending:?}: {error:?}");
        assert!(text.contains("bytes, 3 times; hint: try again"), "{ending:?}: {text}");
    }
}

#[test]
fn a_blob_of_another_length_than_the_manifest_says_is_refused() {
    for (ending, expected) in [
        (Ending::Announce(5), "announces 5 bytes instead of"),
        (Ending::Announce(5_000_000), "announces 5000000 bytes instead of"),
        (Ending::Endless, "longer than the"),
    ] {
        let server = spoiled(move |_, reply| match is_layer(&reply) {
            true => reply.ending(ending),
            false => reply,
        });
        let (error, text) = refusal(open(&name(&server), &options()));
        assert!(matches!(error, ImageError::Malformed { .. }), "{ending:?}: {error:?}");
        assert!(text.contains(expected), "{ending:?}: {text}");
    }
    let server = spoiled(|_, reply| reply.ending(Ending::Chunked));
    open(&name(&server), &options()).unwrap();
}

#[test]
fn a_manifest_without_end_is_read_no_further_than_its_limit() {
    for ending in [Ending::Announce(usize::try_from(MAX_DOCUMENT).unwrap() + 1), Ending::Endless] {
        let server = Server::start(move |_| Reply::new(200, vec![b' '; 1 << 20]).ending(ending));
        let (error, text) = refusal(find(&name(&server), &options()));
        assert!(matches!(error, ImageError::Limit { .. }), "{error:?}");
        assert!(text.contains("larger than 16777216 bytes"), "{text}");
    }
}

#[test]
fn a_registry_that_does_not_answer_is_given_up_in_time() {
    let server = Server::start(|_| {
        std::thread::sleep(Duration::from_secs(60));
        Reply::new(200, "")
    });
    let start = Instant::now();
    let (error, text) = refusal(find(&name(&server), &options()));
    assert!(matches!(error, ImageError::Unreachable { .. }), "{error:?}");
    assert!(text.contains("no answer within 0.7 s"), "{text}");
    let deadline = Some(Instant::now() + Duration::from_millis(100));
    let (error, text) = refusal(find(&name(&server), &SourceOptions { deadline, ..options() }));
    assert!(matches!(error, ImageError::Limit { .. }), "{error:?}");
    assert!(text.contains("--timeout is up"), "{text}");
    let stalled = spoiled(|_, reply| match is_layer(&reply) {
        true => reply.ending(Ending::Stall(10)),
        false => reply,
    });
    let deadline = Some(Instant::now() + Duration::from_millis(500));
    let (error, _) = refusal(open(&name(&stalled), &SourceOptions { deadline, ..options() }));
    assert!(matches!(error, ImageError::Limit { .. }), "{error:?}");
    assert!(start.elapsed() < Duration::from_secs(30));
}

#[test]
fn nobody_at_the_other_end_is_unreachable() {
    let (error, text) = refusal(find("127.0.0.1:1/app", &options()));
    assert!(matches!(error, ImageError::Unreachable { .. }), "{error:?}");
    assert!(text.contains("refused"), "{text}");
    let (error, text) = refusal(find("registry.invalid/app", &options()));
    assert!(matches!(error, ImageError::Unreachable { .. }), "{error:?}");
    assert!(text.starts_with("registry.invalid/app: "), "{text}");
}

#[test]
fn redirects_end_somewhere_and_never_lead_to_files() {
    let server = Server::start(|seen| Reply::new(302, "").with("Location", seen.path.clone()));
    let (_, text) = refusal(find(&name(&server), &options()));
    assert!(text.contains("more than 5 redirects"), "{text}");
    for place in ["file:///etc/passwd", "ftp://a/b", "http://"] {
        let server = Server::start(move |_| Reply::new(302, "").with("Location", place));
        let (_, text) = refusal(find(&name(&server), &options()));
        assert!(text.contains("a redirect"), "{place}: {text}");
    }
    let server = Server::start(|_| Reply::new(302, ""));
    let (_, text) = refusal(find(&name(&server), &options()));
    assert!(text.contains("a redirect without a place"), "{text}");
}

#[test]
fn a_blob_is_opened_as_often_as_needed_also_at_once() {
    let server = spoiled(|_, reply| reply);
    let image = find(&name(&server), &options()).unwrap();
    let crate::image::Content::Stream(blob) = &image.layers[0].content else { panic!("no stream") };
    let mut readers: Vec<_> = (0..3).map(|_| blob.open().unwrap()).collect();
    let mut all = readers.iter_mut().map(|reader| {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        bytes
    });
    let first = all.next().unwrap();
    assert_eq!(first.len() as u64, blob.size().unwrap());
    assert!(all.all(|bytes| bytes == first));
}
