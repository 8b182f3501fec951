//! Targets of `pasu-advisory` except its database: version orders, feeds, CPE names, package URLs.

use pasu_advisory::build::{Builder, FeedKind, Selection};
use pasu_advisory::cpe::{self, Configuration, CpeName};
use pasu_advisory::database::Tuning;
use pasu_advisory::feeds;
use pasu_advisory::version::{compare, is_version};
use pasu_model::{Ecosystem, Purl};
use std::cmp::Ordering;
use std::io::Cursor;

/// Every version order: what is compared both ways must agree, and a version equals itself.
pub fn versions(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (a, b) = text.split_once('\n').unwrap_or((&text, ""));
    for ecosystem in Ecosystem::all() {
        let (ab, ba) = (compare(ecosystem, a, b), compare(ecosystem, b, a));
        assert_eq!(ab, ba.map(Ordering::reverse), "{ecosystem:?} {a:?} {b:?}");
        let is_one = [a, b].map(|version| {
            let same = compare(ecosystem, version, version);
            assert!(matches!(same, None | Some(Ordering::Equal)), "{ecosystem:?} {version:?}");
            is_version(ecosystem, version)
        });
        assert_eq!(ab.is_some(), is_one == [true, true], "{ecosystem:?} {a:?} {b:?}");
    }
}

/// One OSV record.
pub fn osv(data: &[u8]) {
    let _ = feeds::osv::read(data);
}

/// Debian's security tracker.
pub fn debian_tracker(data: &[u8]) {
    let _ = feeds::debian::read(data, &mut |_| {});
}

/// One of Alpine's `secdb` files.
pub fn alpine_secdb(data: &[u8]) {
    let _ = feeds::alpine::read(data);
}

/// The NVD's 2.0 feed.
pub fn nvd(data: &[u8]) {
    let _ = feeds::nvd::read(data, &mut |_| {});
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = feeds::nvd::FeedMeta::parse(text);
    }
}

/// CISA's catalogue.
pub fn kev(data: &[u8]) {
    let _ = feeds::kev::read(data);
}

/// EPSS scores.
pub fn epss(data: &[u8]) {
    let _ = feeds::epss::read(data, &mut |_, score, percentile| {
        assert!((0.0..=1.0).contains(&score) && (0.0..=1.0).contains(&percentile));
    });
}

/// Feeds as they lie on a disk, packed, and the database made of what could be read.
pub fn feed_archives(data: &[u8]) {
    let kinds = [
        FeedKind::Osv("npm".to_owned()),
        FeedKind::DebianTracker,
        FeedKind::Alpine,
        FeedKind::Nvd,
        FeedKind::Kev,
        FeedKind::Epss,
    ];
    let builder = Builder::new(Selection::Everything);
    for kind in &kinds {
        let _ = builder.feed(kind, Cursor::new(data));
    }
    let tuning = Tuning { level: 1, ..Tuning::FILE };
    builder.write(Vec::new(), tuning, "2024-01-01T00:00:00Z").expect("a Vec can be written to");
}

/// Two CPE names, one a line, and an NVD configuration after them.
pub fn cpe(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.splitn(3, '\n');
    let mut name = || lines.next().and_then(|line| line.parse::<CpeName>().ok());
    let (software, other) = (name(), name());
    for name in [&software, &other].into_iter().flatten() {
        let written = name.to_string();
        assert_eq!(written.parse().as_ref(), Ok(name), "{written}");
    }
    let Some(software) = software else { return };
    let environment: Vec<CpeName> = other.into_iter().collect();
    for name in &environment {
        for (a, b) in software.attributes().into_iter().zip(name.attributes()) {
            let _ = cpe::relation(a, b);
        }
    }
    let configurations: Vec<Configuration> =
        lines.next().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    let order = |a: &str, b: &str| compare(Ecosystem::Cpe, a, b);
    let _ = cpe::evaluate(&configurations, &software, &environment, &order);
}

/// One package URL: what is read is written so that it reads the same.
pub fn purl(data: &[u8]) {
    let Some(purl) = std::str::from_utf8(data).ok().and_then(Purl::parse) else { return };
    let _ = purl.parts();
    let written = purl.to_string();
    assert_eq!(Purl::parse(&written), Some(purl), "{written}");
}
