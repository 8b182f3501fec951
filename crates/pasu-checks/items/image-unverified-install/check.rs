//! Commands of the history that switch the check of signatures or certificates off, or run what they fetch unseen.

use crate::capped::Capped;
use crate::cause::Cause;
use crate::host::Host;
use crate::host::image::shell::{Pipeline, pipelines, program};
use crate::host::image::{ImageFacts, Instruction};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// Options of any program that switch a check off: packages, downloads, repositories.
const OPTIONS: [&str; 16] = [
    "--allow-unauthenticated",
    "--force-yes",
    "--allow-untrusted",
    "--nogpgcheck",
    "--no-gpg-checks",
    "--no-gpg-check",
    "--nosignature",
    "--no-check-certificate",
    "--no-verify-ssl",
    "--trusted-host",
    "--allow-insecure-repositories",
    "--no-check-gpg",
    "gpgcheck=0",
    "strict-ssl=false",
    "sslverify=false",
    "http.sslVerify=false",
];

/// Texts within words that do: apt's options in lists and `-o`.
const TEXTS: [&str; 6] = [
    "[trusted=yes",
    "trusted=yes]",
    "AllowInsecureRepositories=true",
    "AllowUnauthenticated=true",
    "Verify-Peer=false",
    "gpgcheck=0",
];

/// Variables that do, with the value that does.
const VARIABLES: [(&str, &[&str]); 4] = [
    ("NODE_TLS_REJECT_UNAUTHORIZED", &["0"]),
    ("PYTHONHTTPSVERIFY", &["0"]),
    ("GIT_SSL_NO_VERIFY", &["1", "true"]),
    ("NPM_CONFIG_STRICT_SSL", &["false"]),
];

/// Programs that run what they read.
const RUNNERS: [&str; 12] = [
    "sh", "bash", "ash", "dash", "zsh", "python", "python3", "perl", "ruby", "node", "php",
    "source",
];

/// What the history and the environment do.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    unverified: Capped<(usize, String)>,
    piped: Capped<usize>,
    variables: Vec<String>,
    is_without_history: bool,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let image = host.image()?;
    let mut facts = Facts {
        unverified: Capped::default(),
        piped: Capped::default(),
        variables: variables(image),
        is_without_history: image.is_without_history(),
    };
    for step in image.steps.iter().filter(|step| step.instruction == Instruction::Run) {
        let found = pipelines(&step.text);
        let mut options: Vec<String> =
            found.iter().flatten().filter_map(|command| unverified(command)).collect();
        options.dedup();
        options.into_iter().for_each(|what| facts.unverified.push((step.number, what)));
        if found.iter().any(is_piped) {
            facts.piped.push(step.number);
        }
    }
    Ok(facts)
}

fn variables(image: &ImageFacts) -> Vec<String> {
    let set = image.config().env.iter().filter_map(|line| line.split_once('='));
    set.filter(|(name, value)| is_off(name, value)).map(|(name, _)| name.to_owned()).collect()
}

fn is_off(name: &str, value: &str) -> bool {
    VARIABLES.iter().any(|(known, values)| *known == name && values.contains(&value))
}

/// What of a command switches a check off.
fn unverified(command: &Vec<&str>) -> Option<String> {
    let (name, arguments) = program(command);
    if matches!(name, "grep" | "test" | "[") {
        return None;
    }
    for word in command {
        let word = word.trim_matches(['"', '\'']);
        let is_option = OPTIONS.contains(&word)
            || OPTIONS
                .iter()
                .any(|option| word.strip_prefix(option).is_some_and(|it| it.starts_with('=')));
        if is_option || word.split_once('=').is_some_and(|(name, value)| is_off(name, value)) {
            return Some(format!("{name} {word}").trim().to_owned());
        }
        if let Some(text) = TEXTS.iter().find(|text| word.contains(**text)) {
            return Some(format!("{name} {text}"));
        }
    }
    let is_insecure = |word: &&&str| match name {
        "curl" => **word == "--insecure" || is_flag(word, 'k'),
        _ => false,
    };
    let pair = |first: &str, second: &str| {
        arguments.windows(2).any(|pair| pair[0] == first && pair[1] == second)
    };
    if let Some(word) = arguments.iter().find(is_insecure) {
        return Some(format!("{name} {word}"));
    }
    (pair("strict-ssl", "false") || pair("http.sslVerify", "false"))
        .then(|| format!("{name} …ssl… false"))
}

/// Whether a word is a bundle of curl's short options with one in it: `-fsSLk`. What follows an option that takes a
/// value is that value: `-okeep`.
fn is_flag(word: &str, flag: char) -> bool {
    let Some(letters) = word.strip_prefix('-').filter(|rest| !rest.starts_with('-')) else {
        return false;
    };
    let takes_value = |letter: &char| "AbcCdDeEFhHKmoPQrtTuUwxXyYz".contains(*letter);
    letters.chars().take_while(|letter| !takes_value(letter)).any(|letter| letter == flag)
}

/// `curl … | sh`, `wget -O- … | sudo bash -s`, also with something between.
fn is_piped(pipeline: &Pipeline<'_>) -> bool {
    let fetches = |command: &Vec<&str>| {
        let (name, arguments) = program(command);
        let is_remote = |word: &&str| {
            !word.contains("://localhost")
                && !word.contains("://127.0.0.1")
                && !word.starts_with("file:")
        };
        matches!(name, "curl" | "wget" | "fetch") && arguments.iter().all(is_remote)
    };
    let Some(at) = pipeline.iter().position(fetches) else { return false };
    pipeline[at + 1..].iter().any(|command| {
        let (name, arguments) = program(command);
        // `python3 -c "…"` and `-m json.tool` read data.
        let reads_data =
            arguments.iter().any(|word| matches!(*word, "-c" | "-m" | "-e" | "-n" | "-ne" | "-pe"));
        RUNNERS.contains(&name) && !reads_data
    })
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    for (step, what) in &facts.unverified.kept {
        judgement.bad(reason("unverified").arg("step", step).arg("what", what));
    }
    facts.unverified.tell_rest(&mut judgement);
    for step in &facts.piped.kept {
        judgement.bad(reason("piped").arg("step", step));
    }
    facts.piped.tell_rest(&mut judgement);
    for name in &facts.variables {
        judgement.bad(reason("variable").arg("what", name));
    }
    if facts.is_without_history {
        judgement.ask(reason("nothing"));
    } else if judgement.statements.is_empty() {
        judgement.good(reason("none"));
    }
    judgement
}
