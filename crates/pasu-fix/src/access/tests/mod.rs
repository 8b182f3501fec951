//! Whole machines in memory: stock ones, and what shuts their administrators out.

mod details;
mod stock;
mod traps;

use super::{Access, LoginKind, RootKind, read};
use jiff::civil::date;
use pasu_checks::{Host, HostOptions};
use pasu_system::MemorySystem;
use std::sync::Arc;

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f kim@desk\n";

const DEBIAN_AUTH: &str = "auth [success=1 default=ignore] pam_unix.so nullok\nauth requisite pam_deny.so\nauth required pam_permit.so\n";

const RHEL_AUTH: &str = "auth required pam_env.so
auth required pam_faildelay.so delay=2000000
auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular
auth [default=1 ignore=ignore success=ok] pam_localuser.so
auth sufficient pam_unix.so nullok
auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular
auth sufficient pam_sss.so forward_pass
auth required pam_deny.so
account required pam_unix.so
account sufficient pam_localuser.so
account sufficient pam_usertype.so issystem
account [default=bad success=ok user_unknown=ignore] pam_sss.so
account required pam_permit.so
session optional pam_keyinit.so revoke
session required pam_limits.so
-session optional pam_systemd.so
session [success=1 default=ignore] pam_succeed_if.so service in crond quiet use_uid
session required pam_unix.so
session optional pam_sss.so
";

/// A machine that is put together step by step.
#[derive(Clone)]
struct Machine(MemorySystem);

impl Machine {
    fn file(self, path: &str, content: &str) -> Self {
        Self(self.0.with_file(path, content))
    }

    fn mode(self, path: &str, mode: u32) -> Self {
        Self(self.0.with_mode(path, mode))
    }

    fn owner(self, path: &str, id: u32) -> Self {
        Self(self.0.with_owner(path, id, id))
    }

    fn link(self, path: &str, target: &str) -> Self {
        Self(self.0.with_symlink(path, target))
    }

    /// A program that runs as root.
    fn setuid(self, path: &str) -> Self {
        Self(self.0.with_executable(path, "x")).mode(path, 0o4755)
    }

    fn sshd(self, text: &str) -> Self {
        self.file("/etc/ssh/sshd_config", text)
    }

    fn drop_in(self, name: &str, text: &str) -> Self {
        self.file(&format!("/etc/ssh/sshd_config.d/{name}"), text)
    }

    /// `authorized_keys` in a home that is all right.
    fn key(self, home: &str, id: u32) -> Self {
        let (folder, file) = (format!("{home}/.ssh"), format!("{home}/.ssh/authorized_keys"));
        self.file(&file, KEY)
            .mode(&file, 0o600)
            .mode(&folder, 0o700)
            .mode(home, 0o700)
            .owner(&file, id)
            .owner(&folder, id)
            .owner(home, id)
    }

    fn host(&self) -> Host {
        let options = HostOptions {
            today: date(2026, 11, 25),
            now: 1_795_608_000,
            as_root: true,
            deadline: None,
            software: None,
            in_container: false,
            image: None,
        };
        Host::new(Arc::new(self.0.clone()), options)
    }

    fn access(&self) -> Access {
        read(&self.host())
    }
}

/// What Debian and Red Hat have in common: root with a key and no password, kim with both and no sudo yet.
fn base() -> Machine {
    Machine(MemorySystem::new().with_executable("/bin/bash", "x"))
        .file(
            "/etc/passwd",
            "root:x:0:0::/root:/bin/bash\ndaemon:x:1:1::/:/usr/sbin/nologin\nkim:x:1000:1000::/home/kim:/bin/bash\n",
        )
        .file("/etc/shadow", "root:*:20000:0:99999:7:::\ndaemon:*:20000:0:99999:7:::\nkim:$6$a$b:20000:0:99999:7:::\n")
        .file("/etc/group", "root:x:0:\nkim:x:1000:\nsudo:x:27:\nwheel:x:10:\n")
        .file("/etc/nsswitch.conf", "passwd: files systemd\ngroup: files systemd\n")
        .setuid("/usr/bin/sudo")
        .setuid("/bin/su")
        .mode("/bin/bash", 0o755)
        .file("/usr/sbin/sshd", "x")
        .mode("/usr/sbin/sshd", 0o755)
        .file("/bin/login", "x")
        .mode("/bin/login", 0o755)
        .file("/usr/lib/systemd/system/ssh.service", "[Service]\nExecStart=/usr/sbin/sshd -D\n")
        .link("/etc/systemd/system/multi-user.target.wants/ssh.service", "/usr/lib/systemd/system/ssh.service")
        .key("/root", 0)
}

/// Debian as installed, with a key for root and nobody else who could become root.
fn debian() -> Machine {
    base()
        .sshd("Include /etc/ssh/sshd_config.d/*.conf\nKbdInteractiveAuthentication no\nUsePAM yes\n")
        .file("/etc/sudoers", "Defaults env_reset\nroot ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n")
        .file("/etc/pam.d/common-auth", DEBIAN_AUTH)
        .file("/etc/pam.d/common-account", "account [success=1 new_authtok_reqd=done default=ignore] pam_unix.so\naccount requisite pam_deny.so\naccount required pam_permit.so\n")
        .file("/etc/pam.d/common-session", "session [default=1] pam_permit.so\nsession requisite pam_deny.so\nsession required pam_permit.so\nsession required pam_unix.so\nsession optional pam_systemd.so\n")
        .file("/etc/pam.d/sshd", "@include common-auth\naccount required pam_nologin.so\n@include common-account\nsession [success=ok ignore=ignore module_unknown=ignore default=bad] pam_selinux.so close\nsession required pam_loginuid.so\n@include common-session\nsession required pam_limits.so\n")
        .file("/etc/pam.d/login", "auth optional pam_faildelay.so delay=3000000\nauth requisite pam_nologin.so\n@include common-auth\n@include common-account\n@include common-session\n")
        .file("/etc/pam.d/sudo", "session required pam_limits.so\n@include common-auth\n@include common-account\n@include common-session\n")
        .file("/etc/pam.d/su", "auth sufficient pam_rootok.so\n@include common-auth\n@include common-account\n@include common-session\n")
}

/// Ubuntu: kim has a key, a password and the group sudo; root has a key that is not used.
fn ubuntu() -> Machine {
    debian()
        .file("/etc/group", "root:x:0:\nkim:x:1000:\nsudo:x:27:kim\nadmins:x:900:kim\n")
        .key("/home/kim", 1000)
}

/// Red Hat with the group wheel.
fn rhel() -> Machine {
    let stack =
        "auth substack system-auth\naccount include system-auth\nsession include system-auth\n";
    base()
        .sshd("Include /etc/ssh/sshd_config.d/*.conf\nAuthorizedKeysFile .ssh/authorized_keys\n")
        .drop_in("50-redhat.conf", "SyslogFacility AUTHPRIV\nKbdInteractiveAuthentication no\nUsePAM yes\n")
        .file("/etc/sudoers", "Defaults !visiblepw\nroot\tALL=(ALL) \tALL\n%wheel\tALL=(ALL)\tALL\n#includedir /etc/sudoers.d\n")
        .file("/etc/group", "root:x:0:\nkim:x:1000:\nwheel:x:10:kim\n")
        .file("/etc/nsswitch.conf", "passwd: files sss systemd\ngroup: files sss systemd\n")
        .file("/etc/pam.d/system-auth", RHEL_AUTH)
        .file("/etc/pam.d/sshd", &format!("auth required pam_sepermit.so\n{stack}").replace("account include", "account required pam_nologin.so\naccount include"))
        .file("/etc/pam.d/login", &format!("{stack}account required pam_nologin.so\n"))
        .file("/etc/pam.d/sudo", "auth include system-auth\naccount include system-auth\nsession include system-auth\n")
        .file("/etc/pam.d/su", &format!("auth sufficient pam_rootok.so\n{stack}"))
        .key("/home/kim", 1000)
}

/// A way in short: `kim key sudo`.
fn shown(access: &Access) -> Vec<String> {
    access.ways.iter().map(|way| short(&way.account, way.login.kind(), way.root.kind())).collect()
}

fn short(account: &str, login: LoginKind, root: RootKind) -> String {
    let login = match login {
        LoginKind::SshKey => "key",
        LoginKind::SshPassword => "password",
        LoginKind::ConsolePassword => "console",
    };
    let root = match root {
        RootKind::IsRoot => "root",
        RootKind::Sudo => "sudo",
        RootKind::Su => "su",
    };
    format!("{account} {login} {root}")
}
