//! What to do first: the five most pressing steps in words.

use super::Context;
use super::paint::Ink;
use crate::actions::words;
use crate::{Reason, first_actions};
use std::io::{self, Write};

/// As many as one does in an afternoon.
const STEPS: usize = 5;

/// Writes the steps, or that there is nothing to be done now; nothing where nothing was found.
pub(super) fn write(context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    if context.run.findings().next().is_none() {
        return Ok(());
    }
    let title = context.pick("먼저 할 일", "What to do first");
    writeln!(out, "\n{}", context.paint.text(Ink::Bold, title))?;
    let actions = first_actions(context.run, STEPS);
    if actions.is_empty() {
        let nothing = context.pick(
            "지금 할 수 있는 일은 없습니다. 찾은 취약점은 아직 패치가 없고, 심각하거나 악용될 가능성이 높은 것도 없습니다.",
            "Nothing can be done now: no fix is out for what was found, and none of it is severe or likely to be exploited.",
        );
        return context.paragraph("  ", nothing, out);
    }
    let lead = context.pick("이유: ", "Why: ");
    for (index, action) in actions.iter().enumerate() {
        let number = format!("  {}. ", index + 1);
        context.paragraph(&number, &words::step(action, context.lang), out)?;
        context.paragraph("     ", &words::effect(action, context.lang), out)?;
        let alarming =
            matches!(action.reason, Reason::Malicious { .. } | Reason::KnownExploited { .. });
        let ink = if alarming { Ink::Alarm } else { Ink::Plain };
        context.inked_paragraph(
            "     ",
            ink,
            &format!("{lead}{}", words::why(action, context.lang)),
            out,
        )?;
        if let Some(command) = &action.command {
            // Not wrapped: it is there to be copied.
            writeln!(out, "     $ {command}")?;
        }
    }
    Ok(())
}
