//! The operating system, and whether security updates still reach it.

use super::Context;
use super::paint::Ink;
use crate::safe_text::clip;
use crate::words::support;
use jiff::civil::Date;
use pasu_model::OperatingSystem;
use std::io::{self, Write};

/// Writes the system, until when it is supported, and what to do if it no longer is.
pub(super) fn write(
    context: &Context<'_>,
    os: &OperatingSystem,
    out: &mut dyn Write,
) -> io::Result<()> {
    let plain = format!("{} {}", os.family.name(), os.version);
    let name = clip(os.pretty_name.as_deref().unwrap_or(plain.trim()), 100);
    let label = context.pick("운영체제:", "System:");
    let Some(found) = day(context).and_then(|today| os.support(today)) else {
        return writeln!(out, "{label} {name}");
    };
    let ink = if found.is_over() { Ink::Alarm } else { Ink::Plain };
    let state = context.paint.text(ink, &support::state(os, found, context.lang));
    writeln!(out, "{label} {name} - {state}")?;
    match support::advice(os, found, context.lang) {
        Some(advice) => context.paragraph("  ", advice, out),
        None => Ok(()),
    }
}

/// The day of the run.
fn day(context: &Context<'_>) -> Option<Date> {
    context.run.started.get(..10)?.parse().ok()
}
