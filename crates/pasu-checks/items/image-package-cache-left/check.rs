//! Lists, packages and caches that package managers left in an image.

use crate::cause::Cause;
use crate::host::Host;
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// What caches are, as patterns. Names that packages themselves put there are left out below.
const CACHES: [&str; 16] = [
    "/var/lib/apt/lists/*",
    "/var/cache/apt/archives/*.deb",
    "/var/cache/apt/*.bin",
    "/var/cache/apk/*",
    "/etc/apk/cache/*",
    "/var/cache/yum/*",
    "/var/cache/dnf/*",
    "/var/cache/libdnf5/*",
    "/var/cache/zypp/packages/*",
    "/var/cache/zypp/raw/*",
    "/var/cache/pacman/pkg/*",
    "/root/.cache/pip/*",
    "/root/.cache/uv/*",
    "/root/.npm/_cacache/*",
    "/usr/local/share/.cache/yarn/*",
    "/root/.cache/go-build/*",
];

/// Names that are no cache: folders and locks that packages ship.
const USUAL: [&str; 4] = ["lock", "partial", "auxfiles", "misc"];

/// The caches with something in them.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    left: Vec<Left>,
    unseen: Vec<Cause>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Left {
    folder: String,
    count: usize,
    example: String,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    host.image()?;
    let mut facts = Facts { left: Vec::new(), unseen: Vec::new() };
    for pattern in CACHES {
        match host.glob(pattern) {
            Ok(found) => facts.left.extend(left(pattern, &found)),
            Err(cause) => facts.unseen.push(cause),
        }
    }
    Ok(facts)
}

fn left(pattern: &str, found: &[String]) -> Option<Left> {
    let name = |path: &String| path.rsplit('/').next().unwrap_or_default().to_owned();
    let names: Vec<String> =
        found.iter().map(name).filter(|name| !USUAL.contains(&name.as_str())).collect();
    let folder = pattern.rsplit_once('/')?.0.to_owned();
    Some(Left { folder, count: names.len(), example: names.first()?.clone() })
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    for left in &facts.left {
        let said = reason("left").arg("count", left.count).arg("example", &left.example);
        judgement.bad(said.file(&left.folder));
    }
    for cause in &facts.unseen {
        judgement.unseen(cause);
    }
    if facts.left.is_empty() {
        judgement.good(reason("none"));
    }
    judgement
}
