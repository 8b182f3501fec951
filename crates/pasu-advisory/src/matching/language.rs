//! Language packages against OSV's ranges.

use super::join::groups;
use super::{Hit, Judged};
use crate::bucket::Bucket;
use crate::database::{Database, DatabaseError};
use crate::version;
use pasu_model::{Ecosystem, Package, Relationship};

pub fn judge(
    database: &Database,
    ecosystem: Ecosystem,
    package: &Package,
) -> Result<Judged, DatabaseError> {
    if package.version.is_empty() {
        // A project's own entry has no version of interest; anything else should have one.
        let own = matches!(package.relationship, Relationship::Root | Relationship::Workspace);
        return Ok(if own {
            Judged::Hits(Vec::new())
        } else {
            Judged::Unknown("its version is not known")
        });
    }
    let bucket = Bucket::of(ecosystem);
    let rows = database.rows(&bucket.key, &bucket.package(&package.name))?;
    if rows.is_empty() {
        return Ok(Judged::Hits(Vec::new()));
    }
    let mut affected = Vec::new();
    let mut unclear = false;
    for row in rows {
        match row.affects(ecosystem, &package.version) {
            Some(true) => affected.push(row),
            Some(false) => {}
            None => unclear = true,
        }
    }
    if affected.is_empty() && unclear {
        let why = if version::is_version(ecosystem, &package.version) {
            "an advisory names versions that cannot be compared"
        } else {
            "its version is not one of this ecosystem"
        };
        return Ok(Judged::Unknown(why));
    }
    let hit = |rows| Hit { rows, version: package.version.clone(), cpe: None };
    Ok(Judged::Hits(groups(affected).into_iter().map(hit).collect()))
}
