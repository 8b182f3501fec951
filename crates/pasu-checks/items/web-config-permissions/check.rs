//! Who may read or change what web servers obey.

use crate::cause::Cause;
use crate::host::Host;
use crate::host::apache::Apache;
use crate::host::nginx::Nginx;
use crate::host::tomcat::Instance;
use crate::host::web::{self, ServerFacts, Spot, WebFacts};
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
    Secret,
    Root,
    Tomcat,
}

fn nginx(host: &Host, nginx: &Nginx, server: &mut ServerFacts) {
    let blocks = &nginx.tree.blocks;
    let mut settings: BTreeSet<String> =
        blocks.iter().map(|block| block.path.to_string()).collect();
    let mut secrets = BTreeSet::new();
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
            secrets.insert(if value.starts_with('/') {
                value.to_owned()
            } else {
                format!("{folder}/{value}")
            });
        }
    }
    settings.iter().for_each(|path| look(host, path, Role::Settings, server));
    secrets.iter().for_each(|path| look(host, path, Role::Secret, server));
    for (path, _, _) in nginx.content().iter().filter(|(path, _, _)| !path.contains('$')) {
        look(host, path, Role::Root, server);
    }
}

fn apache(host: &Host, apache: &Apache, server: &mut ServerFacts) {
    let config = &apache.config;
    let mut settings = BTreeSet::from([config.server_root.clone()]);
    let mut secrets = BTreeSet::new();
    // `.htaccess` lies in content and belongs to who writes that.
    for section in config.sections.iter().filter(|section| section.kind != "htaccess") {
        settings.insert(section.path.to_string());
        for directive in &section.directives {
            settings.insert(directive.path.to_string());
            if matches!(
                directive.name.as_str(),
                "sslcertificatekeyfile" | "authuserfile" | "authdigestfile"
            ) {
                secrets.insert(config.absolute(directive.value()));
            }
        }
    }
    settings.iter().for_each(|path| look(host, path, Role::Settings, server));
    secrets.iter().for_each(|path| look(host, path, Role::Secret, server));
    for at in config.servers() {
        for (path, _) in config.content(at) {
            look(host, &path, Role::Root, server);
        }
    }
}

fn tomcat(host: &Host, tomcat: &Instance, server: &mut ServerFacts) {
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

fn look(host: &Host, path: &str, role: Role, server: &mut ServerFacts) {
    let found = match host.file_followed(path) {
        Ok(Some(found)) => found,
        Ok(None) => return,
        Err(cause) => return server.unseen(cause),
    };
    let place = pasu_model::Place::File { path: found.path.clone(), line: None };
    let mut say =
        |sort: &str, value: String| server.add(Spot::new(sort, "").value(value).at(place.clone()));
    let grants = |bit: u8| found.acl.iter().find(|grant| grant.permissions & bit != 0);
    if matches!(role, Role::Settings | Role::Secret) && found.uid != 0 {
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
    if role == Role::Secret && found.mode & 0o004 != 0 {
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
