//! Set-user-ID and set-group-ID files, sorted by where they come from and who may change them.
//!
//! dpkg tells whose a file is but not which mode it shipped; a database of RPM is not read here. `vendor.toml` says
//! what distributions ship. Need is a person's judgement: only what nobody ships so is bad by itself.

mod fix;

pub use fix::plan;

use crate::allowlist;
use crate::cause::Cause;
use crate::host::{Host, path_matches};
use crate::judgement::{Judgement, Reason, reason};
use crate::kinds::file_mode::owner_name;
use crate::params::Params;
use crate::walk::{Found, Listed, Scope, tell_open_directories};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Where no package puts a program with other rights.
const PLACES: [&str; 9] = [
    "/tmp/",
    "/var/tmp/",
    "/dev/",
    "/home/",
    "/root/",
    "/srv/",
    "/var/www/",
    "/usr/local/",
    "/mnt/",
];

/// What the walk found, with names.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    files: Vec<SetIdFile>,
    cut_off: Option<Cause>,
    open_directories: Listed,
    /// Whether a database of dpkg can tell what belongs to no package.
    knows_packages: bool,
    scope: Scope,
}

/// One file.
#[derive(Debug, Serialize, Deserialize)]
struct SetIdFile {
    found: Found,
    owner: String,
    group: String,
    package: Option<String>,
    /// An override of dpkg's sets just this mode.
    overridden: bool,
}

#[derive(Deserialize)]
struct Vendor {
    programs: Vec<String>,
    questioned: Vec<String>,
    shells: Vec<String>,
}

/// A test makes sure that it can be read.
static VENDOR: LazyLock<Option<Vendor>> =
    LazyLock::new(|| toml::from_str(include_str!("vendor.toml")).ok());

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let walked = host.walk()?;
    let paths: BTreeSet<String> =
        walked.setid.found.iter().map(|found| found.path.clone()).collect();
    let owners = host.package_owners(&paths)?;
    let overrides = host.stat_overrides()?;
    let group_name = |gid: u32| {
        let groups = host.groups()?;
        let group = groups.entries.iter().find(|group| group.gid == gid);
        Ok::<_, Cause>(group.map_or_else(|| gid.to_string(), |group| group.name.clone()))
    };
    let files = walked.setid.found.iter().map(|found| {
        let is_set =
            |path: &str, mode: u32| normal(path) == normal(&found.path) && mode == found.mode;
        Ok(SetIdFile {
            owner: owner_name(host, found.uid)?,
            group: group_name(found.gid)?,
            package: owners.of(&found.path).map(str::to_owned),
            overridden: overrides.iter().any(|entry| is_set(&entry.path, entry.mode)),
            found: found.clone(),
        })
    });
    let mut open_directories = walked.world_writable_directories.clone();
    open_directories.found.truncate(50);
    Ok(Facts {
        files: files.collect::<Result<_, Cause>>()?,
        cut_off: walked.setid.cut_off(),
        open_directories,
        knows_packages: owners.is_known,
        scope: walked.scope(),
    })
}

/// What one file is.
enum Class {
    Allowed(String),
    Vendor,
    Bad(&'static str, Option<String>),
    Ask(&'static str),
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    let mut vendor = 0;
    let mut is_decided = true;
    for file in &facts.files {
        match class(file, facts.knows_packages, params) {
            Class::Allowed(why) => {
                judgement.note(reason("allowed").arg("why", why).file(&file.found.path));
            }
            Class::Vendor => {
                vendor += 1;
                let key = if file.overridden { "overridden" } else { "vendor" };
                judgement.note(file.reason(key));
            }
            Class::Ask(key) => {
                is_decided = false;
                judgement.ask(file.reason(key));
            }
            Class::Bad(key, expected) => {
                is_decided = false;
                let bad = file.reason(key);
                judgement.bad(match expected {
                    Some(expected) => bad.arg("expected", expected),
                    None => bad,
                });
            }
        }
    }
    if vendor > 0 && !params.flag("accept_vendor_modes") {
        is_decided = false;
        judgement.ask(reason("vendor-ask").arg("count", vendor));
    }
    if let Some(cause) = &facts.cut_off {
        judgement.unseen(cause);
    }
    facts.scope.tell(&mut judgement);
    if is_decided && facts.cut_off.is_none() && facts.scope.is_whole() {
        judgement.good(match facts.files.len() {
            0 => reason("none"),
            count => reason("accepted").arg("count", count),
        });
    }
    tell_open_directories(&facts.open_directories, &mut judgement);
    judgement
}

impl SetIdFile {
    fn reason(&self, key: &'static str) -> Reason {
        reason(key)
            .arg("owner", &self.owner)
            .arg("group", &self.group)
            .arg("mode", format!("{:04o}", self.found.mode))
            .arg("package", self.package.as_deref().unwrap_or("unknown"))
            .file(&self.found.path)
    }

    /// Whether anybody but root may change what runs with these rights. A group may be root's own.
    fn is_writable(&self) -> bool {
        self.found.mode & 0o002 != 0 || (self.found.mode & 0o020 != 0 && self.found.gid != 0)
    }
}

fn class(file: &SetIdFile, knows_packages: bool, params: &Params) -> Class {
    let path = file.found.path.as_str();
    if file.is_writable() {
        return Class::Bad("writable", None);
    }
    if let Some(why) = allowlist::reason_for(params, "allowlist", path) {
        return Class::Allowed(why.to_owned());
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    if is_listed(name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.'), |v| &v.shells)
        || is_listed(name, |v| &v.shells)
    {
        return Class::Bad("shell", None);
    }
    if PLACES.iter().any(|place| path.starts_with(place)) {
        return Class::Bad("place", None);
    }
    if knows_packages && file.package.is_none() {
        return Class::Bad("not-packaged", None);
    }
    let shipped = shipped(path);
    if !file.overridden && !shipped.is_empty() && !shipped.iter().any(|line| line.allows(file)) {
        let expected: Vec<String> = shipped.iter().map(Line::shown).collect();
        return Class::Bad("differs", Some(expected.join(", ")));
    }
    match (&file.package, shipped.is_empty() && !file.overridden) {
        (_, false) if is_listed(name, |v| &v.questioned) && !params.flag("accept_vendor_modes") => {
            Class::Ask("guide")
        }
        (_, false) => Class::Vendor,
        (Some(_), true) => Class::Ask("unlisted"),
        (None, true) => Class::Ask("owner-unknown"),
    }
}

fn is_listed(name: &str, list: fn(&Vendor) -> &Vec<String>) -> bool {
    VENDOR.as_ref().is_some_and(|vendor| list(vendor).iter().any(|listed| listed == name))
}

/// `4755 root root /usr/bin/su`
struct Line {
    mode: u32,
    owner: &'static str,
    group: &'static str,
}

impl Line {
    /// As shipped or stricter: no bit more, and the same rights handed out.
    fn allows(&self, file: &SetIdFile) -> bool {
        file.found.mode & !self.mode == 0
            && (file.found.mode & 0o4000 == 0 || file.owner == self.owner)
            && (file.found.mode & 0o2000 == 0 || file.group == self.group)
    }

    fn shown(&self) -> String {
        format!("{:04o} {}:{}", self.mode, self.owner, self.group)
    }
}

/// The lines about a path.
fn shipped(path: &str) -> Vec<Line> {
    let path = normal(path);
    let parse = |line: &'static String| {
        let mut words = line.splitn(4, ' ');
        let mode = u32::from_str_radix(words.next()?, 8).ok()?;
        let (owner, group) = (words.next()?, words.next()?);
        path_matches(words.next()?, &path).then_some(Line { mode, owner, group })
    };
    VENDOR.iter().flat_map(|vendor| &vendor.programs).filter_map(parse).collect()
}

/// The path as `vendor.toml` writes it.
fn normal(path: &str) -> String {
    let path = match path.split('/').nth(1) {
        Some("bin" | "sbin" | "lib" | "lib64" | "libexec") => format!("/usr{path}"),
        _ => path.to_owned(),
    };
    match path.strip_prefix("/usr/sbin/") {
        Some(rest) => format!("/usr/bin/{rest}"),
        None => path,
    }
}

#[cfg(test)]
mod tests {
    use super::{VENDOR, normal, shipped};

    #[test]
    fn every_line_of_the_table_can_be_read() {
        let vendor = VENDOR.as_ref().unwrap();
        for line in &vendor.programs {
            let path = line.rsplit(' ').next().unwrap();
            assert_eq!(normal(path), path, "{line}");
            let lines = shipped(&path.replace('*', "x"));
            assert!(!lines.is_empty(), "{line}");
            for line in lines {
                assert!(line.mode & 0o6000 != 0 && line.mode & 0o022 == 0, "{}", line.shown());
            }
        }
    }
}
