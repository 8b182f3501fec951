//! BIND: `named.conf` with what it includes, and what each zone obeys: the zone's own word, its view's, that of
//! `options`, else what the version has built in.

mod lists;
mod spans;
pub(crate) mod syntax;
mod zones;

pub use lists::Reach;
pub use spans::{Span, spans};
pub use zones::{Rule, Source, Zone};

use super::Host;
use super::services::SignKind;
use crate::cause::{Cause, CauseKind};
use pasu_model::Place;
use serde::{Deserialize, Serialize};
use syntax::{Part, Statement};

/// The largest file that is read, in bytes, and how many there may be.
const MAX_FILE: u64 = 16 << 20;
const MAX_FILES: usize = 2000;

/// How deep files may include files.
const MAX_DEPTH: usize = 16;

/// Where the distributions put the file.
const PATHS: [&str; 4] = [
    "/etc/bind/named.conf",
    "/etc/named.conf",
    "/usr/local/etc/named.conf",
    "/usr/local/etc/namedb/named.conf",
];

/// Where the arguments of the server are set.
const ARGUMENTS: [&str; 4] =
    ["/etc/default/named", "/etc/default/bind9", "/etc/sysconfig/named", "/etc/conf.d/named"];

/// What BIND is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bind {
    /// The file, as the server names it.
    pub path: String,
    /// The same as it was opened: below the changed root, where it is there.
    pub opened: String,
    /// Its zones, but for those that are only asked elsewhere.
    pub zones: Vec<Zone>,
    /// Zones that come from somewhere else than this file: `dlz`, `dyndb`, catalogues, zones added while it runs.
    pub elsewhere: Vec<(String, Place)>,
    /// The text of `version` in `options`, if one is set.
    pub version_text: Option<(String, Place)>,
    /// Where `options` begins.
    pub options: Option<Place>,
    /// The version installed, `9.18`, where it is known.
    pub version: Option<(u32, u32)>,
}

/// How the server is started.
#[derive(Debug, Default)]
struct Started {
    config: Option<String>,
    root: Option<String>,
}

pub(super) fn read(host: &Host) -> Result<Option<Bind>, Cause> {
    let started = started(host)?;
    let Some((root, path)) = config_path(host, &started)? else { return Ok(None) };
    let mut reader =
        Reader { host, root, directory: String::new(), files: 0, opened: String::new() };
    let own = reader.file(&path, 0)?;
    let version = version(host);
    let mut bind = zones::judgeable(&own, version, &path);
    if reader.root.is_empty()
        && let Some(told) = told(host, &path)?
    {
        let mut merged = zones::judgeable(&told, version, &path);
        merged.take_places(&bind);
        bind = merged;
    }
    bind.opened = reader.opened;
    Ok(Some(bind))
}

/// What BIND's own reader makes of the file, everything included and keys hidden.
fn told(host: &Host, path: &str) -> Result<Option<Vec<Statement>>, Cause> {
    match host.tool_if_any("named-checkconf", &["-px", path])? {
        Some(answer) => Ok(Some(syntax::parse(&answer.line, &answer.text())?)),
        None => Ok(None),
    }
}

/// `-c` and `-t` of the running server, else of the file that sets its arguments.
fn started(host: &Host) -> Result<Started, Cause> {
    if host.is_live() {
        let processes = host.processes()?;
        if let Some(process) = processes.iter().find(|process| process.program() == "named") {
            return Ok(of_arguments(process.arguments.iter().map(String::as_str)));
        }
    }
    for path in ARGUMENTS {
        let Some(file) = host.text(path)? else { continue };
        let mut started = Started::default();
        for (_, line) in file.settings() {
            // OPTIONS="-u bind -t /var/lib/named"; Red Hat also has ROOTDIR=/var/named/chroot and NAMEDCONF.
            let Some((key, value)) = line.split_once('=') else { continue };
            let value = value.trim().trim_matches(['"', '\'']);
            match key.trim() {
                "OPTIONS" => {
                    let found = of_arguments(value.split_whitespace());
                    started.config = found.config.or(started.config);
                    started.root = found.root.or(started.root);
                }
                "ROOTDIR" if !value.is_empty() => started.root = Some(value.to_owned()),
                "NAMEDCONF" if !value.is_empty() => started.config = Some(value.to_owned()),
                _ => {}
            }
        }
        if started.config.is_some() || started.root.is_some() {
            return Ok(started);
        }
    }
    let state = host.service("bind")?;
    let in_chroot = state.signs.iter().any(|sign| {
        matches!(sign.kind, SignKind::Active | SignKind::Enabled)
            && sign.what.starts_with("named-chroot")
    });
    let root = in_chroot.then(|| "/var/named/chroot".to_owned());
    Ok(Started { config: None, root })
}

fn of_arguments<'a>(arguments: impl Iterator<Item = &'a str>) -> Started {
    let mut started = Started::default();
    let mut arguments = arguments.peekable();
    while let Some(argument) = arguments.next() {
        let mut value = |flag: &str| {
            let attached = argument.strip_prefix(flag)?;
            if attached.is_empty() { arguments.peek().copied() } else { Some(attached) }
                .map(str::to_owned)
        };
        if let Some(path) = value("-c") {
            started.config = Some(path);
        } else if let Some(path) = value("-t") {
            started.root = Some(path);
        }
    }
    started
}

/// The file and the root that its paths begin at. Red Hat binds `/etc/named.conf` into the changed root only while the
/// server runs, so an empty place there leads to the file outside.
fn config_path(host: &Host, started: &Started) -> Result<Option<(String, String)>, Cause> {
    let roots = [started.root.as_deref().map(|root| root.trim_end_matches('/')), Some("")];
    for root in roots.into_iter().flatten() {
        let named = started.config.as_deref();
        let paths: Vec<&str> = named.map_or_else(|| PATHS.to_vec(), |path| vec![path]);
        for path in paths {
            let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
            let full = format!("{root}{path}");
            if host.file_followed(&full)?.is_some_and(|facts| facts.size > 0) {
                return Ok(Some((root.to_owned(), path)));
            }
        }
    }
    Ok(None)
}

/// Major and minor of the installed package, else of the program.
fn version(host: &Host) -> Option<(u32, u32)> {
    let names = ["bind9", "bind", "bind9.18", "bind9.16", "isc-bind-bind"];
    let packaged = host.installed(&names).ok().flatten().map(|package| package.version.clone());
    let text = packaged.or_else(|| {
        // BIND 9.18.28-1~deb12u1-Debian (Extended Support Version) <id:>
        let answer = host.tool_if_any("named", &["-v"]).ok().flatten()?;
        answer.text().strip_prefix("BIND ").map(str::to_owned)
    })?;
    let plain = text.rsplit(':').next().unwrap_or_default();
    let mut numbers = plain.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => Some((major, minor)),
        _ => None,
    }
}

struct Reader<'a> {
    host: &'a Host,
    root: String,
    /// `directory` of `options`, once it was read: what relative paths begin at.
    directory: String,
    files: usize,
    /// The first file, as it was opened.
    opened: String,
}

impl Reader<'_> {
    fn file(&mut self, path: &str, depth: usize) -> Result<Vec<Statement>, Cause> {
        self.files += 1;
        if depth > MAX_DEPTH || self.files > MAX_FILES {
            return Err(Cause::malformed(path, None, "too many files include each other"));
        }
        let full = format!("{}{path}", self.root);
        let bytes = match self.host.bytes(&full, MAX_FILE)? {
            Some(bytes) => Some((full.clone(), bytes)),
            None => self.host.bytes(path, MAX_FILE)?.map(|bytes| (path.to_owned(), bytes)),
        };
        let Some((shown, bytes)) = bytes else {
            let mut cause = Cause::new(CauseKind::Io, "the file is missing");
            cause.place = Some(Place::File { path: full, line: None });
            return Err(cause);
        };
        if depth == 0 {
            self.opened.clone_from(&shown);
        }
        let statements = syntax::parse(&shown, &String::from_utf8_lossy(&bytes))?;
        self.expanded(statements, path, depth)
    }

    /// The statements with `include "file";` replaced by what the file holds, at every level.
    fn expanded(
        &mut self,
        statements: Vec<Statement>,
        path: &str,
        depth: usize,
    ) -> Result<Vec<Statement>, Cause> {
        let mut all = Vec::with_capacity(statements.len());
        for mut statement in statements {
            if statement.is("include") {
                let named = statement.word(1).unwrap_or_default();
                for file in self.included(named, path)? {
                    all.extend(self.file(&file, depth + 1)?);
                }
                continue;
            }
            if statement.is("options") {
                self.take_directory(&statement);
            }
            let mut parts = Vec::with_capacity(statement.parts.len());
            for part in statement.parts {
                parts.push(match part {
                    Part::Block(block) => Part::Block(self.expanded(block, path, depth)?),
                    word @ Part::Word(_) => word,
                });
            }
            statement.parts = parts;
            all.push(statement);
        }
        Ok(all)
    }

    fn take_directory(&mut self, options: &Statement) {
        let settings = options.block().unwrap_or_default();
        if let Some(directory) = settings.iter().find(|setting| setting.is("directory")) {
            self.directory = directory.word(1).unwrap_or_default().to_owned();
        }
    }

    fn included(&self, named: &str, from: &str) -> Result<Vec<String>, Cause> {
        let folder = match self.directory.as_str() {
            "" => from.rsplit_once('/').map(|(folder, _)| folder).unwrap_or_default(),
            directory => directory,
        };
        let path =
            if named.starts_with('/') { named.to_owned() } else { format!("{folder}/{named}") };
        if !path.contains(['*', '?', '[']) {
            return Ok(vec![path]);
        }
        let found = self.host.glob(&format!("{}{path}", self.root))?;
        let inside = |path: String| path.strip_prefix(&self.root).unwrap_or(&path).to_owned();
        Ok(found.into_iter().map(inside).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{Reach, Source};
    use crate::case::TestHost;

    #[test]
    fn a_changed_root_and_included_files_are_read() {
        let host = TestHost::new()
            .live()
            .process(9, "named", 0, None)
            .file("/proc/9/cmdline", "/usr/sbin/named\0-u\0named\0-t\0/var/named/chroot\0")
            .file("/etc/named.conf", "zone \"wrong\" { type master; };")
            .file(
                "/var/named/chroot/etc/named.conf",
                "options { directory \"/var/named\"; };\ninclude \"/etc/zones.conf\"; include \"more/*.conf\";",
            )
            .file("/var/named/chroot/etc/zones.conf", "view v { allow-transfer { any; }; zone a { type master; }; };")
            .file("/var/named/chroot/var/named/more/b.conf", "zone b { type forward; };")
            .host();
        let bind = host.bind().unwrap();
        let bind = bind.as_ref().as_ref().unwrap();
        let zones: Vec<_> = bind.zones.iter().map(|zone| (&*zone.name, &*zone.view)).collect();
        assert_eq!(zones, [("a", "v")]);
        assert_eq!(bind.zones[0].transfer.reach, Reach::Anyone);
        assert_eq!(bind.zones[0].transfer.source, Source::View);
    }

    #[test]
    fn files_in_a_circle_and_missing_ones_are_told() {
        let circle = TestHost::new().file("/etc/named.conf", "include \"/etc/named.conf\";").host();
        assert!(circle.bind().is_err());
        let missing = TestHost::new().file("/etc/named.conf", "include \"/etc/x\";").host();
        assert!(missing.bind().is_err());
        assert!(TestHost::new().host().bind().unwrap().is_none());
    }
}
