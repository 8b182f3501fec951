//! Where names of accounts and groups come from besides the files of `/etc`: `/etc/nsswitch.conf`.

use super::{ConfigFile, Host};
use crate::cause::{Cause, CauseKind};
use crate::judgement::{Judgement, reason};
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// What a list of accounts or groups may lack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// Sources other than the files, in order: `sss`, `ldap`.
    pub sources: Vec<String>,
    /// The line that names them.
    pub place: Option<Place>,
    /// Lines of the file itself that call another source in.
    pub calls: Vec<Place>,
    /// Whether those lines are obeyed.
    pub obeyed: bool,
}

impl Elsewhere {
    /// Says what was not seen: lines that are obeyed block, further sources are told of.
    pub fn tell(&self, judgement: &mut Judgement) {
        self.tell_calls(judgement);
        for source in &self.sources {
            judgement.warn(reason("names-elsewhere").arg("source", source).at(self.place.clone()));
        }
    }

    /// Says what the lines do that call another source in.
    pub fn tell_calls(&self, judgement: &mut Judgement) {
        for place in &self.calls {
            if self.obeyed {
                let mut cause =
                    Cause::new(CauseKind::Elsewhere, "this line calls another source in");
                cause.place = Some(place.clone());
                judgement.unseen(&cause);
            } else {
                judgement.warn(reason("names-call-ignored").at(place.clone()));
            }
        }
    }

    /// Whether names may stand where they were not looked for.
    #[must_use]
    pub fn is_any(&self) -> bool {
        !self.sources.is_empty() || (self.obeyed && !self.calls.is_empty())
    }
}

impl Host {
    /// Where accounts come from besides the entries of `/etc/passwd`.
    ///
    /// # Errors
    /// `/etc/passwd` or `/etc/nsswitch.conf` cannot be read.
    pub fn accounts_elsewhere(&self) -> Result<Elsewhere, Cause> {
        elsewhere(self, "passwd", "/etc/passwd", &self.accounts()?.compat)
    }

    /// Where groups come from besides the entries of `/etc/group`.
    ///
    /// # Errors
    /// `/etc/group` or `/etc/nsswitch.conf` cannot be read.
    pub fn groups_elsewhere(&self) -> Result<Elsewhere, Cause> {
        elsewhere(self, "group", "/etc/group", &self.groups()?.compat)
    }

    /// Whether a source is named and has nothing to say: RHEL names `sss` everywhere, and SSSD without a domain serves at
    /// most the local files.
    #[must_use]
    pub fn is_idle_source(&self, source: &str) -> bool {
        source == "sss"
            && matches!(self.file("/etc/sssd/sssd.conf"), Ok(None))
            && matches!(self.glob("/etc/sssd/conf.d/*.conf"), Ok(paths) if paths.is_empty())
    }
}

fn elsewhere(host: &Host, database: &str, path: &str, calls: &[u32]) -> Result<Elsewhere, Cause> {
    let line = |line: u32| Place::File { path: path.to_owned(), line: Some(line) };
    let mut found = Elsewhere {
        sources: Vec::new(),
        place: None,
        calls: calls.iter().copied().map(line).collect(),
        // Without a setting, glibc before 2.33 used compat.
        obeyed: true,
    };
    let Some(file) = host.text("/etc/nsswitch.conf")? else { return Ok(found) };
    let (sources, place) = sources_of(&file, database);
    if place.is_some() {
        found.obeyed = sources.iter().any(|source| source == "compat");
    }
    found.place = place;
    let holds_more = |source: &String| !is_own(source) && !host.is_idle_source(source);
    found.sources = sources.into_iter().filter(holds_more).collect();
    Ok(found)
}

/// Sources that hold nothing beyond the files, or only names that the machine makes up for its own services.
fn is_own(source: &str) -> bool {
    matches!(source, "files" | "compat" | "systemd" | "mymachines" | "cache")
}

/// `passwd:  files [SUCCESS=merge] sss # comment`. Of two such lines the C library took the first until 2.33 and takes
/// the last since: the sources of both are kept.
fn sources_of(file: &ConfigFile, database: &str) -> (Vec<String>, Option<Place>) {
    let mut sources: Vec<String> = Vec::new();
    let mut place = None;
    for (number, line) in file.settings() {
        let line = line.split('#').next().unwrap_or_default();
        let Some((name, value)) = line.split_once(':') else { continue };
        if name.trim() != database {
            continue;
        }
        place = Some(file.place(number));
        for source in without_actions(value).split_whitespace() {
            if !sources.iter().any(|known| known == source) {
                sources.push(source.to_owned());
            }
        }
    }
    (sources, place)
}

/// Takes `[NOTFOUND=return]` away.
fn without_actions(value: &str) -> String {
    let mut depth = 0_usize;
    value
        .chars()
        .map(|c| {
            let is_inside = depth > 0;
            match c {
                '[' => depth += 1,
                ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if is_inside || c == '[' { ' ' } else { c }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::case::TestHost;

    fn host(nsswitch: &str) -> TestHost {
        TestHost::new()
            .file("/etc/passwd", "root:x:0:0::/root:/bin/sh\n+\n")
            .file("/etc/nsswitch.conf", nsswitch)
    }

    #[test]
    fn sssd_that_was_never_set_up_holds_nothing() {
        let stock = || host("passwd: files sss systemd\n");
        assert!(stock().host().accounts_elsewhere().unwrap().sources.is_empty());
        let joined = stock().file("/etc/sssd/conf.d/ad.conf", "[domain/ad]\n").host();
        assert_eq!(joined.accounts_elsewhere().unwrap().sources, ["sss"]);
    }

    #[test]
    fn sources_other_than_the_files_are_found() {
        let text =
            "# passwd: ldap\npasswd: files systemd [ NOTFOUND = return ] sss#nis\ngroup: ldap\n";
        let joined = host(text).file("/etc/sssd/sssd.conf", "[sssd]\n").host();
        let found = joined.accounts_elsewhere().unwrap();
        assert_eq!((&*found.sources, found.obeyed), (&["sss".to_owned()][..], false));
    }

    #[test]
    fn lines_that_call_in_are_obeyed_with_compat_or_without_a_setting() {
        assert!(host("passwd: compat\n").host().accounts_elsewhere().unwrap().obeyed);
        assert!(host("group: files\n").host().accounts_elsewhere().unwrap().obeyed);
        assert!(!host("passwd: files\n").host().accounts_elsewhere().unwrap().is_any());
    }
}
