//! Packages that the distribution did not make, and files that it did.

use super::{check, debian, os, own};
use pasu_model::OsFamily::{Fedora, RedHat, Ubuntu};
use pasu_model::{Package, PackageType};

#[test]
fn packages_of_third_parties_are_listed_not_judged() {
    let maintained = |name: &str, version: &str, maintainer: &str| Package {
        maintainer: Some(maintainer.to_owned()),
        ..own(PackageType::Dpkg, name, version)
    };
    let reason = "not from the distribution, which has no advisories for it";
    for package in [
        maintained("docker-ce", "5:25.0.3-1~debian.12~bookworm", "Docker <support@docker.com>"),
        maintained("nginx", "1.26.2-1~bookworm", "NGINX Packaging <nginx-packaging@f5.com>"),
        maintained(
            "postgresql-16",
            "16.4-1.pgdg120+1",
            "Debian PostgreSQL Maintainers <x@debian.org>",
        ),
        maintained("nodejs", "20.11.1-1nodesource1", ""),
        maintained("openssl", "3.0.1-1", "Someone at Grafana <x@grafana.com>"),
    ] {
        let expected = format!("? {} {}: {reason}", package.name, package.version);
        check(debian("12"), &[package], &[&expected]);
    }
    let fixed = ["openssl CVE-2024-6119 fixed 3.0.14-1~deb12u2"];
    let team = "Debian OpenSSL Team <pkg-openssl-devel@alioth-lists.debian.net>";
    check(debian("12"), &[maintained("openssl", "3.0.14-1~deb12u1", team)], &fixed);
    // The name of a company somewhere in Ubuntu's own package is not its origin.
    let own = maintained("openssl", "3.0.2-0ubuntu1.16", "Ubuntu Developers <x@lists.ubuntu.com>");
    check(os(Ubuntu, "22.04"), &[own], &["openssl CVE-2024-2511 fixed 3.0.2-0ubuntu1.17"]);
}

#[test]
fn rpms_are_told_by_their_vendor() {
    let vendor = |vendor: &str| Package {
        vendor: Some(vendor.to_owned()).filter(|vendor| !vendor.is_empty()),
        ..own(PackageType::Rpm, "libvirt", "10.5.0-5.el9")
    };
    let fixed = ["libvirt CVE-2024-8235 fixed 0:10.5.0-7.el9_5"];
    check(os(RedHat, "9.4"), &[vendor("Red Hat, Inc.")], &fixed);
    check(os(RedHat, "9.4"), &[vendor("")], &fixed);
    let listed =
        "? libvirt 10.5.0-5.el9: not from the distribution, which has no advisories for it";
    check(os(RedHat, "9.4"), &[vendor("Fedora Project")], &[listed]);
}

#[test]
fn the_distribution_answers_for_the_files_it_owns() {
    let owned = Package {
        owner: Some("python3-jinja2".to_owned()),
        path: Some("usr/lib/python3/dist-packages/Jinja2-2.10.dist-info/METADATA".to_owned()),
        ..own(PackageType::PythonPkg, "Jinja2", "2.10")
    };
    let found = ["Jinja2 CVE-2019-10906 fixed 2.10.1"];
    check(debian("12"), std::slice::from_ref(&owned), &[]);
    check(debian("12"), &[Package { owner: None, ..owned.clone() }], &found);
    // Where there are no advisories of the distribution, the language's are better than none.
    check(os(Fedora, "40"), std::slice::from_ref(&owned), &found);
    check(None, &[owned], &found);
}

#[test]
fn what_has_no_advisories_at_all_is_listed() {
    let odd = own(PackageType::Unknown, "thing", "1");
    check(None, &[odd], &["? thing 1: no advisories are kept for its kind"]);
}
