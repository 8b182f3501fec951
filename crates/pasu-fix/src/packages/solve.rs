//! Which of the chosen packages go together: the rule is one for all package managers.

use super::PackagesError;
use super::plan::{Refused, UpdatePlan, WhyRefused};

/// What a simulation came to.
pub(super) enum Attempt<S> {
    /// These steps, all of which may be taken.
    Good(S),
    /// Something that is never done.
    Bad(WhyRefused),
}

/// What the package manager would do. Where that is something that is never done, each package is tried by itself, and
/// those that stand in the way go into the plan with the reason. Answers with those that go, and the steps.
pub(super) fn solve<C, S: Default>(
    chosen: Vec<C>,
    name: impl Fn(&C) -> &str,
    simulate: impl Fn(&[C]) -> Result<Attempt<S>, PackagesError>,
    plan: &mut UpdatePlan,
) -> Result<(Vec<C>, S), PackagesError> {
    if chosen.is_empty() {
        return Ok((chosen, S::default()));
    }
    if let Attempt::Good(steps) = simulate(&chosen)? {
        return Ok((chosen, steps));
    }
    let mut refuse = |one: &C, why: WhyRefused| {
        plan.refused.push(Refused { package: name(one).to_owned(), why });
    };
    let mut good = Vec::new();
    for one in chosen {
        match simulate(std::slice::from_ref(&one))? {
            Attempt::Good(_) => good.push(one),
            Attempt::Bad(why) => refuse(&one, why),
        }
    }
    if good.is_empty() {
        return Ok((good, S::default()));
    }
    match simulate(&good)? {
        Attempt::Good(steps) => Ok((good, steps)),
        // Each goes, and all together do not: a person has to choose.
        Attempt::Bad(why) => {
            good.iter().for_each(|one| refuse(one, why.clone()));
            Ok((Vec::new(), S::default()))
        }
    }
}
