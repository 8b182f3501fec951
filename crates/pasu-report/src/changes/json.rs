//! Changes as JSON, `pasu.diff/1`. Within version 1 keys are only added.

use super::{Comparison, SCHEMA};
use pasu_model::{Inspection, Life, LifeState, Target, Tool};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
pub(super) struct Document<'a> {
    schema: &'static str,
    before: Side<'a>,
    after: Side<'a>,
    counts: BTreeMap<&'static str, usize>,
    not_looked_for: usize,
    changes: &'a [Life],
}

#[derive(Serialize)]
struct Side<'a> {
    name: &'a str,
    started: &'a str,
    tool: &'a Tool,
    target: &'a Target,
    score: Option<f64>,
    complete: bool,
}

pub(super) fn document<'a>(comparison: &Comparison<'a>) -> Document<'a> {
    let changes = comparison.changes;
    Document {
        schema: SCHEMA,
        before: side(comparison.before_name, comparison.before),
        after: side(comparison.after_name, comparison.after),
        counts: LifeState::ALL.map(|state| (state.key(), changes.count(state))).into(),
        not_looked_for: changes.not_looked_for,
        changes: &changes.lives,
    }
}

fn side<'a>(name: &'a str, inspection: &'a Inspection) -> Side<'a> {
    Side {
        name,
        started: &inspection.started,
        tool: &inspection.tool,
        target: &inspection.target,
        score: inspection.score().and_then(|score| score.percent()),
        complete: inspection.is_complete(),
    }
}
