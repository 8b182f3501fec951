//! Secrets of an image's configuration taken out of what is reported: people put them into variables, labels and build
//! steps, and reports go further than images.

use pasu_checks::host::image::secrets::{MAX_HITS, in_text, of_pair};
use pasu_model::ImageInfo;

/// What stands where a secret was.
const MASK: &str = "***";

/// What a report may say of an image.
pub fn masked(mut info: ImageInfo) -> ImageInfo {
    for layer in &mut info.layers {
        layer.created_by = text(&layer.created_by);
    }
    let image = &mut info.config;
    for step in &mut image.history {
        step.created_by = text(&step.created_by);
        step.comment = text(&step.comment);
    }
    let config = &mut image.config;
    config.image = text(&config.image);
    for variable in &mut config.env {
        *variable = match variable.split_once('=') {
            Some((name, value)) if of_pair(name, value).is_some() => format!("{name}={MASK}"),
            _ => text(variable),
        };
    }
    for (name, value) in &mut config.labels {
        *value = if of_pair(name, value).is_some() { MASK.to_owned() } else { text(value) };
    }
    if let Some(check) = &mut config.healthcheck {
        check.test = words(&check.test);
    }
    for command in [&mut config.entrypoint, &mut config.cmd, &mut config.shell] {
        *command = words(command);
    }
    for instruction in &mut config.on_build {
        *instruction = text(instruction);
    }
    info
}

/// A text with its secrets masked; all of it where there are too many to know them all.
fn text(text: &str) -> String {
    let hits = in_text(text);
    if hits.len() >= MAX_HITS {
        return MASK.to_owned();
    }
    let mut masked = String::with_capacity(text.len());
    let mut at = 0;
    for hit in hits {
        masked.push_str(text.get(at..hit.span.start).unwrap_or_default());
        masked.push_str(MASK);
        at = hit.span.end;
    }
    masked + text.get(at..).unwrap_or_default()
}

/// The words of a command. A secret may be a word of its own after the flag that names it: then whoever reads the
/// report sees the whole command as one word.
fn words(command: &[String]) -> Vec<String> {
    let masked: Vec<String> = command.iter().map(|word| text(word)).collect();
    let line = masked.join(" ");
    let whole = text(&line);
    if whole == line { masked } else { vec![whole] }
}

#[cfg(test)]
mod tests {
    use super::{masked, text};
    use pasu_model::ImageInfo;

    #[test]
    fn secrets_go_and_everything_else_stays() {
        for (shown, is_secret) in [
            ("RUN apt-get install -y curl # buildkit", false),
            ("RUN |1 DB_PASSWORD=v3ry-h1dden /bin/sh -c make", true),
            ("git clone https://me:v3ry-h1dden@git.example/x.git", true),
            ("git clone https://git.example/x@2.git", false),
            ("POSTGRES_PASSWORD_FILE=/run/secrets/x", false),
        ] {
            let masked = text(shown);
            assert_eq!(masked != shown, is_secret, "{masked}");
            assert!(!masked.contains("v3ry-h1dden"), "{masked}");
        }
        let many = "A_TOKEN=v3ry-h1dden ".repeat(200);
        assert!(!text(&many).contains("v3ry-h1dden"));
    }

    #[test]
    fn every_part_of_a_configuration_is_gone_through() {
        let raw = r#"{"id":"x","repo_tags":[],"repo_digests":[],"size":0,
            "layers":[{"digest":"","diff_id":"a","size":0,"created_by":"ENV TOKEN=v3ry-h1dden"}],
            "config":{"config":{"Image":"TOKEN=v3ry-h1dden","Env":["A_SECRET=v3ry-h1dden","LANG=C"],"Labels":{"token":"v3ry-h1dden"},
              "Entrypoint":["run","--token=v3ry-h1dden"],"Cmd":["run","--password","v3ry-h1dden"],
              "OnBuild":["ENV TOKEN=v3ry-h1dden"],"Shell":["sh","TOKEN=v3ry-h1dden"],
              "Healthcheck":{"Test":["CMD-SHELL","TOKEN=v3ry-h1dden x"]}},
              "history":[{"created_by":"ENV TOKEN=v3ry-h1dden","comment":"TOKEN=v3ry-h1dden"}]}}"#;
        let info: ImageInfo = serde_json::from_str(raw).unwrap();
        let shown = serde_json::to_string(&masked(info)).unwrap();
        assert!(!shown.contains("v3ry-h1dden"), "{shown}");
        assert!(shown.contains("LANG=C") && shown.contains("A_SECRET=***"), "{shown}");
    }
}
