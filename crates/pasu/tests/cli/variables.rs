//! Trivy's environment variables, in the commands that Trivy has too.

use crate::images::{Tar, TestImage};
use crate::program::Ran;
use crate::scan::place::{OS_RELEASE, Place, STATUS, string, vulnerabilities};
use serde_json::Value;

/// Runs in a place with a small image in `shop.tar`.
fn ran(place: &Place, args: &[&str], variables: &[(&str, &str)]) -> Ran {
    place.pasu_with(args, variables)
}

fn place() -> Place {
    let place = Place::new();
    let layer =
        Tar::new().file("etc/os-release", OS_RELEASE).file("var/lib/dpkg/status", STATUS).file(
            "srv/app/node_modules/lodash/package.json",
            r#"{"name": "lodash", "version": "4.17.20"}"#,
        );
    place.write("shop.tar", TestImage::new().layer(layer).tag("shop:1").docker());
    place
}

fn severities(ran: &Ran) -> Vec<String> {
    let report: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}", ran.err));
    let mut found: Vec<String> =
        vulnerabilities(&report).map(|found| string(found, "Severity")).collect();
    found.sort();
    found.dedup();
    found
}

const JSON: (&str, &str) = ("TRIVY_FORMAT", "json");

#[test]
fn flags_are_read_from_trivys_variables_and_what_is_typed_wins() {
    let place = place();
    let input = [JSON, ("TRIVY_INPUT", "shop.tar")];
    let image = |args: &[&str], more: &[(&str, &str)]| {
        ran(&place, &[&["image"], args].concat(), &[&input[..], more].concat())
    };
    let all = image(&[], &[]);
    assert!(severities(&all).len() > 1, "{}", all.out);
    let chosen = image(&[], &[("TRIVY_SEVERITY", "HIGH"), ("TRIVY_EXIT_CODE", "9")]);
    assert_eq!((severities(&chosen), chosen.status), (vec!["HIGH".to_owned()], Some(9)));
    let other = severities(&all).into_iter().find(|severity| severity != "HIGH").unwrap();
    let typed = image(&["-s", &other], &[("TRIVY_SEVERITY", "HIGH")]);
    assert_eq!(severities(&typed), [other]);
    let written = image(&[], &[("TRIVY_OUTPUT", "out.json"), ("TRIVY_PKG_TYPES", "library")]);
    assert_eq!((written.status, written.out.as_str()), (Some(0), ""), "{}", written.err);
    assert!(!place.read("out.json").contains("os-pkgs"));
    for scan in [["rootfs", "machine"], ["fs", "machine"], ["filesystem", "machine"]] {
        let ran = ran(&place, &scan, &[JSON, ("TRIVY_PKG_TYPES", "os")]);
        assert!(
            ran.out.contains("os-pkgs") && !ran.out.contains("lang-pkgs"),
            "{scan:?}: {}",
            ran.err
        );
    }
}

/// Go's programs take `1` and `t` for true, and an empty variable for none.
#[test]
fn switches_are_read_as_go_reads_them() {
    let place = place();
    let count = |variables: &[(&str, &str)]| {
        let ran = ran(&place, &["image", "--input", "shop.tar"], &[&[JSON], variables].concat());
        assert_eq!(ran.status, Some(0), "{variables:?}: {}", ran.err);
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        vulnerabilities(&report).count()
    };
    let all = count(&[]);
    for on in ["1", "t", "true", "TRUE"] {
        assert!(count(&[("TRIVY_IGNORE_UNFIXED", on)]) < all, "{on}");
    }
    for off in ["0", "false", ""] {
        assert_eq!(count(&[("TRIVY_IGNORE_UNFIXED", off)]), all, "{off:?}");
    }
    let taken = ["TRIVY_QUIET", "TRIVY_INSECURE", "TRIVY_NO_PROGRESS", "TRIVY_SKIP_DB_UPDATE"];
    for value in ["1", "true", "false", ""] {
        assert_eq!(count(&taken.map(|name| (name, value))), all, "{value:?}");
    }
    assert_eq!(count(&[("TRIVY_SEVERITY", ""), ("TRIVY_TIMEOUT", "5m0s")]), all);
    assert_eq!(count(&[("TRIVY_LANG", "xx"), ("TRIVY_ALL", "true")]), all, "not Trivy's");
}

#[test]
fn a_bad_value_names_its_variable() {
    let place = place();
    let image = ["image", "--input", "shop.tar"];
    for (name, value) in [
        ("TRIVY_SEVERITY", "HIGHEST"),
        ("TRIVY_FORMAT", "xml"),
        ("TRIVY_EXIT_CODE", "many"),
        ("TRIVY_TIMEOUT", "soon"),
        ("TRIVY_QUIET", "maybe"),
        ("TRIVY_IGNORE_UNFIXED", "maybe"),
        ("TRIVY_IMAGE_SRC", "heaven"),
        ("TRIVY_VULN_TYPE", "all"),
        ("TRIVY_SERVER", "http://127.0.0.1:1"),
        ("TRIVY_REMOVED_PKGS", "true"),
    ] {
        let wrong = ran(&place, &image, &[(name, value)]);
        assert_eq!((wrong.status, wrong.out.as_str()), (Some(2), ""), "{name}");
        assert!(
            wrong.err.contains(&format!("environment variable {name}\n")),
            "{name}: {}",
            wrong.err
        );
        assert!(wrong.err.contains(value) || name == "TRIVY_REMOVED_PKGS", "{name}: {}", wrong.err);
    }
    let both = ran(&place, &["image", "--all"], &[("TRIVY_INPUT", "shop.tar")]);
    assert!(both.err.contains("environment variable TRIVY_INPUT\n"), "{}", both.err);
    let typed =
        ran(&place, &["image", "--input", "x", "-s", "WORST"], &[("TRIVY_SEVERITY", "HIGH")]);
    assert!(typed.err.contains("WORST") && !typed.err.contains("TRIVY_"), "{}", typed.err);
}

#[test]
fn secrets_of_variables_are_not_shown() {
    let place = place();
    let secret = "v3ry-h1dden";
    let names = ["TRIVY_PASSWORD", "TRIVY_REGISTRY_TOKEN", "TRIVY_TOKEN", "TRIVY_CUSTOM_HEADERS"];
    for name in names {
        for args in
            [&["image", "--help"][..], &["image", "--input", "shop.tar", "--password-stdin"]]
        {
            let ran = ran(&place, args, &[(name, secret)]);
            assert!(!(ran.out + &ran.err).contains(secret), "{name} {args:?}");
        }
    }
    let refused = ran(&place, &["image", "shop:1"], &[("TRIVY_TOKEN", secret)]);
    assert!(
        refused.err.contains("TRIVY_TOKEN") && !refused.err.contains(secret),
        "{}",
        refused.err
    );
    let typed = ran(&place, &["image", "shop:1", "--token", secret], &[]);
    assert!(typed.err.contains("--token") && !typed.err.contains(secret), "{}", typed.err);
    let both = ran(&place, &["image", "shop:1", "--password-stdin"], &[("TRIVY_PASSWORD", secret)]);
    assert!(both.err.contains("TRIVY_PASSWORD") && !both.err.contains(secret), "{}", both.err);
    let own = [("TRIVY_PASSWORD", "a"), ("PASU_PASSWORD", secret)];
    let both = ran(&place, &["image", "shop:1", "--password-stdin"], &own);
    assert!(!both.err.contains("TRIVY_PASSWORD") && !both.err.contains(secret), "{}", both.err);
}

/// What Trivy does not do is not told what to do by Trivy's variables.
#[test]
fn commands_of_pasus_own_read_none() {
    let place = place();
    let bad = [("TRIVY_FORMAT", "xml"), ("TRIVY_SEVERITY", "WORST"), ("TRIVY_QUIET", "maybe")];
    for args in [
        &["audit", "--input", "shop.tar", "--format", "json"][..],
        &["image", "patch-schema"],
        &["cache", "status"],
        &["--help"],
        &["inspect", "--help"],
        &["fix", "--help"],
    ] {
        let ran = ran(&place, args, &bad);
        assert!(!ran.out.is_empty() && !ran.err.contains("TRIVY_"), "{args:?}: {}", ran.err);
        assert!(!ran.err.contains("error:"), "{args:?}: {}", ran.err);
    }
}

/// `trivy --quiet image`, `trivy --cache-dir .trivycache/ image`: Trivy takes some flags before its commands, too.
#[test]
fn flags_may_stand_before_the_command() {
    let place = place();
    let rest = ["--input", "shop.tar", "--format", "json"];
    for early in [
        &["--quiet", "image"][..],
        &["-q", "i"],
        &["--cache-dir", "kept", "image"],
        &["--cache-dir=kept", "--timeout", "10m0s", "-d", "--insecure", "image"],
    ] {
        let ran = place.pasu(&[early, &rest].concat());
        assert_eq!(ran.status, Some(0), "{early:?}: {}", ran.err);
        assert!(severities(&ran).len() > 1, "{early:?}");
    }
    let refused = place.pasu(&[&["--config", "trivy.yaml", "image"][..], &rest].concat());
    assert_eq!(refused.status, Some(2));
    assert!(refused.err.contains("settings are not read from Trivy's file"), "{}", refused.err);
    for none in [&["--quiet", "runs"][..], &["--timeout"], &["--timeout", "image"]] {
        let ran = place.pasu(none);
        assert_eq!(ran.status, Some(2), "{none:?}: {}", ran.out);
    }
}
