//! How a system is kept up to date: age of the lists of packages, last transaction, automatic updates, and whether the
//! kernel that runs is the newest installed.

use super::Host;
use crate::cause::Cause;
use jiff::civil::Date;
use pasu_model::{PackageType, Place};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// The largest log that is read, in bytes.
const MAX_LOG: u64 = 64 << 20;

/// What changes whenever lists of packages are fetched. The lists of apt themselves bear the server's times.
const METADATA: [&str; 12] = [
    "/var/lib/apt/periodic/update-success-stamp",
    "/var/lib/apt/periodic/update-stamp",
    "/var/lib/apt/lists",
    "/var/lib/apt/lists/partial",
    "/var/lib/apt/lists/*_InRelease",
    "/var/lib/apt/lists/*_Release",
    "/var/cache/dnf/last_makecache",
    "/var/cache/dnf/*/repodata/repomd.xml",
    "/var/cache/dnf/*.solv",
    "/var/cache/libdnf5/*/repodata/repomd.xml",
    "/var/cache/yum/*/*/*/repomd.xml",
    "/var/cache/zypp/raw/*/repodata/repomd.xml",
];

/// Logs of transactions whose lines are dated.
const DATED_LOGS: [&str; 4] = [
    "/var/log/apt/history.log",
    "/var/log/dnf.rpm.log",
    "/var/log/dnf.rpm.log.1",
    "/var/log/zypp/history",
];

/// Records that change with a transaction, for systems without such a line.
const RECORDS: [&str; 6] = [
    "/var/log/apt/history.log.1*",
    "/var/lib/dnf/history.sqlite",
    "/usr/lib/sysimage/libdnf5/transaction_history.sqlite",
    "/var/lib/yum/history/*.sqlite",
    "/var/log/yum.log",
    "/var/log/dnf.rpm.log.2",
];

/// Units that install updates without being asked.
const AUTOMATIC: [&str; 4] = [
    "dnf-automatic-install.timer",
    "dnf5-automatic.timer",
    "yum-cron.service",
    "dnf-automatic.timer",
];

/// Something with a date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dated {
    /// Days from then to the audit.
    pub days: i64,
    /// What shows it.
    pub place: Place,
}

/// How a system is kept up to date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patching {
    /// When lists of packages were last fetched; `None` where nothing shows that they ever were.
    pub metadata: Option<Dated>,
    /// When packages were last installed or upgraded.
    pub transaction: Option<Dated>,
    /// What installs updates by itself.
    pub automatic: Vec<Place>,
    /// The kernel that runs; `None` on trees and in containers.
    pub kernel: Option<Kernel>,
    /// What asks for a restart, by package.
    pub reboot: Option<Vec<String>>,
}

/// The kernel that runs, and the newest installed of its kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kernel {
    /// `uname -r`.
    pub running: String,
    /// The newest installed, in the same form; `None` where no package holds a kernel of that kind.
    pub newest: Option<String>,
    /// Whether patches were applied to it while it runs.
    pub live_patched: bool,
}

impl Kernel {
    /// Whether a newer one is installed.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        let newer = |newest: &String| natural(newest, &self.running) == Ordering::Greater;
        self.newest.as_ref().is_some_and(newer)
    }
}

impl Host {
    /// How the system is kept up to date.
    ///
    /// # Errors
    /// A record is there and cannot be read.
    pub fn patching(&self) -> Result<Patching, Cause> {
        let is_running = self.is_live() && !self.is_container();
        Ok(Patching {
            metadata: newest_of(self, &METADATA)?,
            transaction: transaction(self)?,
            automatic: automatic(self)?,
            kernel: if is_running { kernel(self)? } else { None },
            reboot: if is_running { reboot(self)? } else { None },
        })
    }
}

/// The youngest file of some patterns.
fn newest_of(host: &Host, patterns: &[&str]) -> Result<Option<Dated>, Cause> {
    let mut newest: Option<(i64, String)> = None;
    for pattern in patterns {
        for path in host.glob(pattern)? {
            let Some(facts) = host.file_followed(&path)? else { continue };
            if newest.as_ref().is_none_or(|(modified, _)| facts.modified > *modified) {
                newest = Some((facts.modified, path));
            }
        }
    }
    Ok(newest.map(|(modified, path)| Dated {
        days: (host.now() - modified).max(0) / 86_400,
        place: Place::File { path, line: None },
    }))
}

fn transaction(host: &Host) -> Result<Option<Dated>, Cause> {
    let mut newest: Option<Dated> = None;
    for path in DATED_LOGS {
        let Some(log) = host.text_of(path, MAX_LOG)? else { continue };
        let Some((line, date)) = last_dated(&log.lines) else { continue };
        let Ok(span) = host.today().since(date) else { continue };
        let days = i64::from(span.get_days()).max(0);
        if newest.as_ref().is_none_or(|known| days < known.days) {
            newest = Some(Dated { days, place: log.place(line) });
        }
    }
    match newest {
        Some(newest) => Ok(Some(newest)),
        None => newest_of(host, &RECORDS),
    }
}

/// The last date of a transaction that installed or upgraded something.
///
/// apt: `Start-Date: 2026-11-20  06:10:01`, and below it `Upgrade: bash:amd64 (5.2.15-2, 5.2.15-3)`.
/// dnf: `2026-11-20T06:10:01+0900 SUBDEBUG Upgrade: bash-5.1.8-9.el9.x86_64`.
/// zypper: `2026-11-20 06:10:01|install|bash|…`.
fn last_dated(lines: &[String]) -> Option<(u32, Date)> {
    let mut begun = None;
    let mut last = None;
    for (number, line) in (1..).zip(lines) {
        if let Some(rest) = line.strip_prefix("Start-Date:") {
            begun = date_at(rest.trim_start());
        } else if line.starts_with("Upgrade:") || line.starts_with("Install:") {
            last = begun.map(|date| (number, date)).or(last);
        } else if [" Upgrade: ", " Upgraded: ", " Installed: ", "|install|"]
            .iter()
            .any(|word| line.contains(word))
        {
            last = date_at(line).map(|date| (number, date)).or(last);
        }
    }
    last
}

fn date_at(text: &str) -> Option<Date> {
    text.get(..10)?.parse().ok()
}

/// `APT::Periodic::Unattended-Upgrade "1";` with unattended-upgrades installed, or a timer of dnf that installs.
fn automatic(host: &Host) -> Result<Vec<Place>, Cause> {
    let mut found = Vec::new();
    let mut periodic = None;
    for path in host.glob("/etc/apt/apt.conf.d/*")? {
        let Some(file) = host.text(&path)? else { continue };
        for (number, line) in file.settings() {
            let Some(rest) = line.strip_prefix("APT::Periodic::Unattended-Upgrade") else {
                continue;
            };
            let value = rest.trim().trim_end_matches(';').trim().trim_matches('"');
            // The last one counts; "0" switches it off.
            periodic = (value != "0" && !value.is_empty()).then(|| file.place(number));
        }
    }
    let units = host.units()?;
    let is_on =
        |name: &str| units.named(name).is_some_and(|unit| unit.is_enabled() || unit.is_active());
    if is_on("apt-daily-upgrade.timer")
        && host.system().exists("/usr/bin/unattended-upgrade".as_ref())
    {
        found.extend(periodic);
    }
    for name in AUTOMATIC.iter().filter(|name| is_on(name)) {
        if *name != "dnf-automatic.timer" || applies_updates(host)? {
            let path = units.named(name).map(|unit| unit.path.clone()).unwrap_or_default();
            found.push(Place::File { path, line: None });
        }
    }
    Ok(found)
}

/// `apply_updates = yes` of `/etc/dnf/automatic.conf`, which the plain timer needs.
fn applies_updates(host: &Host) -> Result<bool, Cause> {
    let Some(file) = host.text("/etc/dnf/automatic.conf")? else { return Ok(false) };
    let mut settings = file.settings().filter_map(|(_, line)| line.split_once('='));
    Ok(settings.any(|(key, value)| {
        let value = value.trim().to_ascii_lowercase();
        key.trim() == "apply_updates" && matches!(&*value, "yes" | "true" | "1" | "on")
    }))
}

fn kernel(host: &Host) -> Result<Option<Kernel>, Cause> {
    let Some(running) = host.sysctl("kernel.osrelease")? else { return Ok(None) };
    let software = host.software()?;
    let flavour = flavour(&running);
    let mut newest: Option<String> = None;
    for package in &software.packages {
        let release = match package.kind {
            PackageType::Rpm if is_rpm_kernel(&package.name) => {
                let arch = package.arch.as_deref().unwrap_or("x86_64");
                let version = package.version.rsplit(':').next().unwrap_or_default();
                format!("{version}.{arch}")
            }
            PackageType::Dpkg => match deb_kernel(&package.name) {
                Some(release) => release.to_owned(),
                None => continue,
            },
            _ => continue,
        };
        if self::flavour(&release) == flavour
            && newest.as_ref().is_none_or(|known| natural(&release, known) == Ordering::Greater)
        {
            newest = Some(release);
        }
    }
    let live_patched = !host.list("/sys/kernel/livepatch")?.is_empty();
    Ok(Some(Kernel { running, newest, live_patched }))
}

/// The packages that hold a kernel, not only what it needs.
fn is_rpm_kernel(name: &str) -> bool {
    matches!(
        name,
        "kernel-core"
            | "kernel"
            | "kernel-uek-core"
            | "kernel-uek"
            | "kernel-lt-core"
            | "kernel-ml-core"
    )
}

/// `6.1.0-18-amd64` of `linux-image-6.1.0-18-amd64`; not `linux-image-amd64`, which only follows the newest.
fn deb_kernel(name: &str) -> Option<&str> {
    let rest = name.strip_prefix("linux-image-")?;
    let rest = rest.strip_prefix("unsigned-").unwrap_or(rest);
    (rest.starts_with(|c: char| c.is_ascii_digit()) && !rest.ends_with("-dbg")).then_some(rest)
}

/// What follows the numbers: `cloud-amd64` of `6.1.0-18-cloud-amd64`, `generic`; for RPM `uek` or nothing.
fn flavour(release: &str) -> String {
    if release.contains(".el") || release.contains(".fc") || release.contains(".amzn") {
        return if release.contains("uek") { "uek" } else { "" }.to_owned();
    }
    let parts = release.split('-');
    let names: Vec<&str> =
        parts.skip_while(|part| part.starts_with(|c: char| c.is_ascii_digit())).collect();
    names.join("-")
}

/// Packages of `/run/reboot-required.pkgs`, where `/run/reboot-required` is there.
fn reboot(host: &Host) -> Result<Option<Vec<String>>, Cause> {
    if !host.system().exists("/run/reboot-required".as_ref()) {
        return Ok(None);
    }
    let listed = host.text("/run/reboot-required.pkgs")?.map(|file| file.lines).unwrap_or_default();
    let mut packages: Vec<String> = listed.into_iter().take(1000).collect();
    packages.sort_unstable();
    packages.dedup();
    packages.truncate(20);
    Ok(Some(packages))
}

/// Natural order of two kernel releases: runs of digits as numbers, the rest as bytes.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        let (x, y) = match (a.first(), b.first()) {
            (Some(x), Some(y)) => (*x, *y),
            (left, right) => return left.is_some().cmp(&right.is_some()),
        };
        let order = if x.is_ascii_digit() && y.is_ascii_digit() {
            let (left, rest_a) = number(a);
            let (right, rest_b) = number(b);
            (a, b) = (rest_a, rest_b);
            left.len().cmp(&right.len()).then_with(|| left.cmp(right))
        } else {
            (a, b) = (a.get(1..).unwrap_or_default(), b.get(1..).unwrap_or_default());
            // 427.13.el9 follows 427.el9: a number is newer than a word.
            x.is_ascii_digit().cmp(&y.is_ascii_digit()).then_with(|| x.cmp(&y))
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// The digits at the front without leading zeros, and the rest.
fn number(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let start = digits.iter().position(|byte| *byte != b'0').unwrap_or(digits.len());
    (digits.get(start..).unwrap_or_default(), rest)
}

#[cfg(test)]
mod tests {
    use super::{deb_kernel, flavour, last_dated, natural};
    use std::cmp::Ordering;

    #[test]
    fn kernels_are_told_apart_by_kind() {
        for (release, kind) in [
            ("6.1.0-18-amd64", "amd64"),
            ("6.1.0-18-cloud-amd64", "cloud-amd64"),
            ("6.12.9+deb13-amd64", "amd64"),
            ("5.15.0-91-generic", "generic"),
            ("5.14.0-427.el9.x86_64", ""),
            ("5.15.0-200.131.27.el9uek.x86_64", "uek"),
        ] {
            assert_eq!(flavour(release), kind, "{release}");
        }
        assert_eq!(deb_kernel("linux-image-amd64"), None);
        assert_eq!(deb_kernel("linux-image-unsigned-5.15.0-91-generic"), Some("5.15.0-91-generic"));
    }

    #[test]
    fn releases_are_ordered_by_their_numbers() {
        assert_eq!(natural("6.1.0-18-amd64", "6.1.0-9-amd64"), Ordering::Greater);
        assert_eq!(natural("5.14.0-427.el9", "5.14.0-427.13.1.el9"), Ordering::Less);
        assert_eq!(natural("5.14.0-362.el9", "5.14.0-427.13.1.el9"), Ordering::Less);
        assert_eq!(natural("6.1.0-18-amd64", "6.1.0-18-amd64"), Ordering::Equal);
        assert_eq!(natural("", "6"), Ordering::Less);
    }

    #[test]
    fn the_last_transaction_that_brought_something_counts() {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let apt = "Start-Date: 2026-10-01  06:10:01\nUpgrade: bash:amd64 (1, 2)\nEnd-Date: x\n\nStart-Date: 2026-11-01  06:10:01\nRemove: nano:amd64 (1)\n";
        assert_eq!(
            last_dated(&lines(apt)).map(|(line, date)| (line, date.to_string())),
            Some((2, "2026-10-01".to_owned()))
        );
        let dnf = "2026-11-20T06:10:01+0900 SUBDEBUG Upgrade: bash-5.1.8-9.el9.x86_64\n2026-11-21T06:10:01+0900 INFO --- logging initialized ---\n";
        assert_eq!(last_dated(&lines(dnf)).map(|(line, _)| line), Some(1));
        assert_eq!(last_dated(&lines("가나다라마바사 Upgrade: x\n")), None);
    }
}
