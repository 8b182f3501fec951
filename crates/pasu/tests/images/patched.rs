//! Images that are patched.

use super::engine::{Engine, docker, load, settings};
use serde_json::{Value, json};

/// Settings that builders stumble over.
const ODD: &str = r#"SHELL ["/bin/bash", "-o", "pipefail", "-c"]
ENV QUOTED="a \"b\" 'c' \$HOME" EMPTY= TMPDIR=/data/none PATH=/usr/bin:/bin
LABEL one="two words \"quoted\"" org.opencontainers.image.base.name=older
USER www-data:www-data
WORKDIR /srv
VOLUME /data
EXPOSE 8080/tcp 53/udp
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=1s --timeout=3s CMD test -d /srv
ONBUILD RUN exit 1
ENTRYPOINT ["/bin/sh", "-c"]
CMD ["echo started as $(id -u); exec sleep 300"]"#;

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn everything_but_the_packages_stays() {
    let engine = Engine::take();
    let image = engine.image("odd", ODD);
    let before = settings(&image);
    let report = engine.patch(&image, &["-o", "patched.tar", "--dockerfile", "Dockerfile"], 0);
    assert_eq!(report["outcome"], "patched");
    assert!(report["fixed"].as_array().unwrap().len() > 5, "{}", report["fixed"]);
    assert_eq!(report["introduced"], json!([]));
    let is_open = |finding: &&Value| finding["why"] == "not-tried";
    assert_eq!(report["open"].as_array().unwrap().iter().find(is_open), None);
    assert_eq!(report["startTest"]["verdict"], "same", "{}", report["startTest"]);
    assert_eq!(report["startTest"]["patched"]["health"], "healthy");
    assert_eq!(report["startTest"]["patched"]["log"], json!(["started as #"]));
    // Lists of packages and logs are not in it.
    assert!(report["written"]["added"].as_u64().unwrap() < 60_000_000, "{}", report["written"]);
    let text = std::fs::read_to_string(engine.path("Dockerfile")).unwrap();
    assert!(text.contains("\nUSER \"www-data:www-data\"\nONBUILD RUN exit 1\n"), "{text}");
    let id = load(&engine.path("patched.tar"));
    assert_eq!(id, report["written"]["id"]);
    let mut after = settings(&id);
    let labels = after["Labels"].as_object_mut().unwrap();
    assert_eq!(labels["kr.pasu.patch.base-id"], report["image"]["id"]);
    assert_eq!(
        labels.remove("org.opencontainers.image.base.name"),
        Some(json!(format!("{image}:latest")))
    );
    labels.remove("kr.pasu.patch.base-id");
    labels.insert("org.opencontainers.image.base.name".into(), json!("older"));
    assert_eq!(after, before);
    // What is patched has nothing left to patch, and the archive is written all the same.
    let again = engine.patch(&id, &["-o", "again.tar"], 0);
    assert_eq!(again["outcome"], "nothing");
    assert_eq!(load(&engine.path("again.tar")), id);
    docker(&["rmi", "--force", &id]);
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn a_server_listens_as_before_with_less() {
    let engine = Engine::take();
    let image = engine.image("nginx", "CMD [\"nginx\", \"-g\", \"daemon off;\"]");
    let name = "pasu-test-patch-nginx:patched";
    let report = engine.patch(&image, &["--tag", name, "--least-privilege", "apply"], 0);
    assert_eq!(report["startTest"]["verdict"], "same", "{}", report["startTest"]);
    assert_eq!(report["startTest"]["patched"]["ports"], json!(["tcp/80"]));
    let privilege = &report["privilege"];
    let state = |kind: &str| {
        let changes = privilege["changes"].as_array().unwrap();
        changes.iter().find(|change| change["kind"] == kind).unwrap()["state"].clone()
    };
    assert_eq!(
        (state("setuid"), state("user")),
        (json!("applied"), json!("applied")),
        "{privilege:#}"
    );
    assert_eq!(privilege["verified"]["verdict"], "same", "{privilege:#}");
    assert!(privilege["kubernetes"].as_str().unwrap().contains("runAsUser: 33"), "{privilege:#}");
    assert_eq!(settings(name)["User"], "33:33");
    let find =
        ["run", "--rm", "--user", "0", name, "find", "/", "-xdev", "-perm", "/6000", "-type", "f"];
    assert_eq!(super::engine::text(&docker(&find)), "");
    docker(&["rmi", "--force", name]);
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn a_folder_with_an_odd_name_is_made_writable() {
    let engine = Engine::take();
    let lines = r#"RUN mkdir "/var/lib/app 'data' \$x"
CMD ["/bin/sh", "-c", "echo 1 > \"/var/lib/app 'data' \\$x/1\" || exit 3; exec sleep 300"]"#;
    let image = engine.image("spaces", lines);
    let report = engine.patch(
        &image,
        &["-o", "p.tar", "--least-privilege", "apply", "--writable", "a b"],
        0,
    );
    let changes = report["privilege"]["changes"].as_array().unwrap();
    let user = changes.iter().find(|change| change["kind"] == "user").unwrap();
    assert_eq!(user["state"], "applied", "{user:#}");
    assert_eq!(user["paths"], json!(["/var/lib/app 'data' $x"]));
    assert!(user["risk"]["en"].as_str().unwrap().ends_with(": \"a b\""), "{user:#}");
    assert_eq!(report["privilege"]["verified"]["verdict"], "same", "{report:#}");
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn a_program_in_python_runs_on_and_secrets_are_not_told() {
    let engine = Engine::take();
    let program = "import os, time; os.environ['TOKEN']; print('up', flush=True); time.sleep(300)";
    let image = engine.image("python", &format!("CMD [\"python3\", \"-c\", \"{program}\"]"));
    let report = engine.patch(&image, &["-o", "p.tar"], 0);
    assert_eq!(report["startTest"]["verdict"], "not-testable", "{}", report["startTest"]);
    let report = engine.patch(&image, &["-o", "p.tar", "--start-env", "TOKEN=hush-hush"], 0);
    assert_eq!(report["startTest"]["verdict"], "same", "{}", report["startTest"]);
    assert!(!report.to_string().contains("hush-hush"));
    let id = load(&engine.path("p.tar"));
    assert!(!settings(&id).to_string().contains("hush-hush"));
    docker(&["rmi", "--force", &id]);
}
