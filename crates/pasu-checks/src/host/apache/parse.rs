//! Reads Apache's files in the order in which Apache does: conditions decided by what was loaded and defined before.

use super::lexer::{expanded, logical_lines, words};
use super::{Config, Directive, Section};
use crate::cause::{Cause, CauseKind};
use crate::host::Host;
use std::collections::BTreeMap;
use std::sync::Arc;

const MAX_DEPTH: usize = 16;
const MAX_FILES: usize = 2000;
const MAX_DIRECTIVES: usize = 300_000;
const MAX_NESTED: usize = 32;

/// Modules that distributions build in.
const BUILT_IN: [&str; 8] =
    ["core", "so", "http", "log_config", "logio", "version", "unixd", "watchdog"];

/// What is known before the first file is read.
pub(super) struct Start {
    pub(super) path: String,
    pub(super) server_root: String,
    /// Variables of the start script, and names given with `-D`.
    pub(super) variables: BTreeMap<String, String>,
    pub(super) version: Option<(u32, u32, u32)>,
}

/// Reads a configuration from its first file.
pub(super) fn read(host: &Host, start: &Start) -> Config {
    let main = Section {
        kind: "main".to_owned(),
        path: start.path.as_str().into(),
        line: 1,
        ..Section::default()
    };
    let config = Config {
        server_root: start.server_root.clone(),
        modules: BUILT_IN.iter().map(|name| format!("{name}_module")).collect(),
        variables: start.variables.clone(),
        drop_ins: Vec::new(),
        sections: vec![main],
        unseen: Vec::new(),
    };
    let mut parser = Parser { host, version: start.version, config, files: 0, directives: 0 };
    match host.file_followed(&start.path) {
        Ok(Some(_)) => parser.file(&start.path, 0, 0),
        Ok(None) => parser.config.unseen.push(Cause::malformed(&start.path, None, "it is missing")),
        Err(cause) => parser.config.unseen.push(cause),
    }
    parser.config
}

/// Reads a `.htaccess` into a section of its own for a directory.
pub(super) fn read_htaccess(
    host: &Host,
    config: &mut Config,
    path: &str,
    folder: &str,
    server: usize,
) {
    let at = config.sections.len();
    config.sections.push(Section {
        kind: "htaccess".to_owned(),
        arguments: vec![folder.to_owned()],
        parent: Some(server),
        path: path.into(),
        line: 1,
        ..Section::default()
    });
    let mut parser =
        Parser { host, version: None, config: std::mem::take(config), files: 0, directives: 0 };
    parser.file(path, at, MAX_DEPTH);
    *config = parser.config;
}

struct Parser<'a> {
    host: &'a Host,
    version: Option<(u32, u32, u32)>,
    config: Config,
    files: usize,
    directives: usize,
}

/// What an opening tag began.
enum Open {
    /// A section.
    Section(usize),
    /// A condition that holds, with its name.
    Through(String),
    /// Something that is left out up to its end, with its name.
    Skipped(String),
}

impl Parser<'_> {
    fn file(&mut self, path: &str, into: usize, depth: usize) {
        self.files += 1;
        let file = match self.host.text(path) {
            Ok(Some(file)) => file,
            Ok(None) => return self.damaged(path, 1, "it leads nowhere"),
            Err(cause) => return self.config.unseen.push(cause),
        };
        let path: Arc<str> = path.into();
        let mut open: Vec<Open> = Vec::new();
        for (number, line) in logical_lines(&file) {
            if self.directives > MAX_DIRECTIVES || open.len() > MAX_NESTED {
                return self.limit(&path, "too many directives or sections");
            }
            let at = open.iter().rev().find_map(|open| match open {
                Open::Section(index) => Some(*index),
                _ => None,
            });
            let at = at.unwrap_or(into);
            let skips = matches!(open.last(), Some(Open::Skipped(_)));
            if let Some(tag) = line.strip_prefix("</") {
                let name = tag.trim_end_matches('>').trim().to_ascii_lowercase();
                if !self.closes(open.last(), &name) {
                    if skips {
                        continue;
                    }
                    return self.damaged(&path, number, "a section ends that was not begun");
                }
                open.pop();
            } else if let Some(tag) = line.strip_prefix('<') {
                self.directives += 1;
                let tag = tag.strip_suffix('>').unwrap_or(tag);
                let next = self.opened(tag, &path, number, at, skips);
                open.push(next);
            } else if !skips {
                self.line(&line, &path, number, at, depth);
            }
        }
        if !open.is_empty() {
            self.damaged(&path, 1, "it ends inside a section");
        }
    }

    fn closes(&self, open: Option<&Open>, name: &str) -> bool {
        match open {
            Some(Open::Section(index)) => {
                self.config.sections.get(*index).is_some_and(|section| section.kind == name)
            }
            Some(Open::Through(begun) | Open::Skipped(begun)) => begun == name,
            None => false,
        }
    }

    fn damaged(&mut self, path: &str, line: u32, detail: &str) {
        self.config.unseen.push(Cause::malformed(path, Some(line), detail));
    }

    fn limit(&mut self, path: &str, detail: &str) {
        let mut cause = Cause::malformed(path, None, detail);
        cause.kind = CauseKind::Limit;
        self.config.unseen.push(cause);
    }

    /// Decides what an opening tag is.
    fn opened(&mut self, tag: &str, path: &Arc<str>, number: u32, at: usize, skips: bool) -> Open {
        let mut parts = words(&self.with_variables(tag));
        let name = if parts.is_empty() { String::new() } else { parts.remove(0) };
        let name = name.to_ascii_lowercase();
        if skips {
            return Open::Skipped(name);
        }
        let first = parts.first().map_or("", String::as_str);
        let (negated, wanted) = match first.strip_prefix('!') {
            Some(wanted) => (true, wanted),
            None => (false, first),
        };
        let holds = match name.as_str() {
            "ifmodule" => self.is_loaded(wanted),
            "ifdefine" => self.config.variables.contains_key(wanted),
            "ifversion" => return self.if_version(&parts, name),
            "iffile" => {
                matches!(self.host.file_followed(&self.config.absolute(wanted)), Ok(Some(_)))
            }
            // Whether a directive or section is known hangs on modules that are there when it is asked for.
            "ifdirective" | "ifsection" => true,
            "macro" => {
                self.damaged(path, number, "macros are not followed");
                return Open::Skipped(name);
            }
            _ => {
                self.config.sections.push(Section {
                    kind: name,
                    arguments: parts,
                    parent: Some(at),
                    path: path.clone(),
                    line: number,
                    ..Section::default()
                });
                return Open::Section(self.config.sections.len() - 1);
            }
        };
        if holds == negated { Open::Skipped(name) } else { Open::Through(name) }
    }

    /// `<IfModule mod_ssl.c>` or `<IfModule ssl_module>`.
    fn is_loaded(&self, wanted: &str) -> bool {
        let name = wanted.trim_end_matches(".c");
        let name = match name.strip_prefix("mod_") {
            Some(name) => name,
            None if matches!(name, "prefork" | "worker" | "event") => {
                return self.config.has_module(&format!("mpm_{name}"));
            }
            None => name.trim_end_matches("_module"),
        };
        self.config.has_module(name)
    }

    /// `<IfVersion >= 2.4>`; without a known version it is taken for the newest.
    fn if_version(&self, parts: &[String], name: String) -> Open {
        let (operator, wanted) = match parts {
            [operator, version, ..] => (operator.as_str(), version.as_str()),
            [version] => ("=", version.as_str()),
            [] => return Open::Through(name),
        };
        let mut numbers = wanted.split('.').map(|part| part.parse::<u32>().unwrap_or_default());
        let given = wanted.split('.').count();
        let mut next = || numbers.next().unwrap_or_default();
        let wanted = [next(), next(), next()];
        let (major, minor, patch) = self.version.unwrap_or((2, 4, 66));
        let own = [major, minor, patch];
        // `= 2.4` asks for two numbers only.
        let length = given.clamp(1, 3);
        let order = own.iter().take(length).cmp(wanted.iter().take(length));
        let (negated, operator) =
            operator.strip_prefix('!').map_or((false, operator), |rest| (true, rest));
        let holds = match operator {
            ">" => order.is_gt(),
            ">=" => order.is_ge(),
            "<" => order.is_lt(),
            "<=" => order.is_le(),
            _ => order.is_eq(),
        };
        if holds == negated { Open::Skipped(name) } else { Open::Through(name) }
    }

    fn with_variables(&self, text: &str) -> String {
        expanded(text, |name| self.config.variables.get(name).cloned())
    }

    fn line(&mut self, line: &str, path: &Arc<str>, number: u32, at: usize, depth: usize) {
        self.directives += 1;
        let mut arguments = words(&self.with_variables(line));
        let name = if arguments.is_empty() { String::new() } else { arguments.remove(0) };
        let name = name.to_ascii_lowercase();
        let first = arguments.first().cloned().unwrap_or_default();
        match name.as_str() {
            "include" | "includeoptional" if depth < MAX_DEPTH => {
                return self.include(&first, name == "include", path, number, at, depth);
            }
            "include" | "includeoptional" => return self.limit(path, "too deep includes"),
            "define" => {
                let value = arguments.get(1).cloned().unwrap_or_default();
                self.config.variables.insert(first, value);
                return;
            }
            "undefine" => {
                self.config.variables.remove(&first);
                return;
            }
            "use" => return self.damaged(path, number, "macros are not followed"),
            "serverroot" => first.trim_end_matches('/').clone_into(&mut self.config.server_root),
            "loadmodule" => {
                self.config.modules.insert(first);
            }
            _ => {}
        }
        let directive =
            Directive { name, arguments, text: line.to_owned(), path: path.clone(), line: number };
        if let Some(section) = self.config.sections.get_mut(at) {
            section.keep(directive);
        }
    }

    fn include(
        &mut self,
        pattern: &str,
        required: bool,
        path: &Arc<str>,
        number: u32,
        at: usize,
        depth: usize,
    ) {
        let pattern = self.config.absolute(pattern);
        if let Some(folder) = pattern.strip_suffix("/*.conf").filter(|_| at == 0) {
            self.config.drop_ins.push(folder.to_owned());
        }
        let paths = match self.host.glob(&pattern) {
            Ok(paths) => paths,
            Err(cause) => return self.config.unseen.push(cause),
        };
        if paths.is_empty() && required && !pattern.contains(['*', '?', '[']) {
            let detail = format!("included file is missing: {pattern}");
            return self.damaged(path, number, &detail);
        }
        for found in paths {
            self.include_path(&found, path, at, depth);
        }
    }

    /// A directory stands for all files in it and below.
    fn include_path(&mut self, found: &str, from: &Arc<str>, at: usize, depth: usize) {
        if self.files >= MAX_FILES || depth >= MAX_DEPTH {
            return self.limit(from, "too many or too deep includes");
        }
        match self.host.file_followed(found) {
            Ok(Some(file)) if file.kind == crate::host::FileKind::Directory => {
                match self.host.list(found) {
                    Ok(names) => {
                        for name in names {
                            self.include_path(&format!("{found}/{name}"), from, at, depth + 1);
                        }
                    }
                    Err(cause) => self.config.unseen.push(cause),
                }
            }
            Ok(_) => self.file(found, at, depth + 1),
            Err(cause) => self.config.unseen.push(cause),
        }
    }
}
