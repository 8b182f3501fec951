//! The history of an image: what each step was told to do.
//!
//! Builders write it in their own ways:
//! `/bin/sh -c #(nop)  CMD ["bash"]` and `|1 VERSION=1.2 /bin/sh -c make` (Docker's builder of old, Buildah),
//! `RUN |1 VERSION=1.2 /bin/sh -c make # buildkit` and `ENV A=b` (BuildKit), `RUN make` (kaniko), and anything at all
//! (`bazel build ...`).

use pasu_model::ImageConfig;

/// The longest instruction that is read, in bytes: the rest of a longer one is left out.
const MAX_TEXT: usize = 256 << 10;

/// The longest history that is read, in steps. Engines allow 127 layers.
const MAX_STEPS: usize = 10_000;

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its number, from 1.
    pub number: usize,
    /// What it is.
    pub instruction: Instruction,
    /// Values of `ARG` that were given to it.
    pub build_args: Vec<(String, String)>,
    /// What follows the instruction: a command without its shell, `file:1a2b… in /app`, `NAME=value`.
    pub text: String,
    /// The layer that it made, from 0, where history and layers fit together.
    pub layer: Option<usize>,
}

/// An instruction of a Dockerfile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instruction {
    /// `RUN`.
    Run,
    /// `ADD`.
    Add,
    /// `COPY`.
    Copy,
    /// `ENV`.
    Env,
    /// `ARG`.
    Arg,
    /// `LABEL`.
    Label,
    /// `USER`.
    User,
    /// `HEALTHCHECK`.
    Healthcheck,
    /// Others of a Dockerfile.
    Other,
    /// Written by another tool.
    Foreign,
}

/// The words of a Dockerfile.
const INSTRUCTIONS: [(&str, Instruction); 17] = [
    ("RUN", Instruction::Run),
    ("ADD", Instruction::Add),
    ("COPY", Instruction::Copy),
    ("ENV", Instruction::Env),
    ("ARG", Instruction::Arg),
    ("LABEL", Instruction::Label),
    ("USER", Instruction::User),
    ("HEALTHCHECK", Instruction::Healthcheck),
    ("CMD", Instruction::Other),
    ("ENTRYPOINT", Instruction::Other),
    ("EXPOSE", Instruction::Other),
    ("WORKDIR", Instruction::Other),
    ("VOLUME", Instruction::Other),
    ("MAINTAINER", Instruction::Other),
    ("STOPSIGNAL", Instruction::Other),
    ("SHELL", Instruction::Other),
    ("ONBUILD", Instruction::Other),
];

/// The history's steps, the oldest first.
pub(super) fn steps(config: &ImageConfig) -> Vec<Step> {
    let made = config.history.iter().filter(|entry| !entry.empty_layer).count();
    let fits = made == config.rootfs.diff_ids.len();
    let mut layer = 0;
    let mut steps = Vec::with_capacity(config.history.len().min(MAX_STEPS));
    for (index, entry) in config.history.iter().take(MAX_STEPS).enumerate() {
        let mut step = read(&entry.created_by);
        step.number = index + 1;
        if !entry.empty_layer {
            step.layer = fits.then_some(layer);
            layer += 1;
        }
        steps.push(step);
    }
    steps
}

pub(super) fn read(created_by: &str) -> Step {
    let mut end = created_by.len().min(MAX_TEXT);
    while !created_by.is_char_boundary(end) {
        end -= 1;
    }
    let text = created_by[..end].trim();
    let text = text.strip_suffix("# buildkit").unwrap_or(text).trim_end();
    if let Some((_, rest)) = text.split_once("#(nop)").filter(|(shell, _)| is_shell(shell)) {
        return known(rest.trim_start()).unwrap_or_else(|| step(Instruction::Foreign, rest.trim()));
    }
    if text.starts_with('|') || is_shell(text) {
        return run(text);
    }
    match known(text) {
        Some(step) if step.instruction == Instruction::Run => run(&step.text),
        Some(step) => step,
        None => step(Instruction::Foreign, text),
    }
}

/// Whether a text begins with a shell that is given a command.
fn is_shell(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    let name = first.rsplit(['/', '\\']).next().unwrap_or_default();
    matches!(
        name,
        "sh" | "bash" | "ash" | "dash" | "zsh" | "busybox" | "cmd" | "powershell" | "pwsh"
    )
}

fn step(instruction: Instruction, text: &str) -> Step {
    let text = text.trim().to_owned();
    Step { number: 0, instruction, build_args: Vec::new(), text, layer: None }
}

fn known(text: &str) -> Option<Step> {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let (_, instruction) = INSTRUCTIONS.iter().find(|(name, _)| *name == word)?;
    Some(step(*instruction, rest))
}

/// `|2 A=1 B=two words /bin/sh -c make`: values of arguments, then the shell with its command.
fn run(text: &str) -> Step {
    let mut found = step(Instruction::Run, "");
    let mut rest = text;
    if let Some((count, after)) = text.strip_prefix('|').and_then(|text| text.split_once(' ')) {
        let count = count.parse().unwrap_or(0);
        (found.build_args, rest) = arguments(count, after);
    }
    found.text = command(rest).trim().to_owned();
    found
}

/// Values stand as they were given, without quotes: the last one ends where a shell begins.
fn arguments(count: usize, text: &str) -> (Vec<(String, String)>, &str) {
    let mut arguments: Vec<(String, String)> = Vec::new();
    let mut rest = text;
    loop {
        let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
        let is_last = arguments.len() >= count;
        match word.split_once('=').filter(|(name, _)| !is_last && is_name(name)) {
            Some((name, value)) => arguments.push((name.to_owned(), value.to_owned())),
            None if is_last && is_shell(rest) => return (arguments, rest),
            None => match arguments.last_mut() {
                Some((_, value)) => *value = format!("{value} {word}"),
                None => return (arguments, rest),
            },
        }
        if after.is_empty() {
            return (arguments, "");
        }
        rest = after;
    }
}

pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !text.starts_with(|first: char| first.is_ascii_digit())
}

/// The command without `/bin/sh -o pipefail -c`.
fn command(text: &str) -> &str {
    if !is_shell(text) {
        return text;
    }
    let mut rest = text;
    while let Some((word, after)) = rest.split_once(char::is_whitespace) {
        rest = after;
        // Options may be joined: `-ec`.
        let is_command = word.starts_with('-') && !word.starts_with("--") && word.ends_with('c');
        if is_command || word.eq_ignore_ascii_case("-Command") || word == "/C" {
            return rest;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Instruction, read, steps};
    use pasu_model::{HistoryEntry, ImageConfig, RootFs};

    #[test]
    fn builders_write_history_in_their_own_ways() {
        for (written, instruction, text) in [
            ("/bin/sh -c #(nop)  CMD [\"bash\"]", Instruction::Other, "[\"bash\"]"),
            ("/bin/sh -c #(nop) ADD file:1a in / ", Instruction::Add, "file:1a in /"),
            ("/bin/sh -c apt-get update", Instruction::Run, "apt-get update"),
            ("RUN /bin/sh -c make # buildkit", Instruction::Run, "make"),
            ("RUN /bin/bash -euo pipefail -c make # buildkit", Instruction::Run, "make"),
            ("RUN |1 A=b /bin/sh -c make # buildkit", Instruction::Run, "make"),
            ("RUN apk add x", Instruction::Run, "apk add x"),
            ("COPY a /b # buildkit", Instruction::Copy, "a /b"),
            ("ENV A=b", Instruction::Env, "A=b"),
            ("RUNAWAY", Instruction::Foreign, "RUNAWAY"),
            ("bazel build ...", Instruction::Foreign, "bazel build ..."),
            (
                "# debian.sh --arch 'amd64' out/",
                Instruction::Foreign,
                "# debian.sh --arch 'amd64' out/",
            ),
            ("/bin/sh", Instruction::Run, "/bin/sh"),
            ("", Instruction::Foreign, ""),
        ] {
            let step = read(written);
            assert_eq!((step.instruction, step.text.as_str()), (instruction, text), "{written}");
        }
    }

    #[test]
    fn arguments_end_where_the_shell_begins() {
        for (written, arguments, text) in [
            ("|1 A=b /bin/sh -c make", vec![("A", "b")], "make"),
            (
                "|2 A=two words B= /bin/sh -c x=1 make",
                vec![("A", "two words"), ("B", "")],
                "x=1 make",
            ),
            ("|0 /bin/sh -c make", vec![], "make"),
            ("|9 A=b /bin/sh -c make", vec![("A", "b /bin/sh -c make")], ""),
            ("|x", vec![], "|x"),
        ] {
            let step = read(written);
            let found: Vec<(&str, &str)> = step
                .build_args
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            assert_eq!((found, step.text.as_str()), (arguments, text), "{written}");
        }
    }

    #[test]
    fn layers_are_counted_where_history_and_layers_fit() {
        let entry = |text: &str, empty_layer| HistoryEntry {
            created_by: text.to_owned(),
            empty_layer,
            ..HistoryEntry::default()
        };
        let mut config = ImageConfig {
            history: vec![entry("ADD x /", false), entry("CMD x", true), entry("RUN y", false)],
            rootfs: RootFs { diff_ids: vec!["a".into(), "b".into()], ..RootFs::default() },
            ..ImageConfig::default()
        };
        let layers = |config: &ImageConfig| {
            steps(config).iter().map(|step| (step.number, step.layer)).collect::<Vec<_>>()
        };
        assert_eq!(layers(&config), [(1, Some(0)), (2, None), (3, Some(1))]);
        config.rootfs.diff_ids.pop();
        assert_eq!(layers(&config), [(1, None), (2, None), (3, None)]);
    }
}
