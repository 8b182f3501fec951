//! Whether users can run the queue of the mail server in use.

mod fix;

pub use fix::plan;

use crate::cause::{Cause, CauseKind};
use crate::host::mail::MailServers;
use crate::host::sendmail::Sendmail;
use crate::host::{FileFacts, Host};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};

const POSTSUPER: [&str; 2] = ["/usr/sbin/postsuper", "/usr/local/sbin/postsuper"];
const EXIQGREP: [&str; 3] = ["/usr/sbin/exiqgrep", "/usr/bin/exiqgrep", "/usr/local/sbin/exiqgrep"];

/// The servers in use, the tools of two of them and the options of the third.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    servers: MailServers,
    tools: Vec<Result<FileFacts, Cause>>,
    sendmail: Option<Result<Sendmail, Cause>>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let settings = host.mail_settings()?;
    let servers = settings.servers;
    let mut tools = Vec::new();
    if servers.postfix.is_used() {
        tools.push(tool(host, &POSTSUPER));
    }
    if servers.exim.is_used() {
        tools.push(tool(host, &EXIQGREP));
    }
    Ok(Facts { servers, tools, sendmail: settings.sendmail })
}

/// The first that is there.
fn tool(host: &Host, paths: &[&str]) -> Result<FileFacts, Cause> {
    for path in paths {
        if let Some(facts) = host.file_followed(path)? {
            return Ok(facts);
        }
    }
    let detail = format!("the server is in use and {} was not found", paths.join(", "));
    Err(Cause::new(CauseKind::Io, detail))
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    for tool in &facts.tools {
        match tool {
            Ok(tool) => judge_tool(&mut judgement, tool),
            Err(cause) => judgement.unseen(cause),
        }
    }
    match &facts.sendmail {
        Some(Ok(sendmail)) => judge_sendmail(&mut judgement, sendmail),
        Some(Err(cause)) => judgement.unseen(cause),
        None => {}
    }
    facts.servers.tell(&mut judgement);
    judgement
}

fn judge_tool(judgement: &mut Judgement, tool: &FileFacts) {
    let is_open = tool.bits_beyond(0o7776) != 0;
    let mut by_acl = tool.acl.iter().filter(|grant| grant.permissions & 1 != 0).peekable();
    if is_open {
        judgement.bad(reason("tool-open").arg("mode", tool.octal()).file(&tool.path));
    } else if by_acl.peek().is_none() {
        judgement.good(reason("tool-closed").arg("mode", tool.octal()).file(&tool.path));
    }
    for grant in by_acl {
        judgement.bad(reason("tool-acl").arg("who", &grant.who).file(&tool.path));
    }
}

fn judge_sendmail(judgement: &mut Judgement, sendmail: &Sendmail) {
    let flags = sendmail.privacy.join(",");
    let said = |key: &'static str| {
        let reason = reason(key).excerpt(&flags);
        match &sendmail.privacy_place {
            Some(place) => reason.at(place.clone()),
            None => reason.file(&sendmail.path),
        }
    };
    if sendmail.has_privacy("restrictqrun") {
        judgement.good(said("restrictqrun"));
    } else {
        judgement.bad(said("no-restrictqrun"));
    }
}
