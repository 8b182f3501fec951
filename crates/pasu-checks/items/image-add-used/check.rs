//! `ADD` in the history where `COPY` would do, and for URLs.

use crate::cause::Cause;
use crate::host::image::{Instruction, Step};
use crate::host::{FileKind, Host};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// Names of what `ADD` unpacks.
const ARCHIVES: [&str; 10] =
    [".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2", ".tar.zst", ".gz", ".xz"];

/// The steps with `ADD`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    adds: Vec<(usize, Add)>,
    is_without_history: bool,
}

/// What one brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Add {
    Copy,
    Remote,
    Verified,
    Archive,
    Unclear,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let image = host.image()?;
    // What makes the first layer brings the root file system.
    let is_base = |step: &&Step| step.layer == Some(0) || step.number == 1;
    let adds = image.steps.iter().filter(|step| !is_base(step));
    let adds = adds.filter(|step| step.instruction == Instruction::Add);
    Ok(Facts {
        adds: adds.map(|step| (step.number, kind(host, &step.text))).collect(),
        is_without_history: image.is_without_history(),
    })
}

/// BuildKit writes `ADD --chown=1:1 app.jar /app/`, builders of old `ADD file:1a2b… in /app/app.jar`.
fn kind(host: &Host, text: &str) -> Add {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_verified = words.iter().any(|word| word.starts_with("--checksum="));
    let words: Vec<&str> = words.into_iter().filter(|word| !word.starts_with("--")).collect();
    if let [source, "in", target] = words.as_slice() {
        return match source.split(':').next() {
            Some("dir" | "multi") => Add::Copy,
            // An archive is unpacked into its target, and is no file of that name afterwards.
            _ if is_file(host, target) => Add::Copy,
            _ => Add::Unclear,
        };
    }
    let sources = words.split_last().map_or(&[][..], |(_, sources)| sources);
    let is_remote = |source: &&str| {
        ["http://", "https://", "git@", "git://", "ssh://"].iter().any(|it| source.starts_with(it))
    };
    let is_archive = |source: &&str| ARCHIVES.iter().any(|end| source.ends_with(end));
    match () {
        () if sources.is_empty() => Add::Unclear,
        () if sources.iter().any(is_remote) && is_verified => Add::Verified,
        () if sources.iter().any(is_remote) => Add::Remote,
        () if sources.iter().all(is_archive) => Add::Archive,
        () => Add::Copy,
    }
}

fn is_file(host: &Host, path: &str) -> bool {
    let found = host.file_followed(path);
    found.is_ok_and(|found| found.is_some_and(|file| file.kind == FileKind::File))
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    for (step, add) in &facts.adds {
        let said = |key: &'static str| reason(key).arg("step", step);
        match add {
            Add::Copy => judgement.bad(said("copy")),
            Add::Remote => judgement.bad(said("remote")),
            Add::Verified => judgement.note(said("verified")),
            Add::Archive => judgement.note(said("archive")),
            Add::Unclear => judgement.ask(said("unclear")),
        }
    }
    if facts.is_without_history {
        judgement.ask(reason("nothing"));
    } else if facts.adds.iter().all(|(_, add)| matches!(add, Add::Verified | Add::Archive)) {
        judgement.good(reason("none"));
    }
    judgement
}
