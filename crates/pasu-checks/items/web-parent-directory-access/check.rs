//! Settings of nginx and Apache by which parent directories are reached.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::apache::Apache;
use crate::host::nginx::Nginx;
use crate::host::tomcat::Instance;
use crate::host::web::{self, Handle, ServerFacts, Spot, WebFacts};
use crate::judgement::Judgement;
use crate::params::Params;
use pasu_model::Weight;

/// Paths whose publication shows the system itself.
const SYSTEM: [&str; 10] =
    ["/", "/etc", "/root", "/home", "/var", "/usr", "/boot", "/proc", "/sys", "/dev"];

pub fn collect(host: &Host, _params: &Params) -> Result<WebFacts, Cause> {
    web::collect_all(host, nginx, apache, tomcat)
}

fn is_system(path: &str) -> bool {
    let path = path.trim_end_matches('/');
    SYSTEM.contains(&if path.is_empty() { "/" } else { path })
}

fn nginx(nginx: &Nginx, server: &mut ServerFacts) {
    let tree = &nginx.tree;
    for at in tree.endpoints() {
        let Some(block) = tree.blocks.get(at) else { continue };
        let scope = || tree.named(at);
        for name in ["root", "alias"] {
            if let Some(root) = tree.effective(at, name).filter(|root| is_system(root.value())) {
                server.add(Spot::new("system", scope()).value(root.value()).nginx(root));
            }
        }
        let prefix = match block.arguments.as_slice() {
            [prefix] => Some(prefix),
            [sign, prefix] if sign == "^~" => Some(prefix),
            _ => None,
        };
        let alias = block.own("alias").filter(|alias| alias.value().ends_with('/'));
        if let (Some(false), Some(alias)) = (prefix.map(|prefix| prefix.ends_with('/')), alias) {
            let spot = Spot::new("slash", scope()).nginx(alias);
            server.add(spot.near(Handle::Nginx(block.head())));
        }
        let merge = tree.effective(at, "merge_slashes").filter(|merge| merge.value() == "off");
        if let Some(merge) = merge {
            server.add(Spot::new("slashes", scope()).nginx(merge));
        }
    }
}

fn apache(apache: &Apache, server: &mut ServerFacts) {
    let config = &apache.config;
    for at in config.servers().filter(|at| config.is_served(*at)) {
        let root = config.at(at, "/");
        // The last section that says anything about access decides.
        let last = root.sections(config).rev().find(|section| {
            section.own("require").is_some()
                || section.own("deny").is_some()
                || section.own("allow").is_some()
        });
        let denies = last.is_some_and(|section| {
            let all = |name, word: [&str; 2]| {
                section.all(name).any(|found| {
                    word.iter().eq(found
                        .arguments
                        .iter()
                        .map(|part| part.to_ascii_lowercase())
                        .collect::<Vec<_>>()
                        .iter())
                })
            };
            let opens = section.own("allow").is_some() || all("require", ["all", "granted"]);
            !opens && (all("require", ["all", "denied"]) || all("deny", ["from", "all"]))
        });
        if !denies {
            let place = last.or_else(|| config.sections.get(at)).map(|section| section.place());
            if let Some(place) = place {
                server.add(Spot::new("granted", config.named(at)).at(place));
            }
        }
        for (path, directive) in config.content(at).into_iter().filter(|(path, _)| is_system(path))
        {
            server.add(Spot::new("system", config.named(at)).value(path).apache(directive));
        }
        let encoded =
            config.server_value(at, "allowencodedslashes").filter(|found| !found.is("off"));
        if let Some(encoded) = encoded {
            server.add(Spot::new("encoded", config.named(at)).apache(encoded));
        }
    }
}

fn tomcat(tomcat: &Instance, server: &mut ServerFacts) {
    for document in tomcat.context_documents() {
        for element in document.root.all() {
            let is = |name, wanted: &str| {
                element
                    .attribute(name)
                    .is_some_and(|value| value.trim().eq_ignore_ascii_case(wanted))
            };
            if is("allowLinking", "true") {
                server.add(Spot::new("links", &element.name).tomcat(
                    document,
                    element,
                    "allowLinking=\"true\"",
                ));
            }
            if is("encodedSolidusHandling", "decode") {
                server.add(Spot::new("encoded", &element.name).tomcat(
                    document,
                    element,
                    "encodedSolidusHandling=\"decode\"",
                ));
            }
        }
    }
}

pub fn judge(facts: &WebFacts, _params: &Params) -> Judgement {
    web::judge(facts, "none", |_, spot| match spot.sort.as_str() {
        "slash" => (Weight::Bad, "slash"),
        "system" => (Weight::Bad, "system"),
        "granted" => (Weight::Bad, "granted"),
        "links" => (Weight::Bad, "links"),
        "slashes" => (Weight::Warning, "slashes"),
        _ => (Weight::Warning, "encoded"),
    })
}
