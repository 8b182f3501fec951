//! Joining rows that speak of the same vulnerability under different names.

use crate::record::{Row, VulnId};
use std::collections::HashMap;

/// Groups rows that share any name, each group in a fixed order: GitHub's row first, then by origin and name.
pub fn groups(rows: Vec<Row>) -> Vec<Vec<Row>> {
    let mut groups: Vec<Vec<Row>> = Vec::new();
    let mut group_of: HashMap<VulnId, usize> = HashMap::new();
    for row in rows {
        let names: Vec<VulnId> = std::iter::once(&row.id).chain(&row.aliases).cloned().collect();
        let mut known: Vec<usize> =
            names.iter().filter_map(|name| group_of.get(name).copied()).collect();
        known.sort_unstable();
        known.dedup();
        let home = known.first().copied().unwrap_or_else(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        // A row that names members of several groups makes them one.
        for other in known.into_iter().skip(1) {
            let moved = std::mem::take(&mut groups[other]);
            for name in moved.iter().flat_map(|row| std::iter::once(&row.id).chain(&row.aliases)) {
                group_of.insert(name.clone(), home);
            }
            groups[home].extend(moved);
        }
        for name in names {
            group_of.insert(name, home);
        }
        groups[home].push(row);
    }
    groups.retain(|group| !group.is_empty());
    for group in &mut groups {
        group.sort_by_key(|row| {
            (row.origin != crate::record::Origin::Ghsa, row.origin, row.id.clone())
        });
    }
    groups
}

/// The name to show for a group: the first row's CVE, else any row's, else the first row's own name.
pub fn primary(rows: &[Row]) -> Option<&VulnId> {
    rows.iter()
        .map(|row| &row.id)
        .find(|id| id.is_cve())
        .or_else(|| rows.first().map(|row| &row.id))
}

#[cfg(test)]
mod tests {
    use super::{groups, primary};
    use crate::record::{Origin, Row, VulnId};
    use pasu_model::Status;

    fn row(id: &str, aliases: &[&str], origin: Origin) -> Row {
        Row {
            id: VulnId::new(id),
            aliases: aliases.iter().map(|alias| VulnId::new(*alias)).collect(),
            notices: Vec::new(),
            origin,
            ranges: Vec::new(),
            versions: Vec::new(),
            status: Status::Affected,
            severity: None,
            module: None,
        }
    }

    #[test]
    fn any_shared_name_joins() {
        let joined = groups(vec![
            row("PYSEC-1", &["GHSA-a"], Origin::Pysec),
            row("CVE-2", &[], Origin::Osv),
            row("CVE-1", &["GHSA-a"], Origin::Ghsa),
            row("GHSA-c", &[], Origin::Ghsa),
            row("GO-1", &["GHSA-c", "CVE-2"], Origin::Go),
        ]);
        let names: Vec<_> =
            joined.iter().map(|group| (primary(group).unwrap().as_str(), group.len())).collect();
        assert_eq!(names, [("CVE-1", 2), ("CVE-2", 3)]);
    }
}
