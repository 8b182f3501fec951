//! Files with Tomcat's users: `conf/tomcat-users.xml`, or where `server.xml` says.

use super::{Document, Instance};
use crate::host::Host;
use crate::host::password::PasswordFacts;
use pasu_model::Place;
use std::collections::{BTreeMap, BTreeSet};

/// A file with users.
#[derive(Debug)]
pub struct UserFile {
    /// Its path.
    pub path: String,
    /// Whether a realm of `server.xml` reads it.
    pub used: bool,
    /// What it holds; `None` where it is not there or was not read, which the instance remembers.
    pub document: Option<Document>,
}

/// `<user username="admin" password="…" roles="manager-gui"/>`.
#[derive(Debug)]
pub struct TomcatUser<'a> {
    /// Its name.
    pub name: &'a str,
    /// What may be kept of its password.
    pub password: PasswordFacts,
    /// Its roles, its groups' included.
    pub roles: BTreeSet<&'a str>,
    /// Where it stands.
    pub place: Place,
}

impl TomcatUser<'_> {
    /// The roles that open the manager's applications.
    #[must_use]
    pub fn admin_roles(&self) -> Vec<&str> {
        let is_admin = |role: &str| {
            matches!(role, "manager" | "admin")
                || role.starts_with("manager-")
                || role.starts_with("admin-")
        };
        self.roles.iter().copied().filter(|role| is_admin(role)).collect()
    }
}

impl UserFile {
    /// Its users.
    #[must_use]
    pub fn users(&self) -> Vec<TomcatUser<'_>> {
        let Some(document) = &self.document else { return Vec::new() };
        let mut groups = BTreeMap::new();
        for group in document.root.named("group") {
            let name = group.attribute("groupname").or_else(|| group.attribute("name"));
            groups.insert(name.unwrap_or_default(), list(group.attribute("roles")));
        }
        let users = document.root.named("user").filter_map(|user| {
            let name = user.attribute("username").or_else(|| user.attribute("name"))?;
            let mut roles: BTreeSet<&str> = list(user.attribute("roles")).into_iter().collect();
            for group in list(user.attribute("groups")) {
                roles.extend(groups.get(group).into_iter().flatten());
            }
            let place = Place::File { path: self.path.clone(), line: Some(user.line) };
            let password = PasswordFacts::of(user.attribute("password").unwrap_or_default(), name);
            Some(TomcatUser { name, password, roles, place })
        });
        users.collect()
    }
}

fn list(value: Option<&str>) -> Vec<&str> {
    let parts = value.unwrap_or_default().split(',').map(str::trim);
    parts.filter(|part| !part.is_empty()).collect()
}

/// The files that realms read, and the usual one.
pub(super) fn files(host: &Host, instance: &mut Instance) -> Vec<UserFile> {
    let usual = format!("{}/tomcat-users.xml", instance.conf);
    let mut paths = BTreeMap::from([(usual, false)]);
    for element in instance.context_documents().flat_map(|document| document.root.all()) {
        let is_database = element.attribute("type") == Some("org.apache.catalina.UserDatabase");
        let is_memory = element.name == "Realm"
            && element.attribute("className").is_some_and(|name| name.ends_with(".MemoryRealm"));
        if is_database || is_memory {
            let path = element.attribute("pathname").unwrap_or("conf/tomcat-users.xml");
            let path = instance.path(path);
            // `/var/lib/tomcat10/conf` is a link to `/etc/tomcat10`.
            let inside = path.strip_prefix(&format!("{}/conf/", instance.base));
            let path = inside.map_or(path.clone(), |rest| format!("{}/{rest}", instance.conf));
            paths.insert(path, true);
        }
    }
    let mut files = Vec::new();
    for (path, used) in paths {
        let document = instance.kept(host.document(&path));
        files.push(UserFile { path, used, document });
    }
    files
}
