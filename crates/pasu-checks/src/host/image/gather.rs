//! Which files checks may read of an image: what is worth keeping of a layer that passes by and cannot be read twice.

use crate::walk::may_hold_secret;
use std::path::Path;

/// The largest file of settings that is kept, in bytes.
const MAX_SETTINGS: u64 = 256 << 10;

/// Trees of settings, units and records of packages.
const TREES: [&str; 14] = [
    "/etc",
    "/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/usr/lib/tmpfiles.d",
    "/usr/lib/sysusers.d",
    "/usr/lib/pam.d",
    "/usr/local/etc",
    "/usr/local/apache2/conf",
    "/usr/local/nginx/conf",
    "/usr/local/tomcat/conf",
    "/var/lib/dpkg/info",
    "/var/lib/tomcat9/conf",
    "/var/lib/tomcat10/conf",
    "/opt/bitnami",
];

/// Parts of those that no check reads and that have many files.
const LEFT_OUT: [&str; 4] =
    ["/etc/ssl/certs", "/etc/pki/ca-trust", "/etc/alternatives", "/etc/apparmor.d"];

/// Homes, whose start files and settings of programs are looked at.
const HOMES: [&str; 2] = ["/root", "/home"];

/// Whether a check may read a regular file of an image. Everything else can still be read, by decoding its layer again.
#[must_use]
pub fn may_be_read(path: &Path, size: u64) -> bool {
    let is_below = |trees: &[&str]| trees.iter().any(|tree| path.starts_with(tree));
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if may_hold_secret(path) {
        return size <= crate::walk::MAX_SECRET;
    }
    if size > MAX_SETTINGS {
        return false;
    }
    // Of dpkg's records, which package has which file, and not the scripts.
    if path.starts_with("/var/lib/dpkg/info") {
        return name.ends_with(".list");
    }
    let is_settings = is_below(&TREES) && !is_below(&LEFT_OUT);
    let is_of_home = is_below(&HOMES) && name.starts_with('.');
    let is_start = name.ends_with(".sh") || name.contains("entrypoint");
    is_settings || is_of_home || (is_start && path.components().count() <= 5)
}

#[cfg(test)]
mod tests {
    use super::may_be_read;
    use std::path::Path;

    #[test]
    fn what_checks_read_is_kept() {
        for (path, size, is) in [
            ("/etc/passwd", 1000, true),
            ("/etc/passwd", 1 << 20, false),
            ("/etc/ssl/certs/ca.crt", 1000, false),
            ("/etcetera", 10, false),
            ("/root/.npmrc", 1000, true),
            ("/root/.bashrc", 1000, true),
            ("/home/app/.ssh/id_rsa", 1000, true),
            ("/usr/local/bin/docker-entrypoint.sh", 1000, true),
            ("/usr/bin/bash", 1000, false),
            ("/var/lib/dpkg/info/bash.list", 1000, true),
            ("/var/lib/dpkg/info/bash.postinst", 1000, false),
            ("/app/server.pem", 1 << 19, true),
            ("/app/server.pem", 1 << 20, true),
            ("/app/server.pem", (1 << 20) + 1, false),
            ("/etc/passwd", 256 << 10, true),
            ("/etc/passwd", (256 << 10) + 1, false),
            ("/lib/systemd/system/x.service", 10, true),
            ("/usr/lib/systemd/system/x.service", 10, true),
            ("/usr/lib/tmpfiles.d/x.conf", 10, true),
            ("/usr/lib/sysusers.d/x.conf", 10, true),
            ("/usr/lib/pam.d/x", 10, true),
            ("/usr/lib/x/x", 10, false),
            ("/usr/local/etc/x.conf", 10, true),
            ("/usr/local/apache2/conf/httpd.conf", 10, true),
            ("/usr/local/nginx/conf/nginx.conf", 10, true),
            ("/usr/local/tomcat/conf/server.xml", 10, true),
            ("/usr/local/tomcat/lib/x.jar", 10, false),
            ("/var/lib/tomcat9/conf/server.xml", 10, true),
            ("/var/lib/tomcat10/conf/server.xml", 10, true),
            ("/opt/bitnami/x", 10, true),
            ("/opt/x", 10, false),
            ("/etc/pki/ca-trust/x", 10, false),
            ("/etc/alternatives/x", 10, false),
            ("/etc/apparmor.d/x", 10, false),
            ("/root/notes", 10, false),
            ("/app/.profile", 10, false),
            ("/a/b/c/start.sh", 10, true),
            ("/a/b/c/d/start.sh", 10, false),
            ("/a/entrypoint", 10, true),
        ] {
            assert_eq!(may_be_read(Path::new(path), size), is, "{path}");
        }
    }
}
