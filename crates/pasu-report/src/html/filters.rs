//! What the template asks of values. Askama looks for filters in the module named `filters`.

use crate::book::{Cell, Chart, ChartStyle, ColumnKind, Tone, chart_svg};
use askama::{Result, Values};
use std::fmt::Write;

/// The class of a tone.
#[askama::filter_fn]
pub fn tone(tone: &Tone, _: &dyn Values) -> Result<&'static str> {
    Ok(name(*tone))
}

fn name(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "plain",
        Tone::Good => "good",
        Tone::Info => "info",
        Tone::Warning => "warning",
        Tone::Bad => "bad",
        Tone::Alarm => "alarm",
        Tone::Faint => "faint",
    }
}

/// The class of a column.
#[askama::filter_fn]
pub fn kind(kind: &ColumnKind, _: &dyn Values) -> Result<&'static str> {
    Ok(class(*kind))
}

fn class(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Text => "t",
        ColumnKind::Number => "n",
        ColumnKind::Code => "c",
        ColumnKind::Badge => "m",
    }
}

/// The attributes of a cell, with the blank before them.
#[askama::filter_fn]
pub fn attributes(cell: &Cell, _: &dyn Values, kind: &ColumnKind) -> Result<String> {
    let mut classes = Vec::new();
    if *kind != ColumnKind::Text {
        classes.push(class(*kind));
    }
    if cell.tone != Tone::Plain && *kind != ColumnKind::Badge {
        classes.push(name(cell.tone));
    }
    let mut text = String::new();
    match classes.as_slice() {
        [] => {}
        [one] => write!(text, " class={one}").map_err(|_| askama::Error::Fmt)?,
        several => {
            write!(text, " class=\"{}\"", several.join(" ")).map_err(|_| askama::Error::Fmt)?;
        }
    }
    if let Some(order) = cell.order {
        write!(text, " data-o={order}").map_err(|_| askama::Error::Fmt)?;
    }
    Ok(text)
}

/// A chart as SVG; the id begins those in the picture.
#[askama::filter_fn]
pub fn svg(chart: &Chart, _: &dyn Values, id: &str) -> Result<String> {
    let look = ChartStyle {
        width: 640.0,
        size: 15.0,
        font: "inherit",
        ink: "currentColor",
        paper: "var(--page)",
        colour,
        id,
    };
    Ok(chart_svg(chart, &look))
}

/// The colour of a tone, by the page's own names, so that it follows light and dark.
fn colour(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "var(--soft)",
        Tone::Good => "var(--good)",
        Tone::Info => "var(--info)",
        Tone::Warning => "var(--warning)",
        Tone::Bad => "var(--bad)",
        Tone::Alarm => "var(--alarm-bg)",
        Tone::Faint => "var(--faint)",
    }
}
