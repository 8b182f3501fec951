//! What systemd sets at boot: `/usr/lib/tmpfiles.d/var.conf` and its like.
//!
//! ```text
//! f /var/log/wtmp 0664 root utmp -
//! ```

use super::Host;
use crate::cause::Cause;
use pasu_model::Place;
use std::collections::{BTreeMap, BTreeSet};

/// Folders by rank: a file hides those of the same name in later ones.
const FOLDERS: [&str; 3] = ["/etc/tmpfiles.d", "/run/tmpfiles.d", "/usr/lib/tmpfiles.d"];

impl Host {
    /// The modes that tmpfiles.d gives to files by name, with the line. Lines with wildcards and folders are left out.
    ///
    /// # Errors
    /// A file is there and cannot be read.
    pub fn modes_at_boot(&self) -> Result<BTreeMap<String, (Place, u32)>, Cause> {
        let mut seen = BTreeSet::new();
        let mut paths = Vec::new();
        for folder in FOLDERS {
            let names = self.list(folder)?.into_iter().filter(|name| name.ends_with(".conf"));
            paths.extend(names.filter(|name| seen.insert(name.clone())).map(|name| (name, folder)));
        }
        // Of two lines about one path, that of the file whose name sorts first holds.
        paths.sort();
        let mut modes = BTreeMap::new();
        for (name, folder) in paths {
            let Some(file) = self.text(&format!("{folder}/{name}"))? else { continue };
            for (number, line) in file.settings() {
                let mut words = line.split_whitespace();
                let kind = words.next().unwrap_or_default();
                let (Some(path), Some(mode)) = (words.next(), words.next()) else { continue };
                let digits = mode.trim_start_matches(['~', ':']);
                if let ('f' | 'F' | 'z', Ok(mode)) =
                    (kind.chars().next().unwrap_or_default(), u32::from_str_radix(digits, 8))
                {
                    modes
                        .entry(path.trim_matches('"').to_owned())
                        .or_insert_with(|| (file.place(number), mode));
                }
            }
        }
        Ok(modes)
    }
}

#[cfg(test)]
mod tests {
    use crate::case::TestHost;

    #[test]
    fn the_first_line_of_a_path_holds_and_a_name_hides_its_like() {
        let host = TestHost::new()
            .file(
                "/usr/lib/tmpfiles.d/var.conf",
                "f /var/log/wtmp 0664 root utmp -\nd /var/log 0755 - - -\n",
            )
            .file(
                "/etc/tmpfiles.d/var.conf",
                "# x\nf+ /var/log/wtmp :0640 root utmp -\nf /var/log/x - - - -\n",
            )
            .file("/usr/lib/tmpfiles.d/zz.conf", "z /var/log/wtmp 0666\n")
            .host();
        let found = host.modes_at_boot().unwrap();
        assert_eq!(found.len(), 1);
        let (place, mode) = &found["/var/log/wtmp"];
        assert_eq!((place.shown().as_str(), *mode), ("/etc/tmpfiles.d/var.conf:2", 0o640));
    }
}
