//! ProFTPD: its directives with the sections they stand in, what is included and what conditions leave out.
//!
//! Conditions are decided by the modules that are loaded and the words that are defined. `.ftpaccess` files in the
//! directories that it serves are not read.

use super::Said;
use crate::cause::{Cause, CauseKind};
use crate::host::files::FileKind;
use crate::host::{ConfigFile, Host};
use pasu_model::Place;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::Path;

/// How many files may be read, and how deep includes and sections may go.
const MAX_FILES: usize = 512;
const MAX_DEPTH: usize = 16;

/// How many directives are kept.
const MAX_DIRECTIVES: usize = 20_000;

/// Modules that are built in as distributions build it; others are loaded by `LoadModule`.
const BUILT_IN: [&str; 16] = [
    "mod_core.c",
    "mod_xfer.c",
    "mod_rlimit.c",
    "mod_auth_unix.c",
    "mod_auth_file.c",
    "mod_auth.c",
    "mod_ls.c",
    "mod_log.c",
    "mod_site.c",
    "mod_delay.c",
    "mod_facts.c",
    "mod_dso.c",
    "mod_ident.c",
    "mod_auth_pam.c",
    "mod_cap.c",
    "mod_ctrls.c",
];

/// One directive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directive {
    /// Its name in lower case.
    pub name: String,
    /// Its arguments, without quotes.
    pub arguments: Vec<String>,
    /// The sections around it, the outermost first.
    pub sections: Vec<Section>,
    /// Where it stands.
    pub place: Place,
}

/// A section such as `<Anonymous ~ftp>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Its name in lower case.
    pub name: String,
    /// What follows the name.
    pub argument: String,
    /// Where it opens.
    pub place: Place,
}

/// What ProFTPD is told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProFtpd {
    /// Every directive that counts, in order.
    pub directives: Vec<Directive>,
    /// Every section that counts, with those around it; also empty ones.
    pub opened: Vec<(Section, Vec<Section>)>,
    /// The file that is read first; empty where there is none.
    pub path: String,
}

/// A server of it: the main one, or a `<VirtualHost>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Empty for the main one.
    pub name: String,
    /// Where its section opens.
    pub place: Option<Place>,
}

impl ProFtpd {
    /// The file that is read first, to be shown with what is not set.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        (!self.path.is_empty()).then(|| Place::File { path: self.path.clone(), line: None })
    }

    /// The main server and the virtual ones.
    #[must_use]
    pub fn servers(&self) -> Vec<Server> {
        let mut servers = vec![Server { name: String::new(), place: None }];
        servers.extend(
            self.opened.iter().filter(|(section, _)| section.name == "virtualhost").map(
                |(section, _)| Server {
                    name: section.argument.clone(),
                    place: Some(section.place.clone()),
                },
            ),
        );
        servers
    }

    /// The value that a directive has in a server: the last of its own, else the last of `<Global>`.
    #[must_use]
    pub fn value(&self, server: &Server, name: &str) -> Option<&Directive> {
        let in_server = |directive: &&Directive| match directive.sections.as_slice() {
            [] => server.place.is_none(),
            [section] => {
                section.name == "virtualhost" && Some(&section.place) == server.place.as_ref()
            }
            _ => false,
        };
        let in_global = |directive: &&Directive| matches!(directive.sections.as_slice(), [section] if section.name == "global");
        let named = || self.directives.iter().rev().filter(|directive| directive.name == name);
        named().find(in_server).or_else(|| named().find(in_global))
    }

    /// The sections of a name, wherever they are.
    pub fn sections<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Section> {
        self.opened.iter().map(|(section, _)| section).filter(move |section| section.name == name)
    }

    /// The directives of a name, wherever they are.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Directive> {
        self.directives.iter().filter(move |directive| directive.name == name)
    }
}

impl Directive {
    /// Whether its first argument switches it on.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.arguments.first().is_some_and(|word| {
            ["on", "yes", "true", "1"].iter().any(|on| word.eq_ignore_ascii_case(on))
        })
    }

    /// Its arguments as one text, with its place.
    #[must_use]
    pub fn said(&self) -> Said {
        Said { value: self.arguments.join(" "), place: Some(self.place.clone()) }
    }

    /// Whether it stands, at any depth, in a section of a name.
    #[must_use]
    pub fn is_within(&self, section: &str) -> bool {
        self.sections.iter().any(|around| around.name == section)
    }
}

impl Host {
    /// What ProFTPD is told: the file of its command line, else Debian's and Red Hat's usual one.
    ///
    /// # Errors
    /// A file is there and cannot be read, or there are too many.
    pub fn proftpd(&self) -> Result<ProFtpd, Cause> {
        let lines = self.command_lines("proftpd", &["proftpd", "in.proftpd"])?;
        let mut reader = Reader {
            host: self,
            read: ProFtpd::default(),
            files: 0,
            modules: BUILT_IN.iter().map(|&name| name.to_owned()).collect(),
            defined: defined(self, &lines)?,
            frames: Vec::new(),
        };
        let named: BTreeSet<String> = lines.iter().flat_map(|line| file_of(line)).collect();
        let usual = ["/etc/proftpd/proftpd.conf", "/etc/proftpd.conf"].map(str::to_owned);
        if let Some(gone) = named.iter().find(|path| !self.system().exists(Path::new(path))) {
            return Err(Cause::of_file(gone, &std::io::Error::from(std::io::ErrorKind::NotFound)));
        }
        for path in if named.is_empty() { usual.into_iter().collect() } else { named } {
            if reader.read.path.is_empty() && self.system().exists(Path::new(&path)) {
                reader.read.path.clone_from(&path);
            }
            reader.file(&path, 0)?;
            if let Some(frame) = reader.frames.pop() {
                return Err(malformed(frame.section.place, "a section is not closed"));
            }
        }
        Ok(reader.read)
    }
}

/// `-c FILE` or `--config=FILE` of a command line.
fn file_of(line: &[String]) -> Option<String> {
    let mut words = line.iter();
    while let Some(word) = words.next() {
        if word == "-c" || word == "--config" {
            return words.next().cloned();
        }
        if let Some(path) = word.strip_prefix("--config=") {
            return Some(path.to_owned());
        }
    }
    None
}

/// Words defined by `-D`, on command lines and in the files that give scripts and units their options.
fn defined(host: &Host, lines: &[Vec<String>]) -> Result<BTreeSet<String>, Cause> {
    let mut words: Vec<String> = lines.iter().flatten().cloned().collect();
    for path in ["/etc/sysconfig/proftpd", "/etc/default/proftpd"] {
        let Some(file) = host.text(path)? else { continue };
        // `PROFTPD_OPTIONS="-DTLS"`.
        words.extend(file.settings().flat_map(|(_, line)| {
            line.split(['"', '\'', '=', ' ', '\t']).map(str::to_owned).collect::<Vec<_>>()
        }));
    }
    let mut defined = BTreeSet::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.strip_prefix("-D").or_else(|| word.strip_prefix("--define=")) {
            Some("") => defined.extend(words.next().cloned()),
            Some(name) => {
                defined.insert(name.to_owned());
            }
            None => {}
        }
    }
    Ok(defined)
}

/// A section that is open, and whether what is in it counts.
struct Frame {
    section: Section,
    is_condition: bool,
    counts: bool,
}

struct Reader<'a> {
    host: &'a Host,
    read: ProFtpd,
    files: usize,
    modules: BTreeSet<String>,
    defined: BTreeSet<String>,
    frames: Vec<Frame>,
}

impl Reader<'_> {
    fn file(&mut self, path: &str, depth: usize) -> Result<(), Cause> {
        self.files += 1;
        if depth > MAX_DEPTH || self.files > MAX_FILES {
            return Err(Cause::new(CauseKind::Limit, format!("too many included files at {path}")));
        }
        let Some(file) = self.host.text(path)? else { return Ok(()) };
        for (number, line) in logical_lines(&file) {
            self.line(&line, file.place(number), depth)?;
        }
        Ok(())
    }

    fn line(&mut self, line: &str, place: Place, depth: usize) -> Result<(), Cause> {
        if let Some(name) = line.strip_prefix("</") {
            let name = name.trim_end_matches('>').trim();
            if self.frames.last().is_none_or(|open| !open.section.name.eq_ignore_ascii_case(name)) {
                return Err(malformed(place, "a section is closed that is not open"));
            }
            self.frames.pop();
            return Ok(());
        }
        if let Some(inner) = line.strip_prefix('<') {
            return self.open(inner.trim_end_matches('>'), place);
        }
        if !self.frames.iter().all(|frame| frame.counts) {
            return Ok(());
        }
        let mut words = words(line).into_iter();
        let Some(name) = words.next().map(|name| name.to_ascii_lowercase()) else { return Ok(()) };
        let arguments: Vec<String> = words.collect();
        match (name.as_str(), arguments.first()) {
            ("include", Some(pattern)) => return self.include(pattern, depth),
            ("loadmodule", Some(module)) => {
                self.modules.insert(module.clone());
            }
            ("define", Some(word)) => {
                self.defined.insert(word.clone());
            }
            _ => {}
        }
        if self.read.directives.len() >= MAX_DIRECTIVES {
            return Err(Cause::new(CauseKind::Limit, "too many directives of ProFTPD"));
        }
        let sections = self.around();
        self.read.directives.push(Directive { name, arguments, sections, place });
        Ok(())
    }

    /// `<Anonymous ~ftp>`, `<IfModule !mod_tls.c>`.
    fn open(&mut self, inner: &str, place: Place) -> Result<(), Cause> {
        if self.frames.len() >= MAX_DEPTH {
            return Err(malformed(place, "sections too deep"));
        }
        let (name, argument) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
        let name = name.to_ascii_lowercase();
        let argument = argument.trim().trim_matches('"').to_owned();
        let (wanted, word) = match argument.strip_prefix('!') {
            Some(word) => (false, word.trim()),
            None => (true, argument.as_str()),
        };
        let (is_condition, counts) = match name.as_str() {
            "ifmodule" => (true, self.modules.contains(word) == wanted),
            "ifdefine" => (true, self.defined.contains(word) == wanted),
            _ => (false, true),
        };
        let section = Section { name, argument, place };
        if !is_condition && self.frames.iter().all(|frame| frame.counts) {
            self.read.opened.push((section.clone(), self.around()));
        }
        self.frames.push(Frame { section, is_condition, counts });
        Ok(())
    }

    fn around(&self) -> Vec<Section> {
        let real = self.frames.iter().filter(|frame| !frame.is_condition);
        real.map(|frame| frame.section.clone()).collect()
    }

    /// A file, a pattern, or a directory of which every file is read.
    fn include(&mut self, pattern: &str, depth: usize) -> Result<(), Cause> {
        for path in self.host.glob(pattern)? {
            let is_directory = self
                .host
                .file_followed(&path)?
                .is_some_and(|facts| facts.kind == FileKind::Directory);
            if !is_directory {
                self.file(&path, depth + 1)?;
                continue;
            }
            for name in self.host.list(&path)? {
                self.file(&format!("{}/{name}", path.trim_end_matches('/')), depth + 1)?;
            }
        }
        Ok(())
    }
}

fn malformed(place: Place, detail: &str) -> Cause {
    Cause { kind: CauseKind::Malformed, place: Some(place), detail: detail.to_owned() }
}

/// Lines without comments; a backslash at the end goes on in the next.
fn logical_lines(file: &ConfigFile) -> Vec<(u32, String)> {
    let mut lines = Vec::new();
    let mut open: Option<(u32, String)> = None;
    for (number, line) in file.numbered() {
        let (number, text) = match open.take() {
            Some((first, before)) => (first, before + line.trim_start()),
            None => (number, line.trim().to_owned()),
        };
        if let Some(before) = text.strip_suffix('\\') {
            open = Some((number, before.to_owned()));
        } else if !text.is_empty() && !text.starts_with('#') {
            lines.push((number, text));
        }
    }
    lines.extend(open.filter(|(_, text)| !text.is_empty() && !text.starts_with('#')));
    lines
}

/// Words, those in double quotes as one; a word that begins with `#` begins a comment.
pub(crate) fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() && !rest.starts_with('#') {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::ProFtpd;
    use crate::case::TestHost;

    fn read(text: &str) -> ProFtpd {
        let host = TestHost::new()
            .file("/etc/proftpd/proftpd.conf", text)
            .file("/etc/proftpd/modules.conf", "LoadModule mod_tls.c\n")
            .file("/etc/proftpd/conf.d/a.conf", "ServerIdent off\n")
            .host();
        host.proftpd().unwrap()
    }

    #[test]
    fn the_last_value_of_the_server_wins_over_the_global_one() {
        let read = read(
            "<Global>\n  RootLogin on\n  UseFtpUsers off\n</Global>\nRootLogin off\n\
             <VirtualHost 10.0.0.1>\nServerIdent on \"Our FTP\"\n</VirtualHost>\nInclude /etc/proftpd/conf.d/\n",
        );
        let servers = read.servers();
        assert_eq!(servers.len(), 2);
        assert!(!read.value(&servers[0], "rootlogin").unwrap().is_on());
        assert!(read.value(&servers[1], "rootlogin").unwrap().is_on());
        assert_eq!(read.value(&servers[1], "serverident").unwrap().arguments, ["on", "Our FTP"]);
        assert_eq!(read.value(&servers[0], "serverident").unwrap().arguments, ["off"]);
    }

    #[test]
    fn conditions_are_decided() {
        let read = read(
            "Include /etc/proftpd/modules.conf\n<IfModule mod_tls.c>\nTLSEngine on\n</IfModule>\n\
             <IfModule !mod_tls.c>\nA on\n</IfModule>\n<IfModule mod_x.c>\n<Anonymous ~ftp>\n</Anonymous>\n</IfModule>\n\
             <IfDefine ANON>\nB on\n</IfDefine>\n#<Anonymous ~ftp>\n",
        );
        assert!(read.value(&read.servers()[0], "tlsengine").is_some());
        assert!(read.named("a").next().is_none() && read.named("b").next().is_none());
        assert!(read.sections("anonymous").next().is_none());
    }

    #[test]
    fn includes_in_a_circle_and_damaged_sections_are_no_answer() {
        let circle =
            TestHost::new().file("/etc/proftpd.conf", "Include /etc/proftpd.conf\n").host();
        assert!(circle.proftpd().is_err());
        let damaged = TestHost::new().file("/etc/proftpd.conf", "</Global>\n").host();
        assert!(damaged.proftpd().is_err());
    }
}
