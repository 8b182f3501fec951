//! Tomcat's files with database connections: `<Resource type="javax.sql.DataSource" url="jdbc:…" password="…"/>`.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::tomcat::{Document, Element};
use crate::host::web::Runner;
use crate::judgement::{Judgement, reason};
use crate::kinds::file_mode::{Limit, OwnedFile, judge_file, owner_name};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// How many connections of a file are kept.
const MAX_CONNECTIONS: usize = 50;

/// The files of each instance.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    instances: Vec<Instance>,
    unseen: Vec<Cause>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Instance {
    base: String,
    /// Who has to read them.
    runner: Option<Runner>,
    files: Vec<ConnectionFile>,
    packed: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ConnectionFile {
    file: OwnedFile,
    /// Names of connections with their lines.
    connections: Vec<(String, u32)>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let tomcat = host.tomcat()?;
    let mut facts = Facts { instances: Vec::new(), unseen: tomcat.unseen.clone() };
    for instance in &tomcat.instances {
        let mut files = Vec::new();
        for document in instance.context_documents() {
            let connections = connections(document);
            if connections.is_empty() {
                continue;
            }
            if let Some(file) = host.file_followed(&document.path)? {
                let owner = owner_name(host, file.uid)?;
                files.push(ConnectionFile { file: OwnedFile { file, owner }, connections });
            }
        }
        let packed = instance.applications.iter().filter(|application| application.packed);
        facts.unseen.extend(instance.unseen.iter().cloned());
        facts.instances.push(Instance {
            base: instance.base.clone(),
            runner: instance.runner(host).unwrap_or_default(),
            files,
            packed: packed.map(|application| application.folder.clone()).collect(),
        });
    }
    Ok(facts)
}

fn connections(document: &Document) -> Vec<(String, u32)> {
    let all = document.root.all();
    let found = all.iter().filter(|element| is_connection(element));
    let named = found.map(|element| {
        let name = element.attribute("name").unwrap_or(&element.name);
        (name.chars().take(80).collect(), element.line)
    });
    named.take(MAX_CONNECTIONS).collect()
}

fn is_connection(element: &Element) -> bool {
    let is_jdbc = |name| {
        element
            .attribute(name)
            .is_some_and(|url| url.trim_start().to_lowercase().starts_with("jdbc:"))
    };
    let is_pool = element
        .attribute("type")
        .is_some_and(|kind| ["javax.sql.DataSource", "javax.sql.XADataSource"].contains(&kind));
    match element.name.as_str() {
        "Resource" => {
            is_pool
                || is_jdbc("url")
                || is_jdbc("jdbcUrl")
                || element.attribute("password").is_some()
        }
        "Realm" => is_jdbc("connectionURL"),
        "Parameter" | "Environment" => is_jdbc("value"),
        _ => false,
    }
}

fn allowed(params: &Params) -> u32 {
    if params.flag("accept_group_read") { 0o640 } else { 0o600 }
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    if facts.instances.is_empty() && facts.unseen.is_empty() {
        return Judgement::not_applicable(reason("tomcat-absent"));
    }
    let mode = allowed(params);
    let mut judgement = Judgement::new();
    for instance in &facts.instances {
        for ConnectionFile { file, connections } in &instance.files {
            let limit = Limit { owners: vec![file.owner.clone()], mode };
            judge_file(file, &limit, &mut judgement);
            for (name, line) in connections {
                judgement.note(reason("connection").arg("name", name).line(&file.file.path, *line));
            }
        }
        if instance.files.is_empty() {
            judgement.good(reason("no-connections").arg("base", &instance.base));
        }
        for path in &instance.packed {
            judgement.warn(reason("packed").file(path));
        }
    }
    for cause in &facts.unseen {
        judgement.unseen(cause);
    }
    judgement
}
