//! What `rpm` knows: installed packages, which version is newer, which configuration files were edited.

use super::super::plan::KeptFile;
use super::super::{PackagesError, machine};
use super::Dnf;
use std::collections::{BTreeMap, BTreeSet};

const FORMAT: &str = "%{NAME}\t%{ARCH}\t%{EPOCHNUM}:%{VERSION}-%{RELEASE}\t%{SIZE}\n";

/// `%config(noreplace)`: an edited file stays in its place.
const NOREPLACE: u32 = 1 << 4;

/// An installed package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    pub architecture: String,
    pub version: String,
    pub size: u64,
}

/// Configuration files that were edited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edited {
    /// Those that stay.
    pub kept: Vec<KeptFile>,
    /// Those that `rpm` would move aside.
    pub replaced: Vec<KeptFile>,
}

/// A version without an epoch of 0, as `dnf` shows it.
pub fn short(version: &str) -> &str {
    version.strip_prefix("0:").unwrap_or(version)
}

impl Dnf<'_> {
    /// Installed packages by name; several of one name where `rpm` keeps several, such as kernels.
    pub(super) fn installed(&self) -> Result<BTreeMap<String, Vec<Installed>>, PackagesError> {
        let text = self.machine.text("rpm", &["-qa", "--qf", FORMAT])?;
        let mut installed: BTreeMap<String, Vec<Installed>> = BTreeMap::new();
        for line in text.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let [name, architecture, version, size] = fields[..] else { continue };
            installed.entry(name.to_owned()).or_default().push(Installed {
                architecture: architecture.to_owned(),
                version: short(version).to_owned(),
                size: size.parse().unwrap_or(0),
            });
        }
        Ok(installed)
    }

    /// Whether a version is older than another, in rpm's order: epoch, version, release, each asked of `rpm` itself.
    pub(super) fn is_older(&self, version: &str, than: &str) -> Result<bool, PackagesError> {
        let ([epoch, version, release], [other_epoch, other_version, other_release]) =
            (parts(version), parts(than));
        for (one, other) in
            [(epoch, other_epoch), (version, other_version), (release, other_release)]
        {
            // A version without a release stands for every release.
            if one == other || one.is_empty() || other.is_empty() {
                continue;
            }
            return Ok(self.compare(one, other)? < 0);
        }
        Ok(false)
    }

    fn compare(&self, one: &str, other: &str) -> Result<i32, PackagesError> {
        let is_good = |text: &str| {
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".+_~^".contains(&byte))
        };
        let script = format!("%{{lua: print(rpm.vercmp(\"{one}\", \"{other}\"))}}");
        let bad = |what: &str| PackagesError::Answer {
            line: machine::line("rpm", &["--eval", &script]),
            what: what.to_owned(),
        };
        // They become part of a program.
        if !is_good(one) || !is_good(other) {
            return Err(bad("no version"));
        }
        let text = self.machine.text("rpm", &["--eval", &script])?;
        text.trim().parse().map_err(|_| bad("no number"))
    }

    /// Configuration files of packages whose content is not what the package came with.
    pub(super) fn edited(&self, packages: &[&str]) -> Result<Edited, PackagesError> {
        let mut edited = Edited::default();
        for package in packages {
            // Its status tells that something differs, which is no failure.
            let words = ["-V", "--nodeps", "--noscripts", package];
            let output = self.machine.ask("rpm", &words)?;
            let changed = changed_configuration(&String::from_utf8_lossy(&output.stdout));
            if changed.is_empty() {
                continue;
            }
            let flags = self
                .machine
                .text("rpm", &["-q", "--qf", "[%{FILENAMES}\t%{FILEFLAGS}\n]", package])?;
            let stays: BTreeSet<&str> = flags
                .lines()
                .filter_map(|line| line.rsplit_once('\t'))
                .filter(|(_, flags)| flags.parse::<u32>().is_ok_and(|flags| flags & NOREPLACE != 0))
                .map(|(path, _)| path)
                .collect();
            for path in changed {
                let is_kept = stays.contains(&*path);
                let file = KeptFile { path, package: (*package).to_owned() };
                if is_kept { &mut edited.kept } else { &mut edited.replaced }.push(file);
            }
        }
        Ok(edited)
    }
}

/// Epoch, version and release of `1:2.0-3.el9`.
fn parts(text: &str) -> [&str; 3] {
    let (epoch, rest) = text.split_once(':').unwrap_or(("0", text));
    let (version, release) = rest.split_once('-').unwrap_or((rest, ""));
    [epoch, version, release]
}

/// Paths of lines of `rpm -V` such as `S.5....T.  c /etc/base-lib.conf`.
fn changed_configuration(text: &str) -> Vec<String> {
    let changed = text.lines().filter_map(|line| {
        let (flags, rest) = line.split_once("  c ")?;
        (flags.as_bytes().get(2) == Some(&b'5') && rest.starts_with('/')).then(|| rest.to_owned())
    });
    changed.collect()
}

#[cfg(test)]
mod tests {
    use super::{changed_configuration, parts, short};

    #[test]
    fn versions_are_taken_apart() {
        assert_eq!(parts("1:2.0-3.el9"), ["1", "2.0", "3.el9"]);
        assert_eq!(parts("2.0"), ["0", "2.0", ""]);
        assert_eq!((short("0:2-1"), short("1:2-1"), short("2-1")), ("2-1", "1:2-1", "2-1"));
    }

    #[test]
    fn only_configuration_with_another_content_counts() {
        let text = "S.5....T.  c /etc/base-lib.conf\n.M.......  c /etc/mode.conf\nS.5....T.    /usr/share/x\nmissing   c /etc/gone\n";
        assert_eq!(changed_configuration(text), ["/etc/base-lib.conf"]);
    }
}
