//! Who may use the manager's applications of an instance, as facts that can be stored.

use super::{Instance, Tomcat};
use crate::cause::Cause;
use crate::host::password::PasswordFacts;
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// How many users with such a role are kept.
const MAX_ADMINS: usize = 200;

/// The administrators of every instance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TomcatAdmins {
    /// By instance.
    pub instances: Vec<InstanceAdmins>,
    /// What could not be seen.
    pub unseen: Vec<Cause>,
}

/// The administrators of one instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceAdmins {
    /// Its directory.
    pub base: String,
    /// Where the manager's applications are, if they are deployed.
    pub managers: Vec<String>,
    /// Users with a role of the manager's.
    pub admins: Vec<Admin>,
    /// Realms that keep users elsewhere: their class and where they stand.
    pub foreign: Vec<(String, Place)>,
    /// Whether a realm compares digests.
    pub digests: bool,
}

/// A user with a role of the manager's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admin {
    /// Name.
    pub name: String,
    /// Those roles.
    pub roles: String,
    /// Whether a realm reads the file.
    pub used: bool,
    /// What may be kept of the password.
    pub password: PasswordFacts,
    /// Where the user stands.
    pub place: Place,
}

impl TomcatAdmins {
    /// Takes what concerns administrators.
    #[must_use]
    pub fn of(tomcat: &Tomcat) -> Self {
        let of_instances = tomcat.instances.iter().flat_map(|instance| &instance.unseen);
        Self {
            instances: tomcat.instances.iter().map(admins_of).collect(),
            unseen: tomcat.unseen.iter().chain(of_instances).cloned().collect(),
        }
    }

    /// Whether there is no Tomcat at all.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.instances.is_empty() && self.unseen.is_empty()
    }
}

fn admins_of(instance: &Instance) -> InstanceAdmins {
    let mut admins = Vec::new();
    for file in &instance.users {
        for user in file.users() {
            let roles = user.admin_roles().join(", ");
            if !roles.is_empty() && admins.len() < MAX_ADMINS {
                admins.push(Admin {
                    name: user.name.to_owned(),
                    roles,
                    used: file.used,
                    password: user.password,
                    place: user.place,
                });
            }
        }
    }
    let realms: Vec<_> = instance
        .context_documents()
        .flat_map(|document| document.root.named("Realm").map(move |realm| (document, realm)))
        .collect();
    let foreign = realms.iter().filter_map(|(document, realm)| {
        let class = realm.attribute("className")?.rsplit('.').next().unwrap_or_default();
        let is_foreign =
            ["JDBCRealm", "DataSourceRealm", "JNDIRealm", "JAASRealm"].contains(&class);
        let place = Place::File { path: document.path.clone(), line: Some(realm.line) };
        is_foreign.then(|| (class.to_owned(), place))
    });
    InstanceAdmins {
        base: instance.base.clone(),
        managers: instance.managers(),
        admins,
        foreign: foreign.collect(),
        digests: realms.iter().any(|(_, realm)| {
            realm.attribute("digest").is_some() || realm.named("CredentialHandler").next().is_some()
        }),
    }
}

impl Instance {
    /// Where the manager's applications are deployed, by their name or their servlets.
    fn managers(&self) -> Vec<String> {
        let is_manager = |application: &&super::Application| {
            let name = application.name.trim_end_matches(".war");
            let by_class = application.web.iter().any(|web| {
                let mut classes = web.root.named("servlet-class");
                classes.any(|class| class.text.starts_with("org.apache.catalina.manager."))
            });
            matches!(name, "manager" | "host-manager") || by_class
        };
        let found = self.applications.iter().filter(is_manager);
        found.map(|application| application.folder.clone()).collect()
    }
}
