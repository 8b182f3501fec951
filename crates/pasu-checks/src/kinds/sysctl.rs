//! A setting of the kernel: `kind = "sysctl"`.
//!
//! The running value decides on a running machine; what is written down says whether it stays so after a restart, and
//! decides on a tree. Files are read as sysctl.d(5) says.

use super::{KindCheck, KindError};
use crate::cause::Cause;
use crate::fix::{Edit, Fix};
use crate::host::{ConfigFile, FileKind, Host, KeyValue, path_matches};
use crate::judgement::{Judgement, reason};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Folders of settings; a file hides those of its name in later ones, and names decide the order.
const FOLDERS: [&str; 5] = [
    "/etc/sysctl.d",
    "/run/sysctl.d",
    "/usr/local/lib/sysctl.d",
    "/usr/lib/sysctl.d",
    "/lib/sysctl.d",
];

/// Which setting, and what it may be.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// `net.ipv4.ip_forward`.
    key: String,
    /// Values that are good.
    allowed: Vec<String>,
    /// What the kernel sets where nothing is written down.
    default: Option<String>,
}

/// The value now and after a restart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    is_live: bool,
    /// Now; nothing where the kernel has no such setting.
    running: Option<String>,
    /// The line that counts.
    stored: Option<KeyValue>,
    /// A line of a file that nothing reads at boot.
    unread: Option<KeyValue>,
}

impl Spec {
    pub(super) fn parse(spec: toml::Table) -> Result<Self, KindError> {
        let spec: Self = spec.try_into()?;
        if spec.allowed.is_empty() {
            return Err(KindError::Value("allowed: names no value".to_owned()));
        }
        Ok(spec)
    }

    fn is_allowed(&self, value: &str) -> bool {
        self.allowed.iter().any(|allowed| spaced(allowed) == spaced(value))
    }
}

impl KindCheck for Spec {
    type Facts = Facts;

    fn collect(&self, host: &Host) -> Result<Facts, Cause> {
        let is_live = host.is_live();
        let running = if is_live { host.sysctl(&self.key)? } else { None };
        let (stored, unread) = stored(host, &slashed(&self.key))?;
        Ok(Facts { is_live, running, stored, unread })
    }

    fn judge(&self, facts: &Facts) -> Judgement {
        let mut judgement = Judgement::new();
        let said =
            |key: &'static str, value: &str| reason(key).arg("key", &self.key).arg("value", value);
        if facts.is_live {
            let Some(value) = &facts.running else {
                return Judgement::not_applicable(reason("sysctl-unknown").arg("key", &self.key));
            };
            let path = format!("/proc/sys/{}", slashed(&self.key));
            if self.is_allowed(value) {
                judgement.good(said("sysctl-good", value).file(&path));
            } else {
                judgement.bad(said("sysctl-bad", value).file(&path));
            }
        }
        self.judge_stored(facts, &mut judgement);
        if let Some(unread) = &facts.unread {
            let warning = said("sysctl-unread", &unread.value);
            judgement.warn(warning.at(unread.place.clone()));
        }
        judgement
    }

    fn plan(&self, _facts: &Facts) -> Fix {
        let mut fix = Fix::new();
        if let Some(value) = self.allowed.first() {
            fix.edit(Edit::Sysctl { key: self.key.clone(), value: value.clone() });
        }
        fix
    }
}

impl Spec {
    fn judge_stored(&self, facts: &Facts, judgement: &mut Judgement) {
        let said =
            |key: &'static str, value: &str| reason(key).arg("key", &self.key).arg("value", value);
        match (&facts.stored, &self.default) {
            (Some(stored), _) if facts.is_live => {
                if facts.running.as_deref().map(spaced) != Some(spaced(&stored.value)) {
                    let warning = said("sysctl-stored", &stored.value);
                    judgement.warn(warning.at(stored.place.clone()));
                }
            }
            (None, Some(default)) if facts.is_live => {
                if !self.is_allowed(default) {
                    judgement.warn(said("sysctl-default", default));
                }
            }
            (Some(stored), _) if self.is_allowed(&stored.value) => {
                judgement.good(said("sysctl-good", &stored.value).at(stored.place.clone()));
            }
            (Some(stored), _) => {
                judgement.bad(said("sysctl-bad", &stored.value).at(stored.place.clone()));
            }
            (None, Some(default)) if self.is_allowed(default) => {
                judgement.good(said("sysctl-default", default));
            }
            (None, Some(default)) => judgement.bad(said("sysctl-default", default)),
            (None, None) if !facts.is_live => {
                judgement.unseen(&Cause::not_running(format!("kernel setting {}", self.key)));
            }
            (None, None) => {}
        }
    }
}

/// One kind of white space between the parts of a value.
fn spaced(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `net.ipv4.conf.eth0/1.rp_filter` and `net/ipv4/conf/eth0.1/rp_filter` are one setting: the first sign decides.
fn slashed(key: &str) -> String {
    match key.find(['.', '/']).map(|at| key.as_bytes().get(at)) {
        Some(Some(b'.')) => key
            .chars()
            .map(|c| match c {
                '.' => '/',
                '/' => '.',
                other => other,
            })
            .collect(),
        _ => key.to_owned(),
    }
}

/// The line that counts, and one of `/etc/sysctl.conf` where nothing reads that.
fn stored(host: &Host, key: &str) -> Result<(Option<KeyValue>, Option<KeyValue>), Cause> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for folder in FOLDERS {
        for path in host.glob(&format!("{folder}/*.conf"))? {
            let name = path.rsplit('/').next().unwrap_or_default().to_owned();
            files.entry(name).or_insert(path);
        }
    }
    let mut found = Found::default();
    let mut reads_main = false;
    for path in files.values() {
        let real = host.file_followed(path)?;
        // A link to /dev/null switches a file of a package off.
        let Some(real) = real.filter(|real| real.kind == FileKind::File) else { continue };
        reads_main |= real.path == "/etc/sysctl.conf";
        if let Some(file) = host.text(path)? {
            found.read(&file, key);
        }
    }
    if reads_main {
        return Ok((found.last(), None));
    }
    let Some(main) = host.text("/etc/sysctl.conf")? else { return Ok((found.last(), None)) };
    // systemd reads that file by a link from sysctl.d alone; other starters read it, and after the rest.
    let has_systemd = host.file_followed("/usr/lib/systemd/systemd-sysctl")?.is_some()
        || host.file_followed("/lib/systemd/systemd-sysctl")?.is_some();
    if has_systemd {
        let mut own = Found::default();
        own.read(&main, key);
        return Ok((found.last(), own.last()));
    }
    found.read(&main, key);
    Ok((found.last(), None))
}

/// The last line that names the setting, and the last whose pattern takes it.
#[derive(Default)]
struct Found {
    named: Option<KeyValue>,
    by_pattern: Option<KeyValue>,
    /// `-net.ipv4.conf.lo.rp_filter` without a value: no pattern takes it.
    is_excepted: bool,
}

impl Found {
    /// `net.ipv4.ip_forward = 0`, `-kernel/x = 1`, `net.ipv4.conf.*.rp_filter=2`
    fn read(&mut self, file: &ConfigFile, key: &str) {
        for (line, text) in file.settings().filter(|(_, text)| !text.starts_with(';')) {
            let Some((name, value)) = text.split_once('=') else {
                self.is_excepted |=
                    text.strip_prefix('-').is_some_and(|name| slashed(name.trim()) == key);
                continue;
            };
            let name = slashed(name.trim().trim_start_matches('-').trim());
            let found = || KeyValue {
                key: name.clone(),
                value: value.trim().to_owned(),
                place: file.place(line),
            };
            if name == key {
                self.named = Some(found());
            } else if name.contains(['*', '?', '[']) && path_matches(&name, key) {
                self.by_pattern = Some(found());
            }
        }
    }

    fn last(self) -> Option<KeyValue> {
        self.named.or(if self.is_excepted { None } else { self.by_pattern })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use crate::case::TestHost;
    use pasu_model::Verdict;

    const SPEC: &str = "key = \"net.ipv4.ip_forward\"\nallowed = [\"0\"]\ndefault = \"0\"";
    const NO_DEFAULT: &str = "key = \"net.ipv4.conf.all.rp_filter\"\nallowed = [\"1\", \"2\"]";

    fn tree(files: &[(&str, &str)]) -> TestHost {
        files.iter().fold(TestHost::new(), |host, (path, text)| host.file(path, text))
    }

    #[test]
    fn the_running_value_decides_and_a_stored_one_that_differs_is_told_of() {
        let host = |running: &str, stored: &str| {
            TestHost::new()
                .live()
                .file("/proc/sys/net/ipv4/ip_forward", running)
                .file("/etc/sysctl.d/10-a.conf", stored)
                .host()
        };
        let off = "net.ipv4.ip_forward = 0\n";
        let on = "net/ipv4/ip_forward=1\n";
        check("sysctl", SPEC, &host("0\n", off), Verdict::Pass, "sysctl-good");
        check("sysctl", SPEC, &host("1\n", off), Verdict::Fail, "sysctl-bad");
        let said = check("sysctl", SPEC, &host("0\n", on), Verdict::Pass, "sysctl-good");
        assert!(said.contains(&"sysctl-stored".to_owned()));
        let none = TestHost::new().live().host();
        check("sysctl", SPEC, &none, Verdict::NotApplicable, "sysctl-unknown");
    }

    #[test]
    fn names_of_files_decide_the_order_and_folders_which_is_read() {
        let off = "net.ipv4.ip_forward = 0\n";
        let on = "net.ipv4.ip_forward = 1\n";
        for (files, verdict) in [
            // A later name wins, whatever its folder.
            (
                vec![("/etc/sysctl.d/10-a.conf", on), ("/usr/lib/sysctl.d/50-b.conf", off)],
                Verdict::Pass,
            ),
            // The same name in /etc hides that of /usr/lib.
            (
                vec![("/etc/sysctl.d/50-b.conf", on), ("/usr/lib/sysctl.d/50-b.conf", off)],
                Verdict::Fail,
            ),
            (vec![("/etc/sysctl.d/50-b.conf.bak", on)], Verdict::Pass),
            (
                vec![(
                    "/etc/sysctl.d/a.conf",
                    "#net.ipv4.ip_forward = 1\n;net.ipv4.ip_forward=1\n",
                )],
                Verdict::Pass,
            ),
            // Without systemd /etc/sysctl.conf is read, and last.
            (vec![("/etc/sysctl.d/99-z.conf", off), ("/etc/sysctl.conf", on)], Verdict::Fail),
        ] {
            let key = match (verdict, files[0].1.contains("#") || files[0].0.ends_with("bak")) {
                (_, true) => "sysctl-default",
                (Verdict::Pass, _) => "sysctl-good",
                _ => "sysctl-bad",
            };
            check("sysctl", SPEC, &tree(&files).host(), verdict, key);
        }
    }

    #[test]
    fn systemd_reads_the_main_file_by_a_link_alone() {
        let on = "net.ipv4.ip_forward = 1\n";
        let host = tree(&[("/etc/sysctl.conf", on), ("/usr/lib/systemd/systemd-sysctl", "")]);
        let said = check("sysctl", SPEC, &host.clone().host(), Verdict::Pass, "sysctl-default");
        assert!(said.contains(&"sysctl-unread".to_owned()));
        let host = host.link("/etc/sysctl.d/99-sysctl.conf", "../sysctl.conf").host();
        check("sysctl", SPEC, &host, Verdict::Fail, "sysctl-bad");
    }

    #[test]
    fn patterns_yield_to_names() {
        let all = "net.ipv4.conf.*.rp_filter = 1\n";
        let named = "net.ipv4.conf.all.rp_filter = 0\n";
        let check = |text: &str, verdict, key| {
            let host = tree(&[("/etc/sysctl.d/a.conf", text)]).host();
            check("sysctl", NO_DEFAULT, &host, verdict, key);
        };
        check(all, Verdict::Pass, "sysctl-good");
        check(&format!("{named}{all}"), Verdict::Fail, "sysctl-bad");
        check(
            &format!("-net.ipv4.conf.all.rp_filter\n{all}"),
            Verdict::Blocked,
            "unseen-not-running",
        );
        check("", Verdict::Blocked, "unseen-not-running");
    }
}
