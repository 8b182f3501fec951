//! Options of a mount point: `kind = "mount"`.
//!
//! What counts is what the kernel uses now; `/etc/fstab` or a unit says whether it stays so after a restart.

use super::{KindCheck, KindError};
use crate::cause::Cause;
use crate::host::{Host, KeyValue};
use crate::judgement::{Judgement, reason};
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// Which mount point, and what it needs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// `/tmp`.
    point: String,
    /// Options that must be set: `nosuid`, `nodev`, `noexec`.
    #[serde(default)]
    options: Vec<String>,
    /// What it means that nothing is mounted there.
    absent: Absent,
}

/// What it means that nothing is mounted there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Absent {
    NotApplicable,
    Fail,
}

/// What is mounted and what would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Whether the target runs.
    is_live: bool,
    /// Now.
    running: Option<Mount>,
    /// After a restart.
    stored: Option<Mount>,
}

/// One mount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Mount {
    options: Vec<String>,
    place: Place,
    text: String,
}

impl Spec {
    pub(super) fn parse(spec: toml::Table) -> Result<Self, KindError> {
        let spec: Self = spec.try_into()?;
        if !spec.point.starts_with('/') {
            return Err(KindError::Value(format!("point = {:?}: not a path", spec.point)));
        }
        Ok(spec)
    }
}

impl KindCheck for Spec {
    type Facts = Facts;

    fn collect(&self, host: &Host) -> Result<Facts, Cause> {
        let is_live = host.is_live();
        let running = if is_live { table(host, "/proc/self/mounts", &self.point)? } else { None };
        let stored = match table(host, "/etc/fstab", &self.point)? {
            Some(mount) => Some(mount),
            None => unit(host, &self.point)?,
        };
        Ok(Facts { is_live, running, stored })
    }

    fn judge(&self, facts: &Facts) -> Judgement {
        let mut judgement = Judgement::new();
        let deciding = if facts.is_live { &facts.running } else { &facts.stored };
        let Some(mount) = deciding else {
            let absent = reason("mount-absent").arg("point", &self.point);
            if self.absent == Absent::NotApplicable {
                return Judgement::not_applicable(absent);
            }
            judgement.bad(absent);
            return judgement;
        };
        let missing = self.missing(mount);
        let said = |key: &'static str, what: String| {
            reason(key).arg("point", &self.point).arg("options", what)
        };
        if missing.is_empty() {
            let good = said("mount-good", mount.options.join(","));
            judgement.good(good.at(mount.place.clone()).excerpt(&mount.text));
        } else {
            let bad = said("mount-options", missing);
            judgement.bad(bad.at(mount.place.clone()).excerpt(&mount.text));
        }
        if facts.is_live
            && let Some(stored) = &facts.stored
        {
            let missing = self.missing(stored);
            if !missing.is_empty() {
                let warning = said("mount-stored", missing);
                judgement.warn(warning.at(stored.place.clone()).excerpt(&stored.text));
            }
        }
        judgement
    }
}

impl Spec {
    /// The options that are not set; a later `dev` takes `nodev` back, as mount(8) has it.
    fn missing(&self, mount: &Mount) -> String {
        let is_set = |wanted: &str| {
            let opposite = wanted.strip_prefix("no").unwrap_or_default();
            let last = mount.options.iter().rev().find_map(|option| match option.as_str() {
                option if option == wanted => Some(true),
                option if option == opposite => Some(false),
                // `user` and the like mean nosuid, nodev and noexec until something else is said.
                "user" | "users" => matches!(wanted, "nosuid" | "nodev" | "noexec").then_some(true),
                "owner" | "group" => matches!(wanted, "nosuid" | "nodev").then_some(true),
                "defaults" => matches!(wanted, "nosuid" | "nodev" | "noexec").then_some(false),
                _ => None,
            });
            last == Some(true)
        };
        let missing: Vec<&str> =
            self.options.iter().map(String::as_str).filter(|option| !is_set(option)).collect();
        missing.join(",")
    }
}

/// `tmpfs /tmp tmpfs rw,nosuid,nodev 0 0`, as fstab(5) and the kernel write it; the last at a point hides the others.
fn table(host: &Host, path: &str, point: &str) -> Result<Option<Mount>, Cause> {
    let Some(file) = host.text(path)? else { return Ok(None) };
    let mount = |(line, text): (u32, &str)| {
        let mut fields = text.split_whitespace().skip(1);
        let at = unescaped(fields.next()?);
        let at = if at.len() > 1 { at.trim_end_matches('/').to_owned() } else { at };
        let options = fields.nth(1).unwrap_or("defaults");
        (at == point).then(|| Mount {
            options: options.split(',').map(str::to_owned).collect(),
            place: file.place(line),
            text: text.to_owned(),
        })
    };
    Ok(file.settings().filter_map(mount).last())
}

/// White space in names is written as `\040`.
fn unescaped(text: &str) -> String {
    text.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
}

/// A mount unit that something starts: `/var/tmp` is `var-tmp.mount`.
fn unit(host: &Host, point: &str) -> Result<Option<Mount>, Cause> {
    let name = point.trim_matches('/').replace('-', "\\x2d").replace('/', "-") + ".mount";
    let all = host.units()?;
    let Some(unit) = all.named(&name).filter(|unit| unit.is_enabled()) else { return Ok(None) };
    let values = host.unit_values(unit, "Mount", "Options")?;
    let options = values.last().map(|found| found.value.clone()).unwrap_or_default();
    let place = values.last().map_or_else(
        || Place::File { path: unit.path.clone(), line: None },
        |found: &KeyValue| found.place.clone(),
    );
    let text = format!("Options={options}");
    Ok(Some(Mount { options: options.split(',').map(str::to_owned).collect(), place, text }))
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use crate::case::TestHost;
    use pasu_model::Verdict;

    const SPEC: &str = "point = \"/tmp\"\noptions = [\"nosuid\", \"nodev\"]\nabsent = \"fail\"";

    #[test]
    fn what_is_mounted_decides_on_a_running_machine() {
        let host = |mounts: &str, fstab: &str| {
            TestHost::new()
                .live()
                .file("/proc/self/mounts", mounts)
                .file("/etc/fstab", fstab)
                .host()
        };
        let good = "tmpfs /tmp tmpfs rw,nosuid,nodev 0 0\n";
        let open = "tmpfs /tmp tmpfs rw,relatime 0 0\n";
        check("mount", SPEC, &host(good, good), Verdict::Pass, "mount-good");
        check(
            "mount",
            SPEC,
            &host(good, "tmpfs /tmp tmpfs defaults 0 0\n"),
            Verdict::Pass,
            "mount-good",
        );
        check("mount", SPEC, &host(open, good), Verdict::Fail, "mount-options");
        check("mount", SPEC, &host("", good), Verdict::Fail, "mount-absent");
        // The last mount hides the one below it.
        check("mount", SPEC, &host(&format!("{good}{open}"), ""), Verdict::Fail, "mount-options");
    }

    #[test]
    fn what_is_written_down_decides_on_a_tree() {
        let host = |fstab: &str| TestHost::new().file("/etc/fstab", fstab).host();
        for (fstab, verdict, key) in [
            ("none /tmp/ tmpfs nosuid,nodev\n", Verdict::Pass, "mount-good"),
            ("none /tmp tmpfs user 0 0\n", Verdict::Pass, "mount-good"),
            ("none /tmp tmpfs nosuid,nodev,dev 0 0\n", Verdict::Fail, "mount-options"),
            ("#none /tmp tmpfs nosuid,nodev 0 0\n", Verdict::Fail, "mount-absent"),
            ("none /tmp2 tmpfs nosuid,nodev 0 0\n", Verdict::Fail, "mount-absent"),
            ("none /tmp\n", Verdict::Fail, "mount-options"),
        ] {
            check("mount", SPEC, &host(fstab), verdict, key);
        }
        let spec = SPEC.replace("fail", "not-applicable");
        check("mount", &spec, &host(""), Verdict::NotApplicable, "mount-absent");
    }

    #[test]
    fn a_unit_that_is_started_mounts_too() {
        let host = TestHost::new()
            .file("/usr/lib/systemd/system/tmp.mount", "[Mount]\nOptions=mode=1777,nosuid,nodev\n")
            .link(
                "/etc/systemd/system/local-fs.target.wants/tmp.mount",
                "/usr/lib/systemd/system/tmp.mount",
            )
            .host();
        check("mount", SPEC, &host, Verdict::Pass, "mount-good");
    }
}
