//! Directories that look like uploads, below what web servers publish.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::apache::Apache;
use crate::host::tomcat::Instance;
use crate::host::web::{self, ServerFacts, Spot, WebFacts};
use crate::judgement::Judgement;
use crate::params::Params;
use pasu_model::Weight;
use pasu_system::EntryKind;
use std::collections::BTreeSet;

/// Parts of names of such directories.
const NAMES: [&str; 5] = ["upload", "attach", "userfile", "user_file", "filestore"];

/// How deep and how wide below a root is searched.
const MAX_DEPTH: usize = 4;
const MAX_FOLDERS: usize = 5000;

pub fn collect(host: &Host, _params: &Params) -> Result<WebFacts, Cause> {
    web::collect_all(
        host,
        |found, server| {
            let roots = found.content().into_iter().map(|(path, _, _)| path).collect();
            search(host, &roots, server);
        },
        |found, server| apache(host, found, server),
        |found, server| tomcat(host, found, server),
    )
}

fn apache(host: &Host, apache: &Apache, server: &mut ServerFacts) {
    let config = &apache.config;
    let served = config.servers().filter(|at| config.is_served(*at));
    let roots = served.flat_map(|at| config.content(at)).map(|(path, _)| path).collect();
    search(host, &roots, server);
}

fn tomcat(host: &Host, tomcat: &Instance, server: &mut ServerFacts) {
    for document in tomcat.web_documents() {
        for multipart in document.root.named("multipart-config") {
            let path = multipart.child_text("location").trim();
            if !path.is_empty() {
                server.add(Spot::new("path", "").value(path).tomcat(document, multipart, path));
            }
        }
    }
    let roots = tomcat.applications.iter().filter(|application| !application.packed);
    search(host, &roots.map(|application| application.folder.clone()).collect(), server);
}

fn search(host: &Host, roots: &BTreeSet<String>, server: &mut ServerFacts) {
    let mut waiting: Vec<(String, usize)> = roots
        .iter()
        .filter(|root| !root.contains('$') && root.len() > 1)
        .map(|root| (root.clone(), 0))
        .collect();
    let mut looked = 0;
    while let Some((folder, depth)) = waiting.pop() {
        looked += 1;
        if looked > MAX_FOLDERS {
            break;
        }
        let entries = host.system().read_dir(std::path::Path::new(&folder)).unwrap_or_default();
        for (name, kind) in entries {
            let name = name.to_string_lossy();
            let path = format!("{folder}/{name}");
            if kind != EntryKind::Directory {
                continue;
            }
            let lower = name.to_ascii_lowercase();
            if NAMES.iter().any(|part| lower.contains(part)) {
                add(host, &path, server);
            } else if depth < MAX_DEPTH {
                waiting.push((path, depth + 1));
            }
        }
    }
    if server.spots.is_empty() {
        server.add(Spot::new("unknown", ""));
    }
}

fn add(host: &Host, path: &str, server: &mut ServerFacts) {
    match host.file(path) {
        Ok(Some(found)) => {
            let sort = if found.mode & 0o002 != 0 {
                "writable"
            } else if found.bits_beyond(0o6750) != 0 {
                "wide"
            } else {
                "path"
            };
            let value = format!("{path} {}", found.octal());
            server.add(Spot::new(sort, "").value(value).file(&found));
        }
        Ok(None) => {}
        Err(cause) => server.unseen(cause),
    }
}

pub fn judge(facts: &WebFacts, _params: &Params) -> Judgement {
    web::judge(facts, "web-good", |_, spot| match spot.sort.as_str() {
        "writable" => (Weight::Bad, "writable"),
        "wide" => (Weight::Ask, "wide"),
        "path" => (Weight::Ask, "path"),
        _ => (Weight::Ask, "unknown"),
    })
}
