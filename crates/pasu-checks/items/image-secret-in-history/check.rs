//! Secrets in the history of an image: values of build arguments, and what commands were given.

use crate::capped::Capped;
use crate::cause::Cause;
use crate::host::Host;
use crate::host::image::secrets::{self, Secret};
use crate::host::image::{Instruction, Step};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What was found; never a value.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    found: Capped<Found>,
    steps: usize,
    is_without_history: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Found {
    /// `#3 RUN`.
    place: String,
    secret: Secret,
    /// The argument whose value it is.
    argument: Option<String>,
    /// The text around it, masked.
    shown: String,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let image = host.image()?;
    let mut found = Capped::default();
    // Every later step repeats the values of arguments: the first tells.
    let mut told = BTreeSet::new();
    let all = image.steps.iter().flat_map(of_step);
    all.filter(|one| one.argument.as_ref().is_none_or(|name| told.insert(name.clone())))
        .for_each(|one| found.push(one));
    Ok(Facts { found, steps: image.steps.len(), is_without_history: image.is_without_history() })
}

fn of_step(step: &Step) -> Vec<Found> {
    let word = match step.instruction {
        Instruction::Run => " RUN",
        Instruction::Env => " ENV",
        Instruction::Arg => " ARG",
        Instruction::Label => " LABEL",
        _ => "",
    };
    let place = format!("#{}{word}", step.number);
    let arguments = step.build_args.iter().filter_map(|(name, value)| {
        let secret = secrets::of_pair(name, value)?;
        let place = format!("#{} ARG", step.number);
        Some(Found { place, secret, argument: Some(name.clone()), shown: format!("|{name}=***") })
    });
    let mut found: Vec<Found> = arguments.collect();
    let hits = secrets::in_text(&step.text);
    found.extend(hits.iter().map(|hit| Found {
        place: place.clone(),
        secret: hit.secret.clone(),
        argument: None,
        shown: secrets::shown(&step.text, &hits, hit),
    }));
    found
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    for found in &facts.found.kept {
        judgement.bad(found.secret.told(&found.place).excerpt(&found.shown));
    }
    facts.found.tell_rest(&mut judgement);
    if facts.is_without_history {
        judgement.ask(reason("nothing"));
    } else if facts.found.is_empty() {
        judgement.good(reason("clean").arg("count", facts.steps));
    }
    judgement
}
