//! Release files of real images, each as its distribution ships it.

use super::operating_system;
use pasu_model::{OperatingSystem, OsFamily, UnseenReason};
use pasu_system::MemorySystem;

fn tree(files: &[(&str, &str)]) -> MemorySystem {
    files.iter().fold(MemorySystem::new(), |tree, (path, text)| tree.with_file(path, text))
}

fn os(files: &[(&str, &str)]) -> Option<OperatingSystem> {
    let (os, unseen) = operating_system(&tree(files));
    assert!(unseen.is_empty(), "{unseen:?}");
    os
}

#[track_caller]
fn check(files: &[(&str, &str)], family: OsFamily, version: &str, filed: &str) {
    let os = os(files).expect("an operating system");
    assert_eq!((os.family, os.version.as_str()), (family, version));
    assert_eq!(os.advisory_release(), filed);
}

const ETC: &str = "/etc/os-release";

#[test]
fn os_release_names_each_family() {
    let debian = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\n\
        VERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\n";
    check(&[(ETC, debian), ("/etc/debian_version", "12.11\n")], OsFamily::Debian, "12.11", "12");
    check(&[("/usr/lib/os-release", debian)], OsFamily::Debian, "12", "12");
    let sid = "PRETTY_NAME=\"Debian GNU/Linux forky/sid\"\nNAME=\"Debian GNU/Linux\"\nVERSION_CODENAME=forky\nID=debian\n";
    check(&[(ETC, sid), ("/etc/debian_version", "forky/sid\n")], OsFamily::Debian, "14", "14");
    let cases = [
        (
            "NAME=\"Ubuntu\"\nVERSION_ID=\"22.04\"\nID=ubuntu\nID_LIKE=debian\n",
            OsFamily::Ubuntu,
            "22.04",
            "22.04",
        ),
        (
            "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.19.1\n",
            OsFamily::Alpine,
            "3.19.1",
            "3.19",
        ),
        (
            "ID=alpine\nVERSION_ID=3.23_alpha20251016\n",
            OsFamily::Alpine,
            "3.23_alpha20251016",
            "edge",
        ),
        (
            "NAME=\"Red Hat Enterprise Linux\"\nID=\"rhel\"\nID_LIKE=\"fedora\"\nVERSION_ID=\"9.4\"\n",
            OsFamily::RedHat,
            "9.4",
            "9",
        ),
        (
            "NAME=\"Rocky Linux\"\nID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.3\"\n",
            OsFamily::Rocky,
            "9.3",
            "9",
        ),
        (
            "NAME=\"AlmaLinux\"\nID=\"almalinux\"\nVERSION_ID=\"8.10\"\n",
            OsFamily::Alma,
            "8.10",
            "8",
        ),
        ("NAME=\"CentOS Stream\"\nID=\"centos\"\nVERSION_ID=\"9\"\n", OsFamily::CentOs, "9", "9"),
        ("NAME=\"Fedora Linux\"\nID=fedora\nVERSION_ID=41\n", OsFamily::Fedora, "41", "41"),
        (
            "NAME=\"Oracle Linux Server\"\nID=\"ol\"\nVERSION_ID=\"9.5\"\n",
            OsFamily::Oracle,
            "9.5",
            "9",
        ),
        (
            "NAME=\"Amazon Linux\"\nID=\"amzn\"\nVERSION_ID=\"2023\"\n",
            OsFamily::Amazon,
            "2023",
            "2023",
        ),
        (
            "NAME=\"SLES\"\nVERSION=\"15-SP5\"\nVERSION_ID=\"15.5\"\nID=\"sles\"\nID_LIKE=\"suse\"\n",
            OsFamily::Suse,
            "15.5",
            "15.5",
        ),
        (
            "NAME=\"openSUSE Leap\"\nID=\"opensuse-leap\"\nVERSION_ID=\"15.6\"\n",
            OsFamily::OpenSuseLeap,
            "15.6",
            "15.6",
        ),
        (
            "NAME=\"openSUSE Tumbleweed\"\nID=\"opensuse-tumbleweed\"\nVERSION_ID=\"20251120\"\n",
            OsFamily::OpenSuseTumbleweed,
            "20251120",
            "",
        ),
        ("ID=wolfi\nNAME=\"Wolfi\"\nVERSION_ID=\"20230201\"\n", OsFamily::Wolfi, "20230201", ""),
        (
            "ID=chainguard\nNAME=\"Chainguard\"\nVERSION_ID=\"20230214\"\n",
            OsFamily::Chainguard,
            "20230214",
            "",
        ),
        ("NAME=\"Arch Linux\"\nID=arch\nBUILD_ID=rolling\n", OsFamily::Arch, "", ""),
    ];
    for (text, family, version, filed) in cases {
        check(&[(ETC, text)], family, version, filed);
    }
}

#[test]
fn derivatives_are_not_taken_for_their_parent() {
    let mint = "NAME=\"Linux Mint\"\nVERSION_ID=\"21.3\"\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\n\
        PRETTY_NAME=\"Linux Mint 21.3\"\nUBUNTU_CODENAME=jammy\n";
    let os = os(&[(ETC, mint), ("/etc/debian_version", "bookworm/sid\n")]).unwrap();
    assert_eq!((os.family, os.id.as_str()), (OsFamily::Other, "linuxmint"));
    assert_eq!(os.pretty_name.as_deref(), Some("Linux Mint 21.3"));
    assert_eq!(os.end_of_life, None);
}

#[test]
fn stand_ins_are_asked_where_there_is_no_os_release() {
    let redhat =
        ("/etc/redhat-release", "Red Hat Enterprise Linux Server release 6.10 (Santiago)\n");
    check(&[redhat], OsFamily::RedHat, "6.10", "6");
    let oracle = ("/etc/oracle-release", "Oracle Linux Server release 6.10\n");
    check(&[redhat, oracle], OsFamily::Oracle, "6.10", "6");
    let cases = [
        ("/etc/debian_version", "8.11\n", OsFamily::Debian, "8.11", "8"),
        ("/etc/debian_version", "trixie/sid\n", OsFamily::Debian, "13", "13"),
        ("/etc/alpine-release", "3.4.6\n", OsFamily::Alpine, "3.4.6", "3.4"),
        ("/etc/centos-release", "CentOS release 6.10 (Final)\n", OsFamily::CentOs, "6.10", "6"),
        ("/etc/redhat-release", "CentOS release 5.11 (Final)\n", OsFamily::CentOs, "5.11", "5"),
        (
            "/etc/rocky-release",
            "Rocky Linux release 8.4 (Green Obsidian)\n",
            OsFamily::Rocky,
            "8.4",
            "8",
        ),
        (
            "/etc/almalinux-release",
            "AlmaLinux release 9.4 (Seafoam Ocelot)\n",
            OsFamily::Alma,
            "9.4",
            "9",
        ),
        ("/etc/fedora-release", "Fedora release 20 (Heisenbug)\n", OsFamily::Fedora, "20", "20"),
        (
            "/etc/system-release",
            "Amazon Linux AMI release 2018.03\n",
            OsFamily::Amazon,
            "2018.03",
            "2018",
        ),
        (
            "/etc/SuSE-release",
            "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n",
            OsFamily::Suse,
            "11.4",
            "11.4",
        ),
        (
            "/etc/SuSE-release",
            "openSUSE 42.3 (x86_64)\nVERSION = 42.3\nCODENAME = Malachite\n",
            OsFamily::OpenSuseLeap,
            "42.3",
            "42.3",
        ),
        (
            "/etc/lsb-release",
            "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=14.04\nDISTRIB_CODENAME=trusty\n",
            OsFamily::Ubuntu,
            "14.04",
            "14.04",
        ),
        ("/etc/arch-release", "", OsFamily::Arch, "", ""),
    ];
    for (path, text, family, version, filed) in cases {
        check(&[(path, text)], family, version, filed);
    }
}

#[test]
fn the_exact_release_of_centos_linux_is_taken() {
    let text = "NAME=\"CentOS Linux\"\nVERSION=\"7 (Core)\"\nID=\"centos\"\nVERSION_ID=\"7\"\n";
    let exact = ("/etc/centos-release", "CentOS Linux release 7.9.2009 (Core)\n");
    check(&[(ETC, text), exact], OsFamily::CentOs, "7.9.2009", "7");
    let stream = "NAME=\"CentOS Stream\"\nID=\"centos\"\nVERSION_ID=\"8\"\nPRETTY_NAME=\"CentOS Stream 8\"\n";
    let os = os(&[(ETC, stream), ("/etc/centos-release", "CentOS Stream release 8\n")]).unwrap();
    assert_eq!(os.end_of_life.unwrap().standard.to_string(), "2024-05-31");
}

#[test]
fn ubuntu_pro_is_seen() {
    let release = (ETC, "ID=ubuntu\nVERSION_ID=\"18.04\"\n");
    let status = "/var/lib/ubuntu-advantage/status.json";
    let list = "/etc/apt/sources.list.d/ubuntu-esm-infra.list";
    let cases = [
        (
            status,
            "{\"attached\": true, \"services\": [{\"name\": \"esm-infra\", \"status\": \"enabled\"}]}",
            true,
        ),
        (
            status,
            "{\"attached\": false, \"services\": [{\"name\": \"esm-infra\", \"status\": \"n/a\"}]}",
            false,
        ),
        (status, "{\"services\": [{\"name\": \"livepatch\", \"status\": \"enabled\"}]}", false),
        (status, "not json", false),
        (list, "deb https://esm.ubuntu.com/infra/ubuntu bionic-infra-security main\n", true),
        (list, "# deb https://esm.ubuntu.com/infra/ubuntu bionic-infra-security main\n", false),
    ];
    for (path, text, expected) in cases {
        assert_eq!(os(&[release, (path, text)]).unwrap().extended, expected, "{text}");
    }
}

#[test]
fn what_cannot_be_read_is_said_and_the_next_is_asked() {
    let system = MemorySystem::new()
        .with_unreadable(ETC)
        .with_file("/usr/lib/os-release", "ID=debian\nVERSION_ID=11\n");
    let (os, unseen) = operating_system(&system);
    assert_eq!(os.unwrap().family, OsFamily::Debian);
    assert_eq!(
        (unseen[0].path.as_str(), unseen[0].reason),
        ("etc/os-release", UnseenReason::Permission)
    );

    let huge = "#".repeat(1 << 20);
    let (os, unseen) = operating_system(&tree(&[(ETC, &huge)]));
    assert_eq!(os, None);
    assert_eq!(unseen[0].reason, UnseenReason::Limit);
}

#[test]
fn junk_is_no_operating_system() {
    assert_eq!(os(&[]), None);
    let files = [
        "/etc/redhat-release",
        "/etc/SuSE-release",
        "/etc/alpine-release",
        "/etc/debian_version",
        ETC,
    ];
    for path in files {
        for junk in ["", "\u{fffd}\0\0", "release", "a release \n", "= = =", "VERSION = x\n"] {
            assert_eq!(os(&[(path, junk)]), None, "{path} {junk:?}");
        }
    }
}
