//! Secrets in variables, labels and commands of an image's configuration.

use crate::capped::Capped;
use crate::cause::Cause;
use crate::host::Host;
use crate::host::image::ImageFacts;
use crate::host::image::secrets::{self, Secret};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// What was found; never a value.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    found: Capped<Found>,
    /// How many variables and labels there are.
    count: usize,
}

#[derive(Debug, Serialize, Deserialize)]
struct Found {
    place: String,
    /// The variable's or label's name; empty in a command.
    name: String,
    secret: Secret,
    /// The text around it, masked.
    shown: String,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let image = host.image()?;
    let mut found = Capped::default();
    for (place, name, value) in pairs(image) {
        if let Some(secret) = secrets::of_pair(name, value) {
            let shown = format!("{place} {name}=***");
            found.push(Found { place: place.to_owned(), name: name.to_owned(), secret, shown });
        }
    }
    for (place, text) in texts(image) {
        let hits = secrets::in_text(&text);
        for hit in &hits {
            found.push(Found {
                place: place.to_owned(),
                name: String::new(),
                secret: hit.secret.clone(),
                shown: secrets::shown(&text, &hits, hit),
            });
        }
    }
    Ok(Facts { found, count: pairs(image).count() })
}

fn pairs(image: &ImageFacts) -> impl Iterator<Item = (&'static str, &str, &str)> {
    let config = image.config();
    let variables = config.env.iter().filter_map(|line| line.split_once('='));
    let labels = config.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    variables
        .map(|(name, value)| ("ENV", name, value))
        .chain(labels.map(|(name, value)| ("LABEL", name, value)))
}

fn texts(image: &ImageFacts) -> Vec<(&'static str, String)> {
    let config = image.config();
    // Words of a list are quoted, so that one with spaces stays one.
    let joined = |words: &[String]| {
        let quoted = words.iter().map(|word| match word.contains(char::is_whitespace) {
            true => format!("\"{word}\""),
            false => word.clone(),
        });
        quoted.collect::<Vec<_>>().join(" ")
    };
    let mut texts = vec![("ENTRYPOINT", joined(&config.entrypoint)), ("CMD", joined(&config.cmd))];
    let health = config.healthcheck.as_ref();
    texts.extend(health.map(|health| ("HEALTHCHECK", joined(&health.test))));
    // `RUN curl -u …`: what follows the instruction is the command.
    let command = |line: &String| line.split_once(' ').map_or("", |(_, rest)| rest).to_owned();
    texts.extend(config.on_build.iter().map(|line| ("ONBUILD", command(line))));
    texts
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    let is_allowed = |name: &str| params.list("allowed").any(|allowed| allowed == name);
    for found in &facts.found.kept {
        if !found.name.is_empty() && is_allowed(&found.name) {
            judgement.note(reason("allowed").arg("name", &found.name));
            continue;
        }
        judgement.bad(found.secret.told(&found.place).excerpt(&found.shown));
    }
    facts.found.tell_rest(&mut judgement);
    if judgement.statements.iter().all(|statement| statement.weight == pasu_model::Weight::Note) {
        judgement.good(reason("clean").arg("count", facts.count));
    }
    judgement
}
