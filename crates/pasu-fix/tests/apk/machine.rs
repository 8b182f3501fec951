//! An Alpine 3.22 with an old OpenSSL, an old OpenSSH and an old kernel.

use crate::fake::{DATABASE, Fake, MAIN, WORLD};
use crate::model::{Package, Release};
use pasu_fix::packages::{Machine, PackagesError, Selection, UpdatePlan, Updates, Wanted};
use pasu_system::{MemoryDisk, MemorySystem, System};
use std::path::Path;

/// 2026-01-01.
pub const NOW: i64 = 1_767_225_600;

pub fn package(name: &str, version: &str, depends: &[(&str, &str)]) -> Package {
    let content = format!("{name} {version}");
    let mut files = vec![match name {
        "openssh" => ("/usr/sbin/sshd".to_owned(), content),
        _ => (format!("/usr/lib/{name}"), content),
    }];
    if name == "openssh" {
        files.push(("/etc/ssh/sshd_config".into(), format!("config of {version}\n")));
    }
    let depends = depends.iter().map(|(name, lowest)| ((*name).into(), (*lowest).into())).collect();
    Package { name: name.into(), version: version.into(), depends, files }
}

pub fn release(package: Package, repository: &str) -> Release {
    Release { package, repository: (!repository.is_empty()).then(|| repository.into()) }
}

pub fn wanted(packages: &[(&str, &str)]) -> Selection {
    let wanted = packages.iter().map(|(package, fixed)| Wanted {
        package: (*package).into(),
        installed: String::new(),
        fixed: (*fixed).into(),
        cves: vec!["CVE-2026-0001".into()],
    });
    Selection::Wanted(wanted.collect())
}

pub fn updates(fake: &Fake) -> Updates<'_> {
    let machine = Machine { system: &fake.disk, runner: fake };
    Updates { machine, disk: &fake.disk, now: NOW }
}

pub fn security(fake: &Fake) -> Result<UpdatePlan, PackagesError> {
    updates(fake).plan(Selection::Security, false)
}

pub fn machine() -> Fake {
    let tls = [("libcrypto3", "3.5.7-r0")];
    let old_tls = [("libcrypto3", "3.5.4-r0")];
    let old = [
        package("busybox", "1.37.0-r19", &[]),
        package("libcrypto3", "3.5.4-r0", &[]),
        package("libssl3", "3.5.4-r0", &old_tls),
        package("openssl", "3.5.4-r0", &[("libssl3", "3.5.4-r0")]),
        package("openssh", "9.9-r0", &old_tls),
        package("linux-lts", "6.12.1-r0", &[]),
    ];
    let new = [
        package("busybox", "1.37.0-r19", &[]),
        package("libcrypto3", "3.5.7-r0", &[]),
        package("libssl3", "3.5.7-r0", &tls),
        package("openssl", "3.5.4-r0", &[("libssl3", "3.5.4-r0")]),
        package("openssh", "9.9-r1", &old_tls),
        package("linux-lts", "6.12.9-r0", &[]),
        package("nano", "8-r0", &[]),
        package("more", "1-r0", &[]),
        package("needs-ssh", "1-r0", &[("openssh", "9.9-r1")]),
    ];
    let maps = "7f2c1a000000-7f2c1a021000 r-xp 00000000 08:01 131    /usr/sbin/sshd\n";
    let system = MemorySystem::default()
        .with_executable("/sbin/apk", "")
        .with_file("/etc/alpine-release", "3.22.4\n")
        .with_file("/etc/apk/arch", "x86_64\n")
        .with_file("/etc/apk/repositories", format!("#/media/usb/apks\n{MAIN}\n"))
        .with_file("/lib/apk/db/lock", "")
        .with_file("/proc/mounts", "rootfs / rootfs rw 0 0\n/dev/sda3 / ext4 rw 0 0\n")
        .with_file("/proc/locks", "")
        .with_file("/proc/9/maps", maps)
        .with_file("/proc/9/comm", "sshd\n")
        .with_file("/var/cache/apk/APKINDEX.5022a8a2.tar.gz", "")
        .with_modified("/var/cache/apk/APKINDEX.5022a8a2.tar.gz", NOW - 86_400)
        .with_symlink("/etc/apk/cache", "/var/cache/apk");
    let mut releases: Vec<Release> =
        new.into_iter().map(|package| release(package, MAIN)).collect();
    let known = releases.iter().map(|release| release.package.clone()).collect::<Vec<_>>();
    let gone = old.iter().filter(|package| !known.contains(package)).cloned();
    releases.extend(gone.map(|package| release(package, "")));
    let fake = Fake::new(MemoryDisk::from(system), releases);
    fake.write(DATABASE, "");
    // Not in the order that apk would write.
    fake.write(WORLD, "openssl\nopenssh\nbusybox\nlinux-lts\n");
    for Package { name, version, .. } in &old {
        fake.put_in(name, version);
        if !["busybox", "linux-lts"].contains(&&**name) {
            let package = &fake.installed()[name];
            fake.write(&package.cached(), &package.file());
        }
    }
    fake
}

impl Fake {
    pub fn disk_has(&self, path: &str) -> bool {
        self.disk.exists(Path::new(path))
    }

    /// A package is there, as if installed before.
    pub fn put_in(&self, name: &str, version: &str) {
        let mut all = self.releases.iter().map(|release| &release.package);
        let package = all.find(|it| it.name == name && it.version == version).unwrap().clone();
        for (path, content) in &package.files {
            self.write(path, content);
        }
        let mut installed = self.installed();
        installed.insert(name.into(), package);
        self.save(&installed);
    }

    pub fn take_out(&self, name: &str) {
        let mut installed = self.installed();
        installed.remove(name);
        self.save(&installed);
    }

    /// A package that the administrator asked for, by an entry of the world, with its file in the cache.
    pub fn add(&mut self, package: Package, constraint: &str) {
        let (name, version) = (package.name.clone(), package.version.clone());
        self.write(&package.cached(), &package.file());
        self.releases.push(release(package, ""));
        self.put_in(&name, &version);
        self.write(WORLD, &format!("{}{name}{constraint}\n", self.read(WORLD)));
    }

    /// Somebody else has the lock, and the kernel says so.
    pub fn hold_lock(&self) {
        let inode = self.disk.symlink_metadata(Path::new("/lib/apk/db/lock")).unwrap().inode;
        let line = format!("1: FLOCK  ADVISORY  WRITE 812 08:01:{inode} 0 EOF\n");
        self.write("/proc/locks", &line);
    }
}
