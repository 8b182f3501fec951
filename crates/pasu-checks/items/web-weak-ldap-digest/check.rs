//! Digests of LDAP realms: `<Realm className="org.apache.catalina.realm.JNDIRealm" userPassword="userPassword">`.

use crate::cause::Cause;
use crate::host::Host;
use crate::host::tomcat::{Element, Instance};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// The LDAP realms of all instances.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    tomcat: bool,
    realms: Vec<Realm>,
    unseen: Vec<Cause>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Realm {
    /// Whether it compares passwords itself; it binds to the directory otherwise.
    compares: bool,
    /// The algorithms that it accepts.
    algorithms: Vec<String>,
    /// Whether its connection is encrypted.
    encrypted: bool,
    place: Place,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let tomcat = host.tomcat()?;
    let of_instances = tomcat.instances.iter().flat_map(|instance| &instance.unseen);
    Ok(Facts {
        tomcat: !tomcat.instances.is_empty(),
        realms: tomcat.instances.iter().flat_map(realms).collect(),
        unseen: tomcat.unseen.iter().chain(of_instances).cloned().collect(),
    })
}

fn realms(instance: &Instance) -> Vec<Realm> {
    let mut found = Vec::new();
    for document in instance.context_documents() {
        for element in document.root.named("Realm") {
            let class = element.attribute("className").unwrap_or_default();
            if !class.ends_with(".JNDIRealm") {
                continue;
            }
            let url = element.attribute("connectionURL").unwrap_or_default();
            found.push(Realm {
                compares: element.attribute("userPassword").is_some(),
                algorithms: algorithms(element),
                encrypted: url.starts_with("ldaps:")
                    || element.attribute("useStartTls") == Some("true")
                    || element.attribute("protocol") == Some("ssl"),
                place: Place::File { path: document.path.clone(), line: Some(element.line) },
            });
        }
    }
    found
}

/// The `digest` attribute of old versions, and the algorithm of each handler, which has a default of its own.
fn algorithms(realm: &Element) -> Vec<String> {
    let handlers = realm.named("CredentialHandler").filter_map(|handler| {
        let class = handler.attribute("className").unwrap_or_default();
        if class.ends_with(".NestedCredentialHandler") {
            return None;
        }
        let default =
            if class.ends_with(".SecretKeyCredentialHandler") { "PBKDF2WithHmacSHA1" } else { "" };
        Some(handler.attribute("algorithm").unwrap_or(default).to_owned())
    });
    realm.attribute("digest").map(str::to_owned).into_iter().chain(handlers).take(20).collect()
}

/// Whether an algorithm of Java is SHA-256 or stronger, or built on such.
fn is_strong(algorithm: &str) -> bool {
    let name = algorithm.to_uppercase().replace(['-', '/', '_'], "");
    let name = name.strip_prefix("PBKDF2WITHHMAC").unwrap_or(&name);
    ["SHA256", "SHA384", "SHA512", "SHA3256", "SHA3384", "SHA3512", "SHA512256"].contains(&name)
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    if facts.realms.is_empty() && facts.unseen.is_empty() {
        let key = if facts.tomcat { "no-ldap" } else { "tomcat-absent" };
        return Judgement::not_applicable(reason(key));
    }
    let mut judgement = Judgement::new();
    for realm in &facts.realms {
        judge_realm(realm, &mut judgement);
    }
    for cause in &facts.unseen {
        judgement.unseen(cause);
    }
    judgement
}

fn judge_realm(realm: &Realm, judgement: &mut Judgement) {
    if !realm.encrypted {
        judgement.warn(reason("clear-connection").at(realm.place.clone()));
    }
    if !realm.compares {
        judgement.good(reason("bind").at(realm.place.clone()));
        return;
    }
    if realm.algorithms.is_empty() {
        judgement.bad(reason("plain").at(realm.place.clone()));
    }
    for algorithm in &realm.algorithms {
        let say =
            |key: &'static str| reason(key).arg("algorithm", algorithm).at(realm.place.clone());
        match algorithm.as_str() {
            "" => judgement.bad(reason("plain").at(realm.place.clone())),
            property if property.contains("${") => judgement.ask(say("property")),
            name if is_strong(name) => judgement.good(say("strong")),
            _ => judgement.bad(say("weak")),
        }
    }
}
