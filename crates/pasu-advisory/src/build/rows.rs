//! Joining the rows of one package from several feeds.

use crate::record::{Origin, Range, Row, VulnId};
use pasu_model::Status;
use std::collections::{BTreeMap, HashSet};
use std::io;

/// Rows by bucket key and package.
pub type Packages = BTreeMap<(String, String), PackageRows>;

/// What feeds say about one package of one bucket, before it is joined.
#[derive(Debug, Default)]
pub struct PackageRows(Vec<Stored>);

/// One row, encoded: a build holds close to a million.
#[derive(Debug)]
struct Stored {
    /// Rank of the feed: a lower one decides where two speak of the same CVE.
    rank: u8,
    /// A distribution's notice, whose CVEs the distribution's tracker also has.
    notice: bool,
    row: Box<[u8]>,
}

impl PackageRows {
    /// Keeps a row of a feed with a rank.
    pub fn add(&mut self, rank: u8, notice: bool, row: &Row) -> Result<(), postcard::Error> {
        self.0.push(Stored { rank, notice, row: postcard::to_stdvec(row)?.into() });
        Ok(())
    }

    fn has_tracker_rows(&self) -> bool {
        self.0.iter().any(|stored| !stored.notice)
    }

    fn decode(self) -> Result<Decoded, postcard::Error> {
        let mut decoded = Decoded::default();
        for stored in self.0 {
            let row: Row = postcard::from_bytes(&stored.row)?;
            if stored.notice {
                decoded.notices.push(row)
            } else {
                decoded.rows.push((stored.rank, row))
            }
        }
        Ok(decoded)
    }
}

#[derive(Default)]
struct Decoded {
    rows: Vec<(u8, Row)>,
    notices: Vec<Row>,
}

/// Joins package after package, in key order; the order in which feeds came does not matter.
pub fn joined(
    packages: Packages,
) -> impl Iterator<Item = io::Result<((String, String), Vec<Row>)>> {
    let tracked: HashSet<String> = packages
        .iter()
        .filter(|(_, package)| package.has_tracker_rows())
        .map(|((bucket, _), _)| bucket.clone())
        .collect();
    packages.into_iter().map(move |(key, package)| {
        let rows = join(package.decode().map_err(io::Error::other)?, tracked.contains(&key.0));
        Ok((key, rows))
    })
}

fn join(package: Decoded, is_tracked: bool) -> Vec<Row> {
    let mut ranked = package.rows;
    ranked.sort_by(|(a_rank, a), (b_rank, b)| (a_rank, sort_key(a)).cmp(&(b_rank, sort_key(b))));
    let mut joined: Vec<(u8, Row)> = Vec::with_capacity(ranked.len());
    for (rank, row) in ranked {
        match joined.iter_mut().find(|(_, known)| says_the_same(known, &row)) {
            Some((known_rank, known)) => {
                // One feed that names several fixes (Alpine's, when a fix was only half of it) means all of them.
                if *known_rank == rank {
                    add_ranges(known, &row.ranges);
                }
                absorb(known, row);
            }
            None => joined.push((rank, row)),
        }
    }
    let mut rows: Vec<Row> = joined.into_iter().map(|(_, row)| row).collect();
    let mut notices = package.notices;
    notices.sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
    join_notices(&mut rows, notices, is_tracked);
    rows.sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
    rows
}

fn sort_key(row: &Row) -> impl Ord + use<'_> {
    let statement = (&row.ranges, &row.versions, row.status, row.severity);
    (&row.id, row.origin, &row.module, statement, &row.aliases, &row.notices)
}

/// A tracker has one statement on a CVE and a package; of other sources only the very same ranges are the same.
fn says_the_same(known: &Row, row: &Row) -> bool {
    let is_tracker =
        matches!(row.origin, Origin::Debian | Origin::Ubuntu | Origin::UbuntuPro | Origin::Alpine);
    known.id == row.id
        && known.origin == row.origin
        && known.module == row.module
        && (is_tracker
            || (known.ranges == row.ranges
                && known.versions == row.versions
                && known.aliases == row.aliases))
}

fn absorb(known: &mut Row, row: Row) {
    add_ids(&mut known.notices, row.notices);
    add_ids(&mut known.aliases, row.aliases);
    known.severity = known.severity.max(row.severity);
    if known.status == Status::Affected {
        known.status = row.status;
    }
}

fn add_ranges(known: &mut Row, more: &[Range]) {
    known.ranges.extend_from_slice(more);
    known.ranges.sort();
    known.ranges.dedup();
}

fn add_ids(known: &mut Vec<VulnId>, more: Vec<VulnId>) {
    known.extend(more);
    known.sort();
    known.dedup();
}

/// Where the distribution's tracker covers the release it decides, and a notice only lends its name: a tracker without
/// a row says that the release is not affected, and a notice without a CVE (new time zones, a mended regression) is
/// about no vulnerability.
fn join_notices(rows: &mut Vec<Row>, notices: Vec<Row>, is_tracked: bool) {
    for notice in notices {
        let same = |known: &&mut Row| {
            known.id == notice.id && (is_tracked || known.ranges == notice.ranges)
        };
        match rows.iter_mut().find(same) {
            Some(known) if is_tracked => add_ids(&mut known.notices, notice.notices),
            Some(known) => absorb(known, notice),
            None if is_tracked => {}
            None => rows.push(notice),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PackageRows, Packages, joined};
    use crate::record::{Origin, Range, RangeEnd, Row, VulnId};
    use pasu_model::Status;

    fn row(id: &str, notice: Option<&str>, fixed: &str) -> Row {
        Row {
            id: VulnId::new(id),
            aliases: Vec::new(),
            notices: notice.map(VulnId::new).into_iter().collect(),
            origin: Origin::Debian,
            ranges: vec![Range { introduced: None, end: RangeEnd::Fixed(fixed.into()) }],
            versions: Vec::new(),
            status: Status::Affected,
            severity: None,
            module: None,
        }
    }

    fn joined_rows(package: PackageRows) -> Vec<Row> {
        let packages = Packages::from([(("debian 12".to_owned(), "x".to_owned()), package)]);
        joined(packages).next().unwrap().unwrap().1
    }

    #[test]
    fn a_notice_lends_its_name_to_the_trackers_row() {
        let mut package = PackageRows::default();
        package.add(0, false, &row("CVE-2024-1", None, "1.2")).unwrap();
        package.add(0, true, &row("CVE-2024-1", Some("DSA-1-1"), "1.1")).unwrap();
        package.add(0, true, &row("CVE-2024-2", Some("DSA-1-1"), "1.1")).unwrap();
        let rows = joined_rows(package);
        assert_eq!(rows.len(), 1, "the tracker has no row for CVE-2024-2: not affected");
        assert_eq!(rows[0].notices[0].as_str(), "DSA-1-1");
        assert_eq!(rows[0].ranges[0].end, RangeEnd::Fixed("1.2".into()));
    }

    #[test]
    fn every_fix_that_one_feed_names_counts() {
        let mut package = PackageRows::default();
        for fixed in ["6.0.124-r0", "6.0.122-r0"] {
            let row = Row { origin: Origin::Alpine, ..row("CVE-2023-36792", None, fixed) };
            package.add(1, false, &row).unwrap();
        }
        let rows = joined_rows(package);
        assert_eq!((rows.len(), rows[0].ranges.len()), (1, 2));
    }

    #[test]
    fn without_a_tracker_notices_decide() {
        let mut package = PackageRows::default();
        package.add(0, true, &row("CVE-2014-1", Some("DSA-2-1"), "1.1")).unwrap();
        assert_eq!(joined_rows(package).len(), 1);
    }

    #[test]
    fn the_first_feed_decides_and_the_second_adds_what_it_lacks() {
        let mut package = PackageRows::default();
        package
            .add(1, false, &Row { status: Status::WillNotFix, ..row("CVE-2024-1", None, "9") })
            .unwrap();
        package.add(0, false, &row("CVE-2024-1", None, "1.2")).unwrap();
        let rows = joined_rows(package);
        assert_eq!((rows.len(), rows[0].status), (1, Status::WillNotFix));
        assert_eq!(rows[0].ranges[0].end, RangeEnd::Fixed("1.2".into()));
    }
}
