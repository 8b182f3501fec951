//! The start test: what was built beside what it was built from.

use super::work::Work;
use anyhow::Result;
use pasu_image::ImageError;
use pasu_image::patch::start::{Hardening, Ran, StartOptions, judge, weigh};
use pasu_model::{Observed, StartTest, StartVerdict, Text};

/// What came of a test, and what the original did, to learn from.
pub struct Tested {
    pub test: StartTest,
    pub original: Ran,
}

/// Runs two images side by side. A difference must show twice: a busy machine may start one of them late. And it must be
/// one that runs of the original do not show among themselves.
pub fn test(
    work: &Work<'_>,
    original: &str,
    patched: (&str, Option<&Hardening>),
) -> Result<Tested> {
    let first = once(work, original, patched)?;
    if first.test.verdict != StartVerdict::Different {
        return Ok(first);
    }
    let Tested { test, original: ran } = once(work, original, patched)?;
    if test.verdict != StartVerdict::Different {
        return Ok(Tested { test, original: ran });
    }
    // Two again, so that the machine is as busy as it was.
    let more = work.session.run(&[(original, None), (original, None)], &options(work))?;
    let others: Vec<Observed> =
        std::iter::once(first.original).chain(more).map(|ran| ran.observed).collect();
    Ok(Tested { test: weigh(test, &others), original: ran })
}

fn options(work: &Work<'_>) -> StartOptions {
    StartOptions {
        time: work.args.start_time,
        environment: work.args.start_env.clone(),
        arguments: work.args.start_arg.clone(),
    }
}

fn once(work: &Work<'_>, original: &str, patched: (&str, Option<&Hardening>)) -> Result<Tested> {
    let seconds = work.args.start_time.as_secs();
    let mut ran = match work.session.run(&[(original, None), patched], &options(work)) {
        Ok(ran) => ran.into_iter(),
        Err(error) => return untestable(error, seconds),
    };
    let (Some(original), Some(patched)) = (ran.next(), ran.next()) else {
        return untestable(ImageError::malformed("start test", "nothing ran"), seconds);
    };
    let test = judge(original.observed.clone(), patched.observed, seconds);
    Ok(Tested { test, original })
}

/// An image without a command cannot be run; an engine that is gone is another matter.
fn untestable(error: ImageError, seconds: u64) -> Result<Tested> {
    let text = error.to_string();
    if !text.contains("the engine answers 400") {
        return Err(error.into());
    }
    let test = StartTest {
        verdict: StartVerdict::NotTestable,
        reasons: vec![Text::new(
            format!("컨테이너를 만들 수 없습니다: {text}"),
            format!("no container can be made of it: {text}"),
        )],
        seconds,
        original: None,
        patched: None,
    };
    Ok(Tested { test, original: Ran::default() })
}
