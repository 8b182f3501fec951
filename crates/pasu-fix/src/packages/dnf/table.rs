//! Reads the table of `dnf --assumeno`, whose long names go on a line of their own.
//!
//! ```text
//! ================================================================================
//!  Package              Architecture      Version           Repository       Size
//! ================================================================================
//! Upgrading:
//!  base-lib             noarch            2-1               test            6.2 k
//!
//! Transaction Summary
//! ```

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Name.
    pub name: String,
    /// Architecture.
    pub architecture: String,
    /// Epoch, version and release, without an epoch of 0.
    pub version: String,
    /// Where it comes from.
    pub repository: String,
}

/// What would be done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Replaced by something newer.
    pub upgrades: Vec<Row>,
    /// Not installed before.
    pub installs: Vec<Row>,
    /// Gone afterwards, also because something takes their place.
    pub removes: Vec<String>,
    /// Replaced by something older.
    pub downgrades: Vec<String>,
}

/// Reads the table; `None` where it is not as it should be.
pub fn parse(text: &str) -> Option<Table> {
    let mut table = Table::default();
    let mut section = "";
    let mut words: Vec<&str> = Vec::new();
    for line in text.lines() {
        if line.starts_with("Transaction Summary") {
            add(&mut table, section, &words)?;
            return Some(table);
        }
        if !line.starts_with(' ') {
            if let Some(header) = line.strip_suffix(':') {
                add(&mut table, section, &words)?;
                words.clear();
                section = header;
            }
        } else if let Some(replaced) = line.trim().strip_prefix("replacing ") {
            table.removes.push(replaced.split_whitespace().next()?.to_owned());
        } else if !section.is_empty() && !line.trim_start().starts_with('(') {
            words.extend(line.split_whitespace());
        }
    }
    // Without a summary the table is cut short, unless there is none.
    (section.is_empty() || text.contains("Nothing to do")).then_some(table)
}

fn add(table: &mut Table, section: &str, words: &[&str]) -> Option<()> {
    let mut rest = words;
    while let [name, architecture, version, repository, number, after @ ..] = rest {
        let is_unit = after.first().is_some_and(|word| matches!(*word, "k" | "M" | "G" | "T"));
        number.parse::<f64>().ok()?;
        rest = if is_unit { &after[1..] } else { after };
        let row = Row {
            name: (*name).to_owned(),
            architecture: (*architecture).to_owned(),
            version: (*version).to_owned(),
            repository: repository.trim_start_matches('@').to_owned(),
        };
        match section {
            "Upgrading" => table.upgrades.push(row),
            _ if section.starts_with("Installing") => table.installs.push(row),
            _ if section.starts_with("Removing") => table.removes.push(row.name),
            "Downgrading" => table.downgrades.push(row.name),
            // What is skipped or installed again changes nothing.
            _ => {}
        }
    }
    rest.is_empty().then_some(())
}

#[cfg(test)]
mod tests {
    use super::parse;

    /// dnf 4.14.0 of Debian 12, `dnf --assumeno upgrade base-lib-0:2-1.noarch` with packages made by rpmbuild.
    const UPGRADE: &str = "\
Last metadata expiration check: 0:00:13 ago on Sun Nov 29 23:27:23 2026.
Dependencies resolved.
================================================================================
 Package              Architecture      Version           Repository       Size
================================================================================
Upgrading:
 base-lib             noarch            2-1               test            6.2 k
 base-tool            noarch            2-1               test            6.2 k

Transaction Summary
================================================================================
Upgrade  2 Packages

Total size: 12 k
Operation aborted.
";

    #[test]
    fn upgrades_are_read() {
        let table = parse(UPGRADE).unwrap();
        let names: Vec<&str> = table.upgrades.iter().map(|row| &*row.name).collect();
        assert_eq!(names, ["base-lib", "base-tool"]);
        assert_eq!((&*table.upgrades[0].version, &*table.upgrades[0].repository), ("2-1", "test"));
        assert!(table.installs.is_empty() && table.removes.is_empty());
    }

    #[test]
    fn what_is_skipped_is_no_upgrade() {
        let skipped = "Dependencies resolved.\n====\n Package  Architecture  Version  Repository  Size\n====\n\
                       Skipping packages with conflicts:\n(add '--best --allowerasing' to command line to force their upgrade):\n \
                       pinned-tool            noarch            2-1             test            6.2 k\n\n\
                       Transaction Summary\n====\nSkip  1 Package\n\nNothing to do.\nComplete!\n";
        assert_eq!(parse(skipped).unwrap(), super::Table::default());
    }

    #[test]
    fn long_names_are_wrapped_and_what_is_replaced_goes() {
        let text = "Installing:\n a-package-with-a-name-that-is-rather-long\n          x86_64  1:2.0-1.el9  baseos  512\n     \
                    replacing  old-name.x86_64 1.0-1.el9\nRemoving dependent packages:\n gone  noarch  1-1  @test  1.0 M\n\
                    Downgrading:\n older  noarch  1-1  test  1 k\n\nTransaction Summary\n";
        let table = parse(text).unwrap();
        assert_eq!(table.installs[0].version, "1:2.0-1.el9");
        assert_eq!(table.removes, ["old-name.x86_64", "gone"]);
        assert_eq!(table.downgrades, ["older"]);
    }

    #[test]
    fn a_table_cut_short_is_no_smaller_plan() {
        let start = UPGRADE.find("Upgrading").unwrap() + 12;
        let end = UPGRADE.find("Transaction Summary").unwrap();
        for cut in start..end {
            assert_eq!(parse(&UPGRADE[..cut]), None, "{}", &UPGRADE[..cut]);
        }
    }
}
