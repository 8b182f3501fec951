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
    if version::compare(ecosystem, &package.version, &package.version).is_none() {
        let listed = rows.iter().any(|row| row.versions.contains(&package.version));
        if !listed {
            return Ok(Judged::Unknown("its version is not one of this ecosystem"));
        }
    }
    let affected =
        rows.into_iter().filter(|row| row.affects(ecosystem, &package.version) == Some(true));
    let hit = |rows| Hit { rows, version: package.version.clone(), cpe: None };
    Ok(Judged::Hits(groups(affected.collect()).into_iter().map(hit).collect()))
}
