//! Whether FTP, NFS or Samba admit anonymous users.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::ftp::pure_ftpd::Home;
use crate::host::ftp::{FtpUse, tell_use};
use crate::host::samba::{Samba, is_yes};
use crate::host::services::ServiceState;
use crate::judgement::{Judgement, reason};
use crate::kinds::service::tell_use_of_part;
use crate::params::Params;
use pasu_model::{Place, Weight};
use serde::{Deserialize, Serialize};

/// How many answers are kept.
const MAX_ANSWERS: usize = 200;

/// The services, and what each says of anonymous users.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    ftp: Vec<FtpUse>,
    shares: Vec<(String, ServiceState)>,
    answers: Vec<Answer>,
    unseen: Vec<(Part, Cause)>,
    /// Where Pure-FTPd's options are written.
    pure_ftpd: Option<Home>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Part {
    Ftp,
    Share,
}

#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    part: Part,
    service: String,
    said: Said,
    setting: String,
    place: Option<Place>,
    /// The line that a fix changes, where a tool said what holds; of an export, its text.
    written: Option<(Place, String)>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Said {
    Refused,
    Set,
    BuiltIn,
    NoAccount,
    Mapped,
    UserShares,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let shares = ["nfs-server", "samba"]
        .map(|name| Ok((name.to_owned(), host.service(name)?)))
        .into_iter()
        .collect::<Result<Vec<_>, Cause>>()?;
    let mut facts = Facts {
        ftp: host.ftp_daemons()?,
        shares,
        answers: Vec::new(),
        unseen: Vec::new(),
        pure_ftpd: host.pure_ftpd_home().unwrap_or_default(),
    };
    let used = facts.ftp.iter().map(|daemon| (Part::Ftp, &daemon.name, &daemon.state));
    let used = used.chain(facts.shares.iter().map(|(name, state)| (Part::Share, name, state)));
    let used: Vec<_> = used.filter(|it| it.2.is_used()).map(|it| (it.0, it.1.clone())).collect();
    for (part, service) in used {
        let mut answers = Answers { part, service, answers: Vec::new(), unseen: Vec::new() };
        if let Err(cause) = answers.read(host) {
            answers.unseen.push(cause);
        }
        facts.answers.extend(answers.answers.into_iter().take(MAX_ANSWERS));
        facts.unseen.extend(answers.unseen.into_iter().map(|cause| (part, cause)));
    }
    Ok(facts)
}

struct Answers {
    part: Part,
    service: String,
    answers: Vec<Answer>,
    unseen: Vec<Cause>,
}

impl Answers {
    fn say(&mut self, said: Said, setting: impl Into<String>, place: Option<Place>) {
        let service = self.service.clone();
        self.answers.push(Answer {
            part: self.part,
            service,
            said,
            setting: setting.into(),
            place,
            written: None,
        });
    }

    /// Of what was said last, the line that says it.
    fn written(&mut self, place: Place, text: &str) {
        if let Some(answer) = self.answers.last_mut() {
            answer.written = Some((place, text.to_owned()));
        }
    }

    fn read(&mut self, host: &Host) -> Result<(), Cause> {
        match self.service.as_str() {
            "vsftpd" => self.vsftpd(host)?,
            "proftpd" => self.proftpd(host)?,
            "pure-ftpd" => self.pure_ftpd(host)?,
            "nfs-server" => self.nfs(host)?,
            "samba" => self.samba(host)?,
            _ => self.plain(host)?,
        }
        if self.answers.iter().all(|it| matches!(it.said, Said::Mapped | Said::UserShares))
            && self.unseen.is_empty()
        {
            self.say(Said::Refused, "", None);
        }
        Ok(())
    }

    /// `anonymous_enable` is built in as YES.
    fn vsftpd(&mut self, host: &Host) -> Result<(), Cause> {
        for instance in host.vsftpd()? {
            let (is_on, place) = instance.flag("anonymous_enable")?;
            match (is_on, place.cloned()) {
                (true, None) => self.say(Said::BuiltIn, "anonymous_enable", instance.place()),
                (true, place) => self.say(Said::Set, "anonymous_enable=YES", place),
                (false, place) => self.say(Said::Refused, "anonymous_enable=NO", place),
            }
        }
        Ok(())
    }

    fn proftpd(&mut self, host: &Host) -> Result<(), Cause> {
        let read = host.proftpd()?;
        for section in read.sections("anonymous") {
            let setting = format!("<Anonymous {}>", section.argument);
            self.say(Said::Set, setting, Some(section.place.clone()));
        }
        Ok(())
    }

    /// Pure-FTPd serves anonymous users where there is an account `ftp`, unless told otherwise.
    fn pure_ftpd(&mut self, host: &Host) -> Result<(), Cause> {
        let read = host.pure_ftpd()?;
        let place = read.option("NoAnonymous").and_then(|said| said.place.clone());
        if read.flag("NoAnonymous") {
            self.say(Said::Refused, "NoAnonymous yes", place);
        } else if !has_account(host)? {
            self.say(Said::NoAccount, "NoAnonymous", place);
        } else if place.is_some() {
            self.say(Said::Set, "NoAnonymous no", place);
        } else {
            self.say(Said::BuiltIn, "NoAnonymous", None);
        }
        Ok(())
    }

    /// The plain daemons serve anonymous users where there is an account `ftp` that `/etc/ftpusers` does not name.
    fn plain(&mut self, host: &Host) -> Result<(), Cause> {
        let accounts = host.accounts()?;
        let account = accounts.entries.iter().find(|it| ["ftp", "anonymous"].contains(&&*it.name));
        let Some(account) = account else { return Ok(()) };
        let listed = host.text("/etc/ftpusers")?.is_some_and(|file| {
            file.settings().any(|(_, line)| line.split_whitespace().next() == Some(&account.name))
        });
        if !listed {
            let place = Place::File { path: "/etc/passwd".to_owned(), line: Some(account.line) };
            self.say(Said::Set, format!("/etc/passwd {}", account.name), Some(place));
        }
        Ok(())
    }

    fn nfs(&mut self, host: &Host) -> Result<(), Cause> {
        for export in host.exports()? {
            let mut options: Vec<String> = ["anonuid", "anongid"]
                .iter()
                .filter_map(|name| Some(format!("{name}={}", export.value(name)?)))
                .collect();
            if export.is_set("all_squash", "no_all_squash", false) {
                options.push("all_squash".to_owned());
            }
            if !options.is_empty() {
                let setting = format!("{} {}", export.path, options.join(","));
                self.say(Said::Set, setting, Some(export.place.clone()));
                self.written(export.place, &export.text);
            }
        }
        Ok(())
    }

    fn samba(&mut self, host: &Host) -> Result<(), Cause> {
        let samba = host.samba()?;
        self.unseen.extend(samba.unseen.iter().cloned());
        // What testparm says has no lines.
        let in_files = host.samba_files().ok();
        for share in samba.shares() {
            let is_off = samba.value(share, "available").is_some_and(|it| !is_yes(&it.value));
            let guest = samba.of_share(share, "guestok").filter(|it| is_yes(&it.value));
            if let Some(guest) = guest.filter(|_| !is_off) {
                self.say(Said::Set, format!("[{share}] guest ok"), Some(guest.place.clone()));
                let line = in_files.as_ref().and_then(|files| files.of_share(share, "guestok"));
                if let Some(line) = line.filter(|line| is_yes(&line.value)) {
                    self.written(line.place.clone(), &line.value);
                }
            }
        }
        self.user_shares(host, &samba)?;
        let mapped = samba.value("global", "maptoguest");
        if let Some(mapped) = mapped.filter(|it| !it.value.eq_ignore_ascii_case("never")) {
            let setting = format!("map to guest = {}", mapped.value);
            self.say(Said::Mapped, setting, Some(mapped.place.clone()));
        }
        Ok(())
    }

    /// Shares that users made: files such as `/var/lib/samba/usershares/music` with a line `guest_ok=y`.
    fn user_shares(&mut self, host: &Host, samba: &Samba) -> Result<(), Cause> {
        let allowed = samba.value("global", "usershareallowguests").filter(|it| is_yes(&it.value));
        let Some(allowed) = allowed else { return Ok(()) };
        let usual = "/var/lib/samba/usershares";
        let folder = samba.value("global", "usersharepath").map_or(usual, |it| it.value.as_str());
        for name in host.list(folder)? {
            let Some(file) = host.text(&format!("{folder}/{name}"))? else { continue };
            let line = file.settings().find(|(_, line)| line.eq_ignore_ascii_case("guest_ok=y"));
            if let Some((number, _)) = line {
                self.say(Said::Set, format!("[{name}] guest_ok"), Some(file.place(number)));
            }
        }
        self.say(Said::UserShares, "usershare allow guests", Some(allowed.place.clone()));
        Ok(())
    }
}

fn has_account(host: &Host) -> Result<bool, Cause> {
    Ok(host.accounts()?.entries.iter().any(|account| account.name == "ftp"))
}

impl Part {
    const fn name(self) -> &'static str {
        match self {
            Self::Ftp => "ftp",
            Self::Share => "share",
        }
    }
}

impl Said {
    const fn weight_and_key(self) -> (Weight, &'static str) {
        match self {
            Self::Refused => (Weight::Good, "anonymous-refused"),
            Self::Set => (Weight::Bad, "anonymous-set"),
            Self::BuiltIn => (Weight::Bad, "anonymous-built-in"),
            Self::NoAccount => (Weight::Good, "anonymous-no-account"),
            Self::Mapped => (Weight::Warning, "guest-mapped"),
            Self::UserShares => (Weight::Warning, "guest-user-shares"),
        }
    }
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    for answer in &facts.answers {
        let (weight, key) = answer.said.weight_and_key();
        let said = reason(key)
            .arg("service", &answer.service)
            .arg("setting", &answer.setting)
            .at(answer.place.clone())
            .part(answer.part.name());
        match weight {
            Weight::Bad => judgement.bad(said),
            Weight::Good => judgement.good(said),
            _ => judgement.warn(said),
        }
    }
    for (part, cause) in &facts.unseen {
        judgement.unseen_part(cause, Some(part.name()));
    }
    tell_use(&mut judgement, &facts.ftp, Some("ftp"));
    for (name, state) in &facts.shares {
        tell_use_of_part(&mut judgement, name, state, Some("share"));
    }
    judgement
}
