//! Apache as it is installed and configured: each installation's sections, with conditions decided, includes read and
//! sections merged as the server merges them.

mod home;
mod install;
mod lexer;
mod merge;
mod parse;

pub use home::Home;
pub(super) use install::read;
pub use merge::{Effective, OptionSet};

use crate::cause::Cause;
use crate::fix::Head;
use crate::host::processes::Process;
use pasu_model::Place;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// One Apache with its configuration.
#[derive(Debug, Clone)]
pub struct Apache {
    /// Its first file.
    pub path: String,
    /// Its version, where a package tells.
    pub version: Option<(u32, u32, u32)>,
    /// Its processes, where it runs.
    pub processes: Vec<Process>,
    /// What its files say, `.htaccess` included.
    pub config: Config,
    /// The places of its servers, each with what counts there.
    pub places: Vec<Effective>,
    /// `.htaccess` files that could not be looked for, which matters where places are judged.
    pub places_unseen: Vec<Cause>,
}

/// What an Apache was told.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Where relative paths begin.
    pub server_root: String,
    /// Loaded modules by their identifiers: `autoindex_module`.
    pub modules: BTreeSet<String>,
    /// `ServerRoot`, `Define` and the variables of the start script.
    pub(self) variables: BTreeMap<String, String>,
    /// Directories whose `*.conf` the main server includes.
    pub(self) drop_ins: Vec<String>,
    /// In the order in which Apache reads them; the first is the main server.
    pub sections: Vec<Section>,
    /// Files that could not be read or understood.
    pub unseen: Vec<Cause>,
}

/// `<Directory /srv>`; conditions such as `<IfModule>` are decided and are none.
#[derive(Debug, Clone, Default)]
pub struct Section {
    /// Its name in lower case: `directory`, `virtualhost`; `htaccess` for such a file; `main` for the first.
    pub kind: String,
    /// What stands behind its name.
    pub arguments: Vec<String>,
    /// The section around it.
    pub parent: Option<usize>,
    /// File.
    pub path: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Its own directives.
    pub directives: Vec<Directive>,
    /// Where each name stands among them.
    by_name: HashMap<String, Vec<usize>>,
}

/// `Options -Indexes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// Its name in lower case.
    pub name: String,
    /// Its arguments without quotes, variables put in.
    pub arguments: Vec<String>,
    /// The line as written.
    pub text: String,
    /// File.
    pub path: Arc<str>,
    /// Line, from 1.
    pub line: u32,
}

impl Directive {
    /// Its first argument.
    #[must_use]
    pub fn value(&self) -> &str {
        self.arguments.first().map_or("", String::as_str)
    }

    /// By which it is found again. What stands behind its name may be secret.
    #[must_use]
    pub fn head(&self) -> Head {
        let words = vec![self.name.clone()];
        Head { path: self.path.to_string(), line: self.line, words }
    }

    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> Place {
        Place::File { path: self.path.to_string(), line: Some(self.line) }
    }

    /// Whether its first argument is this word, in whatever case.
    #[must_use]
    pub fn is(&self, word: &str) -> bool {
        self.value().eq_ignore_ascii_case(word)
    }
}

impl Section {
    /// The last of its own directives of a name (lower case).
    #[must_use]
    pub fn own(&self, name: &str) -> Option<&Directive> {
        self.directives.get(*self.by_name.get(name)?.last()?)
    }

    /// All its own directives of a name (lower case).
    pub fn all(&self, name: &str) -> impl Iterator<Item = &Directive> {
        let indexes = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
        indexes.iter().filter_map(|index| self.directives.get(*index))
    }

    /// Where it begins.
    #[must_use]
    pub fn place(&self) -> Place {
        Place::File { path: self.path.to_string(), line: Some(self.line) }
    }

    fn forget(&mut self, is_void: impl Fn(&Directive) -> bool) {
        let kept = std::mem::take(&mut self.directives);
        self.by_name.clear();
        for directive in kept.into_iter().filter(|directive| !is_void(directive)) {
            self.keep(directive);
        }
    }

    fn keep(&mut self, directive: Directive) {
        let at = self.directives.len();
        self.by_name.entry(directive.name.clone()).or_default().push(at);
        self.directives.push(directive);
    }
}

impl Config {
    /// Whether a module is loaded: `has_module("ssl")`.
    #[must_use]
    pub fn has_module(&self, name: &str) -> bool {
        self.modules.contains(&format!("{name}_module"))
    }

    /// The same, where a build without a single `LoadModule` may have it built in.
    #[must_use]
    pub fn may_have_module(&self, name: &str) -> bool {
        self.has_module(name) || self.everywhere("loadmodule").next().is_none()
    }

    /// The main server and the virtual hosts.
    pub fn servers(&self) -> impl Iterator<Item = usize> {
        (0..self.sections.len())
            .filter(|at| self.sections.get(*at).is_some_and(|section| section.is_server()))
    }

    /// The directive that counts for a server outside its sections: its own, else the main server's.
    #[must_use]
    pub fn server_value(&self, server: usize, name: &str) -> Option<&Directive> {
        let own = self.sections.get(server).and_then(|section| section.own(name));
        own.or_else(|| self.sections.first()?.own(name))
    }

    /// All directives of a name that a server has outside its sections, those of the main server included.
    pub fn server_values<'a>(
        &'a self,
        server: usize,
        name: &'a str,
    ) -> impl Iterator<Item = &'a Directive> {
        let main = if server == 0 { None } else { self.sections.first() };
        self.sections.get(server).into_iter().chain(main).flat_map(move |section| section.all(name))
    }

    /// Every directive of a name, with its section.
    pub fn everywhere<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (usize, &'a Directive)> {
        self.sections
            .iter()
            .enumerate()
            .flat_map(move |(at, section)| section.all(name).map(move |directive| (at, directive)))
    }

    /// The server around a section.
    #[must_use]
    pub fn server_of(&self, section: usize) -> usize {
        let mut at = section;
        while let Some(found) = self.sections.get(at) {
            match found.parent {
                Some(parent) if !found.is_server() => at = parent,
                _ => return at,
            }
        }
        0
    }

    /// `VirtualHost *:80 (example.com), Directory /srv`.
    #[must_use]
    pub fn named(&self, section: usize) -> String {
        let mut parts = Vec::new();
        let mut next = Some(section);
        while let Some(found) = next.and_then(|at| self.sections.get(at)) {
            next = found.parent;
            let name = match found.kind.as_str() {
                "main" => continue,
                "virtualhost" => {
                    let name = found.own("servername").map_or("_", Directive::value);
                    format!("VirtualHost {} ({name})", found.arguments.join(" "))
                }
                "htaccess" => found.path.to_string(),
                kind => {
                    let mut kind = kind.to_owned();
                    if let Some(first) = kind.get_mut(..1) {
                        first.make_ascii_uppercase();
                    }
                    format!("{kind} {}", found.arguments.join(" "))
                }
            };
            parts.push(name);
        }
        parts.reverse();
        if parts.is_empty() { "main server".to_owned() } else { parts.join(", ") }
    }

    /// A path as Apache takes it: relative ones begin at `ServerRoot`.
    #[must_use]
    pub fn absolute(&self, path: &str) -> String {
        let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
        if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", self.server_root) }
    }

    /// Where a server's content lies: its root and what aliases lead to, with the directives that say so.
    #[must_use]
    pub fn content(&self, server: usize) -> Vec<(String, &Directive)> {
        let mut found = Vec::new();
        if let Some(root) = self.server_value(server, "documentroot") {
            found.push((self.absolute(root.value()), root));
        }
        for name in ["alias", "scriptalias"] {
            let with_target =
                |directive| Some((self.absolute(Directive::last(directive)?), directive));
            found.extend(self.server_values(server, name).filter_map(with_target));
        }
        found
    }
}

impl Directive {
    fn last(&self) -> Option<&str> {
        self.arguments.last().map(String::as_str)
    }
}

impl Section {
    fn is_server(&self) -> bool {
        matches!(self.kind.as_str(), "main" | "virtualhost")
    }
}
