//! An `apk` that is as strict as its manual: a command line that apk(8) does not document fails the test.
//!
//! It keeps a small state on a disk in memory, as apk does: the database that is written at the very end of a commit, the
//! world, the cache, files of packages with protected paths. Words of its answers are those of apk-tools' src/commit.c,
//! src/app_policy.c, src/app_version.c, src/app_fix.c, src/app_audit.c and src/app_fetch.c.

use crate::model::{Package, Release, Solution, compare, solve};
use pasu_fix::packages::Runner;
use pasu_system::{Attributes, Disk, MemoryDisk, State, System, ToolJob, ToolOutput};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

pub const DATABASE: &str = "/lib/apk/db/installed";
pub const WORLD: &str = "/etc/apk/world";
pub const CACHE: &str = "/var/cache/apk";
pub const MAIN: &str = "https://dl-cdn.alpinelinux.org/alpine/v3.22/main";

/// When it is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// With the files of so many packages replaced, and the database not yet written.
    AfterPackages(usize),
    /// When all is written.
    AtTheEnd,
}

#[derive(Debug, Default)]
pub struct Weather {
    pub cut: Option<Cut>,
    pub is_offline: bool,
    /// Somebody else holds the lock, and got it after we looked.
    pub is_locked: bool,
}

/// An apk and the machine that it is on.
pub struct Fake {
    pub disk: MemoryDisk,
    /// Everything that was ever built, with where it can be had.
    pub releases: Vec<Release>,
    weather: Mutex<Weather>,
    lines: Mutex<Vec<String>>,
}

/// A command line, taken apart.
#[derive(Default)]
struct Line<'a> {
    no_network: bool,
    options: Vec<&'a str>,
    names: Vec<&'a str>,
}

impl Line<'_> {
    fn has(&self, option: &str) -> bool {
        self.options.contains(&option)
    }
}

impl Fake {
    pub fn new(disk: MemoryDisk, releases: Vec<Release>) -> Self {
        Self { disk, releases, weather: Mutex::default(), lines: Mutex::default() }
    }

    pub fn weather(&self) -> MutexGuard<'_, Weather> {
        self.weather.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was run for real so far.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn read(&self, path: &str) -> String {
        let bytes = self.disk.read(Path::new(path), 1 << 20);
        String::from_utf8(bytes.unwrap_or_else(|error| panic!("{path}: {error}"))).unwrap()
    }

    pub fn write(&self, path: &str, content: &str) {
        let mut missing: Vec<&Path> = Path::new(path)
            .ancestors()
            .skip(1)
            .take_while(|path| !self.disk.exists(path))
            .collect();
        let attributes = |mode| Attributes { mode, ..Attributes::default() };
        while let Some(folder) = missing.pop() {
            self.disk.put(folder, &State::Directory(attributes(0o755)), ".new").unwrap();
        }
        let content = content.as_bytes().into();
        let state = State::File { content, attributes: attributes(0o644), links: 1 };
        self.disk.put(Path::new(path), &state, ".new").unwrap();
    }

    /// Installed packages, as the database has them.
    pub fn installed(&self) -> BTreeMap<String, Package> {
        let text = self.read(DATABASE);
        let all = text.split("\n\n").filter(|stanza| !stanza.is_empty()).map(|stanza| {
            let field = |letter: &str| {
                let line = stanza.lines().find_map(|line| line.strip_prefix(letter));
                line.unwrap_or_default().strip_prefix(':').unwrap_or_default().to_owned()
            };
            self.package(&field("P"), &field("V"))
        });
        all.map(|package| (package.name.clone(), package)).collect()
    }

    pub fn save(&self, installed: &BTreeMap<String, Package>) {
        let mut text = String::new();
        for package in installed.values() {
            let Package { name, version, .. } = package;
            write!(text, "P:{name}\nV:{version}\nA:x86_64\nS:2000\nI:5000\n").unwrap();
            for (path, _) in &package.files {
                let (folder, file) = path.trim_start_matches('/').rsplit_once('/').unwrap();
                writeln!(text, "F:{folder}\nR:{file}").unwrap();
            }
            text.push('\n');
        }
        self.write(DATABASE, &text);
    }

    fn package(&self, name: &str, version: &str) -> Package {
        let mut all = self.releases.iter().map(|release| &release.package);
        all.find(|package| package.name == name && package.version == version)
            .unwrap_or_else(|| panic!("{name} {version} was never built"))
            .clone()
    }

    fn apk(&self, arguments: &[&str], is_real: bool) -> ToolOutput {
        let (command, line) = take_apart(arguments);
        match command {
            "fix" | "add" => self.commit(command, &line, is_real),
            "policy" => good(line.names.iter().map(|name| self.policy(name)).collect()),
            "version" => good(self.version(&line)),
            "audit" => good(self.audit(line.has("--backup"))),
            "fetch" => self.fetch(&line),
            "update" if self.weather().is_offline => bad(1, "ERROR: 1 unavailable, 0 stale;"),
            "update" => good("OK: 1 distinct packages available\n".into()),
            _ => panic!("apk {command} is not used"),
        }
    }

    fn policy(&self, name: &str) -> String {
        let installed = self.installed();
        let mut text = format!("{name} policy:\n");
        for release in self.releases.iter().filter(|release| release.package.name == name) {
            let is_there =
                installed.get(name).is_some_and(|it| it.version == release.package.version);
            if release.repository.is_none() && !is_there {
                continue;
            }
            writeln!(text, "  {}:", release.package.version).unwrap();
            if is_there {
                text.push_str("    lib/apk/db/installed\n");
            }
            if let Some(repository) = &release.repository {
                writeln!(text, "    {repository}").unwrap();
            }
        }
        text
    }

    fn version(&self, line: &Line<'_>) -> String {
        if line.has("-t") {
            let [one, other] = line.names[..] else { panic!("apk version -t takes two versions") };
            return match compare(one, other) {
                Ordering::Less => "<\n",
                Ordering::Equal => "=\n",
                Ordering::Greater => ">\n",
            }
            .into();
        }
        assert_eq!(line.names, ["<"], "apk version -l takes operators");
        let mut text = format!("{:<42}Available:\n", "Installed:");
        for package in self.installed().values() {
            let newest = crate::model::newest(&self.releases, &package.name);
            if let Some(newest) = newest
                && compare(&package.version, &newest.version) == Ordering::Less
            {
                let joined = format!("{}-{}", package.name, package.version);
                writeln!(text, "{joined:<39} < {} ", newest.version).unwrap();
            }
        }
        text
    }

    /// Files that are not as the database says: configuration or the others.
    fn audit(&self, is_configuration: bool) -> String {
        let mut text = String::new();
        for package in self.installed().values() {
            for (path, content) in &package.files {
                if path.starts_with("/etc/") == is_configuration && self.read(path) != *content {
                    writeln!(text, "U {}", path.trim_start_matches('/')).unwrap();
                }
            }
        }
        if is_configuration {
            text.push_str("A etc/hostname\n");
        }
        text
    }

    fn fetch(&self, line: &Line<'_>) -> ToolOutput {
        let (folder, names) = line.names.split_first().expect("apk fetch --output DIR NAME…");
        assert!(self.disk.exists(Path::new(folder)), "{folder} is not there");
        let mut said = String::new();
        for name in names {
            let newest =
                crate::model::newest(&self.releases, name).unwrap_or_else(|| panic!("{name}"));
            writeln!(said, "Downloading {name}-{}", newest.version).unwrap();
            if self.weather().is_offline {
                let error = format!(
                    "ERROR: {name}-{}: temporary error (try again later)\n",
                    newest.version
                );
                return bad(1, &error);
            }
            self.write(&format!("{folder}/{name}-{}.apk", newest.version), &newest.file());
        }
        good(said)
    }

    fn commit(&self, command: &str, line: &Line<'_>, is_real: bool) -> ToolOutput {
        let is_simulation = line.has("--simulate");
        assert_ne!(is_simulation, is_real, "only what is real has a log");
        if !is_simulation && self.weather().is_locked {
            return bad(
                99,
                "ERROR: Unable to lock database: Resource temporarily unavailable\nERROR: Failed to open apk database: Resource temporarily unavailable\n",
            );
        }
        let mut world: Vec<String> =
            self.read(WORLD).split_whitespace().map(str::to_owned).collect();
        let installed = self.installed();
        let mut files = Vec::new();
        if command == "add" {
            for path in &line.names {
                assert!(path.contains(".apk"), "apk add {path} would put it into the world");
                let file = self.read(path);
                let field = |name: &str| {
                    file.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned()
                };
                let (name, version) = (field("pkgname = "), field("pkgver = "));
                world.retain(|entry| crate::model::name(entry) != name);
                world.push(format!("{name}><Q1{version}="));
                files.push(self.package(&name, &version));
            }
        } else if let Some(name) = line.names.iter().find(|name| !installed.contains_key(**name)) {
            return bad(1, &format!("ERROR: Package '{name}' not found\n"));
        }
        let upgrade: &[&str] = if line.has("--upgrade") { &line.names } else { &[] };
        let solution = match solve(&self.releases, &installed, &world, &files, upgrade) {
            Ok(solution) => solution,
            Err(said) => return bad(1, &format!("ERROR: unable to select packages:\n{said}")),
        };
        let again: &[&str] = if line.has("--reinstall") { &line.names } else { &[] };
        let steps = solution.steps(&installed, again, |package| self.can_be_had(package));
        let total = steps.len();
        let mut text = String::new();
        for (index, step) in steps.iter().enumerate() {
            writeln!(text, "({}/{total}) {step}", index + 1).unwrap();
        }
        if is_simulation {
            writeln!(text, "OK: 7 MiB in {} packages", solution.packages.len()).unwrap();
            return good(text);
        }
        self.carry_out(solution, &installed, again, &files, line.no_network, text, world)
    }

    fn can_be_had(&self, package: &Package) -> bool {
        self.is_cached(package)
            || self
                .releases
                .iter()
                .any(|release| release.package == *package && release.is_default())
    }

    fn is_cached(&self, package: &Package) -> bool {
        self.disk.exists(Path::new(&package.cached()))
    }

    #[expect(clippy::too_many_arguments, reason = "all that a commit goes by")]
    fn carry_out(
        &self,
        solution: Solution,
        installed: &BTreeMap<String, Package>,
        again: &[&str],
        files: &[Package],
        no_network: bool,
        mut text: String,
        mut world: Vec<String>,
    ) -> ToolOutput {
        let mut after = installed.clone();
        let cut = self.weather().cut.take();
        let is_offline = self.weather().is_offline || no_network;
        let (mut done, mut errors) = (0, 0);
        for name in solution.changed(installed, again) {
            if cut == Some(Cut::AfterPackages(done)) {
                panic!("cut off");
            }
            done += 1;
            let old = installed.get(&name);
            let Some(new) = solution.packages.get(&name) else {
                after.remove(&name);
                continue;
            };
            if old == Some(new) && !self.can_be_had(new) {
                continue;
            }
            if is_offline && !files.contains(new) && !self.is_cached(new) {
                writeln!(text, "ERROR: {name}-{}: temporary error (try again later)", new.version)
                    .unwrap();
                errors += 1;
                continue;
            }
            self.unpack(old, new);
            after.insert(name, new.clone());
        }
        self.save(&after);
        // It writes the world anew, whatever it was like.
        world.sort();
        self.write(WORLD, &world.iter().map(|entry| format!("{entry}\n")).collect::<String>());
        assert!(cut != Some(Cut::AtTheEnd), "cut off");
        let end = if errors > 0 { format!("{errors} errors;") } else { "OK:".into() };
        writeln!(text, "{end} 7 MiB in {} packages", after.len()).unwrap();
        ToolOutput { status: Some(errors), stdout: text.into(), stderr: Vec::new() }
    }

    fn unpack(&self, old: Option<&Package>, new: &Package) {
        for (path, content) in &new.files {
            let original = old.and_then(|old| old.files.iter().find(|(file, _)| file == path));
            let is_edited = self.disk.exists(Path::new(path))
                && original.is_some_and(|(_, original)| *original != self.read(path))
                && self.read(path) != *content;
            let is_kept = path.starts_with("/etc/") && is_edited;
            self.write(&if is_kept { format!("{path}.apk-new") } else { path.clone() }, content);
        }
    }
}

/// Global options, then the command, then its own; each must be one that the manual has for it.
fn take_apart<'a>(arguments: &[&'a str]) -> (&'a str, Line<'a>) {
    let mut line = Line::default();
    let mut rest = arguments.iter().copied();
    let command = loop {
        match rest.next().expect("apk without a command") {
            "--no-network" => line.no_network = true,
            "--cache-max-age" => {
                let minutes = rest.next().map(str::parse::<u32>);
                assert!(matches!(minutes, Some(Ok(_))), "--cache-max-age takes minutes");
            }
            option if option.starts_with('-') => panic!("{option} is no global option of apk(8)"),
            command => break command,
        }
    };
    let documented: &[&str] = match command {
        "fix" => &["--simulate", "--depends", "--reinstall", "--upgrade"],
        "add" => &["--simulate", "--upgrade", "--latest"],
        "fetch" => &["--output"],
        "audit" => &["--backup", "--system"],
        "version" => &["-t", "-l"],
        "policy" | "update" => &[],
        _ => panic!("apk {command} is not used"),
    };
    for word in rest {
        if word.starts_with('-') {
            assert!(documented.contains(&word), "apk-{command}(8) has no {word}");
            assert!(line.names.is_empty(), "options come before names: {arguments:?}");
            line.options.push(word);
        } else {
            line.names.push(word);
        }
    }
    assert!(!(line.has("--backup") && line.has("--system")), "either or");
    (command, line)
}

fn good(text: String) -> ToolOutput {
    ToolOutput { status: Some(0), stdout: text.into(), stderr: Vec::new() }
}

fn bad(status: i32, said: &str) -> ToolOutput {
    ToolOutput { status: Some(status), stdout: Vec::new(), stderr: said.into() }
}

impl Runner for Fake {
    fn run(&self, job: &ToolJob<'_>) -> io::Result<ToolOutput> {
        let is_real = job.log.is_some();
        if is_real {
            let line = [&[job.program], job.arguments].concat().join(" ");
            self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
        let within = |path: &str| job.directory.join(path).display().to_string();
        Ok(match (job.program, job.arguments) {
            ("apk", arguments) => {
                let paths: Vec<String> = arguments
                    .iter()
                    .map(|word| if *word == "new" { within(word) } else { (*word).to_owned() })
                    .collect();
                let paths: Vec<&str> = paths.iter().map(|path| &**path).collect();
                let mut output = self.apk(&paths, is_real && !paths.contains(&"fetch"));
                if is_real {
                    // Both go to the log, which is the answer.
                    output.stdout.append(&mut output.stderr);
                }
                output
            }
            ("cp", ["--", from, "."]) => {
                let name = Path::new(from).file_name().unwrap().to_str().unwrap();
                self.write(&within(name), &self.read(from));
                good(String::new())
            }
            ("tar", ["-xzOf", file, ".PKGINFO"]) => good(self.read(file)),
            ("df", ["-Pk", path]) => good(format!(
                "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda3 9000 1000 8000 12% {path}\n"
            )),
            (program, arguments) => panic!("{program} {arguments:?}"),
        })
    }
}
