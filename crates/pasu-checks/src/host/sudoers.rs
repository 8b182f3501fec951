//! The rules of sudo: `/etc/sudoers` with everything it includes (sudoers(5)).
//!
//! Only what an auditor asks for is kept of a rule: to whom it is given, whether a password is asked and whether it
//! gives everything.

use super::{ConfigFile, Host};
use crate::cause::{Cause, CauseKind};
use serde::{Deserialize, Serialize};

/// How deep files may include each other; sudo itself stops at 128.
const MAX_DEPTH: usize = 16;

/// How many files are read.
const MAX_FILES: usize = 512;

/// How many rules are kept.
const MAX_RULES: usize = 5000;

/// The longest joined line, in bytes.
const MAX_LINE: usize = 64 << 10;

/// What sudo is told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sudoers {
    /// Every file read, in order.
    pub files: Vec<String>,
    /// Rules in order; the last that fits wins.
    pub rules: Vec<SudoRule>,
    /// `Defaults` lines in order.
    pub defaults: Vec<SudoDefault>,
    /// Aliases in order.
    pub aliases: Vec<SudoAlias>,
    /// What could not be read, or was too much.
    pub unseen: Vec<Cause>,
}

/// `%wheel ALL=(ALL) NOPASSWD: ALL`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SudoRule {
    /// To whom: users, `%groups`, `#numbers` and aliases, as written.
    pub who: Vec<String>,
    /// Commands may be run without a password.
    pub no_password: bool,
    /// Every command may be run.
    pub all_commands: bool,
    /// The rule as written, continued lines joined.
    pub text: String,
    /// The file.
    pub path: String,
    /// Its first line.
    pub line: u32,
}

/// `User_Alias OPS = kim, %wheel`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SudoAlias {
    /// What it stands for: `User`, `Runas`, `Host` or `Cmnd`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What it stands for, as written between the commas.
    pub members: Vec<String>,
}

/// `Defaults:kim !authenticate`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SudoDefault {
    /// What it is bound to: `:kim`, `@host`, `!cmnd`, `>runas`; empty for everything.
    pub scope: String,
    /// Settings, each as written: `!authenticate`, `timestamp_timeout=0`.
    pub settings: Vec<String>,
    /// The file.
    pub path: String,
    /// Its first line.
    pub line: u32,
}

impl Host {
    /// The rules of sudo; none where it has no configuration.
    ///
    /// # Errors
    /// The main file is there and cannot be read. Further files that cannot be read are in [`Sudoers::unseen`].
    pub fn sudoers(&self) -> Result<Sudoers, Cause> {
        let mut sudoers = Sudoers::default();
        for path in ["/etc/sudoers", "/usr/etc/sudoers"] {
            if let Some(file) = self.text(path)? {
                sudoers.files.push(path.to_owned());
                sudoers.file(self, &file, 0);
                break;
            }
        }
        Ok(sudoers)
    }
}

impl Sudoers {
    fn file(&mut self, host: &Host, file: &ConfigFile, depth: usize) {
        for (line, text) in joined(file) {
            match statement(&text) {
                Statement::Include(path) => self.include(host, &file.path, path, depth),
                Statement::IncludeDir(path) => self.include_dir(host, &file.path, path, depth),
                Statement::Defaults(rest) => self.defaults.push(default(rest, &file.path, line)),
                Statement::Rule => {
                    if self.rules.len() >= MAX_RULES {
                        self.limit(format!("more than {MAX_RULES} rules of sudo"));
                        return;
                    }
                    self.rules.extend(rule(&text, &file.path, line));
                }
                Statement::Alias(kind, rest) => self.alias(kind, rest),
                Statement::Comment => {}
            }
        }
    }

    /// `A = a, b : B = c`
    fn alias(&mut self, kind: &str, rest: &str) {
        for part in without_comment(rest).split(':') {
            let Some((name, members)) = part.split_once('=') else { continue };
            if self.aliases.len() >= MAX_RULES {
                self.limit(format!("more than {MAX_RULES} aliases of sudo"));
                return;
            }
            let members = members.split(',').map(str::trim).filter(|member| !member.is_empty());
            self.aliases.push(SudoAlias {
                kind: kind.to_owned(),
                name: name.trim().to_owned(),
                members: members.map(str::to_owned).collect(),
            });
        }
    }

    fn include(&mut self, host: &Host, from: &str, path: &str, depth: usize) {
        let path = place_of(host, from, path);
        if depth >= MAX_DEPTH || self.files.len() >= MAX_FILES {
            self.limit(format!("sudo's files include each other without end: {path}"));
            return;
        }
        match host.text(&path) {
            Ok(Some(file)) => {
                self.files.push(path);
                self.file(host, &file, depth + 1);
            }
            Ok(None) => {}
            Err(cause) => self.unseen.push(cause),
        }
    }

    /// Names with a dot, and those that end with `~`, are left out.
    fn include_dir(&mut self, host: &Host, from: &str, path: &str, depth: usize) {
        let folder = place_of(host, from, path);
        let folder = folder.trim_end_matches('/');
        match host.list(folder) {
            Ok(names) => {
                for name in names.iter().filter(|name| !name.contains('.') && !name.ends_with('~'))
                {
                    let path = format!("{folder}/{name}");
                    if host.file_followed(&path).is_ok_and(|facts| {
                        facts.is_some_and(|facts| facts.kind == super::FileKind::Directory)
                    }) {
                        continue;
                    }
                    self.include(host, from, &path, depth);
                }
            }
            Err(cause) => self.unseen.push(cause),
        }
    }

    fn limit(&mut self, detail: String) {
        if !self.unseen.iter().any(|cause| cause.kind == CauseKind::Limit) {
            self.unseen.push(Cause::new(CauseKind::Limit, detail));
        }
    }
}

/// A path of an include: quoted, with `\ ` for a space and `%h` for the host's short name; one that is not absolute
/// begins in the including file's folder.
fn place_of(host: &Host, from: &str, path: &str) -> String {
    let mut path = path.trim().trim_matches('"').replace("\\ ", " ");
    if path.contains("%h") {
        let name = host.text("/etc/hostname").ok().flatten();
        let name = name.and_then(|file| file.lines.first().cloned()).unwrap_or_default();
        path = path.replace("%h", name.trim().split('.').next().unwrap_or_default());
    }
    if path.starts_with('/') {
        return path;
    }
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{folder}/{path}")
}

/// Lines with their numbers; one that ends with `\` goes on.
fn joined(file: &ConfigFile) -> Vec<(u32, String)> {
    let mut lines = Vec::new();
    let mut open: Option<(u32, String)> = None;
    for (number, line) in file.numbered() {
        let (first, mut text) = open.take().unwrap_or((number, String::new()));
        let (part, goes_on) = match line.strip_suffix('\\') {
            Some(part) => (part, true),
            None => (line, false),
        };
        if text.len() + part.len() <= MAX_LINE {
            text.push_str(part);
        }
        if goes_on {
            open = Some((first, text));
        } else {
            lines.push((first, text));
        }
    }
    lines.extend(open);
    lines
        .into_iter()
        .map(|(line, text)| (line, text.trim().to_owned()))
        .filter(|(_, text)| !text.is_empty())
        .collect()
}

enum Statement<'a> {
    Include(&'a str),
    IncludeDir(&'a str),
    Defaults(&'a str),
    Rule,
    /// The kind of alias, and what follows.
    Alias(&'a str, &'a str),
    Comment,
}

fn statement(text: &str) -> Statement<'_> {
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    match first {
        "@include" | "#include" => return Statement::Include(rest),
        "@includedir" | "#includedir" => return Statement::IncludeDir(rest),
        "Cmd_Alias" => return Statement::Alias("Cmnd", rest),
        "User_Alias" | "Runas_Alias" | "Host_Alias" | "Cmnd_Alias" => {
            return Statement::Alias(first.trim_end_matches("_Alias"), rest);
        }
        _ => {}
    }
    // `#1000 ALL=ALL` is a rule for a user number.
    let is_comment =
        first.strip_prefix('#').is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()));
    if is_comment {
        return Statement::Comment;
    }
    match text.strip_prefix("Defaults") {
        Some(rest) if rest.starts_with([':', '@', '!', '>', ' ', '\t']) => {
            Statement::Defaults(rest)
        }
        _ => Statement::Rule,
    }
}

fn default(rest: &str, path: &str, line: u32) -> SudoDefault {
    let (scope, settings) = if rest.starts_with(char::is_whitespace) {
        ("", rest)
    } else {
        rest.split_once(char::is_whitespace).unwrap_or((rest, ""))
    };
    let settings = without_comment(settings).split(',').map(str::trim);
    SudoDefault {
        scope: scope.to_owned(),
        settings: settings.filter(|text| !text.is_empty()).map(str::to_owned).collect(),
        path: path.to_owned(),
        line,
    }
}

/// A `#` begins a comment, unless a number follows it or it is in quotes or escaped.
fn without_comment(text: &str) -> &str {
    let mut in_quotes = false;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let is_number = || text[at + 1..].starts_with(|c: char| c.is_ascii_digit());
        match c {
            '"' if before != '\\' => in_quotes = !in_quotes,
            '#' if !in_quotes && before != '\\' && !is_number() => return text[..at].trim_end(),
            _ => {}
        }
        before = c;
    }
    text
}

/// `kim, %wheel HOST = (root) NOPASSWD: /bin/a, PASSWD: ALL : OTHER = ALL`
fn rule(text: &str, path: &str, line: u32) -> Option<SudoRule> {
    let text = without_comment(text);
    let (left, commands) = text.split_once('=')?;
    // Users and hosts are lists: the last word before `=` that no comma joins begins the hosts.
    let mut who: Vec<String> = Vec::new();
    let mut goes_on = true;
    for word in left.replace(',', " , ").split_whitespace() {
        match word {
            "," => goes_on = true,
            _ if goes_on => {
                who.push(word.to_owned());
                goes_on = false;
            }
            _ => break,
        }
    }
    // What stands in parentheses is as whom, not what.
    let mut without_runas = String::with_capacity(commands.len());
    let mut depth = 0_u32;
    for c in commands.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => without_runas.push(c),
            _ => {}
        }
    }
    let words = || without_runas.split([',', ':', ' ', '\t', '=']).filter(|word| !word.is_empty());
    Some(SudoRule {
        no_password: words().any(|word| word == "NOPASSWD"),
        all_commands: words().any(|word| word == "ALL"),
        who,
        text: text.to_owned(),
        path: path.to_owned(),
        line,
    })
}

#[cfg(test)]
mod tests {
    use crate::case::TestHost;

    #[test]
    fn rules_of_all_included_files_are_read() {
        let host = TestHost::new()
            .file("/etc/hostname", "web1.example.com\n")
            .file(
                "/etc/sudoers",
                "# comment\nDefaults env_reset, !authenticate # x\nDefaults:kim timestamp_timeout=0\n\
                 User_Alias OPS = kim, lee\nroot ALL=(ALL:ALL) ALL\n\
                 %wheel,OPS ALL = NOPASSWD: \\\n  /bin/a, /bin/b\n#1000 ALL=(root) /bin/c\n\
                 @includedir /etc/sudoers.d\n#include sudoers.%h\n@include /etc/sudoers\n",
            )
            .file("/etc/sudoers.d/90-cloud", "admin ALL=(ALL) NOPASSWD:ALL\n")
            .file("/etc/sudoers.d/old.bak", "evil ALL=ALL\n")
            .file("/etc/sudoers.d/old~", "evil ALL=ALL\n")
            .file("/etc/sudoers.web1", "web ALL=/bin/d\n")
            .host();
        let sudoers = host.sudoers().unwrap();
        let first: Vec<_> = sudoers.rules.iter().take(5).collect();
        let of =
            |at: usize| (first[at].who.join(" "), first[at].no_password, first[at].all_commands);
        assert_eq!(of(0), ("root".to_owned(), false, true));
        assert_eq!(of(1), ("%wheel OPS".to_owned(), true, false));
        assert_eq!(of(2), ("#1000".to_owned(), false, false));
        assert_eq!(of(3), ("admin".to_owned(), true, true));
        assert_eq!(of(4), ("web".to_owned(), false, false));
        assert_eq!(first[1].line, 6);
        assert_eq!(sudoers.defaults[0].settings, ["env_reset", "!authenticate"]);
        assert_eq!(sudoers.defaults[1].scope, ":kim");
        assert_eq!(sudoers.aliases[0].name, "OPS");
        assert_eq!(sudoers.aliases[0].members, ["kim", "lee"]);
        assert!(sudoers.rules.iter().all(|rule| rule.who != ["evil"]));
        // It includes itself: that ends, and is told.
        assert!(!sudoers.unseen.is_empty());
    }

    #[test]
    fn odd_lines_do_no_harm() {
        for text in [
            "=",
            "Defaults",
            "Defaults:",
            "\\",
            "((((",
            "@include",
            "@includedir",
            "a =",
            "#é x",
            "\"#",
        ] {
            let host = TestHost::new().file("/etc/sudoers", text).host();
            let _ = host.sudoers().unwrap();
        }
    }
}
