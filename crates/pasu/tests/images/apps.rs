//! Images of applications that engines build, out of packages of Debian's taken apart: what is found in each, in which
//! layer, and what patching says of it.

use super::engine::{Engine, docker, load, save, text};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::Command;

/// Real programs and libraries, none of them owned by a package manager any more, and a distroless tree.
///
/// `/out` has the files of packages (Debian 11: minimist 1.2.5, Commons Compress 1.20, wheels of requests 2.25.1 and
/// urllib3 1.26.5, docker-registry, which Go 1.15 built), `/distroless` four installed packages as distroless images
/// note them, and `/debs` later versions of those.
const PARTS: &str = "RUN apt-get update -qq && mkdir /debs && cd /debs && \
 apt-get download -qq node-minimist libcommons-compress-java python-pip-whl docker-registry libc6 libssl1.1 openssl && \
 apt-get install -qq --no-install-recommends unzip && rm -rf /var/lib/apt/lists/*
RUN for name in node-minimist libcommons-compress-java python-pip-whl docker-registry; do dpkg -x /debs/${name}_* /out && rm /debs/${name}_*; done && \
 for wheel in urllib3 requests; do unzip -q /out/usr/share/python-wheels/$wheel-*.whl -d /out/venv; done
RUN mkdir -p /distroless/var/lib/dpkg/status.d && cd /distroless/var/lib/dpkg/status.d && \
 for name in base-files libc6 libssl1.1 openssl; do \
  dpkg-query -s $name | grep -v ^Status: > $name && cat /var/lib/dpkg/info/$name*.md5sums > $name.md5sums && \
  dpkg -L $name | while read file; do [ -d $file ] || cp -a --parents $file /distroless; done || exit 1; done";

/// One image: its name, what is copied from where to where, a package in it, a vulnerability of that, and a version
/// without it.
struct App {
    name: &'static str,
    from: &'static str,
    to: &'static str,
    package: &'static str,
    id: &'static str,
    fixed: &'static str,
}

const APPS: [App; 4] = [
    App {
        name: "node",
        from: "/out/usr/share/nodejs/minimist",
        to: "/app/node_modules/minimist",
        package: "minimist",
        id: "CVE-2021-44906",
        fixed: "1.2.6",
    },
    App {
        name: "jar",
        from: "/out/usr/share/java/commons-compress.jar",
        to: "/app/lib/",
        package: "org.apache.commons:commons-compress",
        id: "CVE-2024-25710",
        fixed: "1.26.0",
    },
    App {
        name: "venv",
        from: "/out/venv",
        to: "/app/venv/lib/python3.9/site-packages",
        package: "requests",
        id: "CVE-2023-32681",
        fixed: "2.31.0",
    },
    App {
        name: "go",
        from: "/out/usr/bin/docker-registry",
        to: "/registry",
        package: "stdlib",
        id: "CVE-2023-24538",
        fixed: "1.19.8",
    },
];

/// An image with nothing but what is copied into it; a label is the first step, so that the layers are not the steps.
fn scratch(engine: &Engine, name: &str, steps: &str) -> String {
    let parts = engine.image("parts", PARTS);
    let lines = format!("FROM scratch\nLABEL test=1\n{steps}");
    engine.image_from(name, &format!("{parts} AS parts"), &lines)
}

fn app(engine: &Engine, app: &App) -> String {
    let App { name, from, to, .. } = app;
    scratch(engine, name, &format!("COPY --from=parts {from} {to}\nCMD [\"/run\"]"))
}

fn distroless(engine: &Engine) -> String {
    let steps = "COPY --from=parts /distroless /\nCMD [\"/usr/bin/openssl\", \"version\"]";
    scratch(engine, "distroless", steps)
}

/// What is found: vulnerability, package, version, layer, instruction.
type Found = BTreeSet<[String; 5]>;

/// Scans what the arguments name.
#[track_caller]
fn scan(engine: &Engine, image: &[&str], status: i32) -> Found {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pasu"));
    command.current_dir(engine.folder.path()).arg("image").args(image);
    command.args(["--scanners", "vuln", "--format", "json", "--exit-code", "1"]);
    command.args(["--cache-dir", "cache"]);
    std::fs::remove_dir_all(engine.path("cache")).ok();
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{image:?}: {said}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let results = report["Results"].as_array().into_iter().flatten();
    let found =
        results.flat_map(|result| result["Vulnerabilities"].as_array().into_iter().flatten());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let row = |one: &Value| {
        let layer = &one["Layer"];
        let own = ["VulnerabilityID", "PkgName", "InstalledVersion"].map(|key| text(&one[key]));
        let [id, package, version] = own;
        [id, package, version, text(&layer["DiffID"]), text(&layer["CreatedBy"])]
    };
    found.map(row).collect()
}

/// Scans an image in the engine and saved, which must be the same.
#[track_caller]
fn both(engine: &Engine, image: &str, status: i32) -> Found {
    let found = scan(engine, &[image, "--image-src", "docker"], status);
    save(image, &engine.path("saved.tar"));
    assert_eq!(scan(engine, &["--input", "saved.tar"], status), found, "{image}");
    found
}

/// The layers of an image.
fn layers(image: &str) -> Vec<String> {
    let output = docker(&["image", "inspect", "--format", "{{json .RootFS.Layers}}", image]);
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn applications_without_a_distribution_are_scanned_and_not_patched() {
    let engine = Engine::take();
    for one in &APPS {
        let App { name, package, id, fixed, .. } = one;
        let image = app(&engine, one);
        let found = both(&engine, &image, 1);
        let of_it = found.iter().find(|row| row[0] == *id && row[1] == *package);
        let [_, _, _, layer, instruction] =
            of_it.unwrap_or_else(|| panic!("{name}: no {id}: {found:?}"));
        assert_eq!(vec![layer.clone()], layers(&image), "{name}");
        assert!(instruction.contains(&format!(" in {}", one.to)), "{name}: {instruction}");
        // There is no package manager, and nothing for one: the archive is the image as it is.
        let report = engine.patch(&image, &["-o", "p.tar"], 0);
        assert_eq!((&report["outcome"], &report["fixed"]), (&json!("nothing"), &json!([])));
        let open = report["open"].as_array().unwrap();
        assert_eq!(open.len(), found.len(), "{name}");
        assert!(open.iter().all(|finding| finding["why"] == "language"), "{name}: {open:?}");
        let it = open.iter().find(|finding| finding["id"] == *id && finding["package"] == *package);
        let versions = it.unwrap()["fixedVersions"].as_array().unwrap();
        assert!(versions.contains(&json!(fixed)), "{name}: {versions:?}");
        let mut command = Command::new(env!("CARGO_BIN_EXE_pasu"));
        command.args(["image", "patch", &image, "--dry-run", "--lang", "en"]);
        let table = text(&command.output().unwrap());
        let line =
            table.lines().find(|line| line.contains(id)).unwrap_or_else(|| panic!("{table}"));
        assert!(
            line.contains(fixed) && table.contains("the application must be built anew"),
            "{table}"
        );
    }
    scan(&engine, &["pasu-test-patch-none", "--image-src", "docker"], 2);
    let nothing = scratch(&engine, "clean", "COPY --from=parts /etc/hostname /etc/hostname");
    assert_eq!(both(&engine, &nothing, 0), Found::new());
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn a_distroless_image_is_patched_without_an_engine() {
    let engine = Engine::take();
    let image = distroless(&engine);
    let found = both(&engine, &image, 1);
    let packages: BTreeSet<&str> = found.iter().map(|row| &*row[1]).collect();
    assert_eq!(packages, BTreeSet::from(["libc6", "libssl1.1", "openssl"]));
    let said = engine.refused(&image, &["-o", "p.tar"]);
    assert!(said.contains("--offline-packages"), "{said}");
    // Later versions come from the image that has them, without a network.
    let parts = text(&docker(&["create", "pasu-test-patch-parts", "true"]));
    let debs = engine.path("debs").display().to_string();
    assert!(docker(&["cp", &format!("{parts}:/debs"), &debs]).status.success());
    docker(&["rm", &parts]);
    let patch = |output: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pasu"));
        command.current_dir(engine.folder.path()).args(["image", "patch", "--lang", "en"]);
        command.args(["--input", "saved.tar", "--offline-packages", "debs", "-o", output]);
        let output = command.args(["--format", "json"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        let report: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {said}"));
        report
    };
    let report = patch("one.tar");
    assert_eq!(report["outcome"], "patched", "{report:#}");
    assert_eq!(report["introduced"], json!([]));
    let fixed = report["fixed"].as_array().unwrap();
    assert!(fixed.iter().any(|finding| finding["package"] == "libssl1.1"), "{report:#}");
    patch("two.tar");
    let bytes = |name: &str| std::fs::read(engine.path(name)).unwrap();
    assert!(bytes("one.tar") == bytes("two.tar"), "not the same bytes twice");
    let after = scan(&engine, &["--input", "one.tar"], 1);
    assert_eq!(after.len(), report["open"].as_array().unwrap().len());
    // What was patched runs.
    let id = load(&engine.path("one.tar"));
    let ran = docker(&["run", "--rm", "--network", "none", &id]);
    assert!(text(&ran).starts_with("OpenSSL 1.1.1w"), "{ran:?}");
    assert_eq!(scan(&engine, &[&id, "--image-src", "docker"], 1), after);
    docker(&["rmi", "--force", &id]);
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn a_server_has_the_same_findings_in_the_engine_and_saved() {
    let engine = Engine::take();
    let image = engine.image("nginx", "CMD [\"nginx\", \"-g\", \"daemon off;\"]");
    let found = both(&engine, &image, 1);
    assert!(found.iter().any(|row| row[1] == "libssl1.1"), "{found:?}");
    let layers = layers(&image);
    assert!(found.iter().all(|row| row[3] == layers[0]));
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn a_hundred_layers_are_told_apart() {
    let engine = Engine::take();
    let copy = |number: usize| {
        format!(
            "COPY --from=parts /out/usr/share/nodejs/minimist /{number}/node_modules/minimist\n"
        )
    };
    // The last one takes the place of the first, with another package's file.
    let last = "COPY --from=parts /out/usr/share/nodejs/@types/minimist/package.json /1/node_modules/minimist/";
    let steps: String = (1..100).map(copy).collect();
    let image = scratch(&engine, "layers", &format!("{steps}{last}"));
    let layers = layers(&image);
    assert_eq!(layers.len(), 100);
    let found = both(&engine, &image, 1);
    let of_it: Vec<_> = found.iter().filter(|row| row[0] == "CVE-2021-44906").collect();
    for number in 2..100 {
        let place = format!(" in /{number}/node_modules/minimist");
        let row = of_it.iter().find(|row| row[4].contains(&place));
        assert_eq!(row.map(|row| &row[3]), Some(&layers[number - 1]), "{number}");
    }
    assert_eq!(of_it.len(), 98, "{of_it:?}");
}
