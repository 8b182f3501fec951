//! Packages that must or must not be installed: `kind = "package"`.

use super::{KindCheck, KindError};
use crate::cause::{Cause, CauseKind};
use crate::host::Host;
use crate::judgement::{Judgement, reason};
use serde::{Deserialize, Serialize};

/// Which packages, by the names that distributions give them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// None of these may be installed.
    #[serde(default)]
    absent: Vec<String>,
    /// One of these has to be installed; each name is another distribution's or another maker's.
    #[serde(default)]
    present: Vec<String>,
}

/// Which of them are installed, with their versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    unwanted: Vec<(String, String)>,
    wanted: Vec<(String, String)>,
}

impl Spec {
    pub(super) fn parse(spec: toml::Table) -> Result<Self, KindError> {
        let spec: Self = spec.try_into()?;
        if spec.absent.is_empty() && spec.present.is_empty() {
            return Err(KindError::Value("names no package".to_owned()));
        }
        Ok(spec)
    }
}

impl KindCheck for Spec {
    type Facts = Facts;

    fn collect(&self, host: &Host) -> Result<Facts, Cause> {
        let software = host.software()?;
        if software.packages.is_empty() {
            let detail = "the package database is empty or unreadable";
            return Err(Cause::new(CauseKind::NoInventory, detail));
        }
        let installed = |names: &[String]| {
            let packages = names.iter().filter_map(|name| software.package(name));
            packages.map(|package| (package.name.clone(), package.version.clone())).collect()
        };
        Ok(Facts { unwanted: installed(&self.absent), wanted: installed(&self.present) })
    }

    fn judge(&self, facts: &Facts) -> Judgement {
        let mut judgement = Judgement::new();
        for (name, version) in &facts.unwanted {
            judgement.bad(reason("package-unwanted").arg("name", name).arg("version", version));
        }
        if !self.absent.is_empty() && facts.unwanted.is_empty() {
            judgement.good(reason("package-absent").arg("names", self.absent.join(", ")));
        }
        for (name, version) in &facts.wanted {
            judgement.good(reason("package-present").arg("name", name).arg("version", version));
        }
        if !self.present.is_empty() && facts.wanted.is_empty() {
            judgement.bad(reason("package-missing").arg("names", self.present.join(", ")));
        }
        judgement
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use crate::case::TestHost;
    use pasu_model::Verdict;

    #[test]
    fn packages_are_told_apart_by_their_whole_names() {
        let none = "absent = [\"telnetd\", \"telnet-server\"]";
        let one = "present = [\"chrony\", \"ntpsec\"]";
        for (spec, packages, verdict, key) in [
            (none, &["telnet"][..], Verdict::Pass, "package-absent"),
            (none, &["telnet-server"][..], Verdict::Fail, "package-unwanted"),
            (one, &["ntpsec"][..], Verdict::Pass, "package-present"),
            (one, &["ntp"][..], Verdict::Fail, "package-missing"),
            (one, &[][..], Verdict::Blocked, "unseen-no-inventory"),
        ] {
            check("package", spec, &TestHost::new().packages(packages).host(), verdict, key);
        }
    }
}
