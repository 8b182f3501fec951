//! Whole builds: the same bytes whatever the order, and malformed records counted.

use super::{Builder, FeedKind, Selection};
use crate::bucket::Bucket;
use crate::database::TableName;
use crate::testing::{build, excerpts, feeds, open, osv, take, write};
use std::io::Cursor;
use std::thread;

#[test]
fn order_and_threads_do_not_change_a_byte() {
    let mut feeds = feeds();
    let expected = build(&feeds);
    feeds.reverse();
    assert!(build(&feeds) == expected, "reversed");
    feeds.rotate_left(4);
    let builder = Builder::new(Selection::Everything);
    thread::scope(|scope| {
        for chunk in feeds.chunks(3) {
            scope.spawn(|| chunk.iter().for_each(|feed| drop(take(&builder, feed))));
        }
    });
    assert!(write(builder) == expected, "in threads");
}

#[test]
fn sources_say_how_many_and_how_new() {
    let meta = excerpts().meta();
    assert_eq!(meta.built, "2026-08-22T00:00:00Z");
    assert_eq!(meta.newest, "2026-08-21", "the catalogue of exploited vulnerabilities is newest");
    let source = |id: &str| meta.sources.iter().find(|source| source.id == id).expect(id);
    assert_eq!((source("osv/Go").records, source("osv/Go").skipped), (3, 0));
    assert_eq!(source("kev").records, 1);
    assert_eq!(source("nvd").records, 6);
    assert!(source("epss").newest.starts_with("2026-08-16"), "{}", source("epss").newest);
    assert!(meta.sources.iter().all(|source| !source.license.is_empty()));
}

#[test]
fn malformed_records_are_counted_and_the_rest_is_kept() {
    let good = r#"{"id": "GHSA-1", "modified": "2024-03-01T00:00:00Z", "affected": [{"package":
        {"ecosystem": "npm", "name": "a"}, "ranges": [{"type": "SEMVER", "events":
        [{"introduced": "0"}]}]}]}"#;
    let feed = osv("npm", &[r#"{"id": 1}"#, good, "{", "[]", r#"{"affected": []}"#]);
    let builder = Builder::new(Selection::Everything);
    let count = take(&builder, &feed);
    assert_eq!((count.records, count.skipped), (1, 4));
    assert!(count.first_problem.as_deref().is_some_and(|p| p.starts_with("0.json: ")), "{count:?}");
    let database = open(write(builder));
    assert_eq!(database.rows("npm", "a").unwrap().len(), 1);
    assert_eq!(database.meta().newest, "2024-03-01");
}

#[test]
fn a_feed_that_is_not_what_it_should_be_is_an_error() {
    let builder = Builder::new(Selection::Everything);
    for kind in [
        FeedKind::Osv("npm".into()),
        FeedKind::DebianTracker,
        FeedKind::Alpine,
        FeedKind::Nvd,
        FeedKind::Kev,
        FeedKind::Epss,
    ] {
        let result = builder.feed(&kind, Cursor::new(b"<html>404</html>"));
        assert!(result.is_err(), "{kind:?}");
    }
    assert_eq!(open(write(builder)).entries(TableName::Advisories), 0);
}

#[test]
fn paths_tell_the_kind() {
    for (path, kind) in [
        ("osv/Red Hat/all.zip", Some(FeedKind::Osv("Red Hat".into()))),
        ("osv/ecosystems.txt", None),
        ("debian/tracker.json", Some(FeedKind::DebianTracker)),
        ("alpine/v3.19/main.json", Some(FeedKind::Alpine)),
        ("nvd/nvdcve-2.0-2024.json.gz", Some(FeedKind::Nvd)),
        ("nvd/nvdcve-2.0-2024.meta", None),
        ("older/osv/crates.io/all.zip", None),
        ("kev/known_exploited_vulnerabilities.json", Some(FeedKind::Kev)),
        ("epss/epss_scores-current.csv.gz", Some(FeedKind::Epss)),
    ] {
        assert_eq!(FeedKind::of_path(path), kind, "{path}");
    }
}

#[test]
fn the_snapshot_keeps_supported_releases_only() {
    let builder = Builder::new(Selection::Snapshot);
    for feed in feeds() {
        take(&builder, &feed);
    }
    let database = open(write(builder));
    for (bucket, kept) in
        [("debian 12", true), ("debian 7", false), ("npm", true), ("redhat 8", true)]
    {
        assert_eq!(database.has_bucket(bucket).unwrap(), kept, "{bucket}");
        assert!(excerpts().has_bucket(bucket).unwrap(), "{bucket} of everything");
    }
    let libuv = database.product("libuv:libuv").unwrap();
    assert!(libuv.len() <= 1, "kept only beside a program of the snapshot: {libuv:?}");
    assert_eq!(database.product("foliovision:foliopress_wysiwyg").unwrap(), []);
    assert!(database.entries(TableName::Details) < excerpts().entries(TableName::Details));
    assert!(Bucket::from_osv("Debian:7").is_some());
}
