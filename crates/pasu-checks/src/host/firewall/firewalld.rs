//! firewalld's zones and services, from their files; those of the administrator win over those that are shipped.

use super::{Families, Inbound, Opening, place_of};
use crate::cause::Cause;
use crate::host::{ConfigFile, Host};
use std::collections::BTreeMap;

/// How deep services may include others.
const MAX_DEPTH: usize = 8;

/// Services whose ports are known without their files, which the tree of an image or a copy of `/etc` may lack.
const USUAL_SERVICES: [(&str, u16); 3] = [("ssh", 22), ("ftp", 21), ("telnet", 23)];

/// What the default zone and the zones of interfaces and sources let in.
pub(super) fn read(host: &Host) -> Result<Inbound, Cause> {
    let path = "/etc/firewalld/firewalld.conf";
    let settings = host.text(path)?;
    let default = settings.as_ref().and_then(|file| {
        file.settings().find_map(|(_, line)| {
            let (name, value) = line.split_once('=')?;
            (name.trim() == "DefaultZone").then(|| value.trim().to_owned())
        })
    });
    let default = default.filter(|name| !name.is_empty()).unwrap_or_else(|| "public".to_owned());
    let Some(file) = definition(host, "zones", &default)? else {
        return Err(Cause::malformed(
            path,
            None,
            format!("the default zone {default} is not there"),
        ));
    };
    let mut inbound = Inbound {
        name: format!("firewalld {default}"),
        place: place_of(&file.path),
        families: Families::BOTH,
        refuses: false,
        openings: Vec::new(),
    };
    inbound.refuses = zone(host, &file, true, &mut inbound.openings)?;
    for path in host.glob("/etc/firewalld/zones/*.xml")? {
        if path != file.path
            && let Some(other) = host.text(&path)?
        {
            zone(host, &other, false, &mut inbound.openings)?;
        }
    }
    Ok(inbound)
}

fn definition(host: &Host, kind: &str, name: &str) -> Result<Option<ConfigFile>, Cause> {
    let own = host.text(&format!("/etc/firewalld/{kind}/{name}.xml"))?;
    if own.is_some() {
        Ok(own)
    } else {
        host.text(&format!("/usr/lib/firewalld/{kind}/{name}.xml"))
    }
}

/// Adds what a zone lets in; whether it refuses the rest. A zone that is not the default one counts where an interface
/// or a source is given to it.
fn zone(
    host: &Host,
    file: &ConfigFile,
    is_default: bool,
    openings: &mut Vec<Opening>,
) -> Result<bool, Cause> {
    let tags = tags(&file.lines.join("\n"));
    let mut refuses = true;
    let mut found = Vec::new();
    let (mut sources, mut interfaces) = (Vec::new(), Vec::new());
    let mut rule: Option<Rule> = None;
    for tag in &tags {
        match (tag.name.as_str(), &mut rule) {
            ("zone", _) => refuses = tag.value("target") != "ACCEPT",
            ("rule", _) => rule = Some(Rule::default()),
            ("/rule", open) => found.extend(open.take().map(Rule::finish).unwrap_or_default()),
            ("source", Some(rule)) => {
                rule.source = Some(tag.first_of(&["address", "ipset", "mac"]))
            }
            ("accept", Some(rule)) => rule.accepts = true,
            ("source", None) => sources.push(tag.first_of(&["address", "ipset", "mac"])),
            ("interface", None) => interfaces.push(tag.value("name").to_owned()),
            ("service", rule) => add(rule, &mut found, service(host, tag.value("name"), 0)?),
            ("port", rule) => add(rule, &mut found, port(tag, &file.path).into_iter().collect()),
            _ => {}
        }
    }
    if !refuses && !is_default {
        found.push(opening(None, None, &file.path));
    }
    if is_default {
        openings.extend(found);
        return Ok(refuses);
    }
    for source in sources {
        let with = |it: &Opening| Opening { source: Some(source.clone()), ..it.clone() };
        openings.extend(found.iter().map(with));
    }
    for interface in interfaces {
        let with = |it: &Opening| Opening { interface: Some(interface.clone()), ..it.clone() };
        openings.extend(found.iter().map(with));
    }
    Ok(refuses)
}

/// `<rule><source address="10.0.0.0/8"/><service name="ssh"/><accept/></rule>`.
#[derive(Default)]
struct Rule {
    source: Option<String>,
    accepts: bool,
    openings: Vec<Opening>,
}

impl Rule {
    fn finish(self) -> Vec<Opening> {
        let source = self.source.filter(|source| !source.ends_with("/0"));
        let with = |it: Opening| Opening { source: source.clone(), ..it };
        if self.accepts { self.openings.into_iter().map(with).collect() } else { Vec::new() }
    }
}

fn add(rule: &mut Option<Rule>, found: &mut Vec<Opening>, openings: Vec<Opening>) {
    match rule {
        Some(rule) => rule.openings.extend(openings),
        None => found.extend(openings),
    }
}

fn service(host: &Host, name: &str, depth: usize) -> Result<Vec<Opening>, Cause> {
    let Some(file) = definition(host, "services", name)?.filter(|_| depth < MAX_DEPTH) else {
        // firewalld leaves out what is defined nowhere; where its own files are missing too, the usual port is meant.
        let usual = USUAL_SERVICES.iter().find(|(known, _)| *known == name);
        let usual = usual.filter(|_| depth < MAX_DEPTH);
        let opened = |(_, port): &(_, u16)| {
            let path = format!("/usr/lib/firewalld/services/{name}.xml");
            opening(Some("tcp".to_owned()), Some(vec![(*port, *port)]), &path)
        };
        return Ok(usual.map(opened).into_iter().collect());
    };
    let mut openings = Vec::new();
    for tag in tags(&file.lines.join("\n")) {
        match tag.name.as_str() {
            "port" => openings.extend(port(&tag, &file.path)),
            "include" => openings.extend(service(host, tag.value("service"), depth + 1)?),
            _ => {}
        }
    }
    Ok(openings)
}

/// `<port port="1025-65535" protocol="tcp"/>`.
fn port(tag: &Tag, path: &str) -> Option<Opening> {
    let text = tag.value("port");
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let range = (from.parse().ok()?, to.parse().ok()?);
    Some(opening(Some(tag.value("protocol").to_owned()), Some(vec![range]), path))
}

fn opening(protocol: Option<String>, ports: Option<Vec<(u16, u16)>>, path: &str) -> Opening {
    Opening {
        protocol,
        ports,
        source: None,
        interface: None,
        is_unclear: false,
        families: Families::BOTH,
        text: path.to_owned(),
    }
}

/// A tag of XML with its attributes; `/rule` for one that closes.
struct Tag {
    name: String,
    attributes: BTreeMap<String, String>,
}

impl Tag {
    fn value(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    fn first_of(&self, names: &[&str]) -> String {
        let found = names.iter().map(|name| self.value(name)).find(|value| !value.is_empty());
        found.unwrap_or_default().to_owned()
    }
}

/// The tags of a file as firewalld writes it; comments are left out.
fn tags(text: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('<') {
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let (inner, after) = after.split_once('>').unwrap_or((after, ""));
        rest = after;
        let inner = inner.trim_end_matches('/');
        let (name, mut attributes_text) =
            inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
        let mut attributes = BTreeMap::new();
        while let Some((name, after)) = attributes_text.split_once('=') {
            let after = after.trim_start();
            let Some(quote) = after.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
                break;
            };
            let after = after.get(1..).unwrap_or_default();
            let (value, after) = after.split_once(quote).unwrap_or((after, ""));
            attributes.insert(name.trim().to_owned(), value.to_owned());
            attributes_text = after;
        }
        tags.push(Tag { name: name.to_owned(), attributes });
    }
    tags
}
