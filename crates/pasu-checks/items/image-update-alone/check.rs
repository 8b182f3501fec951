//! Steps that fetch lists of packages and install nothing.

use crate::cause::Cause;
use crate::host::Host;
use crate::host::image::shell::{pipelines, program};
use crate::host::image::{Instruction, Step};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// Package managers with the words that fetch lists.
const FETCH: [(&str, &[&str]); 8] = [
    ("apt-get", &["update"]),
    ("apt", &["update"]),
    ("aptitude", &["update"]),
    ("apk", &["update"]),
    ("yum", &["makecache", "check-update"]),
    ("dnf", &["makecache", "check-update"]),
    ("microdnf", &["makecache"]),
    ("zypper", &["refresh", "ref"]),
];

/// Words of theirs that install.
const INSTALL: [&str; 12] = [
    "install",
    "add",
    "upgrade",
    "dist-upgrade",
    "full-upgrade",
    "build-dep",
    "groupinstall",
    "localinstall",
    "reinstall",
    "in",
    "update",
    "patch",
];

/// The steps.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    alone: Vec<(usize, String)>,
    is_without_history: bool,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let image = host.image()?;
    let steps = image.steps.iter().filter(|step| step.instruction == Instruction::Run);
    Ok(Facts {
        alone: steps.filter_map(|step| Some((step.number, alone(step)?))).collect(),
        is_without_history: image.is_without_history(),
    })
}

/// The command that fetches, where none of the step installs.
fn alone(step: &Step) -> Option<String> {
    let mut fetching = None;
    for command in pipelines(&step.text).iter().flatten() {
        let (name, arguments) = program(command);
        let Some((_, words)) = FETCH.iter().find(|(manager, _)| *manager == name) else { continue };
        if arguments.iter().any(|argument| words.contains(argument)) {
            fetching.get_or_insert_with(|| command.join(" "));
        } else if arguments.iter().any(|argument| INSTALL.contains(argument)) {
            return None;
        }
    }
    fetching
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    for (step, command) in &facts.alone {
        judgement.bad(reason("alone").arg("step", step).excerpt(command));
    }
    if facts.is_without_history {
        judgement.ask(reason("nothing"));
    } else if facts.alone.is_empty() {
        judgement.good(reason("none"));
    }
    judgement
}
