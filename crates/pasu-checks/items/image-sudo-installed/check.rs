//! `sudo` and `doas` in an image.

use crate::cause::Cause;
use crate::host::Host;
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// The programs.
const PROGRAMS: [&str; 4] =
    ["/usr/bin/sudo", "/usr/local/bin/sudo", "/usr/bin/doas", "/usr/local/bin/doas"];

/// Where they are, and where they ask for no password.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    programs: Vec<String>,
    nopasswd: Vec<Place>,
    unseen: Vec<Cause>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    host.image()?;
    let mut facts = Facts { programs: Vec::new(), nopasswd: Vec::new(), unseen: Vec::new() };
    for path in PROGRAMS {
        facts.programs.extend(host.file_followed(path)?.map(|file| file.path));
    }
    facts.programs.sort_unstable();
    facts.programs.dedup();
    if facts.programs.is_empty() {
        return Ok(facts);
    }
    let mut files = vec!["/etc/sudoers".to_owned(), "/etc/doas.conf".to_owned()];
    files.extend(host.glob("/etc/sudoers.d/*")?);
    files.extend(host.glob("/etc/doas.d/*.conf")?);
    for path in files {
        match host.text(&path) {
            Ok(Some(file)) => facts.nopasswd.extend(
                file.settings()
                    .filter(|(_, line)| line.contains("NOPASSWD") || line.contains(" nopass"))
                    .map(|(number, _)| file.place(number)),
            ),
            Ok(None) => {}
            Err(cause) => facts.unseen.push(cause),
        }
    }
    Ok(facts)
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    for path in &facts.programs {
        let name = path.rsplit('/').next().unwrap_or_default();
        judgement.bad(reason("installed").arg("name", name).file(path));
    }
    for place in &facts.nopasswd {
        judgement.bad(reason("nopasswd").at(place.clone()));
    }
    for cause in &facts.unseen {
        judgement.warn_unseen(cause);
    }
    if facts.programs.is_empty() {
        judgement.good(reason("none"));
    }
    judgement
}
