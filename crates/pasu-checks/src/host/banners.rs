//! What strangers and users are shown before or at login: texts of files and greetings of services.

use super::Host;
use super::services::ServiceState;
use crate::cause::Cause;
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// How many characters of one text are kept, and how many texts of one folder are read.
const MAX_TEXT: usize = 4000;
const MAX_FILES: usize = 100;

/// Where users meet a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Banner {
    /// `login (/etc/issue)`, `ssh`, `smtp (postfix)`.
    pub channel: String,
    /// What is shown.
    pub content: Content,
    /// Where it is, or would be, set.
    pub place: Option<Place>,
    /// Whether only this machine can see it.
    pub is_local: bool,
}

/// What is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// Texts, each with its place.
    Texts(Vec<Piece>),
    /// What the program has built in, which names itself.
    BuiltIn,
    /// Nothing.
    Missing,
    /// Nothing, on purpose, where a text is not expected.
    Hidden,
    /// Something that is not read: the setting's name.
    Unknown(String),
}

/// One text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Where it stands.
    pub place: Option<Place>,
    /// The text as it is written, its start.
    pub text: String,
    /// The signs that begin what is replaced when it is shown: `\` of agetty, `%` of telnetd.
    pub escapes: String,
}

/// Everything that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Banners {
    /// The texts.
    pub banners: Vec<Banner>,
    /// The services asked for.
    pub services: Vec<(String, ServiceState)>,
    /// `/etc/issue.net`, which services show that are told to.
    pub net: Option<Piece>,
    /// What could not be read.
    pub unseen: Vec<Cause>,
    /// Scripts that write the message of the day at each login.
    pub scripts: Vec<String>,
    /// The administrator's part of what Debian makes Exim's file from.
    pub exim_source: Option<String>,
}

impl Host {
    /// What is shown before and at login, of this system and of each service in use.
    ///
    /// # Errors
    /// Units, processes or ports cannot be read.
    pub fn banners(&self) -> Result<Banners, Cause> {
        let mut all = Banners {
            banners: Vec::new(),
            services: Vec::new(),
            net: self.piece("/etc/issue.net", "\\%").unwrap_or_default(),
            unseen: Vec::new(),
            scripts: Vec::new(),
            exim_source: self.exim_source().unwrap_or_default(),
        };
        all.take(self.login_texts());
        match self.glob("/etc/update-motd.d/*") {
            Ok(paths) => all.scripts = self.executable(paths),
            Err(cause) => all.unseen.push(cause),
        }
        for name in ["ssh", "telnet", "postfix", "exim", "sendmail", "bind"] {
            let state = self.service(name)?;
            if state.is_used() {
                let is_local = state.is_reachable() == Some(false);
                all.take(self.service_banners(name, is_local));
            }
            all.services.push((name.to_owned(), state));
        }
        for daemon in self.ftp_daemons()? {
            if daemon.state.is_used() {
                let is_local = daemon.state.is_reachable() == Some(false);
                all.take(self.ftp_banners(&daemon.name, is_local));
            }
            all.services.push((daemon.name.clone(), daemon.state));
        }
        Ok(all)
    }

    fn executable(&self, paths: Vec<String>) -> Vec<String> {
        let runs = |path: &String| {
            self.file_followed(path).ok().flatten().is_some_and(|facts| facts.mode & 0o111 != 0)
        };
        paths.into_iter().take(MAX_FILES).filter(runs).collect()
    }

    /// agetty shows `issue` with `issue.d`, and pam_motd `motd` with `motd.d`; what lies below `/etc` goes first.
    fn login_texts(&self) -> Result<Vec<Banner>, Cause> {
        let issue = self.first_with_folders(
            &["/etc/issue", "/run/issue", "/usr/lib/issue"],
            &["/etc/issue.d/*.issue", "/run/issue.d/*.issue", "/usr/lib/issue.d/*.issue"],
            "\\",
        )?;
        let mut motd = self.first_with_folders(
            &["/etc/motd", "/run/motd", "/usr/lib/motd"],
            &["/etc/motd.d/*", "/run/motd.d/*", "/usr/lib/motd.d/*"],
            "",
        )?;
        motd.extend(self.piece("/run/motd.dynamic", "")?);
        let banner = |channel: &str, pieces: Vec<Piece>| Banner {
            channel: format!("login ({channel})"),
            content: content_of(pieces),
            place: Some(Place::File { path: channel.to_owned(), line: None }),
            is_local: false,
        };
        Ok(vec![banner("/etc/issue", issue), banner("/etc/motd", motd)])
    }

    fn first_with_folders(
        &self,
        files: &[&str],
        folders: &[&str],
        escapes: &str,
    ) -> Result<Vec<Piece>, Cause> {
        let mut pieces = Vec::new();
        for path in files {
            if let Some(piece) = self.piece(path, escapes)? {
                pieces.push(piece);
                break;
            }
        }
        for pattern in folders {
            for path in self.glob(pattern)?.into_iter().take(MAX_FILES) {
                pieces.extend(self.piece(&path, escapes)?);
            }
        }
        Ok(pieces)
    }

    fn piece(&self, path: &str, escapes: &str) -> Result<Option<Piece>, Cause> {
        let Some(file) = self.text(path)? else { return Ok(None) };
        let text: String = file.lines.join("\n").chars().take(MAX_TEXT).collect();
        let place = Some(Place::File { path: path.to_owned(), line: None });
        Ok(Some(Piece { place, text, escapes: escapes.to_owned() }))
    }

    fn service_banners(&self, name: &str, is_local: bool) -> Result<Vec<Banner>, Cause> {
        let banner = |content, place| Banner { channel: name.to_owned(), content, place, is_local };
        let file = |path: &str| Some(Place::File { path: path.to_owned(), line: None });
        Ok(match name {
            "ssh" => vec![self.ssh_banner(is_local)?],
            "telnet" => {
                let piece = self.piece("/etc/issue.net", "\\%")?;
                vec![banner(content_of(piece.into_iter().collect()), file("/etc/issue.net"))]
            }
            "postfix" => self.postfix_banners(is_local)?,
            "exim" => match self.exim()?.as_ref() {
                Some(exim) => vec![said(banner, exim.banner.as_ref(), &exim.path)],
                None => Vec::new(),
            },
            "sendmail" => match self.sendmail()?.as_ref() {
                Some(sendmail) => vec![said(banner, sendmail.greeting.as_ref(), &sendmail.path)],
                None => Vec::new(),
            },
            _ => match self.bind()?.as_ref() {
                Some(bind) => match &bind.version_text {
                    Some((text, place)) if text.is_empty() || text.eq_ignore_ascii_case("none") => {
                        vec![banner(Content::Hidden, Some(place.clone()))]
                    }
                    Some(text) => vec![said(banner, Some(text), &bind.path)],
                    None => vec![banner(
                        Content::BuiltIn,
                        bind.options.clone().or_else(|| file(&bind.path)),
                    )],
                },
                None => Vec::new(),
            },
        })
    }

    /// What update-exim4.conf(8) puts first: one file where all is one template, another where each part has its own.
    fn exim_source(&self) -> Result<Option<String>, Cause> {
        let Some(file) = self.text("/etc/exim4/update-exim4.conf.conf")? else { return Ok(None) };
        let split =
            file.settings().filter_map(|(_, line)| line.strip_prefix("dc_use_split_config="));
        let is_split = split.last().is_some_and(|value| value.trim_matches(['\'', '"']) == "true");
        let name = if is_split { "conf.d/main/000_localmacros" } else { "exim4.conf.localmacros" };
        Ok(Some(format!("/etc/exim4/{name}")))
    }

    /// `Banner` as it counts; a file that is not there shows nothing.
    fn ssh_banner(&self, is_local: bool) -> Result<Banner, Cause> {
        let mut banner =
            Banner { channel: "ssh".to_owned(), content: Content::Missing, place: None, is_local };
        let Some(config) = self.sshd("root")? else { return Ok(banner) };
        banner.place = Some(Place::File { path: config.path.clone(), line: None });
        let Some(value) = config.value("Banner") else { return Ok(banner) };
        banner.place = Some(value.place.clone());
        let path = value.value.trim().trim_matches('"');
        if path.starts_with('/') {
            banner.content = content_of(self.piece(path, "")?.into_iter().collect());
        }
        Ok(banner)
    }

    fn postfix_banners(&self, is_local: bool) -> Result<Vec<Banner>, Cause> {
        let mut found = Vec::new();
        for instance in self.postfix()?.iter() {
            for server in &instance.servers {
                let setting = instance.setting(server, "smtpd_banner");
                let main = format!("{}/main.cf", instance.folder);
                let place = setting.place.clone().or(Some(Place::File { path: main, line: None }));
                let content = match &setting.place {
                    Some(_) => one(&setting.value, place.clone()),
                    None => Content::BuiltIn,
                };
                let channel = format!("postfix ({})", server.name);
                let is_local = is_local || super::postfix::is_loopback(instance, server);
                found.push(Banner { channel, content, place, is_local });
            }
        }
        Ok(found)
    }

    fn ftp_banners(&self, name: &str, is_local: bool) -> Result<Vec<Banner>, Cause> {
        let banner = |content, place| Banner { channel: name.to_owned(), content, place, is_local };
        let of_file = |path: &str| -> Result<Content, Cause> {
            Ok(content_of(self.piece(path, "")?.into_iter().collect()))
        };
        let mut found = Vec::new();
        match name {
            "vsftpd" => {
                for instance in self.vsftpd()? {
                    let texts = (instance.text("banner_file"), instance.text("ftpd_banner"));
                    found.push(match texts {
                        (Some(file), _) => banner(of_file(&file.value)?, file.place.clone()),
                        (None, Some(text)) => {
                            banner(one(&text.value, text.place.clone()), text.place.clone())
                        }
                        (None, None) => banner(Content::BuiltIn, instance.place()),
                    });
                }
            }
            "proftpd" => {
                let read = self.proftpd()?;
                for server in read.servers() {
                    let shown = ["displayconnect", "displaylogin"].into_iter();
                    let shown = shown.filter_map(|name| read.value(&server, name)).next();
                    let path = shown.and_then(|directive| directive.arguments.first());
                    found.push(match (shown, path) {
                        (Some(shown), Some(path)) if path.starts_with('/') => {
                            banner(of_file(path)?, Some(shown.place.clone()))
                        }
                        (Some(shown), _) => {
                            banner(Content::Unknown(shown.name.clone()), Some(shown.place.clone()))
                        }
                        _ => {
                            banner(Content::Missing, server.place.clone().or_else(|| read.place()))
                        }
                    });
                }
            }
            other => found.push(banner(Content::Unknown(other.to_owned()), None)),
        }
        Ok(found)
    }
}

impl Banners {
    fn take(&mut self, found: Result<Vec<Banner>, Cause>) {
        match found {
            Ok(found) => self.banners.extend(found),
            Err(cause) => self.unseen.push(cause),
        }
    }
}

/// A setting's text, or what is built in where it is not set.
fn said(
    banner: impl Fn(Content, Option<Place>) -> Banner,
    text: Option<&(String, Place)>,
    path: &str,
) -> Banner {
    match text {
        Some((text, place)) => banner(one(text, Some(place.clone())), Some(place.clone())),
        None => banner(Content::BuiltIn, Some(Place::File { path: path.to_owned(), line: None })),
    }
}

fn one(text: &str, place: Option<Place>) -> Content {
    content_of(vec![Piece {
        place,
        text: text.chars().take(MAX_TEXT).collect(),
        escapes: String::new(),
    }])
}

/// A text of white space alone shows nothing.
fn content_of(pieces: Vec<Piece>) -> Content {
    let pieces: Vec<Piece> =
        pieces.into_iter().filter(|piece| !piece.text.trim().is_empty()).collect();
    if pieces.is_empty() { Content::Missing } else { Content::Texts(pieces) }
}
