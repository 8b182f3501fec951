//! A host with a root and an administrator `kim`, who both log in by the same key.

use super::container::Container;
use super::image::docker;
use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

/// Accounts, keys, and what makes Pasu take the container for a host.
const SETUP: &str = r#"
rm -f /.dockerenv /run/systemd/container
useradd -m -s /bin/bash kim
echo 'kim:Secret-Pass-9' | chpasswd 2>/dev/null
echo 'kim ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/kim
chmod 0440 /etc/sudoers.d/kim
mkdir -p /root/test
ssh-keygen -q -t ed25519 -N '' -f /root/test/key
for home in /root /home/kim; do
    mkdir -p -m 0700 $home/.ssh
    cp /root/test/key.pub $home/.ssh/authorized_keys
    chmod 0600 $home/.ssh/authorized_keys
done
chown -R kim: /home/kim
# Only a key: a password would be another way.
echo 'PasswordAuthentication no' > /etc/ssh/sshd_config.d/00-keys.conf
if test -d /run/systemd/system; then systemctl reload ssh.service; else mkdir -p /run/sshd; /usr/sbin/sshd; fi
"#;

/// Every path with its attributes, and the bytes of what is configured. Left out is what daemons write by themselves, and
/// what Pasu keeps of its fixes.
const MANIFEST: &str = r#"
find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /var/tmp -o -path /root/test \
    -o -path /var/lib/pasu -o -path /var/log -o -path /var/cache -o -path /var/spool -o -path /var/lib/systemd \
    -o -path /var/lib/mysql -o -path /var/lib/postgresql -o -path /var/lib/chrony -o -path /var/lib/nfs \
    -o -path /var/lib/snmp -o -path /var/lib/postfix -o -path /var/mail -o -path /var/backups -o -path '*/.cache' \) -prune \
    -o -type d -printf '%p %y %m %U %G\n' -o -type s -o -type l -printf '%p %y %U %G %T@ %l\n' -o -printf '%p %y %m %U %G %n %s %T@ %l\n'
find /etc /home /root /usr/bin /usr/sbin /usr/lib/systemd /var/lib/dpkg -xdev -type f ! -path '/root/test/*' -exec sha256sum {} + |
    sed 's/^\([^ ]*\)  \(.*\)$/sha256:\2 \1/'
getfacl --recursive --skip-base --numeric --absolute-names /etc /home 2>/dev/null | grep -A 9 '^# file' | sed 's/^# file: /acl:/' || true
"#;

/// The key, and no question.
pub const SSH_OPTIONS: &str = "-i /root/test/key -o BatchMode=yes -o StrictHostKeyChecking=no \
    -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ConnectTimeout=5";

/// How one run of Pasu ended.
pub struct Ran {
    pub status: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// Fails unless it ended well.
    #[track_caller]
    pub fn ok(self) -> Self {
        self.ended(0)
    }

    /// Fails unless it ended with this status.
    #[track_caller]
    pub fn ended(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "{}{}", self.out, self.err);
        self
    }

    /// Fails unless it said this on either output.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(
            self.out.contains(text) || self.err.contains(text),
            "{text:?} is not in\n{}{}",
            self.out,
            self.err
        );
        self
    }
}

/// A container that Pasu takes for a host.
pub struct Machine {
    container: Container,
}

impl Machine {
    /// With systemd, which starts sshd.
    pub fn with_systemd(name: &str) -> Self {
        Self::start(name, true)
    }

    /// Without an init; sshd is started by hand.
    pub fn without_init(name: &str) -> Self {
        Self::start(name, false)
    }

    fn start(name: &str, systemd: bool) -> Self {
        let container = Container::start(&format!("fix-{name}"), false, systemd);
        container.must(&["sh", "-euc", SETUP]);
        Self { container }
    }

    /// Runs a script that must succeed, and gives what it says.
    #[track_caller]
    pub fn sh(&self, script: &str) -> String {
        let ran = self.try_sh(script);
        assert_eq!(ran.status, Some(0), "{script}\n{}{}", ran.out, ran.err);
        ran.out
    }

    /// Runs a script.
    pub fn try_sh(&self, script: &str) -> Ran {
        let ran = self.container.exec("root", &["bash", "-uc", script]);
        Ran {
            status: ran.status.code(),
            out: String::from_utf8_lossy(&ran.stdout).into_owned(),
            err: String::from_utf8_lossy(&ran.stderr).into_owned(),
        }
    }

    /// Runs Pasu as root at the console, in English.
    pub fn pasu(&self, arguments: &str) -> Ran {
        self.try_sh(&format!("LC_ALL=C.UTF-8 LANG=C.UTF-8 exec /pasu {arguments}"))
    }

    /// Runs a command over a new SSH connection.
    pub fn ssh(&self, user: &str, command: &str) -> Ran {
        self.try_sh(&format!("ssh {SSH_OPTIONS} {user}@127.0.0.1 '{command}' < /dev/null"))
    }

    /// Whether somebody gets in by the key.
    pub fn lets_in(&self, user: &str) -> bool {
        self.ssh(user, "true").status == Some(0)
    }

    /// Fails unless root gets in over SSH, and the administrator gets in and becomes root.
    #[track_caller]
    pub fn assert_all_get_in(&self) {
        assert!(self.lets_in("root"), "root is refused");
        self.assert_kim_becomes_root();
    }

    /// Fails unless the administrator gets in and becomes root.
    #[track_caller]
    pub fn assert_kim_becomes_root(&self) {
        let ran = self.ssh("kim", "sudo -n id -u").ok();
        assert_eq!(ran.out.trim(), "0");
    }

    /// Waits until something is so.
    #[track_caller]
    pub fn wait(&self, what: &str, seconds: u64, holds: impl Fn(&Self) -> bool) {
        let end = Instant::now() + Duration::from_secs(seconds);
        while !holds(self) {
            assert!(Instant::now() < end, "{what}: not within {seconds} s");
            thread::sleep(Duration::from_millis(300));
        }
    }

    /// Everything that a rollback must bring back.
    pub fn manifest(&self) -> BTreeMap<String, String> {
        let text = self.sh(MANIFEST);
        let line = |line: &str| {
            let (path, rest) = line.split_once(' ').unwrap_or((line, ""));
            (path.to_owned(), rest.to_owned())
        };
        text.lines().map(line).collect()
    }

    /// Fails unless everything is as before.
    #[track_caller]
    pub fn assert_same(&self, before: &BTreeMap<String, String>) {
        let after = self.manifest();
        let differs = |path: &&String| before.get(*path) != after.get(*path);
        let mut paths: Vec<&String> = before.keys().chain(after.keys()).filter(differs).collect();
        paths.sort();
        paths.dedup();
        let show = |path: &&String| {
            format!("{path}\n  before: {:?}\n  after:  {:?}", before.get(*path), after.get(*path))
        };
        let shown: Vec<String> = paths.iter().take(20).map(show).collect();
        assert!(shown.is_empty(), "not as before:\n{}", shown.join("\n"));
    }

    /// What sshd obeys for a user.
    pub fn sshd_says(&self, user: &str, keyword: &str) -> String {
        let script = format!(
            "mkdir -p /run/sshd; /usr/sbin/sshd -T -C user={user},host=h,addr=192.0.2.1 | grep -i '^{keyword} '"
        );
        self.sh(&script).trim().to_owned()
    }

    /// The name of the newest entry of the history.
    pub fn newest(&self) -> String {
        let name = self.sh("ls /var/lib/pasu/fix | grep '^20' | sort -V | tail -1");
        name.trim().to_owned()
    }

    /// A power cut, and the next start.
    pub fn cut_power(&self, systemd: bool) {
        let name = &self.container.name;
        assert!(docker(&["kill", name]).status.success());
        assert!(docker(&["start", name]).status.success());
        if systemd {
            self.container.wait_for_systemd();
        }
        self.sh("rm -f /.dockerenv /run/systemd/container");
    }
}
