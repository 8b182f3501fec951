//! All planned items drawn into one state, in which each has to be as good as it was alone.

use super::draft::{Conflict, Draft, Trouble};
use super::edit::Edit;
use super::planner::{Candidate, PlanError, draw};
use super::predict::{self, After};
use super::statoverride;
use crate::host::Host;
use crate::messages;
use pasu_model::{PlanStatus, Verdict};

/// Draws all planned items into one state, and makes sure that each is then judged as it was alone.
pub(super) fn together<'h>(
    host: &'h Host,
    candidates: &mut [Candidate<'_>],
) -> Result<(Draft<'h>, After), PlanError> {
    let (mut planned, others): (Vec<_>, Vec<_>) =
        candidates.iter_mut().partition(|one| one.status == PlanStatus::Planned);
    let (mut draft, mut after) = drawn(host, &planned)?;
    let mut has_more = false;
    for one in planned.iter_mut().filter(|one| !is_as_good(one, &after)) {
        has_more |= want_more(one, &after);
    }
    let alone = planned.len();
    for one in others.into_iter().filter(|one| one.short.is_some() && alone > 0) {
        complete(host, &mut planned, one);
    }
    if has_more || planned.len() > alone {
        (draft, after) = drawn(host, &planned)?;
    }
    if let Some(bad) = planned.iter().position(|one| !is_as_good(one, &after)) {
        return Err(contradiction(host, planned, bad)?);
    }
    if planned.iter().any(|one| !one.later.is_empty()) {
        let changes = draft.changes();
        for one in planned.iter_mut().filter(|one| !one.later.is_empty()) {
            let own =
                changes.iter().filter(|change| change.items.iter().any(|it| it == one.item.slug));
            one.paths = own.map(|change| change.path.clone()).collect();
        }
    }
    Ok((draft, after))
}

/// Plans an item whose edits alone are not enough, where the others bring about the rest and lose nothing by it.
fn complete<'a, 'b>(
    host: &Host,
    planned: &mut Vec<&'a mut Candidate<'b>>,
    one: &'a mut Candidate<'b>,
) {
    let Some((left, risk)) = one.short else { return };
    planned.push(one);
    let state = drawn(host, planned).and_then(|(_, after)| {
        let at = planned.len() - 1;
        let is_short = !is_good(planned[at].judged(&after).verdict());
        if is_short && want_more(planned[at], &after) {
            return Ok(drawn(host, planned)?.1);
        }
        Ok(after)
    });
    let Some(one) = planned.pop() else { return };
    let verdict = state.as_ref().ok().map(|after| one.judged(after).verdict());
    match (state, verdict.filter(|verdict| is_good(*verdict))) {
        (Ok(after), Some(verdict)) if planned.iter().all(|other| is_as_good(other, &after)) => {
            one.status = PlanStatus::Planned;
            one.expected = Some(verdict);
            one.left.truncate(left);
            one.risk = risk;
            planned.push(one);
        }
        _ => one.later.clear(),
    }
}

/// What others put right may show an item more: a password that moves to the shadow file has an age from then on.
/// Only edits that name no line can be drawn on top of the others.
fn want_more(one: &mut Candidate<'_>, after: &After) -> bool {
    let fix = one.fix_on(&after.host);
    let is_allowed = fix.needs.iter().all(|(_, holds)| *holds)
        && (one.accepted || fix.consent.iter().all(|why| one.fix.consent.contains(why)));
    let is_free = |edit: &Edit| matches!(edit, Edit::Account { .. } | Edit::Attributes(_));
    if is_allowed {
        fix.consent.into_iter().for_each(|why| one.fix.consent(why));
        one.later = fix.edits.into_iter().filter(is_free).collect();
    }
    !one.later.is_empty()
}

/// The contradiction of an item with the first other that spoils it.
fn contradiction(
    host: &Host,
    mut planned: Vec<&mut Candidate<'_>>,
    bad: usize,
) -> Result<PlanError, PlanError> {
    let one = planned.swap_remove(bad);
    let (path, item) = (one.paths.first().cloned().unwrap_or_default(), one.item.slug.to_owned());
    let mut pair = vec![one];
    let mut partner = None;
    for other in planned {
        let slug = other.item.slug;
        pair.push(other);
        if !is_as_good(pair[0], &drawn(host, &pair)?.1) {
            partner = Some(slug.to_owned());
            break;
        }
        pair.truncate(1);
    }
    let what = "verdict".to_owned();
    Ok(PlanError::Contradiction(Conflict { path, what, item, other: partner }))
}

fn is_as_good(one: &Candidate<'_>, after: &After) -> bool {
    let verdict = one.judged(after).verdict();
    Some(verdict) == one.expected || is_good(verdict)
}

const fn is_good(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Pass | Verdict::NotApplicable | Verdict::Manual)
}

fn drawn<'h>(
    host: &'h Host,
    planned: &[&mut Candidate<'_>],
) -> Result<(Draft<'h>, After), PlanError> {
    let mut draft = Draft::new(host);
    let trouble = |trouble: Trouble| match trouble {
        Trouble::Conflict(conflict) => PlanError::Contradiction(conflict),
        Trouble::Unseen(cause) => cause.into(),
        Trouble::Unfit(why) => {
            let text = messages::message(&why, &messages::Sentences::new()).text.en;
            PlanError::Unseen { place: why.place.map(|place| place.shown()), detail: text }
        }
    };
    for one in planned {
        draw(&mut draft, one.item.slug, &one.fix.edits).map_err(trouble)?;
    }
    for one in planned {
        draw(&mut draft, one.item.slug, &one.later).map_err(trouble)?;
    }
    statoverride::draw(&mut draft).map_err(trouble)?;
    draft.tell_services();
    let after = predict::after(&draft);
    Ok((draft, after))
}
