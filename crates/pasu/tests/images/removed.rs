//! Secrets that a layer of a real image brought and a later one removed.

use super::engine::{Engine, save};
use serde_json::Value;
use std::process::Command;

/// Some are removed, one is overwritten, one stays, and packages bring, replace and remove what is called alike.
const STEPS: &str = "RUN mkdir -p /root/.ssh /root/.aws /app && printf 'A=b\\n' > /app/.env
RUN printf -- '-----BEGIN %s KEY-----\\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ\\n-----END %s KEY-----\\n' 'RSA PRIVATE' 'RSA PRIVATE' > /root/.ssh/id_rsa
RUN printf 'DB_PASSWORD=hunter2hunter\\n' > /app/.env && printf '[default]\\naws_secret_access_key = hunter3hunter\\n' > /root/.aws/credentials
RUN apt-get update -qq && apt-get install -qq --no-install-recommends openssh-server ssl-cert > /dev/null
RUN chmod 600 /root/.ssh/id_rsa
RUN printf 'DB_PASSWORD=\\n' > /app/.env && cp /root/.ssh/id_rsa /app/kept.key
RUN rm -rf /root/.ssh /root/.aws /etc/ssh/ssh_host_*
RUN apt-get purge -qq openssh-server ssl-cert > /dev/null && rm -rf /usr/share/doc /var/lib/apt/lists/*
RUN touch /end";

/// The evidence of the item, as `path message`.
fn evidence(engine: &Engine, image: &[&str]) -> Vec<(String, String)> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pasu"));
    command.current_dir(engine.folder.path()).args(["audit", "--format", "json", "--lang", "en"]);
    command.args(["--state", "state"]).args(image);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let audit: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    assert!(!String::from_utf8_lossy(&output.stdout).contains("hunter"), "{audit:#}");
    let results = audit["results"].as_array().unwrap();
    let result = results.iter().find(|result| result["code"] == "IMG-07").unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let evidence = result["evidence"].as_array().unwrap().iter();
    evidence.map(|one| (text(&one["path"]), text(&one["message"]))).collect()
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn secrets_that_a_later_step_removed_are_found_in_their_layers() {
    let engine = Engine::take();
    let image = engine.image("removed", STEPS);
    save(&image, &engine.path("removed.tar"));
    let found = evidence(&engine, &["--image", &image]);
    assert_eq!(evidence(&engine, &["--input", "removed.tar"]), found);
    let paths: Vec<&str> = found.iter().map(|(path, _)| &**path).collect();
    assert_eq!(
        paths,
        ["/app/kept.key", "/app/.env", "/root/.aws/credentials", "/root/.ssh/id_rsa"],
        "{found:?}"
    );
    for (at, parts) in [
        (1, ["(DB_PASSWORD)", "layer 4 (RUN printf 'DB_PASSWORD=***", "layer 7 (RUN printf 'DB_"]),
        (2, ["(aws_secret_access_key)", "layer 4 (RUN printf", "layer 8 (RUN rm -rf /root/.ssh"]),
        (3, ["(PRIVATE KEY)", "layer 3 (RUN printf", "layer 8 (RUN rm -rf /root/.ssh"]),
    ] {
        let message = &found[at].1;
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    }
}
