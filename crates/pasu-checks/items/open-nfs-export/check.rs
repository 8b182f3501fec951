//! Whether NFS exports name their clients, and who may change the table.

mod fix;

pub use fix::plan;

use crate::capped::Capped;
use crate::cause::Cause;
use crate::host::Host;
use crate::host::exports::Export;
use crate::host::services::{ServiceState, SignKind};
use crate::judgement::{Judgement, Reason, reason};
use crate::kinds::file_mode::{self, Limit};
use crate::kinds::service::tell_use;
use crate::params::Params;
use serde::{Deserialize, Serialize};

const ACCESS: &str = "access";
const FILE: &str = "file";

/// Networks wider than this that may write are told of, by bits of IPv4 and of IPv6.
const WIDE: (u32, u32) = (16, 48);

/// The server, its exports and its files.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    server: ServiceState,
    is_ganesha: bool,
    open: Capped<Export>,
    restricted: Capped<Export>,
    unseen: Vec<Cause>,
    files: file_mode::Facts,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let server = host.service("nfs-server")?;
    let is_ganesha = server.signs.iter().any(|sign| sign.what.contains("ganesha"));
    let (exports, unseen) = match host.exports() {
        Ok(exports) => (exports, Vec::new()),
        Err(cause) => (Vec::new(), vec![cause]),
    };
    let (open, restricted): (Vec<_>, Vec<_>) = exports.into_iter().partition(is_open);
    let paths = ["/etc/exports", "/etc/exports.d/*.exports"].map(str::to_owned);
    Ok(Facts {
        server,
        is_ganesha,
        open: open.into_iter().collect(),
        restricted: restricted.into_iter().collect(),
        unseen,
        files: file_mode::collect(host, &paths)?,
    })
}

fn is_open(export: &Export) -> bool {
    export.is_for_everybody() || keeps_root(export)
}

fn keeps_root(export: &Export) -> bool {
    !export.is_set("root_squash", "no_root_squash", true)
        && !export.is_set("all_squash", "no_all_squash", false)
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    let unknown = facts.server.signs.iter().any(|sign| sign.kind == SignKind::PortOfUnknown);
    if !facts.server.is_used() && !unknown {
        tell_use(&mut judgement, "nfs-server", &facts.server);
        return judgement;
    }
    for export in &facts.open.kept {
        if export.is_for_everybody() {
            judgement.bad(said("export-for-everybody", export));
        }
        if keeps_root(export) {
            judgement.bad(said("export-root", export).arg("client", client(export)));
        }
    }
    facts.open.tell_rest(&mut judgement);
    for export in &facts.restricted.kept {
        judgement.good(said("export-restricted", export).arg("client", client(export)));
        warnings(export, &mut judgement);
    }
    for cause in &facts.unseen {
        judgement.unseen_part(cause, Some(ACCESS));
    }
    if facts.is_ganesha {
        judgement.ask(reason("export-ganesha").part(ACCESS).file("/etc/ganesha/ganesha.conf"));
    } else if facts.open.kept.is_empty()
        && facts.restricted.kept.is_empty()
        && facts.unseen.is_empty()
    {
        judgement.good(reason("no-exports").part(ACCESS));
    }
    let limit = Limit { owners: vec!["root".to_owned()], mode: 0o644 };
    let mut files = file_mode::judge(&facts.files, &limit);
    for statement in &mut files.statements {
        statement.reason.part = Some(FILE);
    }
    judgement.extend(files);
    tell_use(&mut judgement, "nfs-server", &facts.server);
    judgement
}

fn said(key: &'static str, export: &Export) -> Reason {
    reason(key)
        .part(ACCESS)
        .arg("path", &export.path)
        .at(export.place.clone())
        .excerpt(&export.text)
}

fn client(export: &Export) -> &str {
    if export.client.is_empty() { "*" } else { &export.client }
}

fn warnings(export: &Export, judgement: &mut Judgement) {
    if !export.is_set("secure", "insecure", true) {
        judgement.warn(said("export-insecure", export).arg("client", client(export)));
    }
    let wide = if export.client.contains(':') { WIDE.1 } else { WIDE.0 };
    if export.is_set("rw", "ro", false) && export.prefix().is_some_and(|length| length < wide) {
        judgement.warn(said("export-wide", export).arg("client", client(export)));
    }
}
