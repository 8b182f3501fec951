//! Instances of Apache Tomcat: what each reads at its start, as XML.
//!
//! An instance is a `CATALINA_BASE`. Its files hold passwords, so nothing here can be stored: a check keeps what it
//! learned, not what it read.

mod admins;
mod bases;
mod spans;
mod users;
mod xml;

pub use admins::{Admin, InstanceAdmins, TomcatAdmins};
pub use spans::{ElementSpan, attribute, elements};
pub use users::{TomcatUser, UserFile};
pub use xml::Element;

use super::Host;
use crate::cause::{Cause, CauseKind};
use crate::fix::ElementHead;
use std::collections::{BTreeMap, BTreeSet};

/// How many applications of an instance are read.
const MAX_APPLICATIONS: usize = 500;

/// Every instance of a target.
#[derive(Debug, Default)]
pub struct Tomcat {
    /// Those that run first.
    pub instances: Vec<Instance>,
    /// What could not be seen and might be one.
    pub unseen: Vec<Cause>,
}

/// One `CATALINA_BASE`.
pub struct Instance {
    /// Its directory: `/var/lib/tomcat10`.
    pub base: String,
    /// Its directory of settings, links followed: `/etc/tomcat10`.
    pub conf: String,
    /// The process, where it runs.
    pub process: Option<Running>,
    /// `conf/server.xml`.
    pub server: Option<Document>,
    /// `conf/web.xml`, which holds for every application.
    pub web: Option<Document>,
    /// `conf/context.xml`, which holds for every application.
    pub context: Option<Document>,
    /// `conf/ENGINE/HOST/*.xml`, each of one application.
    pub descriptors: Vec<Document>,
    /// Files with users and passwords: `conf/tomcat-users.xml`.
    pub users: Vec<UserFile>,
    /// Applications, unpacked or not.
    pub applications: Vec<Application>,
    /// Files that are there and could not be read.
    pub unseen: Vec<Cause>,
    /// Properties of the process, for `${catalina.base}`.
    properties: BTreeMap<String, String>,
}

/// Without the properties, which may be secret.
impl std::fmt::Debug for Instance {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Tomcat at {}", self.base)
    }
}

/// The process of an instance.
#[derive(Debug, Clone)]
pub struct Running {
    /// Process number.
    pub pid: u32,
    /// Effective user.
    pub uid: u32,
}

/// One file as XML.
#[derive(Debug)]
pub struct Document {
    /// Its path.
    pub path: String,
    /// Its root element.
    pub root: Element,
}

impl Document {
    /// By which an element of it is found again.
    #[must_use]
    pub fn head(&self, element: &Element) -> Option<ElementHead> {
        let all = self.root.all();
        let alike = all.iter().filter(|one| one.name == element.name && one.line == element.line);
        let nth = alike.into_iter().position(|one| std::ptr::eq(*one, element))?;
        let (path, name) = (self.path.clone(), element.name.clone());
        Some(ElementHead { path, line: element.line, name, nth })
    }
}

/// One application.
#[derive(Debug)]
pub struct Application {
    /// Its directory or archive.
    pub folder: String,
    /// The name of that: `manager`, `ROOT`, `docs.war`.
    pub name: String,
    /// Whether it is an archive that is not unpacked, so that nothing of it was read.
    pub packed: bool,
    /// `WEB-INF/web.xml`.
    pub web: Option<Document>,
    /// `META-INF/context.xml`.
    pub context: Option<Document>,
}

impl Instance {
    /// Every file that was read as XML, but those of users.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        let own = [&self.server, &self.web, &self.context].into_iter().flatten();
        let of_applications =
            self.applications.iter().flat_map(|app| app.web.iter().chain(&app.context));
        own.chain(&self.descriptors).chain(of_applications)
    }

    /// The files with settings of contexts: `server.xml`, `context.xml` and those of applications.
    pub fn context_documents(&self) -> impl Iterator<Item = &Document> {
        let own = [&self.server, &self.context].into_iter().flatten();
        own.chain(&self.descriptors)
            .chain(self.applications.iter().filter_map(|app| app.context.as_ref()))
    }

    /// The `web.xml` of the instance and of each application.
    pub fn web_documents(&self) -> impl Iterator<Item = &Document> {
        self.web.iter().chain(self.applications.iter().filter_map(|app| app.web.as_ref()))
    }

    /// A value with `${catalina.base}` and other properties of the process put in, once; others stay as written.
    #[must_use]
    pub fn expand(&self, value: &str) -> String {
        let mut expanded = String::new();
        let mut rest = value;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, behind)) = after.split_once('}') else { break };
            expanded.push_str(before);
            match self.properties.get(name) {
                Some(known) => expanded.push_str(known),
                None => expanded.push_str(&format!("${{{name}}}")),
            }
            rest = behind;
        }
        expanded + rest
    }

    /// A path of its settings, relative to the base unless it begins with `/`.
    #[must_use]
    pub fn path(&self, value: &str) -> String {
        let value = self.expand(value);
        if value.starts_with('/') { value } else { format!("{}/{value}", self.base) }
    }
}

impl Host {
    fn document(&self, path: &str) -> Result<Option<Document>, Cause> {
        let Some(file) = self.text(path)? else { return Ok(None) };
        let root = xml::parse(path, &file.lines.join("\n"))?;
        Ok(Some(Document { path: path.to_owned(), root }))
    }
}

pub(super) fn read(host: &Host) -> Result<Tomcat, Cause> {
    let mut tomcat = Tomcat::default();
    let mut seen = BTreeSet::new();
    for base in bases::find(host, &mut tomcat.unseen)? {
        let conf = match host.file_followed(&format!("{}/conf", base.folder)) {
            Ok(Some(facts)) => facts.path,
            Ok(None) => continue,
            Err(cause) => {
                tomcat.unseen.push(cause);
                continue;
            }
        };
        let server = base.server.clone().unwrap_or_else(|| format!("{conf}/server.xml"));
        match host.file_followed(&server) {
            Ok(None) if base.process.is_none() => continue,
            Err(cause) if base.process.is_none() => {
                tomcat.unseen.push(cause);
                continue;
            }
            _ => {}
        }
        if seen.insert((conf.clone(), base.process.as_ref().map(|_| base.folder.clone())))
            && !(base.process.is_none() && tomcat.instances.iter().any(|other| other.conf == conf))
        {
            tomcat.instances.push(instance(host, base, conf, &server));
        }
    }
    Ok(tomcat)
}

fn instance(host: &Host, base: bases::Base, conf: String, server: &str) -> Instance {
    let mut properties = base.properties;
    properties.insert("catalina.base".to_owned(), base.folder.clone());
    properties.entry("catalina.home".to_owned()).or_insert_with(|| base.folder.clone());
    let mut found = Instance {
        base: base.folder,
        conf,
        process: base.process,
        server: None,
        web: None,
        context: None,
        descriptors: Vec::new(),
        users: Vec::new(),
        applications: Vec::new(),
        unseen: Vec::new(),
        properties,
    };
    found.server = found.kept(host.document(server));
    if found.server.is_none() && found.unseen.is_empty() {
        found.unseen.push(Cause::malformed(server, None, "a running Tomcat without it"));
    }
    found.web = found.kept(host.document(&format!("{}/web.xml", found.conf)));
    found.context = found.kept(host.document(&format!("{}/context.xml", found.conf)));
    found.read_descriptors(host);
    found.users = users::files(host, &mut found);
    found.read_applications(host);
    found
}

impl Instance {
    /// What was read; why it was not is remembered.
    fn kept<T>(&mut self, read: Result<Option<T>, Cause>) -> Option<T> {
        read.unwrap_or_else(|cause| {
            self.unseen.push(cause);
            None
        })
    }

    fn listed(&mut self, listed: Result<Vec<String>, Cause>) -> Vec<String> {
        self.kept(listed.map(Some)).unwrap_or_default()
    }

    fn read_descriptors(&mut self, host: &Host) {
        for path in self.listed(host.glob(&format!("{}/*/*/*.xml", self.conf))) {
            let read = self.kept(host.document(&path));
            // `conf/Catalina/localhost/manager.xml`, and not whatever else is XML.
            self.descriptors.extend(read.filter(|document| document.root.name == "Context"));
        }
    }

    /// The directories where hosts look for applications.
    fn application_bases(&self) -> BTreeSet<String> {
        let hosts = self.server.iter().flat_map(|server| server.root.named("Host"));
        let bases: BTreeSet<String> =
            hosts.map(|host| self.path(host.attribute("appBase").unwrap_or("webapps"))).collect();
        if bases.is_empty() { BTreeSet::from([self.path("webapps")]) } else { bases }
    }

    fn read_applications(&mut self, host: &Host) {
        let bases = self.application_bases();
        let first = bases.first().cloned().unwrap_or_default();
        let mut folders = BTreeSet::new();
        for base in &bases {
            let names = self.listed(host.list(base));
            folders.extend(names.into_iter().map(|name| format!("{base}/{name}")));
        }
        let documents: Vec<String> = self
            .context_documents()
            .flat_map(|document| document.root.named("Context"))
            .filter_map(|context| context.attribute("docBase"))
            .map(|path| self.expand(path))
            .map(|path| if path.starts_with('/') { path } else { format!("{first}/{path}") })
            .collect();
        folders.extend(documents);
        if folders.len() > MAX_APPLICATIONS {
            let detail = format!("more than {MAX_APPLICATIONS} applications in {}", self.base);
            self.unseen.push(Cause::new(CauseKind::Limit, detail));
        }
        for folder in folders.iter().take(MAX_APPLICATIONS) {
            self.read_application(host, folder, &folders);
        }
    }

    fn read_application(&mut self, host: &Host, folder: &str, all: &BTreeSet<String>) {
        let name = folder.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
        let Some(facts) = self.kept(host.file_followed(folder)) else { return };
        let is_folder = facts.kind == super::files::FileKind::Directory;
        // An archive beside its own directory is unpacked there.
        let packed = !is_folder && name.ends_with(".war");
        let unpacked = folder.strip_suffix(".war").is_some_and(|folder| all.contains(folder));
        if !is_folder && !packed || packed && unpacked {
            return;
        }
        let mut application =
            Application { folder: folder.to_owned(), name, packed, web: None, context: None };
        if is_folder {
            application.web = self.kept(host.document(&format!("{folder}/WEB-INF/web.xml")));
            application.context =
                self.kept(host.document(&format!("{folder}/META-INF/context.xml")));
        }
        self.applications.push(application);
    }
}

#[cfg(test)]
mod tests;
