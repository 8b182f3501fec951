//! Files with secrets in an image's tree, and in its layers below: found by their names on the one walk and in the layers'
//! lists, and believed only by what is in them.

mod removed;

use crate::allowlist;
use crate::capped::Capped;
use crate::cause::Cause;
use crate::host::Host;
use crate::host::image::secrets::{self, Secret};
use crate::host::image::words_to_hide;
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use crate::walk::{MAX_SECRET, Scope};
use pasu_model::Weight;
use serde::{Deserialize, Serialize};

/// What was found; never what is in it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    found: Vec<Found>,
    candidates: u64,
    cut_off: Option<Cause>,
    unseen: Vec<Cause>,
    scope: Scope,
    /// What is in a layer and not in the tree any more.
    #[serde(default)]
    gone: Capped<removed::Gone>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Found {
    path: String,
    kind: Kind,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Secret(Secret),
    /// Credentials of a form of their own.
    Content,
    /// A key with a passphrase.
    Encrypted,
    /// The key that the package ssl-cert makes for trials.
    Generated,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    host.image()?;
    let walked = host.walk()?;
    let candidates = &walked.secret_candidates;
    let mut facts = Facts {
        found: Vec::new(),
        candidates: candidates.total,
        cut_off: candidates.cut_off(),
        unseen: Vec::new(),
        scope: walked.scope(),
        gone: Capped::default(),
    };
    let mut hidden = Vec::new();
    for candidate in &candidates.found {
        match host.bytes(&candidate.path, MAX_SECRET) {
            Ok(bytes) => {
                let text = bytes.unwrap_or_default();
                let kind = kind_of(&candidate.path, &String::from_utf8_lossy(&text));
                if let Some(kind) = kind {
                    hidden.extend(words_to_hide(&text));
                    facts.found.push(Found { path: candidate.path.clone(), kind });
                }
            }
            Err(cause) => facts.unseen.push(cause),
        }
    }
    match removed::collect(host, &mut facts, hidden) {
        Ok(count) => facts.candidates += count,
        Err(cause) => facts.unseen.push(cause),
    }
    Ok(facts)
}

fn kind_of(path: &str, text: &str) -> Option<Kind> {
    let name = path.rsplit('/').next().unwrap_or_default();
    let hits = secrets::in_text(text);
    if hits.iter().any(|hit| hit.secret == Secret::PrivateKey) {
        return Some(match () {
            () if name.contains("snakeoil") => Kind::Generated,
            () if text.contains("ENCRYPTED") => Kind::Encrypted,
            () => Kind::Secret(Secret::PrivateKey),
        });
    }
    let has_content = match name {
        ".netrc" | "_netrc" => after_word(text, "password"),
        ".htpasswd" => text.lines().any(|line| line.contains(":$") || line.contains(":{SHA}")),
        ".pgpass" => {
            text.lines().any(|line| !line.starts_with('#') && line.matches(':').count() >= 4)
        }
        ".vault-token" => !text.trim().is_empty(),
        "config" => text.contains("client-key-data:"),
        ".dockercfg" | "auth.json" | "config.json" => has_auths(text),
        ".npmrc" => text.lines().any(|line| line.contains("_auth=") && !line.contains("_auth=$")),
        _ => false,
    };
    if has_content {
        return Some(Kind::Content);
    }
    // Of files whose whole purpose is settings, each line is one; keys and certificates are only looked at as keys.
    let is_settings = !name.ends_with(".pem") && !name.ends_with(".key");
    let settings = text.lines().filter(|_| is_settings).filter_map(setting);
    let secret = settings.into_iter().find_map(|(name, value)| secrets::of_pair(name, value));
    secret
        .or_else(|| hits.into_iter().next().map(|hit| hit.secret).filter(|_| is_settings))
        .map(Kind::Secret)
}

/// `machine x login y password z`, on one line or several.
fn after_word(text: &str, word: &str) -> bool {
    let mut words = text.split_whitespace();
    words.any(|found| found == word) && words.next().is_some_and(|value| !value.starts_with('$'))
}

/// `{"auths": {"registry": {"auth": "…"}}}`: credentials that no helper keeps elsewhere.
fn has_auths(text: &str) -> bool {
    let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else { return false };
    let auths = value.get("auths").unwrap_or(&value);
    let is_kept = |auth: &serde_json::Value| {
        ["auth", "password", "identitytoken"]
            .iter()
            .any(|key| auth.get(key).and_then(|it| it.as_str()).is_some_and(|it| !it.is_empty()))
    };
    auths.as_object().is_some_and(|auths| auths.values().any(is_kept))
}

/// `export NAME=value`, `name = value`, `name: "value"`.
fn setting(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    if line.starts_with(['#', ';']) {
        return None;
    }
    let at = line.find(['=', ':'])?;
    let name = line[..at].trim().trim_start_matches("export ").trim_matches('"');
    Some((name, line[at + 1..].trim().trim_matches(['"', '\'', ','])))
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    for found in &facts.found {
        let name = found.path.rsplit('/').next().unwrap_or_default();
        if allowlist::reason_for(params, "allowed", &found.path).is_some() {
            judgement.note(reason("allowed").file(&found.path));
            continue;
        }
        match &found.kind {
            Kind::Secret(secret) => judgement.bad(secret.told(name).file(&found.path)),
            Kind::Content => judgement.bad(reason("content").file(&found.path)),
            Kind::Encrypted => judgement.warn(reason("encrypted").file(&found.path)),
            Kind::Generated => judgement.warn(reason("generated").file(&found.path)),
        }
    }
    removed::judge(facts, params, &mut judgement);
    for cause in facts.cut_off.iter().chain(&facts.unseen) {
        judgement.unseen(cause);
    }
    facts.scope.tell(&mut judgement);
    if !judgement.statements.iter().any(|statement| statement.weight == Weight::Bad) {
        judgement.good(reason("none").arg("count", facts.candidates));
    }
    judgement
}
