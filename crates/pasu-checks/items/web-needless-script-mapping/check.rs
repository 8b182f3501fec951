//! Mappings of servlets: `<servlet-mapping><servlet-name>cgi</servlet-name><url-pattern>/cgi-bin/*</url-pattern>`.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::fix::ElementHead;
use crate::host::Host;
use crate::host::tomcat::Document;
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use pasu_model::Place;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many mappings are kept.
const MAX_MAPPINGS: usize = 200;

/// Servlets and filters that run scripts or any class.
const NEEDLESS: [&str; 5] = [
    "org.apache.catalina.servlets.CGIServlet",
    "org.apache.catalina.servlets.InvokerServlet",
    "org.apache.catalina.ssi.SSIServlet",
    "org.apache.catalina.ssi.SSIFilter",
    "org.apache.catalina.servlets.SSIServlet",
];

/// What every `conf/web.xml` maps.
const USUAL: [&str; 2] =
    ["org.apache.catalina.servlets.DefaultServlet", "org.apache.jasper.servlet.JspServlet"];

/// The mappings of each instance.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    instances: Vec<Instance>,
    unseen: Vec<Cause>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Instance {
    base: String,
    mappings: Vec<Mapping>,
    more: bool,
    examples: Vec<String>,
    packed: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Mapping {
    pattern: String,
    /// The class; the servlet's name where it has none.
    class: String,
    place: Place,
    /// By which a fix finds it.
    head: Option<ElementHead>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let tomcat = host.tomcat()?;
    let mut facts = Facts { instances: Vec::new(), unseen: tomcat.unseen.clone() };
    for instance in &tomcat.instances {
        let mut mappings: Vec<Mapping> = instance.web_documents().flat_map(mappings).collect();
        mappings.sort_by_key(|mapping| !is_needless(mapping));
        let more = mappings.len() > MAX_MAPPINGS;
        mappings.truncate(MAX_MAPPINGS);
        let folders = |wanted: fn(&crate::host::tomcat::Application) -> bool| {
            let found = instance.applications.iter().filter(|application| wanted(application));
            found.map(|application| application.folder.clone()).collect()
        };
        facts.unseen.extend(instance.unseen.iter().cloned());
        facts.instances.push(Instance {
            base: instance.base.clone(),
            mappings,
            more,
            examples: folders(|application| {
                matches!(
                    application.name.as_str(),
                    "examples" | "examples.war" | "servlets-examples" | "jsp-examples"
                )
            }),
            packed: folders(|application| application.packed),
        });
    }
    Ok(facts)
}

fn mappings(document: &Document) -> Vec<Mapping> {
    let mut classes = BTreeMap::new();
    for (kind, name, class) in
        [("servlet", "servlet-name", "servlet-class"), ("filter", "filter-name", "filter-class")]
    {
        for element in document.root.named(kind) {
            classes.insert((kind, element.child_text(name)), element.child_text(class));
        }
    }
    let mut found = Vec::new();
    for (mapping, kind, key) in [
        ("servlet-mapping", "servlet", "servlet-name"),
        ("filter-mapping", "filter", "filter-name"),
    ] {
        for element in document.root.named(mapping) {
            let name = element.child_text(key);
            let class = classes.get(&(kind, name)).copied().filter(|class| !class.is_empty());
            // Filters are no scripts, but for the one that runs them.
            if kind == "filter" && !class.is_some_and(|class| NEEDLESS.contains(&class)) {
                continue;
            }
            let patterns = element.children.iter().filter(|child| child.name == "url-pattern");
            let place = Place::File { path: document.path.clone(), line: Some(element.line) };
            let shown = |text: &str| text.chars().take(120).collect();
            found.extend(patterns.map(|pattern| Mapping {
                pattern: shown(&pattern.text),
                class: shown(class.unwrap_or(name)),
                place: place.clone(),
                head: document.head(element),
            }));
        }
    }
    found
}

fn is_needless(mapping: &Mapping) -> bool {
    NEEDLESS.contains(&mapping.class.as_str()) || mapping.class == "invoker"
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    if facts.instances.is_empty() && facts.unseen.is_empty() {
        return Judgement::not_applicable(reason("tomcat-absent"));
    }
    let mut judgement = Judgement::new();
    for instance in &facts.instances {
        judge_instance(instance, &mut judgement);
    }
    for cause in &facts.unseen {
        judgement.unseen(cause);
    }
    judgement
}

fn judge_instance(instance: &Instance, judgement: &mut Judgement) {
    let own = instance.mappings.iter().filter(|mapping| {
        !USUAL.contains(&mapping.class.as_str())
            && !matches!(mapping.class.as_str(), "default" | "jsp")
    });
    let mut is_usual = !instance.more;
    for mapping in own {
        is_usual = false;
        let say = |key: &'static str| {
            let said = reason(key).arg("pattern", &mapping.pattern).arg("class", &mapping.class);
            said.at(mapping.place.clone())
        };
        if is_needless(mapping) {
            judgement.bad(say("needless"));
        } else {
            judgement.ask(say("mapping"));
        }
    }
    for folder in &instance.examples {
        is_usual = false;
        judgement.bad(reason("examples").arg("folder", folder).file(folder));
    }
    for folder in &instance.packed {
        is_usual = false;
        judgement.ask(reason("packed").arg("folder", folder).file(folder));
    }
    if is_usual {
        judgement.good(reason("only-default").arg("base", &instance.base));
    }
}
