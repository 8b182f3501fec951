//! What each module of PAM answers to one account.

use super::lists;
use super::{Asked, Door, Said};
use crate::access::{Password, Why};
use pasu_checks::host::homes::NOBODY;
use pasu_checks::host::pam::{PamEntry, Phase, Subject};
use pasu_checks::host::shadow::Ageing;
use std::path::Path;

/// Modules that let through whoever comes by, or only set something up.
const HARMLESS: [&str; 27] = [
    "pam_permit",
    "pam_env",
    "pam_faildelay",
    "pam_cap",
    "pam_systemd",
    "pam_loginuid",
    "pam_keyinit",
    "pam_limits",
    "pam_umask",
    "pam_gnome_keyring",
    "pam_mail",
    "pam_motd",
    "pam_lastlog",
    "pam_lastlog2",
    "pam_warn",
    "pam_echo",
    "pam_issue",
    "pam_group",
    "pam_xauth",
    "pam_selinux",
    "pam_mkhomedir",
    "pam_oddjob_mkhomedir",
    "pam_console",
    "pam_namespace",
    "pam_tally",
    "pam_tally2",
    "pam_setquota",
];

impl Asked<'_> {
    /// What a module says in a phase.
    pub(super) fn answer(&self, entry: &PamEntry, phase: Phase) -> Said {
        if entry.module.is_empty() {
            return yes();
        }
        if let Some(missing) = self.missing(entry) {
            return missing;
        }
        let name = entry.module.trim_end_matches(".so");
        match name {
            "pam_unix" | "pam_pwdb" => self.unix(entry, phase),
            "pam_deny" => Said::Is("auth_err", None),
            "pam_rootok" | "pam_sepermit" => self.usual(entry, false),
            "pam_nologin" if phase != Phase::Session => self.nologin(entry),
            "pam_succeed_if" => lists::succeed_if(self, entry),
            "pam_access" => lists::access(self, entry),
            "pam_listfile" => lists::listfile(self, entry),
            "pam_wheel" => self.wheel(entry),
            "pam_securetty" => self.securetty(),
            "pam_shells" => self.shells(),
            "pam_time" => self.time(),
            "pam_usertype" => self.usertype(entry),
            "pam_localuser" => yes(),
            "pam_faillock" => self.faillock(entry, phase),
            "pam_sss" | "pam_sss_gss" | "pam_ldap" | "pam_krb5" | "pam_winbind"
            | "pam_systemd_home" | "pam_himmelblau" => self.usual(entry, false),
            _ if HARMLESS.contains(&name) => yes(),
            // What sets up a session seldom refuses one, and there are many of them.
            _ if phase == Phase::Session => yes(),
            _ => unknown(entry),
        }
    }

    /// A module that is not installed fails, also one with a `-`, which only keeps the log silent.
    fn missing(&self, entry: &PamEntry) -> Option<Said> {
        let host = self.who.host;
        let is_there = match entry.written.starts_with('/') {
            true => Ok(Some(host.system().exists(Path::new(&entry.written)))),
            false => host.has_pam_module(&entry.module),
        };
        match is_there {
            Ok(Some(false)) => {
                let module = &entry.module;
                let why = Why::new(
                    format!("PAM 모듈 {module}이 설치되어 있지 않습니다."),
                    format!("The module {module} of PAM is not installed."),
                );
                Some(Said::Is("module_unknown", Some(why.at(Some(entry.place.clone())))))
            }
            Ok(_) => None,
            Err(cause) => Some(Said::Unknown(Why::unread(&cause))),
        }
    }

    fn usual(&self, entry: &PamEntry, in_group: bool) -> Said {
        let (target, caller) = (self.who.account.uid, self.caller.account.uid);
        let subject = Subject { target, caller, in_group, foreign: false };
        Said::Is(entry.usual_answer(subject), None)
    }

    fn unix(&self, entry: &PamEntry, phase: Phase) -> Said {
        match phase {
            Phase::Auth => match &self.who.password {
                Password::Unread(cause) => Said::Unknown(Why::unread(cause)),
                Password::Empty if entry.has("nullok_secure") => unknown(entry),
                _ => {
                    let proof = self.who.has_password(entry.has("nullok"));
                    if let super::Proof::Refused(why) = proof { no("auth_err", why) } else { yes() }
                }
            },
            Phase::Account if self.who.is_unlisted() => no("authinfo_unavail", self.who.unlisted()),
            Phase::Account => match self.who.ageing() {
                Ageing::Fine | Ageing::MustChange => yes(),
                Ageing::Ended => no("acct_expired", self.who.ended()),
                Ageing::Dead => no("authtok_expired", self.who.too_old()),
            },
            Phase::Password | Phase::Session => yes(),
        }
    }

    fn nologin(&self, entry: &PamEntry) -> Said {
        let usual = ["/etc/nologin", "/run/nologin", "/var/run/nologin"];
        let own = entry.value("file");
        let files: Vec<&str> = own.map_or(usual.to_vec(), |file| vec![file]);
        let system = self.who.host.system();
        let Some(file) = files.into_iter().find(|path| system.exists(Path::new(path))) else {
            return Said::Is(if entry.has("successok") { "success" } else { "ignore" }, None);
        };
        if self.who.account.uid == 0 {
            return yes();
        }
        no(
            "auth_err",
            Why::new(
                format!("{file} 파일이 있는 동안에는 root만 로그인할 수 있습니다."),
                format!("While {file} exists, only root may log in."),
            )
            .in_file(file),
        )
    }

    /// pam_wheel(8): the group is the one named, else `wheel`, else that of the number 0.
    fn wheel(&self, entry: &PamEntry) -> Said {
        let groups = match self.who.host.groups() {
            Ok(groups) => groups,
            Err(cause) => return Said::Unknown(Why::unread(&cause)),
        };
        let group = match entry.value("group") {
            Some(name) => groups.named(name),
            None => groups.named("wheel").or_else(|| groups.of_gid(0)),
        };
        let is_member = group.is_some_and(|group| self.caller.gids().contains(&group.gid));
        let Said::Is(answer, _) = self.usual(entry, is_member) else { return unknown(entry) };
        if answer != "perm_denied" {
            return Said::Is(answer, None);
        }
        let name = entry.value("group").unwrap_or("wheel");
        let caller = &self.caller.account.name;
        let why = match group {
            None => Why::new(
                format!("pam_wheel이 찾는 {name} 그룹이 없습니다."),
                format!("The group {name} that pam_wheel asks for does not exist."),
            ),
            Some(_) => Why::new(
                format!("{caller} 계정은 pam_wheel이 요구하는 {name} 그룹에 맞지 않습니다."),
                format!("{caller} does not meet what pam_wheel asks of the group {name}."),
            ),
        };
        no(answer, why.at(Some(entry.place.clone())))
    }

    /// pam_securetty(8): root only from the terminals of `/etc/securetty`, where that file exists.
    fn securetty(&self) -> Said {
        let path = "/etc/securetty";
        if self.who.account.uid != 0 || self.door == Door::Terminal {
            return yes();
        }
        let file = match self.who.host.text(path) {
            Ok(Some(file)) => file,
            Ok(None) => return yes(),
            Err(cause) => return Said::Unknown(Why::unread(&cause)),
        };
        let wanted = if self.door == Door::Ssh { "ssh" } else { "tty1" };
        if file.settings().any(|(_, line)| line.trim_start_matches("/dev/") == wanted) {
            return yes();
        }
        no(
            "auth_err",
            Why::new(
                format!("{path}에 {wanted}이 없어 root는 여기서 로그인할 수 없습니다."),
                format!("{path} does not list {wanted}, so root may not log in there."),
            )
            .in_file(path),
        )
    }

    fn shells(&self) -> Said {
        let shell = &self.who.account.shell;
        let shell = if shell.is_empty() { "/bin/sh" } else { shell };
        match self.who.host.text("/etc/shells") {
            Ok(Some(file)) if file.settings().any(|(_, line)| line == shell) => yes(),
            Ok(_) => no(
                "auth_err",
                Why::new(
                    format!("{shell}이 /etc/shells에 없습니다."),
                    format!("{shell} is not in /etc/shells."),
                )
                .in_file("/etc/shells"),
            ),
            Err(cause) => Said::Unknown(Why::unread(&cause)),
        }
    }

    fn time(&self) -> Said {
        let path = "/etc/security/time.conf";
        match self.who.host.text(path) {
            Ok(Some(file)) if file.settings().next().is_some() => Said::Unknown(
                Why::new(
                    "pam_time이 시간에 따라 로그인을 막을 수 있습니다.",
                    "pam_time may refuse logins by the hour.",
                )
                .in_file(path),
            ),
            Ok(_) => yes(),
            Err(cause) => Said::Unknown(Why::unread(&cause)),
        }
    }

    fn usertype(&self, entry: &PamEntry) -> Said {
        let first = match self.who.host.first_uid() {
            Ok(first) => first,
            Err(cause) => return Said::Unknown(Why::unread(&cause)),
        };
        let uid = self.who.account.uid;
        let is_regular = uid >= first && uid != NOBODY;
        let holds = if entry.has("isregular") { is_regular } else { !is_regular };
        if holds { yes() } else { Said::Is("perm_denied", None) }
    }

    /// pam_faillock(8) lets through who is not locked; whoever can be locked by strangers for ever is in doubt.
    fn faillock(&self, entry: &PamEntry, phase: Phase) -> Said {
        if phase != Phase::Auth {
            return yes();
        }
        if entry.has("authfail") {
            return Said::Is("ignore", None);
        }
        let set = |name: &str| lists::faillock_setting(self.who.host, entry, name);
        let is_root = self.who.account.uid == 0;
        if is_root && set("even_deny_root").is_none() && set("root_unlock_time").is_none() {
            return yes();
        }
        if let Some(locked) = lists::faillock_lock(self, entry) {
            return Said::Unknown(locked);
        }
        let own = if is_root { set("root_unlock_time") } else { None };
        let time = own.or_else(|| set("unlock_time"));
        match time.as_deref() {
            Some("0" | "never") => Said::Unknown(Why::new(
                "pam_faillock이 저절로 풀리지 않게 설정되어, 남이 비밀번호를 틀리기만 해도 계정이 계속 잠깁니다.",
                "pam_faillock never unlocks by itself, so anybody who guesses wrong can shut this account out for good.",
            ).at(Some(entry.place.clone()))),
            _ => yes(),
        }
    }
}

pub(super) fn yes() -> Said {
    Said::Is("success", None)
}

pub(super) fn no(answer: &'static str, why: Why) -> Said {
    Said::Is(answer, Some(why))
}

/// A module whose answer follows from something else than files.
pub(super) fn unknown(entry: &PamEntry) -> Said {
    let module = &entry.module;
    Said::Unknown(
        Why::new(
            format!("PAM 모듈 {module}이 무엇이라고 답할지 파일만 읽어서는 알 수 없습니다."),
            format!("What the module {module} of PAM answers cannot be read from files."),
        )
        .at(Some(entry.place.clone())),
    )
}
