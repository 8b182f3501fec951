//! The web servers of the target, and the form in which items about them keep what they found.

mod runner;
pub mod sites;

pub use runner::Runner;

use super::apache::{Apache, Home};
use super::nginx::Nginx;
use super::processes::Process;
use super::tomcat::{Document, Element, Instance};
use super::{FileFacts, Host};
use crate::cause::Cause;
use crate::fix::{ElementHead, Head};
use crate::judgement::{Judgement, Reason, reason};
use pasu_model::{Place, Weight};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How many findings of one server are kept; all are counted.
const MAX_SPOTS: usize = 200;

/// The web servers that are installed, running or not.
#[derive(Debug, Default)]
pub struct Web {
    /// nginx.
    pub nginx: Vec<Nginx>,
    /// Apache.
    pub apache: Vec<Apache>,
}

impl Host {
    /// The web servers.
    ///
    /// # Errors
    /// Whether they are here could not be found out.
    pub fn web(&self) -> Result<Arc<Web>, Cause> {
        let read =
            || Ok(Web { nginx: super::nginx::read(self)?, apache: super::apache::read(self)? });
        self.web.get_or_init(|| read().map(Arc::new)).clone()
    }
}

/// What an item found on the web servers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebFacts {
    /// Each server that is installed.
    pub servers: Vec<ServerFacts>,
    /// What could not be seen and might be a server.
    pub unseen: Vec<Cause>,
}

/// What an item found on one server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerFacts {
    /// `nginx`, `Apache`, `Tomcat`.
    pub product: String,
    /// Its first file.
    pub path: String,
    /// What was found, at most two hundred.
    pub spots: Vec<Spot>,
    /// How many there are in all.
    pub total: usize,
    /// What could not be read of it.
    pub unseen: Vec<Cause>,
    /// The unit that runs it, where it runs.
    pub unit: Option<String>,
    /// Where lines for the whole of an Apache are added.
    pub home: Option<Home>,
    /// The account that serves, for items about files.
    pub runner: Option<Runner>,
}

/// A statement that could be changed, or a block that could get another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Handle {
    /// Of nginx.
    Nginx(Head),
    /// Of Apache.
    Apache(Head),
    /// An element of Tomcat's files.
    Xml(ElementHead),
}

/// One thing found on a server. What it means is for `judge`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spot {
    /// What it is, by a name of the item's own.
    pub sort: String,
    /// Where on the server: `server example.com, location /x`; or a path.
    pub scope: String,
    /// What exactly: a value, a path.
    pub value: String,
    /// The line that says so.
    pub place: Option<Place>,
    /// That line.
    pub text: String,
    /// The statement that says so, where it can be changed.
    pub handle: Option<Handle>,
    /// Blocks around it in which another could be put, or elements that go with it.
    pub near: Vec<Handle>,
    /// The file, for items about files.
    pub file: Option<FileFacts>,
}

impl Spot {
    /// Something found in a scope of a server.
    #[must_use]
    pub fn new(sort: &str, scope: impl Into<String>) -> Self {
        Self {
            sort: sort.to_owned(),
            scope: scope.into(),
            value: String::new(),
            place: None,
            text: String::new(),
            handle: None,
            near: Vec::new(),
            file: None,
        }
    }

    /// The file that it is about.
    #[must_use]
    pub fn file(mut self, file: &FileFacts) -> Self {
        self.place = Some(Place::File { path: file.path.clone(), line: None });
        self.file = Some(file.clone());
        self
    }

    /// A block in which a directive could be put, or an element that goes with it.
    #[must_use]
    pub fn near(mut self, handle: Handle) -> Self {
        self.near.push(handle);
        self
    }

    /// What exactly.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = without_login(&value.into());
        self
    }

    /// Where it stands.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The directive of nginx that says so.
    #[must_use]
    pub fn nginx(mut self, directive: &super::nginx::Directive) -> Self {
        self.place = Some(directive.place());
        self.text = without_login(&directive.shown());
        self.handle = (self.text == directive.shown()).then(|| Handle::Nginx(directive.head()));
        self
    }

    /// The directive of Apache that says so.
    #[must_use]
    pub fn apache(mut self, directive: &super::apache::Directive) -> Self {
        self.place = Some(directive.place());
        self.text = without_login(&directive.text);
        self.handle = Some(Handle::Apache(directive.head()));
        self
    }

    /// The element of Tomcat that says so. Its attributes may be secret, so only some words of it are kept.
    #[must_use]
    pub fn tomcat(
        mut self,
        document: &Document,
        element: &Element,
        text: impl Into<String>,
    ) -> Self {
        self.place = Some(Place::File { path: document.path.clone(), line: Some(element.line) });
        self.text = text.into();
        self.handle = document.head(element).map(Handle::Xml);
        self
    }

    /// A sentence about it, which may name `{scope}` and `{value}`.
    #[must_use]
    pub fn reason(&self, key: &'static str) -> Reason {
        let mut reason =
            reason(key).arg("scope", &self.scope).arg("value", &self.value).at(self.place.clone());
        if !self.text.is_empty() {
            reason = reason.excerpt(&self.text);
        }
        reason
    }
}

/// Addresses may hold a name and a password: `http://user:password@10.0.0.2/`.
fn without_login(text: &str) -> String {
    let mut parts = text.split("://");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| c == '/' || c.is_whitespace() || c == '"');
        let (authority, rest) = part.split_at(end.unwrap_or(part.len()));
        out.push_str("://");
        match authority.rsplit_once('@') {
            Some((_, server)) => out.extend(["***@", server]),
            None => out.push_str(authority),
        }
        out.push_str(rest);
    }
    out
}

impl ServerFacts {
    /// A server of which nothing was found yet.
    #[must_use]
    pub fn new(product: &str, path: &str, unseen: &[Cause]) -> Self {
        Self {
            product: product.to_owned(),
            path: path.to_owned(),
            spots: Vec::new(),
            total: 0,
            unseen: unseen.iter().take(MAX_SPOTS).cloned().collect(),
            unit: None,
            home: None,
            runner: None,
        }
    }

    /// Keeps a finding, each once.
    pub fn add(&mut self, spot: Spot) {
        let is_same = |kept: &Spot| {
            kept.sort == spot.sort
                && kept.place.is_some()
                && kept.place == spot.place
                && kept.text == spot.text
                && kept.near.first() == spot.near.first()
        };
        if let Some(kept) = self.spots.iter_mut().rev().take(MAX_SPOTS).find(|kept| is_same(kept)) {
            let new: Vec<Handle> =
                spot.near.into_iter().filter(|handle| !kept.near.contains(handle)).collect();
            kept.near.extend(new);
            return;
        }
        self.total += 1;
        if self.spots.len() < MAX_SPOTS {
            self.spots.push(spot);
        }
    }

    /// Keeps something that could not be seen.
    pub fn unseen(&mut self, cause: Cause) {
        if self.unseen.len() < MAX_SPOTS {
            self.unseen.push(cause);
        }
    }
}

/// Reads each server that is here, for an item that is also about Tomcat.
///
/// # Errors
/// Which are here could not be found out.
pub fn collect_all(
    host: &Host,
    nginx: impl FnMut(&Nginx, &mut ServerFacts),
    apache: impl FnMut(&Apache, &mut ServerFacts),
    mut tomcat: impl FnMut(&Instance, &mut ServerFacts),
) -> Result<WebFacts, Cause> {
    let mut facts = collect(host, nginx, apache)?;
    let found = host.tomcat()?;
    for instance in &found.instances {
        let mut server = ServerFacts::new("Tomcat", &instance.base, &instance.unseen);
        tomcat(instance, &mut server);
        facts.servers.push(server);
    }
    facts.unseen.extend(found.unseen.iter().cloned());
    Ok(facts)
}

/// Reads each nginx and Apache that is here.
///
/// # Errors
/// Which are here could not be found out.
pub fn collect(
    host: &Host,
    mut nginx: impl FnMut(&Nginx, &mut ServerFacts),
    mut apache: impl FnMut(&Apache, &mut ServerFacts),
) -> Result<WebFacts, Cause> {
    let web = host.web()?;
    let mut facts = WebFacts::default();
    for found in &web.nginx {
        let mut server = ServerFacts::new("nginx", &found.path, &found.tree.unseen);
        server.unit = unit_of(&found.processes);
        nginx(found, &mut server);
        facts.servers.push(server);
    }
    for found in &web.apache {
        let mut server = ServerFacts::new("Apache", &found.path, &found.config.unseen);
        server.unit = unit_of(&found.processes);
        server.home = Some(found.home());
        apache(found, &mut server);
        facts.servers.push(server);
    }
    Ok(facts)
}

/// The service that runs a server's processes.
fn unit_of(processes: &[Process]) -> Option<String> {
    let unit = processes.iter().find_map(|process| process.unit.clone())?;
    unit.ends_with(".service").then_some(unit)
}

/// Judges each server: what a spot weighs, and by which sentence it is told. A server with nothing bad, unseen or to
/// ask about is good, by the sentence `good`.
pub fn judge(
    facts: &WebFacts,
    good: &'static str,
    weigh: impl Fn(&ServerFacts, &Spot) -> (Weight, &'static str),
) -> Judgement {
    if facts.servers.is_empty() && facts.unseen.is_empty() {
        return Judgement::not_applicable(reason("web-none"));
    }
    let mut judgement = Judgement::new();
    for cause in &facts.unseen {
        judgement.unseen(cause);
    }
    for server in &facts.servers {
        let mut is_good = server.unseen.is_empty();
        for spot in &server.spots {
            let (weight, key) = weigh(server, spot);
            is_good &= !matches!(weight, Weight::Bad | Weight::Unseen | Weight::Ask);
            say(&mut judgement, weight, spot.reason(key));
        }
        if server.total > server.spots.len() {
            judgement.note(reason("web-more").arg("total", server.total).file(&server.path));
        }
        for cause in &server.unseen {
            judgement.unseen(cause);
        }
        if is_good {
            judgement.good(reason(good).arg("product", &server.product).file(&server.path));
        }
    }
    judgement
}

fn say(judgement: &mut Judgement, weight: Weight, reason: Reason) {
    match weight {
        Weight::Bad => judgement.bad(reason),
        Weight::Ask | Weight::Unseen => judgement.ask(reason),
        Weight::Warning => judgement.warn(reason),
        Weight::Good => judgement.good(reason),
        Weight::Note => judgement.note(reason),
    }
}
