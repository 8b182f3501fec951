//! Which daemons run or would be started, and what their command lines say.

use super::parse::Setting;
use crate::cause::Cause;
use crate::host::{Host, processes::Process};
use std::path::Path;

/// Where the settings lie; the second is the vendor's on systems that keep `/etc` for changes.
const CONFIGS: [&str; 2] = ["/etc/ssh/sshd_config", "/usr/etc/ssh/sshd_config"];

/// How many words of a command line, and variables for it, are looked at.
const MAX_WORDS: usize = 200;

/// One sshd.
#[derive(Debug, Clone)]
pub struct Daemon {
    /// The main file of its settings.
    pub config: String,
    /// What of its command line changes settings, ready to be given to `sshd -T`.
    pub arguments: Vec<String>,
    /// The same as settings, which win over the file's.
    pub settings: Vec<Setting>,
}

/// Those that run, else the one that a unit starts, else the one of the usual settings.
pub(super) fn find(host: &Host) -> Result<Vec<Daemon>, Cause> {
    let usual = usual_config(host);
    let mut found = Vec::new();
    if host.is_live() {
        for process in host.processes()?.iter().filter(|process| is_listener(process)) {
            let words = words_of(process);
            add(&mut found, Daemon::parse(&words, usual));
        }
    }
    if found.is_empty() {
        found.extend(unit_command(host)?.map(|words| Daemon::parse(&words, usual)));
    }
    let is_installed = host.has_sshd_program() || host.system().exists(Path::new(usual));
    if found.is_empty() && is_installed {
        found.push(Daemon::parse(&[], usual));
    }
    Ok(found)
}

fn usual_config(host: &Host) -> &'static str {
    let there = CONFIGS.iter().find(|path| host.system().exists(Path::new(path)));
    there.copied().unwrap_or(CONFIGS[0])
}

fn add(found: &mut Vec<Daemon>, daemon: Daemon) {
    let is_known =
        |known: &Daemon| known.config == daemon.config && known.arguments == daemon.arguments;
    if !found.iter().any(is_known) {
        found.push(daemon);
    }
}

/// The process that waits, not those that serve a session: `sshd: kim [priv]`. Anybody may call a program sshd, so
/// only those of root count.
fn is_listener(process: &Process) -> bool {
    if process.uid != 0 || process.program() != "sshd" && process.name != "sshd" {
        return false;
    }
    let first = process.arguments.first().map_or("", String::as_str);
    !first.starts_with("sshd: ") || first.contains("sshd -") || first.contains("[listener]")
}

/// `sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups` is one argument written over the real ones.
fn words_of(process: &Process) -> Vec<String> {
    let first = process.arguments.first().map_or("", String::as_str);
    match first.strip_prefix("sshd: ") {
        Some(line) => {
            let line = line.split(" [").next().unwrap_or_default();
            line.split_whitespace().map(str::to_owned).collect()
        }
        None => process.arguments.clone(),
    }
}

/// The command line of `ssh.service` or `sshd.service`, with variables from the files that the unit names.
fn unit_command(host: &Host) -> Result<Option<Vec<String>>, Cause> {
    let units = host.units()?;
    let Some(unit) = ["ssh.service", "sshd.service"]
        .iter()
        .find_map(|name| units.named(name))
        .filter(|unit| !unit.masked)
    else {
        return Ok(None);
    };
    let commands = host.unit_values(unit, "Service", "ExecStart")?;
    let Some(command) = commands.last() else { return Ok(None) };
    let mut variables = Vec::new();
    for file in host.unit_values(unit, "Service", "EnvironmentFile")? {
        let path = file.value.trim_start_matches('-');
        let Some(text) = host.text(path)? else { continue };
        for (_, line) in text.settings().take(MAX_WORDS) {
            if let Some((name, value)) = line.split_once('=') {
                let value = value.trim().trim_matches(['"', '\'']).to_owned();
                variables.push((name.trim().to_owned(), value));
            }
        }
    }
    let mut words = Vec::new();
    for word in command.value.split_whitespace().take(MAX_WORDS) {
        let name = word.strip_prefix('$').map(|name| name.trim_matches(['{', '}']));
        match name {
            Some(name) => {
                let value = variables.iter().rev().find(|(known, _)| known == name);
                let value = value.map_or("", |(_, value)| value);
                words.extend(value.split_whitespace().map(str::to_owned));
            }
            None => words.push(word.trim_matches(['"', '\'']).to_owned()),
        }
    }
    Ok(Some(words))
}

/// Options of sshd(8) that take a value which does not concern us.
const WITH_VALUE: [char; 8] = ['b', 'C', 'c', 'E', 'g', 'h', 'k', 'u'];

impl Daemon {
    /// `-f`, `-o` and `-p` of a command line, the value in the same word or the next; other options are passed over.
    fn parse(words: &[String], usual: &str) -> Self {
        let line = words.join(" ");
        let mut daemon =
            Self { config: usual.to_owned(), arguments: Vec::new(), settings: Vec::new() };
        let mut words = words.iter().skip(1);
        while let Some(word) = words.next() {
            let Some(letters) = word.strip_prefix('-') else { continue };
            let mut letters = letters.chars();
            while let Some(letter) = letters.next() {
                if !matches!(letter, 'f' | 'o' | 'p') && !WITH_VALUE.contains(&letter) {
                    continue;
                }
                let rest: String = letters.by_ref().collect();
                let value = if rest.is_empty() { words.next().cloned() } else { Some(rest) };
                daemon.option(letter, &value.unwrap_or_default(), &line);
            }
        }
        daemon
    }

    fn option(&mut self, letter: char, value: &str, line: &str) {
        match letter {
            'f' => self.config = value.to_owned(),
            'o' => {
                let (keyword, words) = super::parse::words(value);
                self.settings.push(Setting::of_command_line(&keyword, &words.join(" "), line));
            }
            'p' => self.settings.push(Setting::of_command_line("port", value, line)),
            _ => return,
        }
        self.arguments.extend([format!("-{letter}"), value.to_owned()]);
    }
}

#[cfg(test)]
mod tests {
    use super::Daemon;
    use crate::case::TestHost;

    #[test]
    fn options_stand_together_or_apart() {
        let words = [
            "/usr/sbin/sshd",
            "-D4f",
            "/a",
            "-oPermitRootLogin=no",
            "-E",
            "/log",
            "-p22",
            "-o",
            "Banner /x",
        ];
        let daemon = Daemon::parse(&words.map(str::to_owned), "/etc/ssh/sshd_config");
        assert_eq!(daemon.config, "/a");
        let set: Vec<String> =
            daemon.settings.iter().map(|set| format!("{} {}", set.keyword, set.argument)).collect();
        assert_eq!(set, ["permitrootlogin no", "port 22", "banner /x"]);
    }

    #[test]
    fn a_unit_takes_options_from_its_files() {
        let host = TestHost::new()
            .file("/usr/lib/systemd/system/sshd.service", "[Service]\nEnvironmentFile=-/etc/sysconfig/sshd\nExecStart=/usr/sbin/sshd -D $OPTIONS\n")
            .file("/etc/sysconfig/sshd", "# OPTIONS=-f /no\nOPTIONS=\"-f /etc/ssh/own\"\n")
            .host();
        let daemons = host.sshd_daemons().unwrap();
        assert_eq!((daemons.len(), daemons[0].config.as_str()), (1, "/etc/ssh/own"));
    }

    #[test]
    fn sessions_are_no_daemons() {
        let host = TestHost::new()
            .live()
            .process(5, "sshd", 0, None)
            .file("/proc/5/cmdline", "sshd: kim [priv]\0")
            .host();
        assert!(host.sshd_daemons().unwrap().is_empty());
    }
}
