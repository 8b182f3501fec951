//! What keeps accounts and addresses out of FTP daemons: lists of users, PAM, settings of their own.

use super::UserList;
use super::vsftpd::Instance;
use crate::cause::Cause;
use crate::host::Host;
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// How deep files of PAM may include others.
const MAX_DEPTH: usize = 8;

/// The list that most daemons read.
const FTPUSERS: &str = "/etc/ftpusers";

/// One daemon, or one instance of it, with what it refuses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Door {
    /// The daemon's name in `services.toml`.
    pub daemon: String,
    /// Its file, where nothing closer is to be shown.
    pub place: Option<Place>,
    /// What refuses root.
    pub root: Vec<Gate>,
    /// What refuses accounts.
    pub users: Vec<Gate>,
    /// What refuses addresses.
    pub addresses: Vec<Gate>,
    /// Lists of accounts that it obeys, whether they are there or not.
    pub lists: Vec<String>,
    /// The first of them that names those who are refused.
    pub refusing: Option<String>,
    /// Lines that let root in.
    pub admits_root: Vec<Place>,
}

/// Something that refuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// A setting or a file, as an administrator would write it.
    pub by: String,
    /// Where it stands.
    pub place: Option<Place>,
}

impl Gate {
    fn new(by: impl Into<String>, place: Option<Place>) -> Self {
        Self { by: by.into(), place }
    }
}

impl Host {
    /// What a daemon refuses, one door for each instance.
    ///
    /// # Errors
    /// Its settings or a list that it reads cannot be read.
    pub fn ftp_doors(&self, daemon: &str) -> Result<Vec<Door>, Cause> {
        match daemon {
            "vsftpd" => self.vsftpd()?.iter().map(|instance| of_vsftpd(self, instance)).collect(),
            "proftpd" => Ok(vec![of_proftpd(self)?]),
            "pure-ftpd" => Ok(vec![of_pure_ftpd(self)?]),
            _ => Ok(vec![of_ftpd(self)?]),
        }
    }
}

fn of_vsftpd(host: &Host, instance: &Instance) -> Result<Door, Cause> {
    let mut door = Door { daemon: "vsftpd".to_owned(), place: instance.place(), ..Door::default() };
    let (local, place) = instance.flag("local_enable")?;
    if !local {
        door.root.push(Gate::new("local_enable=NO", place.cloned()));
    }
    if instance.flag("userlist_enable")?.0 {
        let path = instance.user_list_path();
        let denies = instance.flag("userlist_deny")?.0;
        listed(host, &mut door, &path, denies, !denies)?;
    }
    let service = instance.text("pam_service_name").map_or("ftp", |said| said.value.as_str());
    pam_lists(host, service, &mut door)?;
    let (wrapped, place) = instance.flag("tcp_wrappers")?;
    if wrapped && let Some(rule) = host.wrappers()?.refusal("vsftpd") {
        door.addresses.push(Gate::new("tcp_wrappers=YES", place.cloned()));
        door.addresses.push(Gate::new("hosts.deny", Some(rule.place.clone())));
    }
    Ok(door)
}

fn of_proftpd(host: &Host) -> Result<Door, Cause> {
    let read = host.proftpd()?;
    let mut door = Door { daemon: "proftpd".to_owned(), ..Door::default() };
    let root_login = read.named("rootlogin").find(|directive| directive.is_on());
    match root_login {
        None => door.root.push(Gate::new("RootLogin off", None)),
        Some(directive) => door.place = Some(directive.place.clone()),
    }
    let on = read.named("rootlogin").filter(|directive| directive.is_on());
    door.admits_root = on.map(|directive| directive.place.clone()).collect();
    if read.named("useftpusers").all(super::proftpd::Directive::is_on) {
        listed(host, &mut door, FTPUSERS, true, false)?;
    }
    let service = read.named("authpamconfig").last().and_then(|it| it.arguments.first());
    pam_lists(host, service.map_or("proftpd", String::as_str), &mut door)?;
    let at_login = |directive: &&super::proftpd::Directive| {
        directive.sections.iter().any(|section| {
            section.name == "limit"
                && section.argument.split_whitespace().any(|it| it.eq_ignore_ascii_case("login"))
        })
    };
    for directive in read.directives.iter().filter(at_login) {
        let gate = || {
            let by = format!("<Limit LOGIN> {} {}", directive.name, directive.arguments.join(" "));
            Gate::new(by.trim_end(), Some(directive.place.clone()))
        };
        let of_all = directive
            .arguments
            .iter()
            .all(|word| ["all", "from"].iter().any(|it| word.eq_ignore_ascii_case(it)));
        match directive.name.as_str() {
            "denyall" => door.addresses.push(gate()),
            // «Allow from all» alone lets everybody in.
            "allow" if !of_all => door.addresses.push(gate()),
            "deny" | "denyclass" => door.addresses.push(gate()),
            "allowuser" | "denyuser" | "allowgroup" | "denygroup" => door.users.push(gate()),
            _ => {}
        }
    }
    // An «Allow» refuses nobody unless the others are denied.
    let denies = door.addresses.iter().any(|gate| gate.by.contains("> deny"));
    if !denies {
        door.addresses.clear();
    }
    Ok(door)
}

fn of_pure_ftpd(host: &Host) -> Result<Door, Cause> {
    let read = host.pure_ftpd()?;
    let mut door = Door { daemon: "pure-ftpd".to_owned(), ..Door::default() };
    if let Some(said) = read.option("MinUID") {
        door.place.clone_from(&said.place);
        if said.value.parse::<u32>().is_ok_and(|uid| uid > 0) {
            door.root.push(Gate::new(format!("MinUID {}", said.value), said.place.clone()));
        }
    }
    if read.flag("AnonymousOnly") {
        let place = read.option("AnonymousOnly").and_then(|said| said.place.clone());
        door.root.push(Gate::new("AnonymousOnly yes", place));
    }
    pam_lists(host, "pure-ftpd", &mut door)?;
    Ok(door)
}

fn of_ftpd(host: &Host) -> Result<Door, Cause> {
    let mut door = Door { daemon: "ftpd".to_owned(), ..Door::default() };
    listed(host, &mut door, FTPUSERS, true, false)?;
    pam_lists(host, "ftp", &mut door)?;
    let wrapped = host
        .inetd()?
        .iter()
        .any(|entry| entry.enabled && entry.service == "ftp" && entry.server.ends_with("/tcpd"));
    if wrapped {
        let rules = host.wrappers()?;
        let rule = rules.refusal("in.ftpd").or_else(|| rules.refusal("ftpd"));
        let gate = |rule: &crate::host::wrappers::Rule| Gate::new("tcpd", Some(rule.place.clone()));
        door.addresses.extend(rule.map(gate));
    }
    Ok(door)
}

/// Takes a list into account: it names those who are refused or those who are let in. What a list that is not there
/// means differs.
fn listed(
    host: &Host,
    door: &mut Door,
    path: &str,
    denies: bool,
    absent_refuses: bool,
) -> Result<(), Cause> {
    if !door.lists.iter().any(|known| known == path) {
        door.lists.push(path.to_owned());
    }
    if denies && door.refusing.is_none() {
        door.refusing = Some(path.to_owned());
    }
    let Some(UserList { path, root, names }) = host.user_list(path)? else {
        if absent_refuses {
            door.root.push(Gate::new(path, None));
            door.users.push(Gate::new(path, None));
        }
        return Ok(());
    };
    let place = Some(Place::File { path: path.clone(), line: root });
    if !denies {
        door.admits_root.extend(place.clone().filter(|_| root.is_some()));
    }
    if root.is_some() == denies {
        door.root.push(Gate::new(&path, place.clone()));
    }
    if names > 0 || !denies {
        door.users.push(Gate::new(path, place));
    }
    Ok(())
}

/// Takes into account the lists that PAM asks:
/// `auth required pam_listfile.so item=user sense=deny file=/etc/ftpusers onerr=succeed`.
fn pam_lists(host: &Host, service: &str, door: &mut Door) -> Result<(), Cause> {
    let mut waiting = vec![(service.to_owned(), 0)];
    while let Some((service, depth)) = waiting.pop() {
        if depth > MAX_DEPTH || service.contains('/') {
            continue;
        }
        let mut file = host.text(&format!("/etc/pam.d/{service}"))?;
        if file.is_none() {
            file = host.text(&format!("/usr/lib/pam.d/{service}"))?;
        }
        let Some(file) = file else { continue };
        for (_, line) in file.settings() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["@include", other] | [_, "include" | "substack", other] => {
                    waiting.push(((*other).to_owned(), depth + 1));
                }
                _ => list_line(host, &words, door)?,
            }
        }
    }
    Ok(())
}

fn list_line(host: &Host, words: &[&str], door: &mut Door) -> Result<(), Cause> {
    let phase = words.first().map(|word| word.trim_start_matches('-'));
    let refuses = words.get(1).is_some_and(|control| {
        matches!(*control, "required" | "requisite") || control.starts_with('[')
    });
    let Some(at) = words.iter().position(|word| word.ends_with("pam_listfile.so")) else {
        return Ok(());
    };
    if !matches!(phase, Some("auth" | "account")) || !refuses {
        return Ok(());
    }
    let arguments = words.get(at + 1..).unwrap_or_default();
    let value = |name: &str| {
        arguments.iter().rev().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    };
    if value("item") != Some("user") {
        return Ok(());
    }
    let Some(path) = value("file") else { return Ok(()) };
    // Without `onerr=succeed` a list that can't be opened refuses.
    listed(host, door, path, value("sense") == Some("deny"), value("onerr") != Some("succeed"))
}

#[cfg(test)]
mod tests {
    use super::Door;
    use crate::case::TestHost;

    fn door(daemon: &str, host: TestHost) -> Door {
        host.host().ftp_doors(daemon).unwrap().remove(0)
    }

    #[test]
    fn red_hats_vsftpd_refuses_root_by_pam_and_by_its_list() {
        let host = TestHost::new()
            .file(
                "/etc/vsftpd/vsftpd.conf",
                "local_enable=YES\nuserlist_enable=YES\npam_service_name=vsftpd\ntcp_wrappers=YES\n",
            )
            .file(
                "/etc/pam.d/vsftpd",
                "auth       required     pam_listfile.so item=user sense=deny file=/etc/vsftpd/ftpusers onerr=succeed\n",
            )
            .file("/etc/vsftpd/ftpusers", "root\nbin\n")
            .file("/etc/vsftpd/user_list", "root\n")
            .file("/etc/hosts.deny", "ALL: ALL\n");
        let door = door("vsftpd", host);
        let by: Vec<&str> = door.root.iter().map(|gate| gate.by.as_str()).collect();
        assert_eq!(by, ["/etc/vsftpd/user_list", "/etc/vsftpd/ftpusers"]);
        assert_eq!(door.addresses.len(), 2);
    }

    #[test]
    fn a_list_of_those_let_in_without_root_refuses_it() {
        let text = "local_enable=YES\nuserlist_enable=YES\nuserlist_deny=NO\n";
        let host = TestHost::new().file("/etc/vsftpd.conf", text);
        let listing = |names: &str| host.clone().file("/etc/vsftpd.user_list", names);
        assert_eq!(door("vsftpd", listing("alice\n")).root.len(), 1);
        assert_eq!(door("vsftpd", listing("alice\nroot\n")).root.len(), 0);
    }

    #[test]
    fn an_allow_without_a_deny_refuses_nobody() {
        let limit = |inner: &str| {
            let text = format!("<Limit LOGIN>\n{inner}\n</Limit>\n");
            door("proftpd", TestHost::new().file("/etc/proftpd.conf", &text)).addresses.len()
        };
        assert_eq!(limit("Allow from 10.0.0.0/8"), 0);
        assert_eq!(limit("Order allow,deny\nAllow from 10.0.0.0/8\nDeny from all"), 2);
        assert_eq!(limit("AllowAll"), 0);
        assert_eq!(limit("DenyAll"), 1);
    }
}
