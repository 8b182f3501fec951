//! Who may read or change what web servers obey.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::apache::Apache;
use crate::host::nginx::Nginx;
use crate::host::tomcat::Instance;
use crate::host::web::{self, Runner, ServerFacts, Spot, WebFacts};
use crate::judgement::Judgement;
use crate::params::Params;
use pasu_model::Weight;
use std::collections::BTreeSet;

pub fn collect(host: &Host, _params: &Params) -> Result<WebFacts, Cause> {
    web::collect_all(
        host,
        |found, server| nginx(host, found, server),
        |found, server| apache(host, found, server),
        |found, server| tomcat(host, found, server),
    )
}

/// What a file is, which says what is too much.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Settings,
    /// What the first process reads as root before it serves: keys.
    Secret,
    /// What workers read for each request: names with passwords.
    Users,
    Root,
    Tomcat,
}

impl Role {
    const fn name(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Secret => "secret",
            Self::Users => "users",
            Self::Root => "root",
            Self::Tomcat => "tomcat",
        }
    }
}

/// Remembers who serves.
fn keep_runner(server: &mut ServerFacts, runner: Result<Option<Runner>, Cause>) {
    // Who it is matters to a fix alone, which then leaves the file to a person.
    server.runner = runner.unwrap_or_default();
}

fn nginx(host: &Host, nginx: &Nginx, server: &mut ServerFacts) {
    keep_runner(server, nginx.runner(host));
    let blocks = &nginx.tree.blocks;
    let mut settings: BTreeSet<String> =
        blocks.iter().map(|block| block.path.to_string()).collect();
    let mut secrets: BTreeSet<(String, bool)> = BTreeSet::new();
    let folder = nginx.path.rsplit_once('/').map_or("/", |(folder, _)| folder);
    settings.insert(folder.to_owned());
    for directive in blocks.iter().flat_map(|block| &block.directives) {
        settings.insert(directive.path.to_string());
        let is_secret = matches!(
            directive.name.as_str(),
            "ssl_certificate_key" | "auth_basic_user_file" | "ssl_password_file"
        );
        let value = directive.value();
        if is_secret && !value.contains(['$', ':']) && value != "off" {
            // Unlike content these begin at the settings' directory.
            let path =
                if value.starts_with('/') { value.to_owned() } else { format!("{folder}/{value}") };
            secrets.insert((path, directive.name == "auth_basic_user_file"));
        }
    }
    settings.iter().for_each(|path| look(host, path, Role::Settings, server));
    look_at_secrets(host, &secrets, server);
    for (path, _, _) in nginx.content().iter().filter(|(path, _, _)| !path.contains('$')) {
        look(host, path, Role::Root, server);
    }
}

fn apache(host: &Host, apache: &Apache, server: &mut ServerFacts) {
    keep_runner(server, apache.runner(host));
    let config = &apache.config;
    let mut settings = BTreeSet::from([config.server_root.clone()]);
    let mut secrets: BTreeSet<(String, bool)> = BTreeSet::new();
    // `.htaccess` lies in content and belongs to who writes that.
    for section in config.sections.iter().filter(|section| section.kind != "htaccess") {
        settings.insert(section.path.to_string());
        for directive in &section.directives {
            settings.insert(directive.path.to_string());
            if matches!(
                directive.name.as_str(),
                "sslcertificatekeyfile" | "authuserfile" | "authdigestfile"
            ) {
                let is_key = directive.name == "sslcertificatekeyfile";
                secrets.insert((config.absolute(directive.value()), !is_key));
            }
        }
    }
    settings.iter().for_each(|path| look(host, path, Role::Settings, server));
    look_at_secrets(host, &secrets, server);
    for at in config.servers() {
        for (path, _) in config.content(at) {
            look(host, &path, Role::Root, server);
        }
    }
}

fn tomcat(host: &Host, tomcat: &Instance, server: &mut ServerFacts) {
    keep_runner(server, tomcat.runner(host));
    look(host, &tomcat.conf, Role::Tomcat, server);
    for folder in [tomcat.conf.clone(), format!("{}/bin", tomcat.base)] {
        match host.list(&folder) {
            Ok(names) => {
                for name in names.iter().take(500) {
                    look(host, &format!("{folder}/{name}"), Role::Tomcat, server);
                }
            }
            Err(cause) => server.unseen(cause),
        }
    }
}

/// With those that workers read.
fn look_at_secrets(host: &Host, secrets: &BTreeSet<(String, bool)>, server: &mut ServerFacts) {
    for (path, is_of_users) in secrets {
        let role = if *is_of_users { Role::Users } else { Role::Secret };
        look(host, path, role, server);
    }
}

fn look(host: &Host, path: &str, role: Role, server: &mut ServerFacts) {
    let found = match host.file_followed(path) {
        Ok(Some(found)) => found,
        Ok(None) => return,
        Err(cause) => return server.unseen(cause),
    };
    let mut say = |sort: &str, value: String| {
        server.add(Spot::new(sort, role.name()).value(value).file(&found));
    };
    let grants = |bit: u8| found.acl.iter().find(|grant| grant.permissions & bit != 0);
    if matches!(role, Role::Settings | Role::Secret | Role::Users) && found.uid != 0 {
        say(
            "owner",
            crate::kinds::file_mode::owner_name(host, found.uid)
                .unwrap_or_else(|_| found.uid.to_string()),
        );
    }
    // Content is often written by a group of its editors.
    let write = if role == Role::Root { 0o002 } else { 0o022 };
    if found.mode & write != 0 {
        say(if role == Role::Root { "root" } else { "write" }, found.octal());
    }
    if let (true, Some(grant)) = (role != Role::Root, grants(2)) {
        say("write", format!("ACL {}", grant.who));
    }
    if matches!(role, Role::Secret | Role::Users) && found.mode & 0o004 != 0 {
        say("secret", found.octal());
    }
    if role == Role::Tomcat && found.mode & 0o004 != 0 {
        let name = path.rsplit('/').next().unwrap_or_default();
        let holds_secrets = matches!(name, "server.xml" | "context.xml" | "tomcat-users.xml");
        say(if holds_secrets { "secret" } else { "readable" }, found.octal());
    }
}

pub fn judge(facts: &WebFacts, _params: &Params) -> Judgement {
    web::judge(facts, "none", |_, spot| match spot.sort.as_str() {
        "owner" => (Weight::Bad, "owner"),
        "write" => (Weight::Bad, "write"),
        "secret" => (Weight::Bad, "secret"),
        "root" => (Weight::Bad, "root"),
        _ => (Weight::Warning, "readable"),
    })
}
