//! The rules of rsyslog, and of a syslogd with the same selectors: what is written where.

mod selector;
mod statements;

pub use selector::Mask;

use super::{ConfigFile, Host};
use crate::cause::{Cause, CauseKind};
use pasu_model::Place;
use serde::{Deserialize, Serialize};
use statements::{Statement, parameter, statements};

/// How many files may be included, and how many rules are kept.
const MAX_FILES: usize = 300;
const MAX_RULES: usize = 2000;

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// What it takes; `None` where a condition decides, or a rule set that is not for this machine's own messages.
    pub takes: Option<Mask>,
    /// Where it goes.
    pub target: Target,
    /// Where the rule stands.
    pub place: Place,
    /// The rule.
    pub text: String,
}

/// Where messages go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// A file; a name that is put together at run time keeps its variables.
    File(String),
    /// Another machine.
    Remote(String),
    /// The screens of users.
    Users,
    /// Nowhere, and rules below do not see them.
    Stop,
    /// A program, a database, a pipe.
    Other(String),
}

/// Rules in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// The rules.
    pub rules: Vec<Rule>,
}

impl Rules {
    /// What is written to files and sent to other machines, and with `users` also shown to users.
    #[must_use]
    pub fn kept(&self, users: bool) -> Mask {
        let mut kept = Mask::default();
        let mut stopped = Mask::default();
        for rule in &self.rules {
            let Some(takes) = rule.takes else { continue };
            match &rule.target {
                Target::Stop => stopped.add(takes),
                Target::File(path) if path == "/dev/null" => {}
                Target::Users if !users => {}
                _ => kept.add(takes.without(stopped)),
            }
        }
        kept
    }

    /// The files that are written.
    pub fn files(&self) -> impl Iterator<Item = (&str, &Rule)> {
        self.rules.iter().filter_map(|rule| match &rule.target {
            Target::File(path) if path.starts_with('/') && !path.starts_with("/dev/") => {
                Some((path.as_str(), rule))
            }
            _ => None,
        })
    }
}

/// Reads `/etc/rsyslog.conf` or `/etc/syslog.conf` with what it includes.
///
/// # Errors
/// A file is there and cannot be read, or there are too many.
pub fn read(host: &Host, path: &str) -> Result<Rules, Cause> {
    let mut reader = Reader { host, rules: Vec::new(), files: 0 };
    reader.file(path, 0)?;
    Ok(Rules { rules: reader.rules })
}

struct Reader<'a> {
    host: &'a Host,
    rules: Vec<Rule>,
    files: usize,
}

impl Reader<'_> {
    fn file(&mut self, path: &str, depth: usize) -> Result<(), Cause> {
        self.files += 1;
        if self.files > MAX_FILES || depth > 10 {
            let detail = "the configuration of syslog includes too many files";
            return Err(Cause { place: Some(of(path)), ..Cause::new(CauseKind::Limit, detail) });
        }
        let Some(file) = self.host.text(path)? else { return Ok(()) };
        // The selector that `&` repeats.
        let mut last: Option<Mask> = None;
        for statement in statements(&file) {
            self.statement(&file, &statement, &mut last, depth)?;
        }
        Ok(())
    }

    fn statement(
        &mut self,
        file: &ConfigFile,
        statement: &Statement,
        last: &mut Option<Mask>,
        depth: usize,
    ) -> Result<(), Cause> {
        let text = statement.text.as_str();
        let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        if first.eq_ignore_ascii_case("$IncludeConfig") {
            return self.include(rest.trim(), depth);
        }
        if first.to_ascii_lowercase().starts_with("include(") {
            return match parameter(text, "file") {
                Some(path) => self.include(path, depth),
                None => Ok(()),
            };
        }
        let of_block = || Mask::parse(statement.selector.as_deref().unwrap_or("*.*"));
        let (takes, action) = if first == "&" {
            (*last, rest.trim())
        } else if let Some(mask) = Mask::parse(first).filter(|_| !first.starts_with([':', '$'])) {
            (Some(mask), rest.trim())
        } else if text.starts_with("action(") || matches!(text, "stop" | "~") {
            // Without a selector it takes everything that comes to its block.
            (of_block(), text)
        } else if let Some((mask, action)) = by_prifilt(text) {
            (Some(mask), action)
        } else if first.starts_with(':') || first.eq_ignore_ascii_case("if") {
            *last = None;
            let action = text.rsplit_once(['{', '"', ' ']).map_or("", |(_, action)| action);
            (None, action.trim())
        } else {
            return Ok(());
        };
        let takes = takes.filter(|_| statement.applies);
        *last = takes;
        if let Some(target) = target_of(action) {
            if self.rules.len() >= MAX_RULES {
                let detail = format!("more than {MAX_RULES} rules of syslog");
                return Err(Cause {
                    place: Some(of(&file.path)),
                    ..Cause::new(CauseKind::Limit, detail)
                });
            }
            let place = file.place(statement.line);
            self.rules.push(Rule { takes, target, place, text: text.chars().take(300).collect() });
        }
        Ok(())
    }

    /// A file, a pattern, or a folder with all its files.
    fn include(&mut self, pattern: &str, depth: usize) -> Result<(), Cause> {
        let pattern = pattern.trim_matches('"');
        let pattern = match pattern.strip_suffix('/') {
            Some(folder) => format!("{folder}/*"),
            None => pattern.to_owned(),
        };
        for path in self.host.glob(&pattern)? {
            let is_file = self
                .host
                .file_followed(&path)?
                .is_some_and(|facts| facts.kind == super::files::FileKind::File);
            if is_file {
                self.file(&path, depth + 1)?;
            }
        }
        Ok(())
    }
}

fn of(path: &str) -> Place {
    Place::File { path: path.to_owned(), line: None }
}

/// `if prifilt("mail.*") then action(…)`, and nothing beside it in the condition.
fn by_prifilt(text: &str) -> Option<(Mask, &str)> {
    let rest = text.strip_prefix("if")?.trim_start().strip_prefix("prifilt(")?.trim_start();
    let rest = rest.strip_prefix('"')?;
    let (selector, rest) = rest.split_once('"')?;
    let action = rest.trim_start().strip_prefix(')')?.trim_start().strip_prefix("then")?;
    Some((Mask::parse(selector)?, action.trim_start_matches([' ', '{'])))
}

/// `-/var/log/mail.log;Template`, `@@host:514`, `:omusrmsg:*`, `action(type="omfile" file="/var/log/x")`.
fn target_of(action: &str) -> Option<Target> {
    let action = action.trim().trim_start_matches('{').trim();
    if action.starts_with("action(") {
        let kind = parameter(action, "type").unwrap_or_default();
        let or = |name: &str| parameter(action, name).unwrap_or_default().to_owned();
        return Some(match kind {
            "omfile" if parameter(action, "file").is_none() => Target::File(or("dynaFile")),
            "omfile" => Target::File(or("file")),
            "omfwd" | "omrelp" | "omgssapi" => Target::Remote(or("target")),
            "omusrmsg" => Target::Users,
            other => Target::Other(other.to_owned()),
        });
    }
    let first = action.split([';', ' ', '\t']).next().unwrap_or_default();
    if first == "then" {
        return None;
    }
    Some(match first.chars().next()? {
        '/' => Target::File(first.to_owned()),
        '-' => Target::File(first.trim_start_matches('-').to_owned()),
        '?' => Target::File(first.to_owned()),
        '@' => Target::Remote(first.trim_start_matches('@').to_owned()),
        '~' => Target::Stop,
        '*' => Target::Users,
        '|' | '^' | ':' | '>' => match first {
            _ if first.starts_with(":omusrmsg:") => Target::Users,
            _ if first.starts_with(":omfile:") => {
                Target::File(first.trim_start_matches(":omfile:").to_owned())
            }
            _ => Target::Other(first.to_owned()),
        },
        _ if first == "stop" => Target::Stop,
        // Names of users.
        _ if first.bytes().all(|byte| byte.is_ascii_alphanumeric() || b",_-".contains(&byte)) => {
            Target::Users
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Target, read};
    use crate::case::TestHost;

    #[test]
    fn includes_selectors_and_actions_of_both_styles_are_read() {
        let host = TestHost::new()
            .file(
                "/etc/rsyslog.conf",
                "module(load=\"imuxsock\")\n/* kern.* /var/log/no */\n$IncludeConfig /etc/rsyslog.d/*.conf\n\
                 *.info;mail.none;\\\n  authpriv.none  -/var/log/messages # tail\n\
                 *.emerg :omusrmsg:*\n",
            )
            .file(
                "/etc/rsyslog.d/a.conf",
                "include(file=\"/etc/more/\" mode=\"optional\")\nmail.* action(type=\"omfile\"\n  file=\"/var/log/mail\")\n",
            )
            .file("/etc/rsyslog.d/b.conf.off", "authpriv.* /var/log/no\n")
            .file("/etc/more/x", "if prifilt(\"cron.*\") then {\n action(type=\"omfwd\" target=\"h\")\n}\n")
            .file(
                "/etc/rsyslog.d/c.conf",
                "ruleset(name=\"r\") {\n authpriv.* /var/log/remote\n}\n:msg, contains, \"UFW\" /var/log/ufw.log\n& stop\n",
            )
            .host();
        let rules = read(&host, "/etc/rsyslog.conf").unwrap();
        let kept = rules.kept(false);
        assert!(kept.covers("kern") && kept.covers("mail") && kept.covers("cron"), "{rules:?}");
        assert!(!kept.covers("authpriv"), "{rules:?}");
        assert!(!rules.kept(false).covers("*.emerg") && rules.kept(true).covers("*.emerg"));
        let files: Vec<&str> = rules.files().map(|(path, _)| path).collect();
        assert!(files.contains(&"/var/log/mail") && files.contains(&"/var/log/messages"));
        assert!(rules.rules.iter().any(|rule| rule.target == Target::Remote("h".to_owned())));
    }

    #[test]
    fn what_is_stopped_above_is_not_kept_below() {
        let text = "auth,authpriv.* stop\n*.* /var/log/syslog\n";
        let host = TestHost::new().file("/etc/rsyslog.conf", text).host();
        let rules = read(&host, "/etc/rsyslog.conf").unwrap();
        assert!(!rules.kept(true).covers("authpriv") && rules.kept(true).covers("mail"));
    }

    #[test]
    fn a_file_that_includes_itself_ends() {
        let text = "$IncludeConfig /etc/rsyslog.conf\n";
        let host = TestHost::new().file("/etc/rsyslog.conf", text).host();
        assert!(read(&host, "/etc/rsyslog.conf").is_err());
    }
}
