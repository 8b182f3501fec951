//! Which sections count at a place of a server, and what `Options` come out of them.
//!
//! Apache merges `Directory` sections from the shortest path to the longest, the main server's before a virtual host's,
//! `.htaccess` files after them, then `DirectoryMatch`, `Files`, and `Location` last.

use super::{Config, Directive, Section, parse};
use crate::cause::{Cause, CauseKind};
use crate::host::Host;
use crate::host::wildcard;
use pasu_system::EntryKind;
use std::collections::BTreeSet;
use std::path::Path;

/// How many comparisons of places with sections are made, and how many directories searched for `.htaccess`.
const MAX_STEPS: usize = 20_000_000;
const MAX_FOLDERS: usize = 20_000;
const MAX_FOLDER_DEPTH: usize = 12;

/// A place of a server with the sections that count there, in the order in which they are merged.
#[derive(Debug, Clone)]
pub struct Effective {
    /// The server.
    pub server: usize,
    /// `VirtualHost *:80 (x), /srv/www`.
    pub name: String,
    /// The directory, where the place is one.
    pub folder: Option<String>,
    /// Whether requests reach it: its server answers some port, and it lies where that server's content does.
    pub is_served: bool,
    layers: Vec<usize>,
}

/// Bits of `Options`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OptionSet(u8);

impl OptionSet {
    /// `Indexes`.
    pub const INDEXES: Self = Self(1);
    /// `Includes`, also without `exec`.
    pub const INCLUDES: Self = Self(2);
    /// `ExecCGI`.
    pub const CGI: Self = Self(4);
    /// `FollowSymLinks`.
    pub const FOLLOW: Self = Self(8);
    /// `SymLinksIfOwnerMatch`.
    pub const OWNER: Self = Self(16);

    const ALL: u8 = 0b1111;

    /// Whether a bit is among them.
    #[must_use]
    pub const fn has(self, bit: Self) -> bool {
        self.0 & bit.0 != 0
    }

    fn of(word: &str) -> u8 {
        match word.to_ascii_lowercase().as_str() {
            "indexes" => Self::INDEXES.0,
            "includes" | "includesnoexec" => Self::INCLUDES.0,
            "execcgi" => Self::CGI.0,
            "followsymlinks" => Self::FOLLOW.0,
            "symlinksifownermatch" => Self::OWNER.0,
            "all" => Self::ALL,
            _ => 0,
        }
    }
}

/// Applies one `Options` line; words without a sign begin anew.
fn apply(before: u8, directive: &Directive) -> u8 {
    let mut set = before;
    let mut is_fresh = false;
    for word in &directive.arguments {
        if let Some(word) = word.strip_prefix('+') {
            set |= OptionSet::of(word);
        } else if let Some(word) = word.strip_prefix('-') {
            set &= !OptionSet::of(word);
        } else {
            if !is_fresh {
                set = 0;
                is_fresh = true;
            }
            set |= OptionSet::of(word);
        }
    }
    set
}

impl Effective {
    /// The sections that count here, in the order in which they are merged.
    pub fn sections<'a>(
        &'a self,
        config: &'a Config,
    ) -> impl DoubleEndedIterator<Item = &'a Section> {
        self.layers.iter().filter_map(|at| config.sections.get(*at))
    }

    /// The directive that counts here.
    #[must_use]
    pub fn value<'a>(&self, config: &'a Config, name: &str) -> Option<&'a Directive> {
        self.layers.iter().rev().find_map(|at| config.sections.get(*at)?.own(name))
    }

    /// The options that count here, and the directive that last gave a bit, if the built-in default did not.
    #[must_use]
    pub fn options<'a>(
        &self,
        config: &'a Config,
        bit: OptionSet,
    ) -> (OptionSet, Option<&'a Directive>) {
        let mut set = OptionSet::FOLLOW.0;
        let mut giver = None;
        let sections = self.layers.iter().filter_map(|at| config.sections.get(*at));
        for directive in sections.flat_map(|section| section.all("options")) {
            let next = apply(set, directive);
            if next & bit.0 != 0 && (set & bit.0 == 0 || names(directive, bit)) {
                giver = Some(directive);
            }
            set = next;
        }
        (OptionSet(set), giver)
    }
}

fn names(directive: &Directive, bit: OptionSet) -> bool {
    directive.arguments.iter().any(|word| OptionSet::of(word.trim_start_matches('+')) & bit.0 != 0)
}

/// Whether a `Directory` section's path, which may hold wildcards, takes in a directory.
fn covers(section: &str, folder: &str) -> bool {
    let section = section.trim_end_matches('/');
    if !section.contains(['*', '?', '[']) {
        return section.is_empty()
            || folder
                .strip_prefix(section)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    }
    // A wildcard never takes in a slash.
    let mut parts = folder.split('/');
    section.split('/').all(|pattern| {
        parts.next().is_some_and(|part| wildcard(pattern.as_bytes(), part.as_bytes()))
    })
}

fn depth(path: &str) -> usize {
    path.split('/').filter(|part| !part.is_empty()).count()
}

/// Finds the places of every server.
pub(super) struct Merger<'a> {
    config: &'a Config,
    steps: usize,
    found: Vec<Effective>,
}

impl<'a> Merger<'a> {
    /// The places that count, and whether all were looked at.
    pub(super) fn places(config: &'a Config) -> (Vec<Effective>, Option<Cause>) {
        let mut merger = Self { config, steps: 0, found: Vec::new() };
        for server in config.servers() {
            merger.server(server);
            if merger.steps > MAX_STEPS {
                let cause = Cause::new(CauseKind::Limit, "too many sections to merge");
                return (merger.found, Some(cause));
            }
        }
        (merger.found, None)
    }

    fn server(&mut self, server: usize) {
        let config = self.config;
        let is_served = config.is_served(server);
        let content: Vec<String> =
            config.content(server).into_iter().map(|(path, _)| path).collect();
        let scoped = config.scoped(server);
        let is_open = config.leads_anywhere(server);
        let holds = |folder: &str| {
            is_open && folder != "/" || content.iter().any(|root| covers(root, folder))
        };
        let mut folders: BTreeSet<String> = content.iter().cloned().collect();
        for at in &scoped {
            let Some(section) = config.sections.get(*at) else { continue };
            let Some(path) = config.plain_folder(*at) else { continue };
            let is_own = section.parent == Some(server) || server == 0;
            if is_own || holds(&path) {
                folders.insert(path);
            }
        }
        for folder in folders {
            let layers = self.folder_layers(server, &scoped, &folder);
            let name = format!("{}, {folder}", config.named(server));
            let is_served = is_served && holds(&folder);
            self.found.push(Effective { server, name, folder: Some(folder), is_served, layers });
            if self.steps > MAX_STEPS {
                return;
            }
        }
        let root = content.first().map_or("/", String::as_str);
        let base = self.folder_layers(server, &scoped, root);
        for at in &scoped {
            self.steps += base.len();
            let Some(section) = config.sections.get(*at) else { continue };
            if config.plain_folder(*at).is_some()
                || section.kind == "htaccess"
                || section.directives.is_empty()
            {
                continue;
            }
            let mut layers = base.clone();
            let parent = section.parent.filter(|parent| *parent != server && *parent != 0);
            layers.extend(parent);
            layers.push(*at);
            let name = config.named(*at);
            let is_served = is_served && !content.is_empty();
            self.found.push(Effective { server, name, folder: None, is_served, layers });
            if self.steps > MAX_STEPS {
                return;
            }
        }
    }

    /// The sections that count in a directory.
    fn folder_layers(&mut self, server: usize, scoped: &[usize], folder: &str) -> Vec<usize> {
        let config = self.config;
        self.steps += scoped.len() + 1;
        let mut matching: Vec<(usize, bool, usize)> = Vec::new();
        let mut last = Vec::new();
        for at in scoped {
            let Some(section) = config.sections.get(*at) else { continue };
            if let Some(path) = config.plain_folder(*at) {
                if covers(&path, folder) {
                    matching.push((depth(&path), section.kind == "htaccess", *at));
                }
            } else if section.kind == "location"
                && section.arguments.len() == 1
                && section.arguments.first().is_some_and(|path| path == "/")
            {
                last.push(*at);
            }
        }
        // Stable: sections of one path keep their order, which is the main server's first.
        matching.sort_by_key(|(depth, is_htaccess, _)| (*depth, *is_htaccess));
        let mut layers = if server == 0 { vec![0] } else { vec![0, server] };
        layers.extend(matching.into_iter().map(|(_, _, at)| at));
        layers.extend(last);
        layers
    }
}

impl Config {
    /// The sections of a server inside which directives count for places, the main server's first.
    fn scoped(&self, server: usize) -> Vec<usize> {
        let of = |owner: usize| {
            (1..self.sections.len()).filter(move |at| {
                self.sections.get(*at).is_some_and(|section| section.kind != "virtualhost")
                    && self.server_of(*at) == owner
            })
        };
        if server == 0 { of(0).collect() } else { of(0).chain(of(server)).collect() }
    }

    /// The path of a section for one directory, or of a `.htaccess`.
    fn plain_folder(&self, at: usize) -> Option<String> {
        let section = self.sections.get(at)?;
        let path = match (section.kind.as_str(), section.arguments.as_slice()) {
            ("directory", [path]) => path,
            ("htaccess", [path]) => path,
            _ => return None,
        };
        Some(self.absolute(path))
    }

    /// Whether a server maps requests to directories that its settings do not name.
    fn leads_anywhere(&self, server: usize) -> bool {
        let has = |name| self.server_values(server, name).next().is_some();
        self.server_values(server, "userdir").any(|directive| !directive.is("disabled"))
            || ["aliasmatch", "scriptaliasmatch", "virtualdocumentroot", "virtualscriptalias"]
                .into_iter()
                .any(has)
    }

    /// A directory of a server with what counts there.
    #[must_use]
    pub fn at(&self, server: usize, folder: &str) -> Effective {
        let scoped = self.scoped(server);
        let mut merger = Merger { config: self, steps: 0, found: Vec::new() };
        let layers = merger.folder_layers(server, &scoped, folder);
        let name = format!("{}, {folder}", self.named(server));
        let is_served = self.is_served(server);
        Effective { server, name, folder: Some(folder.to_owned()), is_served, layers }
    }

    /// Whether requests reach a server: a virtual host always, the main one where a port has no host for all addresses.
    #[must_use]
    pub fn is_served(&self, server: usize) -> bool {
        if server != 0 {
            return true;
        }
        let ports: Vec<&str> =
            self.everywhere("listen").map(|(_, listen)| port_of(listen.value())).collect();
        let hosts: BTreeSet<&str> = self
            .sections
            .iter()
            .filter(|section| section.kind == "virtualhost")
            .flat_map(|section| &section.arguments)
            .filter_map(|address| {
                let (host, port) = address.rsplit_once(':').unwrap_or((address, "*"));
                matches!(host, "*" | "_default_").then_some(port)
            })
            .collect();
        ports.is_empty() || ports.iter().any(|port| !hosts.contains(port) && !hosts.contains("*"))
    }

    /// Reads the `.htaccess` files that `AllowOverride` lets count. Answers why some were not seen.
    pub(super) fn read_htaccess(&mut self, host: &Host) -> Vec<Cause> {
        let is_none = |directive: &Directive| directive.is("none");
        let permits = self.everywhere("allowoverride").any(|(_, directive)| !is_none(directive));
        if !permits {
            return Vec::new();
        }
        let mut search = Search { folders: 0, found: Vec::new(), unseen: Vec::new() };
        let mut roots: BTreeSet<(String, usize)> = BTreeSet::new();
        for server in self.servers().filter(|server| self.is_served(*server)) {
            roots.extend(self.content(server).into_iter().map(|(path, _)| (path, server)));
        }
        for (root, server) in roots {
            search.folder(host, &root, server, 0);
        }
        let mut seen = BTreeSet::new();
        for (folder, server) in search.found {
            let at = self.at(server, &folder);
            let Some(allowed) = at.value(self, "allowoverride").filter(|allowed| !is_none(allowed))
            else {
                continue;
            };
            let allowed: Vec<String> =
                allowed.arguments.iter().map(|word| word.to_ascii_lowercase()).collect();
            if seen.insert((folder.clone(), server)) {
                let path = format!("{folder}/.htaccess");
                let first = self.sections.len();
                parse::read_htaccess(host, self, &path, &folder, server);
                for section in self.sections.iter_mut().skip(first) {
                    section.forget(|directive| !may_override(&allowed, &directive.name));
                }
            }
        }
        search.unseen
    }
}

/// Whether `AllowOverride` lets a directive of a `.htaccess` count.
fn may_override(allowed: &[String], name: &str) -> bool {
    let has = |class: &str| {
        allowed.iter().any(|word| {
            word == "all"
                || word == class
                || word.strip_prefix(class).is_some_and(|rest| rest.starts_with('='))
        })
    };
    match name {
        "options" | "xbithack" => has("options"),
        "errordocument" | "addhandler" | "sethandler" | "redirect" | "redirectmatch"
        | "rewriterule" | "rewriteengine" | "rewritecond" | "addoutputfilter"
        | "setoutputfilter" | "addtype" => has("fileinfo"),
        "limitrequestbody" => allowed.iter().any(|word| word == "all"),
        _ => true,
    }
}

fn port_of(listen: &str) -> &str {
    match listen.rsplit_once(':') {
        Some((_, port)) if !port.ends_with(']') => port,
        _ => listen,
    }
}

struct Search {
    folders: usize,
    found: Vec<(String, usize)>,
    unseen: Vec<Cause>,
}

impl Search {
    fn folder(&mut self, host: &Host, path: &str, server: usize, depth: usize) {
        self.folders += 1;
        if self.folders > MAX_FOLDERS || depth > MAX_FOLDER_DEPTH {
            if self.unseen.len() < 20 {
                let mut cause =
                    Cause::malformed(path, None, "too many directories to look for .htaccess");
                cause.kind = CauseKind::Limit;
                self.unseen.push(cause);
            }
            return;
        }
        let entries = match host.system().read_dir(Path::new(path)) {
            Ok(entries) => entries,
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
                ) =>
            {
                return;
            }
            Err(error) => {
                if self.unseen.len() < 20 {
                    self.unseen.push(Cause::of_file(path, &error));
                }
                return;
            }
        };
        for (name, kind) in entries {
            let name = name.to_string_lossy();
            if name == ".htaccess" {
                self.found.push((path.to_owned(), server));
            } else if kind == EntryKind::Directory {
                self.folder(
                    host,
                    &format!("{}/{name}", path.trim_end_matches('/')),
                    server,
                    depth + 1,
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{OptionSet, covers};
    use crate::case::TestHost;

    fn indexes(config: &str, more: &[(&str, &str)]) -> Vec<String> {
        let mut host = TestHost::new().file("/etc/apache2/apache2.conf", config);
        for (path, text) in more {
            host = host.file(path, text);
        }
        let host = host.host();
        let web = host.web().unwrap();
        let apache = &web.apache[0];
        assert!(apache.config.unseen.is_empty(), "{:?}", apache.config.unseen);
        let places = apache.places.iter().filter(|place| {
            place.is_served
                && place.options(&apache.config, OptionSet::INDEXES).0.has(OptionSet::INDEXES)
        });
        places.filter_map(|place| place.folder.clone()).collect()
    }

    #[test]
    fn longer_paths_and_signs_win() {
        let config = "DocumentRoot /srv/www\n<Directory /srv>\nOptions Indexes FollowSymLinks\n</Directory>\n";
        assert_eq!(indexes(config, &[]), ["/srv/www"]);
        let without = format!(
            "{config}<Directory /srv/www>\noptions -indexes\n</Directory>\n<Directory /srv/>\nOptions None\n</Directory>\n"
        );
        assert_eq!(indexes(&without, &[]), Vec::<String>::new());
        let location = format!("{config}<Location />\nOptions -Indexes\n</Location>\n");
        assert_eq!(indexes(&location, &[]), Vec::<String>::new());
    }

    #[test]
    fn htaccess_counts_where_it_may() {
        let config = |allow: &str| {
            format!(
                "DocumentRoot /srv\n<Directory /srv>\nAllowOverride {allow}\nOptions None\n</Directory>\n"
            )
        };
        let file = [("/srv/a/.htaccess", "Options +Indexes\n")];
        assert_eq!(indexes(&config("All"), &file), ["/srv/a"]);
        assert_eq!(indexes(&config("AuthConfig Options=Indexes"), &file), ["/srv/a"]);
        assert_eq!(indexes(&config("FileInfo"), &file), Vec::<String>::new());
        assert_eq!(indexes(&config("None"), &file), Vec::<String>::new());
    }

    #[test]
    fn conditions_are_decided() {
        let config = "Define ON\nLoadModule a_module m/mod_a.so\nDocumentRoot /srv\n<Directory /srv>\n<IfModule !mod_a.c>\nOptions Indexes\n</IfModule>\n<IfDefine ON>\nOptions None\n</IfDefine>\n<IfVersion < 2.4>\nOptions Indexes\n</IfVersion>\n</Directory>\n";
        assert_eq!(indexes(config, &[]), Vec::<String>::new());
    }

    #[test]
    fn paths_are_whole_parts() {
        for (section, folder, covered) in [
            ("/srv", "/srv/www", true),
            ("/srv", "/srv2", false),
            ("/", "/x", true),
            ("/home/*/public_html", "/home/kim/public_html/a", true),
            ("/home/*", "/home", false),
        ] {
            assert_eq!(covers(section, folder), covered, "{section} {folder}");
        }
    }
}
