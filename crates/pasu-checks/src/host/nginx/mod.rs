//! nginx as it is installed and configured: each installation's tree of blocks, from the files that it would read.

mod install;
mod lexer;
mod parse;
mod spans;

pub(super) use install::read;
pub use spans::{Statement, statements};

use crate::cause::Cause;
use crate::fix::Head;
use crate::host::processes::Process;
use pasu_model::Place;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// One nginx with its configuration.
#[derive(Debug, Clone)]
pub struct Nginx {
    /// Its first file.
    pub path: String,
    /// Where relative paths of content and logs begin.
    pub prefix: String,
    /// Its processes, where it runs.
    pub processes: Vec<Process>,
    /// What its files say.
    pub tree: Tree,
}

/// The blocks of a configuration; the first is what stands outside all.
#[derive(Debug, Clone)]
pub struct Tree {
    /// In the order in which nginx reads them.
    pub blocks: Vec<Block>,
    /// Files that could not be read or understood.
    pub unseen: Vec<Cause>,
}

/// `server { … }`.
#[derive(Debug, Clone)]
pub struct Block {
    /// `main`, `http`, `server`, `location`, …
    pub name: String,
    /// What stands between its name and `{`.
    pub arguments: Vec<String>,
    /// The block around it.
    pub parent: Option<usize>,
    /// File.
    pub path: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Its own directives, without those of blocks inside.
    pub directives: Vec<Directive>,
    /// Where each name stands among them, so that very long blocks stay quick.
    by_name: HashMap<String, Vec<usize>>,
}

/// `autoindex on;`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// Its name.
    pub name: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// File.
    pub path: Arc<str>,
    /// Line, from 1.
    pub line: u32,
}

impl Directive {
    fn new(mut words: Vec<String>, path: &Arc<str>, line: u32) -> Self {
        let name = if words.is_empty() { String::new() } else { words.remove(0) };
        Self { name, arguments: words, path: path.clone(), line }
    }

    /// Its first argument.
    #[must_use]
    pub fn value(&self) -> &str {
        self.arguments.first().map_or("", String::as_str)
    }

    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> Place {
        Place::File { path: self.path.to_string(), line: Some(self.line) }
    }

    /// By which it is found again.
    #[must_use]
    pub fn head(&self) -> Head {
        let words = std::iter::once(&self.name).chain(&self.arguments).cloned().collect();
        Head { path: self.path.to_string(), line: self.line, words }
    }

    /// As it could be written.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut shown = self.name.clone();
        for argument in &self.arguments {
            shown.push(' ');
            shown.push_str(argument);
        }
        shown
    }
}

impl Block {
    /// The last of its own directives of a name.
    #[must_use]
    pub fn own(&self, name: &str) -> Option<&Directive> {
        self.directives.get(*self.by_name.get(name)?.last()?)
    }

    /// By which it is found again.
    #[must_use]
    pub fn head(&self) -> Head {
        let words = std::iter::once(&self.name).chain(&self.arguments).cloned().collect();
        Head { path: self.path.to_string(), line: self.line, words }
    }

    /// All its own directives of a name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &Directive> {
        let indexes = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
        indexes.iter().filter_map(|index| self.directives.get(*index))
    }

    fn keep(&mut self, directive: Directive) {
        let at = self.directives.len();
        self.by_name.entry(directive.name.clone()).or_default().push(at);
        self.directives.push(directive);
    }

    /// A block without directives, from what stands before its `{`.
    fn begun(head: Directive, parent: Option<usize>) -> Self {
        Self {
            name: head.name,
            arguments: head.arguments,
            parent,
            path: head.path,
            line: head.line,
            directives: Vec::new(),
            by_name: HashMap::new(),
        }
    }

    /// Where it begins.
    #[must_use]
    pub fn place(&self) -> Place {
        Place::File { path: self.path.to_string(), line: Some(self.line) }
    }
}

impl Tree {
    /// A block and those around it, from inside.
    pub fn chain(&self, index: usize) -> impl Iterator<Item = &Block> {
        let mut next = Some(index);
        std::iter::from_fn(move || {
            let block = self.blocks.get(next?)?;
            next = block.parent;
            Some(block)
        })
    }

    fn is_in(&self, index: usize, name: &str) -> bool {
        self.chain(index).any(|block| block.name == name)
    }

    /// The directive that counts in a block: its own, else that of the nearest block around it.
    #[must_use]
    pub fn effective(&self, index: usize, name: &str) -> Option<&Directive> {
        self.chain(index).find_map(|block| block.own(name))
    }

    /// The directives of a list that count in a block: one of its own takes the place of all around it.
    #[must_use]
    pub fn effective_all(&self, index: usize, name: &str) -> Vec<&Directive> {
        self.chain(index)
            .map(|block| block.all(name).collect::<Vec<_>>())
            .find(|found| !found.is_empty())
            .unwrap_or_default()
    }

    /// The servers of HTTP; those of mail and of streams are others.
    pub fn servers(&self) -> impl Iterator<Item = usize> {
        (0..self.blocks.len()).filter(|index| {
            self.blocks.get(*index).is_some_and(|block| block.name == "server")
                && self.is_in(*index, "http")
        })
    }

    /// The blocks in which a request may end: servers, locations and their conditions. A server whose `location /`
    /// takes every request is none itself.
    pub fn endpoints(&self) -> Vec<usize> {
        let servers: Vec<usize> = self.servers().collect();
        let mut covered = vec![false; self.blocks.len()];
        for block in &self.blocks {
            let takes_all = block.name == "location"
                && matches!(block.arguments.last().map(String::as_str), Some("/"))
                && block.arguments.first().is_some_and(|first| first != "=");
            if let (true, Some(flag)) = (takes_all, block.parent.and_then(|at| covered.get_mut(at)))
            {
                *flag = true;
            }
        }
        let mut found = Vec::new();
        for (index, block) in self.blocks.iter().enumerate() {
            let is_server = block.name == "server" && servers.binary_search(&index).is_ok();
            let is_inner = matches!(block.name.as_str(), "location" | "if" | "limit_except")
                && self.is_in(index, "http");
            if is_inner || is_server && !covered.get(index).copied().unwrap_or_default() {
                found.push(index);
            }
        }
        found
    }

    /// The server around a block.
    #[must_use]
    pub fn server_of(&self, index: usize) -> Option<usize> {
        let mut next = Some(index);
        while let Some(at) = next {
            let block = self.blocks.get(at)?;
            if block.name == "server" {
                return Some(at);
            }
            next = block.parent;
        }
        None
    }

    /// The nearest block of a name around another, itself included.
    #[must_use]
    pub fn around(&self, index: usize, name: &str) -> Option<&Block> {
        self.chain(index).find(|block| block.name == name)
    }

    /// `server example.com, location /x`.
    #[must_use]
    pub fn named(&self, index: usize) -> String {
        let mut parts: Vec<String> = self
            .chain(index)
            .filter(|block| !matches!(block.name.as_str(), "main" | "http"))
            .map(|block| match block.name.as_str() {
                "server" => {
                    let name = block.own("server_name").map_or("_", Directive::value);
                    format!("server {}", if name.is_empty() { "_" } else { name })
                }
                name => format!("{name} {}", block.arguments.join(" ")),
            })
            .collect();
        parts.reverse();
        if parts.is_empty() { "http".to_owned() } else { parts.join(", ") }
    }
}

impl Nginx {
    /// Where content lies: what `root` and `alias` name wherever a request may end, with that place. Paths that hold
    /// variables stay as written.
    #[must_use]
    pub fn content(&self) -> Vec<(String, usize, &Directive)> {
        let mut found: Vec<(String, usize, &Directive)> = Vec::new();
        for at in self.tree.endpoints() {
            let alias = self.tree.blocks.get(at).and_then(|block| block.own("alias"));
            let Some(directive) = alias.or_else(|| self.tree.effective(at, "root")) else {
                continue;
            };
            let path = self.absolute(directive.value());
            let path = if path.len() > 1 { path.trim_end_matches('/').to_owned() } else { path };
            found.push((path, at, directive));
        }
        let mut seen = HashSet::new();
        found.retain(|(path, _, directive)| {
            seen.insert((path.clone(), directive.path.clone(), directive.line))
        });
        found
    }

    /// A path as nginx takes it: relative ones begin at its prefix.
    #[must_use]
    pub fn absolute(&self, path: &str) -> String {
        if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", self.prefix) }
    }
}

#[cfg(test)]
mod tests {
    use crate::case::TestHost;

    #[test]
    fn includes_inherit_and_streams_are_left_out() {
        let host = TestHost::new()
            .file("/etc/nginx/nginx.conf", "http {\n autoindex on;\n include sites-enabled/*;\n}\nstream { server { listen 1; } }\n")
            .file("/etc/nginx/sites-enabled/default", "server { location / { autoindex off; } location /x { } }")
            .host();
        let web = host.web().unwrap();
        let tree = &web.nginx[0].tree;
        assert_eq!(tree.servers().count(), 1);
        let ends = tree.endpoints();
        assert_eq!(
            ends.iter().map(|at| tree.named(*at)).collect::<Vec<_>>(),
            ["server _, location /", "server _, location /x"]
        );
        let values: Vec<_> =
            ends.iter().map(|at| tree.effective(*at, "autoindex").unwrap().value()).collect();
        assert_eq!(values, ["off", "on"]);
        assert!(tree.unseen.is_empty());
    }

    #[test]
    fn an_include_of_itself_ends() {
        let host = TestHost::new().file("/etc/nginx/nginx.conf", "include nginx.conf;").host();
        assert!(!host.web().unwrap().nginx[0].tree.unseen.is_empty());
    }

    #[test]
    fn lua_is_no_configuration() {
        let text =
            "http { server { content_by_lua_block { local a = { \"}\" } -- }\n } autoindex on; } }";
        let host = TestHost::new().file("/etc/nginx/nginx.conf", text).host();
        let tree = &host.web().unwrap().nginx[0].tree;
        assert!(tree.unseen.is_empty(), "{:?}", tree.unseen);
        let server = tree.servers().next().unwrap();
        assert!(tree.effective(server, "autoindex").is_some());
    }
}
