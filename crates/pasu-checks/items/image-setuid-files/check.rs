//! Set-user-ID and set-group-ID files of an image: those that distributions ship, and others.

use crate::cause::Cause;
use crate::host::{Host, path_matches};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use crate::walk::{Found, Scope};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// What the walk found.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    files: Vec<Found>,
    cut_off: Option<Cause>,
    scope: Scope,
}

#[derive(Deserialize)]
struct Vendor {
    programs: Vec<String>,
}

/// What distributions ship, as the item for hosts lists it: `MODE OWNER GROUP PATH`.
static KNOWN: LazyLock<Vec<String>> = LazyLock::new(|| {
    let vendor: Option<Vendor> =
        toml::from_str(include_str!("../needless-setuid/vendor.toml")).ok();
    let programs = vendor.map(|vendor| vendor.programs).unwrap_or_default();
    programs.iter().filter_map(|line| line.split_whitespace().last()).map(str::to_owned).collect()
});

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    host.image()?;
    let walked = host.walk()?;
    Ok(Facts {
        files: walked.setid.found.clone(),
        cut_off: walked.setid.cut_off(),
        scope: walked.scope(),
    })
}

/// Whether a distribution ships a program of this path: newer ones make `/bin` and `/sbin` one folder with `/usr/bin`.
fn is_known(path: &str) -> bool {
    let path = ["/bin/", "/sbin/", "/usr/sbin/"]
        .iter()
        .find_map(|folder| path.strip_prefix(folder))
        .map_or_else(|| path.to_owned(), |name| format!("/usr/bin/{name}"));
    KNOWN.iter().any(|known| path_matches(known, &path))
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    for found in &facts.files {
        let said = |key: &'static str| {
            reason(key).arg("mode", format!("{:04o}", found.mode)).file(&found.path)
        };
        // Whatever its path, what others than its owner may change is nobody's package.
        if is_known(&found.path) && found.mode & 0o022 == 0 {
            judgement.ask(said("known"));
        } else {
            judgement.bad(said("other"));
        }
    }
    if let Some(cause) = &facts.cut_off {
        judgement.unseen(cause);
    }
    facts.scope.tell(&mut judgement);
    if facts.files.is_empty() && facts.scope.is_whole() {
        judgement.good(reason("none"));
    }
    judgement
}
