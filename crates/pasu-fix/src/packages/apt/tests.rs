//! Real answers of apt 2.2.4 on Debian 11.11 (debootstrap --variant=minbase, with bullseye-security added), cut down.

use super::super::details::parse_free;
use super::details::{parse_conffiles, parse_sizes};
use super::policy::{self, has_security_source};
use super::simulation::{Install, parse};

/// `apt-get -s upgrade`, `apt-get -s install nginx-light` and `apt-get -s remove libpam-runtime`.
const SIMULATION: &str = "\
Reading package lists...
Building dependency tree...
The following packages will be upgraded:
  login libssl1.1
2 upgraded, 1 newly installed, 1 to remove and 31 not upgraded.
Inst libpam-modules-bin [1.4.0-9+deb11u1] (1.4.0-9+deb11u2 Debian-Security:11/oldoldstable-security [amd64]) [libpam-modules:amd64 on libpam-modules-bin:amd64] [libpam-modules:amd64 ]
Conf libpam-modules-bin (1.4.0-9+deb11u2 Debian-Security:11/oldoldstable-security [amd64]) [libpam-modules:amd64 ]
Inst login [1:4.8.1-1] (1:4.8.1-1+deb11u1 Debian-Security:11/oldoldstable-security [amd64])
Conf login (1:4.8.1-1+deb11u1 Debian-Security:11/oldoldstable-security [amd64])
Inst libelf1 (0.183-1 Debian:11.11/oldoldstable [amd64])
Inst tzdata [2024a-0+deb11u1] (2025b-0+deb11u2 Debian:11.11/oldoldstable, Debian-Security:11/oldoldstable-security [all])
Remv libpam-runtime [1.4.0-9+deb11u1]
";

#[test]
fn a_simulation_names_what_comes_what_is_new_and_what_goes() {
    let steps = parse(SIMULATION).unwrap();
    let shown: Vec<(&str, Option<&str>, &str, &str, bool)> = steps
        .installs
        .iter()
        .map(|it| (&*it.package, it.from.as_deref(), &*it.to, &*it.architecture, it.is_security()))
        .collect();
    assert_eq!(
        shown,
        [
            ("libpam-modules-bin", Some("1.4.0-9+deb11u1"), "1.4.0-9+deb11u2", "amd64", true),
            ("login", Some("1:4.8.1-1"), "1:4.8.1-1+deb11u1", "amd64", true),
            ("libelf1", None, "0.183-1", "amd64", false),
            ("tzdata", Some("2024a-0+deb11u1"), "2025b-0+deb11u2", "all", true),
        ]
    );
    assert_eq!(steps.removes, ["libpam-runtime"]);
}

#[test]
fn a_line_cut_short_is_an_error_and_never_a_smaller_plan() {
    let line = "Inst login [1:4.8.1-1] (1:4.8.1-1+deb11u1 Debian-Security:11/x [amd64])";
    for end in 5..line.len() {
        assert!(parse(&line[..end]).is_err(), "{}", &line[..end]);
    }
    assert!(parse("Remv ").is_err());
    let local = parse("Inst pasu [0.1] (0.2 [amd64])").unwrap().installs;
    let expected = Install {
        package: "pasu".into(),
        from: Some("0.1".into()),
        to: "0.2".into(),
        source: String::new(),
        architecture: "amd64".into(),
    };
    assert_eq!(local, [expected]);
}

/// The second package was installed from a file; the third is as Ubuntu 24.04 shows one that is being phased in.
const POLICY: &str = "\
openssl:
  Installed: 1.1.1w-0+deb11u1
  Candidate: 1.1.1w-0+deb11u8
  Version table:
     1.1.1w-0+deb11u8 500
        500 http://deb.debian.org/debian-security bullseye-security/main amd64 Packages
 *** 1.1.1w-0+deb11u1 500
        500 http://deb.debian.org/debian bullseye/main amd64 Packages
        100 /var/lib/dpkg/status
local-tool:
  Installed: 1.0
  Candidate: 1.0
  Version table:
 *** 1.0 100
        100 /var/lib/dpkg/status
libnetplan1:
  Installed: 1.0-2ubuntu1
  Candidate: 1.0-2ubuntu1.1
  Version table:
     1.0-2ubuntu1.1 500 (phased 20%)
        500 http://archive.ubuntu.com/ubuntu noble-updates/main amd64 Packages
 *** 1.0-2ubuntu1 500
        500 http://archive.ubuntu.com/ubuntu noble/main amd64 Packages
        100 /var/lib/dpkg/status
absent:
  Installed: (none)
  Candidate: (none)
  Version table:
";

#[test]
fn a_policy_tells_what_can_be_downloaded() {
    let policies = policy::parse(POLICY);
    let openssl = &policies["openssl"];
    assert_eq!(openssl.candidate.as_deref(), Some("1.1.1w-0+deb11u8"));
    assert!(openssl.has("1.1.1w-0+deb11u8") && openssl.has("1.1.1w-0+deb11u1"));
    assert!(!openssl.has("1.1.1w-0+deb11u2"));
    assert!(!policies["local-tool"].has("1.0"), "the status file is no source");
    let phased = policies["libnetplan1"].version("1.0-2ubuntu1.1").unwrap();
    assert_eq!((phased.phased, phased.sources.len()), (Some(20), 1));
    assert_eq!(policies["absent"], policy::Policy::default());
}

#[test]
fn a_security_source_is_known_by_its_release_and_not_by_its_address() {
    let main = "\
Package files:
 100 /var/lib/dpkg/status
     release a=now
 500 http://mirror.example/security/debian bullseye/main amd64 Packages
     release v=11.11,o=Debian,a=oldoldstable,n=bullseye,l=Debian,c=main,b=amd64
     origin mirror.example
";
    assert!(!has_security_source(main));
    let security = " 500 http://mirror.example/d bullseye-security/main amd64 Packages
     release v=11,o=Debian,a=oldoldstable-security,n=bullseye-security,l=Debian-Security,c=main,b=amd64\n";
    assert!(has_security_source(&format!("{main}{security}")));
}

#[test]
fn sizes_sums_and_room_are_read() {
    let show = "Package: openssl\nVersion: 1.1.1w-0+deb11u8\nInstalled-Size: 1473\nDescription-en: x\n Size: 1\n\
                Filename: pool/updates/main/o/openssl/openssl_1.1.1w-0+deb11u8_amd64.deb\nSize: 860116\n\nPackage: cut\n";
    let sizes = parse_sizes(show);
    let openssl = sizes[&("openssl".to_owned(), "1.1.1w-0+deb11u8".to_owned())];
    assert_eq!((openssl.download, openssl.installed, sizes.len()), (860_116, 1473 * 1024, 1));

    let conffiles = parse_conffiles(
        "libc-bin\n /etc/gai.conf 28fa76ff5a9e0566eaa1e11f1ce51f09\n\nlogin\n\n \
         /etc/securetty d0124b1d2fb22d4ac9a91aa02ae6d6db obsolete\n /etc/login.defs c92ea31d5ac50ae3e5d33d24f1e70983\n",
    );
    assert_eq!(
        conffiles.keys().map(|path| &**path).collect::<Vec<_>>(),
        ["/etc/gai.conf", "/etc/login.defs"]
    );
    assert_eq!(conffiles["/etc/login.defs"].1, "login");

    let df = "Filesystem     1024-blocks     Used Available Capacity Mounted on\n";
    assert_eq!(
        parse_free(&format!("{df}overlay          264212084 23760732  71525156      25% /\n")),
        Some(71_525_156 << 10)
    );
    assert_eq!(parse_free(&format!("{df}//nas/my share 10 5 5 50% /var\n")), Some(5 << 10));
    assert_eq!(parse_free(df), None);
}
