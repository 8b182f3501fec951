//! `pasu image` on archives made by hand: what is found, in which layer, and how bad ones are refused.

use crate::images::{Pack, Tar, TestImage, pack as packed};
use crate::program::{pasu, run_with_input};
use crate::scan::place::{OS_IDS, OS_RELEASE, Place, STATUS, results, string, vulnerabilities};
use serde_json::Value;

/// Debian packages, then a Node program, then OpenSSL upgraded and the program's mode changed.
fn image() -> TestImage {
    let lodash = r#"{"name": "lodash", "version": "4.17.20"}"#;
    let file = "srv/app/node_modules/lodash/package.json";
    let upgraded = STATUS.replace("3.0.13-1~deb12u1", "3.0.15-1~deb12u1");
    TestImage::new()
        .layer(
            Tar::new()
                .file("etc/os-release", OS_RELEASE)
                .file("var/lib/dpkg/status", STATUS)
                .file("srv/gone/node_modules/lodash/package.json", lodash),
        )
        .layer(Tar::new().file(file, lodash).whiteout("srv/gone"))
        .layer(Tar::new().file("var/lib/dpkg/status", upgraded).file_with(file, lodash, 0o600, 0))
        .tag("shop:1")
}

fn ids(report: &Value) -> Vec<String> {
    let mut ids: Vec<String> =
        vulnerabilities(report).map(|found| string(found, "VulnerabilityID")).collect();
    ids.sort();
    ids
}

#[test]
fn every_form_of_an_image_has_the_same_findings() {
    let place = Place::new();
    let mut expected = None;
    for pack in [Pack::None, Pack::Gzip, Pack::Zstd] {
        let image = image().pack(pack);
        for (name, bytes) in [("docker.tar", image.docker()), ("oci.tar", image.oci())] {
            place.write(name, bytes);
            let report = place.json(&["image", "--input", name]);
            assert_eq!(report["Metadata"]["ImageID"], image.id(), "{name} {pack:?}");
            let found = ids(&report);
            assert!(found.contains(&"CVE-2021-23337".to_owned()), "{name} {pack:?}: {found:?}");
            assert!(!found.contains(&"CVE-2024-6119".to_owned()), "fixed by the last layer");
            assert_eq!(&found, expected.get_or_insert(found.clone()), "{name} {pack:?}");
        }
    }
    let known = |id: &String| OS_IDS.contains(&id.as_str()) || id == "CVE-2021-23337";
    assert!(expected.unwrap().iter().all(known));
}

/// `docker save shop:1 | pasu image --input -`, also with gzip between: nothing can be gone back to.
#[test]
fn an_image_that_is_piped_in_has_the_same_findings() {
    let place = Place::new();
    place.write("shop.tar", image().docker());
    let expected = ids(&place.json(&["image", "--input", "shop.tar", "--no-cache"]));
    for pack in [Pack::None, Pack::Gzip] {
        let mut command = pasu(&["image", "--input", "-", "--no-cache", "--format", "json"]);
        command.env("PASU_DB", place.path("pasu.db"));
        let ran = run_with_input(&mut command, packed(&image().docker(), pack));
        assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""), "{pack:?}");
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(ids(&report), expected, "{pack:?}");
        assert_eq!(report["Metadata"]["ImageID"], image().id(), "{pack:?}");
    }
    let mut cut = image().docker();
    cut.truncate(cut.len() / 2);
    let mut command = pasu(&["image", "--input", "-", "--no-cache"]);
    command.env("PASU_DB", place.path("pasu.db"));
    let ran = run_with_input(&mut command, cut);
    assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("standard input"), "{}", ran.err);
}

#[test]
fn a_script_written_for_trivy_finds_the_fields_of_images() {
    let place = Place::new();
    let image = image();
    place.write("shop.tar", image.docker());
    let report = place.json(&["image", "--input", "shop.tar"]);
    assert_eq!(report["ArtifactName"], "shop.tar");
    assert_eq!(report["ArtifactType"], "container_image");
    let metadata = &report["Metadata"];
    assert_eq!(metadata["OS"]["Family"], "debian");
    assert_eq!(metadata["RepoTags"][0], "shop:1");
    assert_eq!(metadata["DiffIDs"].as_array().map(Vec::len), Some(3));
    assert_eq!(metadata["Layers"][1]["DiffID"], metadata["DiffIDs"][1]);
    assert_eq!(metadata["Layers"][2]["CreatedBy"], "RUN step 3");
    assert_eq!(metadata["ImageConfig"]["config"]["Cmd"][0], "/bin/sh");
    assert_eq!(metadata["ImageConfig"]["rootfs"]["diff_ids"], metadata["DiffIDs"]);
    let os = results(&report).find(|result| result["Class"] == "os-pkgs").unwrap();
    assert_eq!(os["Target"], "shop.tar (debian 12)");
}

#[test]
fn a_package_belongs_to_the_layer_that_brought_it() {
    let place = Place::new();
    place.write("shop.tar", image().docker());
    let report = place.json(&["image", "--input", "shop.tar"]);
    let layers = &report["Metadata"]["DiffIDs"];
    let layer = |name: &str| {
        let packages =
            results(&report).flat_map(|result| result["Packages"].as_array().into_iter().flatten());
        let mut found = packages.filter(|package| package["Name"] == name);
        let layer = found.next().unwrap_or_else(|| panic!("{name}"))["Layer"]["DiffID"].clone();
        assert!(found.next().is_none(), "{name}");
        layer
    };
    assert_eq!(layer("bind9"), layers[0], "the list was written anew, the package was there");
    assert_eq!(layer("libssl3"), layers[2], "upgraded");
    assert_eq!(layer("lodash"), layers[1], "the last layer only changed the mode");
    let lodash = vulnerabilities(&report).find(|found| found["PkgName"] == "lodash").unwrap();
    assert_eq!(lodash["Layer"]["DiffID"], layers[1]);
    assert_eq!(lodash["Layer"]["CreatedBy"], "RUN step 2");
}

/// An archive that cannot be trusted gives no findings at all: what it shows may not be what it holds.
#[test]
fn archives_that_are_damaged_or_exchanged_are_refused() {
    let place = Place::new();
    let whole = image().docker();
    let mut changed = whole.clone();
    let at = changed.windows(6).position(|bytes| bytes == b"bind9\n").unwrap();
    changed[at] = b'B';
    place.write("cut.tar", &whole[..whole.len() / 2]);
    place.write("changed.tar", changed);
    place.write("text.tar", "hello");
    place.write("empty.tar", "");
    for (name, message) in [
        ("cut.tar", "cut.tar"),
        ("changed.tar", "digest mismatch"),
        ("text.tar", "text.tar"),
        ("empty.tar", "empty.tar"),
        ("missing.tar", "missing.tar"),
    ] {
        place.write("out.json", "old");
        let args = ["image", "--input", name, "--format", "json", "--output", "out.json"];
        let ran = place.pasu(&args);
        assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""), "{name}: {}", ran.err);
        assert!(ran.err.contains(message), "{name}: {}", ran.err);
        assert!(ran.err.matches("(os error").count() <= 1, "said twice: {}", ran.err);
        assert_eq!(place.read("out.json"), "old", "{name}");
    }
}

#[test]
fn a_link_to_an_earlier_result_stays_a_link() {
    let place = Place::new();
    place.write("shop.tar", image().docker());
    place.write("kept/1.json", "old");
    std::os::unix::fs::symlink("kept/1.json", place.path("latest.json")).unwrap();
    let args = ["image", "--input", "shop.tar", "--format", "json", "--output", "latest.json"];
    assert_eq!(place.pasu(&args).status, Some(0));
    assert!(place.read("kept/1.json").contains("CVE-2021-23337"));
    let link = std::fs::read_link(place.path("latest.json")).unwrap();
    assert_eq!(link, std::path::Path::new("kept/1.json"));
}

/// Nothing of Windows is known, so nothing found is no clean result.
#[test]
fn an_image_for_another_system_is_not_taken_for_clean() {
    let place = Place::new();
    let layer = Tar::new().file("Files/Windows/System32/ntdll.dll", "MZ");
    place.write("win.tar", TestImage::new().layer(layer).platform("windows/amd64").docker());
    for more in [&[][..], &["--no-cache"], &["--format", "json"], &["--format", "json"]] {
        let ran = place.pasu(&[&["image", "--input", "win.tar", "--lang", "en"], more].concat());
        assert_eq!(ran.status, Some(2), "{more:?}: {}", ran.err);
        assert!(ran.out.contains("an image for windows"), "{more:?}: {}", ran.out);
    }
}

#[test]
fn what_a_layer_holds_and_no_image_may_have_is_said() {
    let place = Place::new();
    let image = image().layer(Tar::new().file("../../etc/cron.d/x", "evil").hard("a", "not/there"));
    place.write("odd.tar", image.docker());
    let ran = place.pasu(&["image", "--input", "odd.tar", "--format", "json"]);
    assert_eq!(ran.status, Some(2), "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let unseen = report["Pasu"]["Unseen"].as_array().unwrap();
    assert_eq!(unseen.len(), 2, "{unseen:?}");
    assert!(ran.err.contains("../../etc/cron.d/x"), "{}", ran.err);
}

/// Reports go further than images: what looks like a secret in a configuration is in none of them.
#[test]
fn secrets_of_the_configuration_are_in_no_report() {
    let place = Place::new();
    let config = serde_json::json!({
        "Env": ["PATH=/usr/bin", "DB_PASSWORD=v3ry-h1dden"],
        "Labels": { "deploy.token": "v3ry-h1dden" },
        "Cmd": ["serve", "--api-token=v3ry-h1dden"],
    });
    let mut image = image().config(config);
    image.layers[1].1 = "RUN |1 NPM_TOKEN=v3ry-h1dden /bin/sh -c npm ci # buildkit".into();
    place.write("shop.tar", image.docker());
    for format in ["json", "pasu", "table", "sarif", "cyclonedx", "spdx-json", "spdx"] {
        let ran = place.pasu(&["image", "--input", "shop.tar", "--format", format]);
        assert_eq!(ran.status, Some(0), "{format}: {}", ran.err);
        assert!(!ran.out.contains("v3ry-h1dden"), "{format}: {}", ran.out);
    }
    let report = place.json(&["image", "--input", "shop.tar"]);
    assert_eq!(report["Metadata"]["Reference"], "shop:1");
    assert_eq!(report["Metadata"]["ImageConfig"]["config"]["Env"][1], "DB_PASSWORD=***");
    assert_eq!(
        report["Metadata"]["Layers"][1]["CreatedBy"],
        "RUN |1 NPM_TOKEN=*** /bin/sh -c npm ci # buildkit"
    );
}

#[test]
fn an_image_is_audited_and_its_manual_items_answered() {
    let place = Place::new();
    place.write("shop.tar", image().docker());
    let state = place.path("state");
    let state = state.to_str().unwrap();
    let audit = || {
        let args = ["audit", "--input", "shop.tar", "--format", "json", "--state", state];
        let ran = place.pasu(&args);
        let audit: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}", ran.err));
        audit
    };
    let verdict = |audit: &Value, code: &str| {
        let results = audit["results"].as_array().unwrap();
        let found = results.iter().find(|result| result["code"] == code);
        string(found.unwrap_or_else(|| panic!("{code} is missing")), "verdict")
    };
    let first = audit();
    assert_eq!(first["target"]["kind"], "image");
    assert_eq!(verdict(&first, "IMG-01"), "fail", "no USER");
    assert_eq!(verdict(&first, "IMG-18"), "manual", "signatures");
    let answer = ["audit", "answer", "IMG-18", "--image", "shop.tar", "--verdict", "pass"];
    let why = ["--reason", "signed by us", "--until", "2099-12-31", "--state", state];
    let answered = place.pasu(&[&answer[..], &why[..]].concat());
    assert_eq!(answered.status, Some(0), "{}", answered.err);
    assert_eq!(verdict(&audit(), "IMG-18"), "pass");
    let page = place.pasu(&["audit", "explain", "IMG-01"]);
    assert!(page.out.contains("image-runs-as-root"), "{}{}", page.out, page.err);
}

#[test]
fn a_table_shows_how_the_image_stands_before_its_findings() {
    let place = Place::new();
    place.write("shop.tar", image().docker());
    let state = place.path("state");
    let args = ["image", "--input", "shop.tar"];
    let ran = place.pasu_with(&args, &[("PASU_STATE", state.to_str().unwrap())]);
    assert!(ran.out.contains("IMG-01") && ran.out.contains("CVE-2021-23337"), "{}", ran.out);
    let only = place.pasu(&["image", "--input", "shop.tar", "--scanners", "vuln"]);
    assert!(!only.out.contains("IMG-01"), "{}", only.out);
}

/// Trivy's flags for the configuration give Trivy's numbers where Trivy has them.
#[test]
fn json_holds_the_audit_where_it_was_asked_for() {
    let place = Place::new();
    let config =
        serde_json::json!({ "ExposedPorts": { "22/tcp": {} }, "Env": ["A_TOKEN=v3ry-h1dden"] });
    place.write("shop.tar", image().config(config).docker());
    let audit = |more: &[&str], status: i32| {
        let args = ["image", "--input", "shop.tar", "--format", "json", "--exit-code", "7"];
        let ran = place.pasu(&[&args[..], more].concat());
        assert_eq!(ran.status, Some(status), "{more:?}: {}", ran.err);
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        let config = results(&report).find(|result| result["Class"] == "config").cloned();
        config.map(|config| {
            let found = config["Misconfigurations"].as_array().cloned().unwrap_or_default();
            assert_eq!(config["MisconfSummary"]["Failures"], found.len());
            found.iter().map(|found| string(found, "ID")).collect::<Vec<_>>()
        })
    };
    assert_eq!(audit(&[], 7), None, "it takes reading the image whole");
    let found = audit(&["--scanners", "misconfig"], 7).unwrap();
    for id in ["DS-0002", "DS-0004", "DS-0026", "DS-0031"] {
        assert!(found.iter().any(|found| found == id), "{id}: {found:?}");
    }
    assert!(found.iter().any(|found| found.starts_with("IMG-")), "{found:?}");
    assert_eq!(
        audit(&["--image-config-scanners", "misconfig", "--scanners", "license"], 7),
        Some(found)
    );
    let critical = ["--scanners", "misconfig", "--severity", "CRITICAL"];
    assert_eq!(audit(&critical, 7).unwrap(), ["DS-0031"]);
    place.write(".trivyignore", "AVD-DS-0031\n");
    assert_eq!(audit(&critical, 0).unwrap(), [""; 0], "ignored");
    audit(&["--scanners", "vuln", "--image-config-scanners", "misconfig,secret"], 2);
    let bad = place.pasu(&["image", "--input", "shop.tar", "--image-config-scanners", "config"]);
    assert!(bad.err.contains("--image-config-scanners"), "{}", bad.err);
}

/// A table shows the guideline unasked; who lets images pass by their vulnerabilities, as with Trivy, does not fail at it.
#[test]
fn a_guideline_that_nobody_asked_for_does_not_count() {
    let place = Place::new();
    let image = TestImage::new().layer(Tar::new().file("etc/hostname", "shop"));
    place.write("shop.tar", image.docker());
    let scan = ["image", "--input", "shop.tar", "--lang", "en", "--exit-code", "7"];
    for (more, status) in [
        (&[][..], 0),
        (&["--severity", "HIGH,CRITICAL"], 0),
        (&["--scanners", "vuln,misconfig"], 7),
        (&["--image-config-scanners", "misconfig"], 7),
    ] {
        let ran = place.pasu(&[&scan[..], more].concat());
        assert_eq!(ran.status, Some(status), "{more:?}: {}", ran.err);
        assert!(ran.out.contains("IMG-01"), "{more:?}: {}", ran.out);
    }
}

/// A variable stands in the configuration and in the history; Trivy's check counts it once. An argument of the build is
/// another cause, though it may have the same value.
#[test]
fn a_secret_variable_is_one_misconfiguration() {
    let place = Place::new();
    let config = serde_json::json!({ "Env": ["A_TOKEN=v3ry-h1dden", "B_TOKEN=v3ry-h1dden"] });
    let mut image = image().config(config);
    image.layers[0].1 = "ENV A_TOKEN=v3ry-h1dden".into();
    image.layers[1].1 = "RUN |1 B_TOKEN=v3ry-h1dden /bin/sh -c npm ci # buildkit".into();
    place.write("shop.tar", image.docker());
    let scan = ["image", "--input", "shop.tar", "--scanners", "misconfig"];
    let report = place.json(&[&scan[..], &["--severity", "CRITICAL"]].concat());
    let config = results(&report).find(|result| result["Class"] == "config").unwrap();
    assert_eq!(config["MisconfSummary"]["Failures"], 3);
    assert_eq!(config["MisconfSummary"]["Successes"], 0, "none of this severity passed");
    let told = |found: &Value| (string(found, "ID"), string(&found["Pasu"], "Code"));
    let found: Vec<_> = config["Misconfigurations"].as_array().unwrap().iter().map(told).collect();
    let secret = |code: &str| ("DS-0031".to_owned(), code.to_owned());
    assert_eq!(found, [secret("IMG-05"), secret("IMG-05"), secret("IMG-06")]);
    let all = place.json(&scan);
    let config = results(&all).find(|result| result["Class"] == "config").unwrap();
    assert!(config["MisconfSummary"]["Successes"].as_u64() > Some(5), "{config}");
}

/// What could not be judged did not pass.
#[test]
fn items_that_cannot_be_judged_are_not_seen() {
    let place = Place::new();
    let damaged = Tar::new().file("etc/passwd", "root:x:0:0::/root:/bin/sh\n\0\0\n");
    place.write("shop.tar", image().layer(damaged).docker());
    for format in ["json", "pasu", "sarif"] {
        let scan = ["image", "--input", "shop.tar", "--format", format];
        let plain = place.pasu(&scan);
        assert_eq!(plain.status, Some(0), "{format}: {}", plain.err);
        let ran = place.pasu(&[&scan[..], &["--scanners", "vuln,misconfig"]].concat());
        assert_eq!(ran.status, Some(2), "{format}: {}", ran.err);
        assert!(ran.err.contains("/etc/passwd: not seen: U-05"), "{format}: {}", ran.err);
    }
    let table = place.pasu(&["image", "--input", "shop.tar", "--exit-code", "7"]);
    assert_eq!(table.status, Some(2), "{}", table.err);
    let ran =
        place.pasu(&["image", "--input", "shop.tar", "-f", "json", "--scanners", "misconfig"]);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let unseen = &report["Pasu"]["Unseen"][0];
    assert_eq!((&unseen["Path"], &unseen["Reason"]), (&"/etc/passwd".into(), &"malformed".into()));
    let config = results(&report).find(|result| result["Class"] == "config").unwrap();
    assert!(!config["Misconfigurations"].to_string().contains("U-05"), "and did not fail");
}

/// In images of old Docker says what they were made from.
#[test]
fn keys_of_old_docker_images_are_handed_on() {
    let place = Place::new();
    let mut image = image();
    let mut config: Value = serde_json::from_slice(&image.raw_config()).unwrap();
    config["container"] = "b7388b468c24".into();
    config["config"]["Image"] = "sha256:4c6011d0f65b".into();
    image.forged = Some(config.to_string().into_bytes());
    place.write("shop.tar", image.docker());
    let report = place.json(&["image", "--input", "shop.tar"]);
    let config = &report["Metadata"]["ImageConfig"];
    assert_eq!(config["container"], "b7388b468c24");
    assert_eq!(config["config"]["Image"], "sha256:4c6011d0f65b");
    assert!(string(&report, "ArtifactID").starts_with("sha256:"));
    assert_ne!(report["ArtifactID"], report["Metadata"]["ImageID"], "it has a name");
    assert_eq!(place.json(&["rootfs", "machine"]).get("ArtifactID"), None, "no image");
}

#[test]
fn what_was_believed_without_a_look_is_not_kept() {
    let place = Place::new();
    let mut changed = image().docker();
    let at = changed.windows(6).position(|bytes| bytes == b"bind9\n").unwrap();
    changed[at] = b'B';
    place.write("changed.tar", changed);
    let cache = place.path("cache");
    let image = ["image", "--input", "changed.tar", "--format", "json", "--cache-dir"];
    let image = [&image[..], &[cache.to_str().unwrap()]].concat();
    let unread = place.pasu(&[&image[..], &["--no-verify"]].concat());
    assert_eq!(unread.status, Some(0), "{}", unread.err);
    let refused = place.pasu(&image);
    assert_eq!(refused.status, Some(2), "{}", refused.out);
    assert!(refused.err.contains("digest mismatch"), "{}", refused.err);
}
