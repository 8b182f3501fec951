//! Secrets that a layer brought and a later one removed or overwrote.

use super::{Facts, Kind, kind_of};
use crate::allowlist;
use crate::capped::Capped;
use crate::cause::Cause;
use crate::host::Host;
use crate::host::image::secrets::Secret;
use crate::host::image::{LayerFacts, RemovedFile, words_to_hide};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use pasu_system::Removed;
use serde::{Deserialize, Serialize};

/// A file; never what is in it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Gone {
    path: String,
    kind: Kind,
    from: LayerFacts,
    by: LayerFacts,
    is_replaced: bool,
}

/// Looks into the files that are only in layers below; how many were looked into. What is in other files with secrets is
/// not quoted of the steps that wrote them.
pub fn collect(host: &Host, facts: &mut Facts, mut hidden: Vec<String>) -> Result<u64, Cause> {
    let mut count = 0;
    let mut found: Capped<(Removed, Kind)> = Capped::default();
    host.removed_secret_files(&mut |file| {
        count += 1;
        let file = file.map(|file| kind_of_removed(&file).map(|kind| (file, kind)));
        match file {
            Ok(Some((file, kind))) => {
                hidden.extend(words_to_hide(&file.content));
                found.push((file.removed, kind));
            }
            Ok(None) => {}
            Err(cause) => facts.unseen.push(cause),
        }
    })?;
    // A word may be part of a longer one, of whatever file.
    hidden.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
    hidden.dedup();
    let image = host.image()?;
    let gone = |(removed, kind): (Removed, Kind)| Gone {
        path: removed.path.to_string_lossy().into_owned(),
        kind,
        from: LayerFacts::new(image, removed.layer, &hidden),
        by: LayerFacts::new(image, removed.by, &hidden),
        is_replaced: removed.is_replaced,
    };
    facts.gone = Capped { total: found.total, kept: found.kept.into_iter().map(gone).collect() };
    Ok(count)
}

fn kind_of_removed(file: &RemovedFile) -> Option<Kind> {
    let kind = kind_of(&file.path, &String::from_utf8_lossy(&file.content))?;
    // Keys that installing a package made serve nobody once they are gone: removing them is what one is told to do.
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let is_generated = name.starts_with("ssh_host_") || name == "localhost.key";
    (kind != Kind::Generated && !(is_generated && file.is_made)).then_some(kind)
}

pub fn judge(facts: &Facts, params: &Params, judgement: &mut Judgement) {
    for gone in &facts.gone.kept {
        if allowlist::reason_for(params, "allowed", &gone.path).is_some() {
            judgement.note(reason("allowed").file(&gone.path));
            continue;
        }
        let name = gone.path.rsplit('/').next().unwrap_or_default();
        let what = match &gone.kind {
            Kind::Secret(Secret::Named(what) | Secret::Token(what) | Secret::Given(what)) => what,
            Kind::Secret(Secret::Url) => "URL",
            Kind::Secret(Secret::PrivateKey) => "PRIVATE KEY",
            Kind::Encrypted => "ENCRYPTED PRIVATE KEY",
            Kind::Content | Kind::Generated => name,
        };
        let said = reason(if gone.is_replaced { "overwritten" } else { "removed" })
            .arg("what", what)
            .arg("layer", gone.from.shown())
            .arg("later", gone.by.shown())
            .file(&gone.path);
        if gone.kind == Kind::Encrypted {
            judgement.warn(said);
        } else {
            judgement.bad(said);
        }
    }
    facts.gone.tell_rest(judgement);
}
