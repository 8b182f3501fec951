//! What sshd obeys for one user: asked of `sshd -T` where the machine runs, read from its files otherwise.
//!
//! The files are always read as well: they give each value its line, and show what `Match` blocks say to connections
//! from elsewhere, which one answer of `sshd -T` cannot.

mod criteria;
mod daemon;
mod defaults;
mod parse;

pub use criteria::{Connection, Truth};
pub use daemon::Daemon;
pub use parse::Setting;

use super::{Host, KeyValue};
use crate::cause::{Cause, CauseKind};
use pasu_model::Place;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// What was answered, by user.
pub(super) type SshdCache = Mutex<BTreeMap<String, Result<Option<Arc<SshdConfig>>, Cause>>>;

/// The programs that show that sshd is installed.
const PROGRAMS: [&str; 4] =
    ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd", "/usr/lib/openssh/sshd"];

/// What sshd obeys for one user who comes from a foreign address.
#[derive(Debug, Clone)]
pub struct SshdConfig {
    /// The user.
    pub user: String,
    /// The main file.
    pub path: String,
    /// Whether `sshd -T` was asked.
    pub asked: bool,
    /// The command line by which it was asked, to be shown.
    command: String,
    /// Its answer, keywords in lower case; empty where it was not asked.
    told: BTreeMap<String, Vec<String>>,
    /// The lines of the files, in order, with those of the command line first.
    settings: Vec<Setting>,
    connection: Connection,
    defaults: defaults::Defaults,
}

impl SshdConfig {
    /// The value that counts, the built-in default included; `None` for a keyword without one.
    ///
    /// Keywords are written in any case; the value is as written, so compare it without regard to case.
    #[must_use]
    pub fn value(&self, keyword: &str) -> Option<KeyValue> {
        let keyword = canonical(keyword);
        let explicit = self.explicit(&keyword);
        if let Some(told) = self.told.get(&keyword).and_then(|values| values.first()) {
            return Some(match explicit {
                Some(explicit) if defaults::is_same(&explicit.value, told) => explicit,
                _ => self.tool_value(&keyword, told),
            });
        }
        explicit.or_else(|| self.default_of(&keyword))
    }

    /// The value that the files or the command line set, without the built-in default.
    #[must_use]
    pub fn explicit(&self, keyword: &str) -> Option<KeyValue> {
        let keyword = canonical(keyword);
        self.applying(&keyword).next().map(Setting::value)
    }

    /// All values of a keyword that may be given more than once: `Port`, `ListenAddress`, `AllowUsers`, `AcceptEnv`.
    #[must_use]
    pub fn values(&self, keyword: &str) -> Vec<KeyValue> {
        let keyword = canonical(keyword);
        if let Some(told) = self.told.get(&keyword) {
            return told.iter().map(|value| self.tool_value(&keyword, value)).collect();
        }
        let mut found: Vec<KeyValue> = self.applying(&keyword).map(Setting::value).collect();
        if found.is_empty() {
            found.extend(self.default_of(&keyword));
        }
        found
    }

    /// Whether a switch is on: `yes`.
    #[must_use]
    pub fn is_yes(&self, keyword: &str) -> bool {
        self.value(keyword).is_some_and(|found| found.value.eq_ignore_ascii_case("yes"))
    }

    /// What `Match` blocks say of a keyword to connections of this user from some other address, host or port.
    pub fn elsewhere(&self, keyword: &str) -> impl Iterator<Item = &Setting> {
        let keyword = canonical(keyword);
        self.settings.iter().filter(move |setting| {
            setting.keyword == keyword
                && setting.is_conditional()
                && setting.truth(&self.connection) != Truth::Yes
                && setting.truth(&self.connection.anywhere()) != Truth::No
        })
    }

    /// Every line that sets a keyword, whether it applies or not.
    pub fn lines(&self, keyword: &str) -> impl Iterator<Item = &Setting> {
        let keyword = canonical(keyword);
        self.settings.iter().filter(move |setting| setting.keyword == keyword)
    }

    /// The lines that apply, the one that counts first: those of `Match` blocks override the ones above them, and of
    /// each sort the first wins.
    fn applying<'a>(&'a self, keyword: &'a str) -> impl Iterator<Item = &'a Setting> {
        let of = move |conditional: bool| {
            self.settings.iter().filter(move |setting| {
                setting.keyword == keyword
                    && setting.is_conditional() == conditional
                    && setting.truth(&self.connection) == Truth::Yes
            })
        };
        of(true).chain(of(false))
    }

    fn tool_value(&self, keyword: &str, value: &str) -> KeyValue {
        let place = Place::Command { line: self.command.clone() };
        KeyValue { key: keyword.to_owned(), value: value.to_owned(), place }
    }

    fn default_of(&self, keyword: &str) -> Option<KeyValue> {
        let value = self.defaults.of(keyword)?;
        let place = Place::File { path: self.path.clone(), line: None };
        Some(KeyValue { key: keyword.to_owned(), value: value.to_owned(), place })
    }
}

/// Lower case, and today's name for a keyword that has an older one.
fn canonical(keyword: &str) -> String {
    let keyword = keyword.to_ascii_lowercase();
    match keyword.as_str() {
        "challengeresponseauthentication" | "skeyauthentication" => "kbdinteractiveauthentication",
        "dsaauthentication" => "pubkeyauthentication",
        "keepalive" => "tcpkeepalive",
        "pubkeyacceptedkeytypes" => "pubkeyacceptedalgorithms",
        _ => return keyword,
    }
    .to_owned()
}

impl Host {
    /// What sshd obeys for a user who comes from a foreign address; `None` where sshd is not installed.
    ///
    /// # Errors
    /// Its files cannot be read, or `sshd -T` does not accept them.
    pub fn sshd(&self, user: &str) -> Result<Option<Arc<SshdConfig>>, Cause> {
        let known = |cache: &SshdCache| {
            cache.lock().unwrap_or_else(PoisonError::into_inner).get(user).cloned()
        };
        if let Some(answer) = known(&self.sshd) {
            return answer;
        }
        let answer = self.sshd_daemons().and_then(|daemons| match daemons.first() {
            Some(daemon) => self.sshd_of(user, daemon).map(Arc::new).map(Some),
            None => Ok(None),
        });
        let mut cache = self.sshd.lock().unwrap_or_else(PoisonError::into_inner);
        cache.insert(user.to_owned(), answer.clone());
        answer
    }

    /// The daemons that run or would be started, each with the options of its command line; none where sshd is not
    /// installed. The first is the usual one.
    ///
    /// # Errors
    /// Processes or units cannot be read.
    pub fn sshd_daemons(&self) -> Result<Vec<Daemon>, Cause> {
        daemon::find(self)
    }

    /// What one daemon obeys for a user.
    ///
    /// # Errors
    /// As [`Host::sshd`].
    pub fn sshd_of(&self, user: &str, daemon: &Daemon) -> Result<SshdConfig, Cause> {
        let mut settings = daemon.settings.clone();
        settings.extend(parse::settings(self, &daemon.config)?);
        let connection = Connection::stranger(self, user, &settings);
        let mut config = SshdConfig {
            user: user.to_owned(),
            path: daemon.config.clone(),
            asked: false,
            command: String::new(),
            told: BTreeMap::new(),
            settings,
            connection,
            defaults: defaults::Defaults::of_host(self),
        };
        if self.is_live() && self.is_root() {
            ask(self, daemon, &mut config)?;
        }
        Ok(config)
    }

    /// The TCP ports at which sshd waits, by its settings and by `ssh.socket`.
    ///
    /// # Errors
    /// As [`Host::sshd`], or units cannot be read.
    pub fn sshd_ports(&self) -> Result<Vec<KeyValue>, Cause> {
        let sockets = self.socket_ports()?;
        if !sockets.is_empty() {
            return Ok(sockets);
        }
        Ok(self.sshd("root")?.map(|config| config.values("port")).unwrap_or_default())
    }

    /// Where systemd waits in the place of sshd, whose own `Port` then means nothing.
    fn socket_ports(&self) -> Result<Vec<KeyValue>, Cause> {
        let units = self.units()?;
        for name in ["ssh.socket", "sshd.socket"] {
            let Some(unit) = units.named(name).filter(|unit| unit.is_enabled() || unit.is_active())
            else {
                continue;
            };
            let mut ports = self.unit_values(unit, "Socket", "ListenStream")?;
            for found in &mut ports {
                let port = found.value.rsplit(':').next().unwrap_or_default().to_owned();
                found.value = port;
            }
            ports.retain(|found| found.value.parse::<u16>().is_ok());
            return Ok(ports);
        }
        Ok(Vec::new())
    }

    fn has_sshd_program(&self) -> bool {
        PROGRAMS.iter().any(|path| self.system().exists(Path::new(path)))
    }
}

/// Asks `sshd -T`. Without the daemon's own directory or keys it cannot answer, and the files have to do.
fn ask(host: &Host, daemon: &Daemon, config: &mut SshdConfig) -> Result<(), Cause> {
    let specification = config.connection.specification();
    let mut arguments: Vec<&str> = vec!["-T", "-C", &specification];
    arguments.extend(daemon.arguments.iter().map(String::as_str));
    let answer = match host.tool_with_status("sshd", &arguments) {
        Ok(answer) => answer,
        Err(Cause { kind: CauseKind::MissingTool | CauseKind::NotRunning, .. }) => return Ok(()),
        Err(cause) => return Err(cause),
    };
    if answer.output.status != Some(0) {
        // What it complains of first may be an old keyword, and only then what it lacks.
        return if lacks_surroundings(&String::from_utf8_lossy(&answer.output.stderr)) {
            Ok(())
        } else {
            Err(Cause::of_status(&answer.line, &answer.output))
        };
    }
    config.asked = true;
    config.command.clone_from(&answer.line);
    for line in answer.text().lines() {
        let (keyword, value) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        if !keyword.is_empty() {
            config.told.entry(canonical(keyword)).or_default().push(value.trim().to_owned());
        }
    }
    Ok(())
}

/// `Missing privilege separation directory: /run/sshd` while only `ssh.socket` waits, `no hostkeys available`.
fn lacks_surroundings(detail: &str) -> bool {
    let detail = detail.to_ascii_lowercase();
    ["privilege separation", "hostkeys available", "host key"]
        .iter()
        .any(|words| detail.contains(words))
}

#[cfg(test)]
mod tests {
    use crate::case::TestHost;

    fn shown(host: &crate::Host, user: &str, keyword: &str) -> String {
        let config = host.sshd(user).unwrap().unwrap();
        let found = config.value(keyword).unwrap();
        format!("{} {}", found.value, found.place.shown())
    }

    #[test]
    fn included_files_stand_where_they_are_named_and_the_first_value_wins() {
        let host = TestHost::new()
            .file("/etc/ssh/sshd_config", "# PermitRootLogin no\nInclude sshd_config.d/*.conf\nPermitRootLogin no\nBANNER=\"/etc/issue net\"\n")
            .file("/etc/ssh/sshd_config.d/50-cloud.conf", "\tpermitrootlogin  yes # for now\n")
            .file("/etc/ssh/sshd_config.d/60.conf", "PermitRootLogin no\n")
            .file("/etc/ssh/sshd_config.d/10.bak", "PermitRootLogin prohibit-password\n")
            .host();
        assert_eq!(
            shown(&host, "root", "PermitRootLogin"),
            "yes /etc/ssh/sshd_config.d/50-cloud.conf:1"
        );
        assert_eq!(shown(&host, "root", "banner"), "/etc/issue net /etc/ssh/sshd_config:4");
        assert_eq!(shown(&host, "root", "UsePAM"), "no /etc/ssh/sshd_config");
        assert!(host.sshd("root").unwrap().unwrap().explicit("usepam").is_none());
    }

    #[test]
    fn match_blocks_override_and_end_with_their_file() {
        let host = TestHost::new()
            .file("/etc/passwd", "root:x:0:0::/root:/bin/sh\nkim:x:1000:100::/home/kim:/bin/sh\n")
            .file("/etc/group", "root:x:0:\nusers:x:100:\nadmins:x:101:kim\n")
            .file("/etc/ssh/sshd_config", "X11Forwarding no\nInclude /etc/ssh/more.conf\nBanner /a\nMatch Group admins,!wheel User kim,lee\n  X11Forwarding yes\n  PermitRootLogin no\nMatch all\n  Banner /b\nMatch Address 10.0.0.0/8\n  PermitRootLogin yes\n")
            .file("/etc/ssh/more.conf", "Match user lee\nX11Forwarding yes\n")
            .host();
        assert_eq!(shown(&host, "kim", "x11forwarding"), "yes /etc/ssh/sshd_config:5");
        assert_eq!(shown(&host, "root", "x11forwarding"), "no /etc/ssh/sshd_config:1");
        assert_eq!(shown(&host, "root", "banner"), "/b /etc/ssh/sshd_config:8");
        assert_eq!(
            shown(&host, "root", "permitrootlogin"),
            "prohibit-password /etc/ssh/sshd_config"
        );
        let root = host.sshd("root").unwrap().unwrap();
        let elsewhere: Vec<_> = root.elsewhere("PermitRootLogin").collect();
        assert_eq!(elsewhere.len(), 1);
        assert_eq!(elsewhere[0].condition(), "Match Address 10.0.0.0/8");
    }

    #[test]
    fn the_daemons_own_file_and_options_count() {
        let host = TestHost::new()
            .live()
            .file("/etc/ssh/sshd_config", "PermitRootLogin no\n")
            .file("/etc/ssh/other", "PermitRootLogin yes\nPort 2222\nport 2223\n")
            .process(9, "sshd", 0, None)
            .file("/proc/9/cmdline", "sshd: /usr/sbin/sshd -D -f /etc/ssh/other -o Banner=/x -p 99 [listener] 0 of 10-100 startups\0")
            .host();
        assert_eq!(shown(&host, "root", "permitrootlogin"), "yes /etc/ssh/other:1");
        assert!(shown(&host, "root", "banner").starts_with("/x $ "));
    }

    #[test]
    fn a_socket_waits_in_the_place_of_sshd() {
        let host = TestHost::new()
            .file("/etc/ssh/sshd_config", "Port 22\n")
            .file(
                "/usr/lib/systemd/system/ssh.socket",
                "[Socket]\nListenStream=0.0.0.0:2222\nListenStream=[::]:2222\n",
            )
            .link(
                "/etc/systemd/system/sockets.target.wants/ssh.socket",
                "/usr/lib/systemd/system/ssh.socket",
            )
            .host();
        let ports = host.sshd_ports().unwrap();
        assert_eq!(
            ports.iter().map(|port| port.value.as_str()).collect::<Vec<_>>(),
            ["2222", "2222"]
        );
    }

    #[test]
    fn nothing_installed_is_nothing() {
        assert!(TestHost::new().host().sshd("root").unwrap().is_none());
    }

    #[test]
    fn files_that_include_themselves_end() {
        for times in [1, 3] {
            let text = "Include /etc/ssh/sshd_config\n".repeat(times);
            let host = TestHost::new().file("/etc/ssh/sshd_config", &text).host();
            assert!(host.sshd("root").is_err());
        }
    }
}
