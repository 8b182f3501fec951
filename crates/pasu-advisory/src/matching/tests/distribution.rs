//! Packages of distributions: names, versions, streams, statuses.

use super::{check, check_in, debian, from_source, os, own};
use crate::build::FeedKind;
use crate::testing::{build, open, osv};
use pasu_model::OsFamily::{Alma, Alpine, CentOs, Debian, Fedora, RedHat, Rocky, Ubuntu};
use pasu_model::{Package, PackageType};

const DEB: PackageType = PackageType::Dpkg;
const RPM: PackageType = PackageType::Rpm;
const APK: PackageType = PackageType::Apk;

#[test]
fn debian_files_by_source_name_and_version() {
    let binary = |version| from_source(DEB, "libssl3", version, ("openssl", version));
    // A tilde sorts before the end: 3.0.14-1~deb12u1 < 3.0.14-1~deb12u2 < 3.0.14-1.
    for (version, expected) in [
        (
            "3.0.13-1~deb12u1",
            &[
                "libssl3 CVE-2024-2511 fixed 3.0.14-1~deb12u1",
                "libssl3 CVE-2024-6119 fixed 3.0.14-1~deb12u2",
            ][..],
        ),
        ("3.0.14-1~deb12u1", &["libssl3 CVE-2024-6119 fixed 3.0.14-1~deb12u2"]),
        ("3.0.14-1~deb12u2", &[]),
        ("3.0.14-1", &[]),
    ] {
        check(debian("12.8"), &[binary(version)], expected);
    }
    // The binary's name says nothing: no source is called libssl3.
    check(debian("12"), &[own(DEB, "libssl3", "3.0.13-1")], &[]);
}

#[test]
fn the_source_version_counts_not_the_binarys() {
    // A rebuild (`+b1`) raises the binary's version alone; `bsdutils` has an epoch its source has not.
    let rebuilt =
        from_source(DEB, "libssl3", "3.0.14-1~deb12u2+b1", ("openssl", "3.0.14-1~deb12u1"));
    check(debian("12"), &[rebuilt], &["libssl3 CVE-2024-6119 fixed 3.0.14-1~deb12u2"]);
    let raised = from_source(DEB, "libssl3", "1:3.0.0-1", ("openssl", "3.0.15-1~deb12u1"));
    check(debian("12"), &[raised], &[]);
}

#[test]
fn epochs_come_first() {
    let bind = |version| own(DEB, "bind9", version);
    check(debian("12"), &[bind("1:9.18.24-1")], &["bind9 CVE-2024-1737 fixed 1:9.18.28-1~deb12u1"]);
    check(debian("12"), &[bind("9.99-1")], &["bind9 CVE-2024-1737 fixed 1:9.18.28-1~deb12u1"]);
    check(debian("12"), &[bind("2:1.0-1")], &[]);
}

#[test]
fn each_release_has_its_own_fix() {
    let bind = own(DEB, "bind9", "1:9.16.50-1~deb11u1");
    check(debian("11.10"), std::slice::from_ref(&bind), &[]);
    check(debian("12.8"), &[bind], &["bind9 CVE-2024-1737 fixed 1:9.18.28-1~deb12u1"]);
}

#[test]
fn signed_kernels_are_the_kernel() {
    // Version: 6.1.119-1, Source: linux-signed-amd64 (6.1.119+1): the tracker speaks of linux 6.1.119-1.
    let signed = ("linux-signed-amd64", "6.1.119+1");
    let old = from_source(DEB, "linux-image-6.1.0-28-amd64", "6.1.119-1", signed);
    let signed = ("linux-signed-amd64", "6.1.123+1");
    let new = from_source(DEB, "linux-image-6.1.0-29-amd64", "6.1.123-1", signed);
    check(
        debian("12"),
        &[old, new],
        &[
            "linux-image-6.1.0-28-amd64 CVE-2013-7445 affected",
            "linux-image-6.1.0-28-amd64 CVE-2024-53141 fixed 6.1.123-1",
            "linux-image-6.1.0-29-amd64 CVE-2013-7445 affected",
        ],
    );
}

#[test]
fn what_debian_leaves_open_keeps_its_status() {
    check(debian("12"), &[own(DEB, "glibc", "2.36-9")], &["glibc CVE-2010-4756 affected"]);
    check(debian("11"), &[own(DEB, "chromium", "90.0-1")], &["chromium CVE-2024-0804 end_of_life"]);
    // As the live tracker gives reasons; the excerpt's state of the tracker had none.
    let tracker = r#"{"lighttpd": {"CVE-2024-1": {"releases": {"bookworm":
          {"status": "open", "urgency": "low", "nodsa_reason": "ignored"}}}},
        "screen": {"CVE-2024-2": {"releases": {"bookworm":
          {"status": "open", "urgency": "not yet assigned", "nodsa_reason": "postponed"}}}}}"#;
    let database = open(build(&[(FeedKind::DebianTracker, tracker.into())]));
    let packages = [own(DEB, "lighttpd", "1.4.69-1"), own(DEB, "screen", "4.9.0-4")];
    let expected = ["lighttpd CVE-2024-1 will_not_fix", "screen CVE-2024-2 fix_deferred"];
    check_in(&database, debian("12"), &packages, &expected);
}

#[test]
fn notices_decide_where_the_tracker_is_silent() {
    // Debian 7 is in no tracker any more: DSA-3053-1 with its three CVEs is all there is.
    let expected = [
        "openssl CVE-2014-3513 fixed 1.0.1e-2+deb7u13",
        "openssl CVE-2014-3567 fixed 1.0.1e-2+deb7u13",
        "openssl CVE-2014-3568 fixed 1.0.1e-2+deb7u13",
    ];
    check(debian("7.6"), &[own(DEB, "openssl", "1.0.1e-2+deb7u12")], &expected);
    check(debian("7.6"), &[own(DEB, "openssl", "1.0.1e-2+deb7u13")], &[]);
    // DSA-5734-1 also names CVE-2024-1975, of which the tracker's excerpt has no row for Debian 12.
    let bind = own(DEB, "bind9", "1:9.18.24-1");
    check(debian("12"), &[bind], &["bind9 CVE-2024-1737 fixed 1:9.18.28-1~deb12u1"]);
}

#[test]
fn ubuntu_standard_support_and_pro() {
    let openssl = |version| own(DEB, "openssl", version);
    let jammy = os(Ubuntu, "22.04");
    let fixed = "openssl CVE-2024-2511 fixed 3.0.2-0ubuntu1.17";
    check(jammy.clone(), &[openssl("3.0.2-0ubuntu1.16")], &[fixed]);
    check(jammy, &[openssl("3.0.2-0ubuntu1.17")], &[]);
    // 18.04 is mended for Pro alone, and a machine with the Pro package has the fix.
    let bionic = os(Ubuntu, "18.04");
    check(
        bionic.clone(),
        &[openssl("1.1.1-1ubuntu2.1~18.04.23")],
        &[
            "openssl CVE-2023-5678 fixed 1.1.1-1ubuntu2.1~18.04.23+esm4",
            "openssl CVE-2024-2511 affected",
        ],
    );
    let esm = "1.1.1-1ubuntu2.1~18.04.23+esm4";
    check(bionic, &[openssl(esm)], &["openssl CVE-2024-2511 affected"]);
    // Universe packages of a supported release: only Pro speaks of them on 20.04.
    let nodejs = own(DEB, "nodejs", "10.19.0~dfsg-3ubuntu1.6");
    check(
        os(Ubuntu, "20.04"),
        &[nodejs],
        &["nodejs CVE-2023-5678 affected", "nodejs CVE-2024-2511 affected"],
    );
}

#[test]
fn alpine_files_by_origin() {
    let ssl = |version| from_source(APK, "libssl3", version, ("openssl", version));
    check(os(Alpine, "3.19.1"), &[ssl("3.1.7-r0")], &["libssl3 CVE-2024-9143 fixed 3.1.7-r1"]);
    check(os(Alpine, "3.19.1"), &[ssl("3.1.7-r1"), own(APK, "musl", "1.2.4_git20230717-r4")], &[]);
    let musl = own(APK, "musl", "1.2.1-r2");
    check(os(Alpine, "3.19"), &[musl], &["musl CVE-2020-28928 fixed 1.2.2_pre2-r0"]);
}

#[test]
fn cves_that_share_a_notice_stay_apart() {
    let secdb = r#"{"distroversion": "v3.19", "packages": [{"pkg": {"name": "gnutls", "secfixes":
        {"3.7.1-r0": ["CVE-2021-20231 GNUTLS-SA-2021-03-10", "CVE-2021-20232 GNUTLS-SA-2021-03-10"]}}}]}"#;
    let database = open(build(&[(FeedKind::Alpine, secdb.into())]));
    let expected = ["gnutls CVE-2021-20231 fixed 3.7.1-r0", "gnutls CVE-2021-20232 fixed 3.7.1-r0"];
    check_in(&database, os(Alpine, "3.19"), &[own(APK, "gnutls", "3.7.0-r0")], &expected);
}

#[test]
fn rpm_names_are_binary_for_red_hat_and_alma_and_also_source_for_rocky() {
    let libvirt = |version| own(RPM, "libvirt", version);
    let expected = ["libvirt CVE-2024-8235 fixed 0:10.5.0-7.el9_5"];
    check(os(RedHat, "9.4"), &[libvirt("10.5.0-5.el9")], &expected);
    check(os(CentOs, "9"), &[libvirt("10.5.0-5.el9")], &expected);
    check(os(RedHat, "9.5"), &[libvirt("10.5.0-7.el9_5")], &[]);
    // ALSA names openssl-libs itself.
    let libs = |version| from_source(RPM, "openssl-libs", version, ("openssl", version));
    let found = |family, version| {
        let matched =
            super::matched(crate::testing::excerpts(), os(family, "9.5"), &[libs(version)]);
        matched.sets.iter().flat_map(super::lines).count()
    };
    assert_eq!(found(Alma, "1:3.5.5-3.el9_8"), 15);
    assert_eq!(found(Alma, "1:3.5.5-4.el9_8"), 0);
    // RLSA-2023:0946 names the source package openssl; without the epoch the version would be older.
    assert_eq!(found(Rocky, "1:3.0.1-46.el9_1"), 8);
    assert_eq!(found(Rocky, "1:3.0.1-47.el9_1"), 0);
}

#[test]
fn module_streams_are_kept_apart() {
    let server = |version: &str, label: &str| Package {
        module_label: Some(label.to_owned()).filter(|label| !label.is_empty()),
        ..own(RPM, "postgresql-server", version)
    };
    let rhel = || os(RedHat, "8.9");
    let fixed12 = "postgresql-server CVE-2024-0985 fixed 0:12.18-1.module+el8.9.0+21289+7c796f9d";
    let fixed13 = "postgresql-server CVE-2024-0985 fixed 0:13.14-1.module+el8.9.0+21288+3d364c44";
    let old12 = "12.17-1.module+el8.9.0+19330+c97ddbdf";
    let old13 = "13.13-1.module+el8.9.0+20664+9c30cf7f";
    check(rhel(), &[server(old12, "postgresql:12:8090020231114113712:a75119d5")], &[fixed12]);
    check(rhel(), &[server(old13, "postgresql:13:8090020231114113548:a75119d5")], &[fixed13]);
    let new12 = "12.18-1.module+el8.9.0+21289+7c796f9d";
    check(rhel(), &[server(new12, "postgresql:12:8090020240226114340:a75119d5")], &[]);
    // A package of no module is not judged by a module's notice.
    check(rhel(), &[server("10.6-1.el8", "")], &[]);
    // Nor one of a stream that no notice names.
    check(rhel(), &[server(old12, "postgresql:16:1:2")], &[]);
}

#[test]
fn a_release_without_advisories_is_said() {
    let bash = || own(RPM, "bash", "5.2.26-3.fc40");
    let expected = ["? bash 5.2.26-3.fc40: the database has no advisories for this release"];
    check(os(Fedora, "40"), &[bash()], &expected);
    check(None, &[bash()], &["? bash 5.2.26-3.fc40: the operating system is not known"]);
    let bash = own(DEB, "bash", "5.0-4");
    let expected = ["? bash 5.0-4: the database has no advisories for this release"];
    check(os(Debian, "4"), &[bash], &expected);
}

#[test]
fn any_notice_of_a_stream_above_the_version_counts() {
    // Two notices on one CVE, the second because the first mended only half of it.
    let notice = |id: &str, fixed: &str| {
        format!(
            r#"{{"id": "{id}", "modified": "2024-01-01T00:00:00Z", "related": ["CVE-2023-1"],
            "summary": "Important: bind security update", "affected": [{{"package":
            {{"ecosystem": "AlmaLinux:9", "name": "bind"}}, "ranges": [{{"type": "ECOSYSTEM",
            "events": [{{"introduced": "0"}}, {{"fixed": "{fixed}"}}]}}]}}]}}"#
        )
    };
    let (first, second) =
        (notice("ALSA-2023:1", "9.16-1.el9"), notice("ALSA-2023:2", "9.16-3.el9"));
    let database = open(build(&[osv("AlmaLinux", &[&second, &first])]));
    for (version, expected) in [
        ("9.15-1.el9", &["bind CVE-2023-1 fixed 9.16-3.el9"][..]),
        ("9.16-2.el9", &["bind CVE-2023-1 fixed 9.16-3.el9"]),
        ("9.16-3.el9", &[]),
    ] {
        check_in(&database, os(Alma, "9"), &[own(RPM, "bind", version)], expected);
    }
}
