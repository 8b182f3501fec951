//! Who may reach the logs of nginx, Apache and Tomcat.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::apache::Apache;
use crate::host::nginx::Nginx;
use crate::host::web::{self, ServerFacts, Spot, WebFacts};
use crate::host::{FileFacts, FileKind};
use crate::judgement::Judgement;
use crate::params::Params;
use pasu_model::Weight;
use std::collections::BTreeSet;

/// How many files of one directory are looked at.
const MAX_FILES: usize = 2000;

pub fn collect(host: &Host, _params: &Params) -> Result<WebFacts, Cause> {
    web::collect_all(
        host,
        |found, server| nginx(host, found, server),
        |found, server| apache(host, found, server),
        |found, server| logs(host, &BTreeSet::from([format!("{}/logs/x", found.base)]), server),
    )
}

fn nginx(host: &Host, nginx: &Nginx, server: &mut ServerFacts) {
    let directives = nginx.tree.blocks.iter().flat_map(|block| &block.directives);
    let mut paths = BTreeSet::new();
    for log in directives.filter(|log| log.name == "access_log" || log.name == "error_log") {
        let target = log.value();
        let is_file = !matches!(target, "off" | "stderr" | "")
            && !["syslog:", "memory:", "/dev/"].iter().any(|start| target.starts_with(start));
        if is_file && target.contains('$') {
            server.add(Spot::new("variable", "").value(target).nginx(log));
        } else if is_file {
            paths.insert(nginx.absolute(target));
        }
    }
    // What is not set goes where the build says.
    if paths.is_empty() {
        paths.insert(match nginx.prefix.as_str() {
            "/usr/share/nginx" | "/etc/nginx" => "/var/log/nginx/error.log".to_owned(),
            prefix => format!("{prefix}/logs/error.log"),
        });
    }
    logs(host, &paths, server);
}

fn apache(host: &Host, apache: &Apache, server: &mut ServerFacts) {
    let config = &apache.config;
    let mut paths = BTreeSet::new();
    for name in ["customlog", "transferlog", "errorlog", "globallog"] {
        for (_, log) in config.everywhere(name) {
            let target = log.value();
            if target.contains("${") {
                server.add(Spot::new("variable", "").value(target).apache(log));
            } else if let Some(command) = target.strip_prefix('|') {
                paths.extend(rotated(command));
            } else if !target.starts_with('-')
                && !target.starts_with("syslog")
                && !target.starts_with("/dev/")
            {
                paths.insert(config.absolute(target));
            }
        }
    }
    if paths.is_empty() {
        paths.insert(config.absolute("logs/error_log"));
    }
    logs(host, &paths, server);
}

/// The file that a rotating program writes: `|/usr/sbin/rotatelogs -l /var/log/httpd/access.%Y%m%d 86400`.
fn rotated(command: &str) -> Option<String> {
    let mut words = command.trim_start_matches(['|', '$']).split_whitespace();
    let program = words.next()?.rsplit('/').next()?;
    let is_known = ["rotatelogs", "rotatelogs2", "cronolog", "httplog"].contains(&program);
    is_known.then(|| words.find(|word| word.starts_with('/')).map(str::to_owned))?
}

/// Looks at the directories of logs and all files in them, rotated ones included.
fn logs(host: &Host, paths: &BTreeSet<String>, server: &mut ServerFacts) {
    let mut files: BTreeSet<String> = paths.clone();
    let folders: BTreeSet<&str> =
        paths.iter().filter_map(|path| Some(path.rsplit_once('/')?.0)).collect();
    let mut closed = BTreeSet::new();
    for folder in folders {
        // `/dev`-like and shared directories hold more than these logs.
        let is_shared = matches!(folder, "" | "/var/log" | "/var" | "/tmp");
        let found = match host.file_followed(folder) {
            Ok(Some(found)) => found,
            Ok(None) => continue,
            Err(cause) => {
                server.unseen(cause);
                continue;
            }
        };
        if found.mode & 0o007 == 0 && found.acl.is_empty() {
            closed.insert(folder.to_owned());
        }
        if is_shared {
            continue;
        }
        look(&found, "folder", server);
        match host.list(folder) {
            Ok(names) => {
                files.extend(names.iter().take(MAX_FILES).map(|name| format!("{folder}/{name}")))
            }
            Err(cause) => server.unseen(cause),
        }
    }
    for path in files {
        match host.file_followed(&path) {
            Ok(Some(found)) if found.kind == FileKind::File => {
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                let sort = if closed.contains(folder) { "behind" } else { "file" };
                look(&found, sort, server);
            }
            Ok(_) => {}
            Err(cause) => server.unseen(cause),
        }
    }
}

fn look(found: &FileFacts, sort: &str, server: &mut ServerFacts) {
    let spot = |sort: &str, scope: &str| Spot::new(sort, scope).file(found);
    if found.mode & bits(sort) != 0 {
        server.add(spot(sort, "").value(found.octal()));
    } else if sort == "folder" {
        server.add(spot("kept", &found.path).value(found.octal()));
    }
    // A group may be given the logs to read; a single user only behind no closed door.
    for grant in found.acl.iter().filter(|grant| sort != "behind" && grant.permissions & 2 != 0) {
        server.add(spot("acl", "").value(&grant.who));
    }
}

/// What others may not have. To be let through a directory alone shows nothing, and workers of nginx that open their
/// logs anew come through it.
fn bits(sort: &str) -> u32 {
    if sort == "folder" { 0o006 } else { 0o007 }
}

pub fn judge(facts: &WebFacts, _params: &Params) -> Judgement {
    web::judge(facts, "none", |_, spot| match spot.sort.as_str() {
        "folder" => (Weight::Bad, "folder"),
        "file" => (Weight::Bad, "file"),
        "acl" => (Weight::Bad, "acl"),
        "variable" => (Weight::Ask, "variable"),
        "behind" => (Weight::Note, "behind"),
        _ => (Weight::Note, "kept"),
    })
}
