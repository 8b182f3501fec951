//! One line an image.

use super::Context;
use crate::safe_text::clip;
use crate::table::grid::{Cell, Grid, Row};
use crate::table::paint::Ink;
use pasu_model::{Run, Severity, Status};
use std::io::{self, Write};

/// The severities that have a column.
const COLUMNS: [Severity; 4] =
    [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];

/// The narrowest that a name and a system may become.
const LEAST_NAME: usize = 20;
const LEAST_SYSTEM: usize = 8;

pub(super) fn write(context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let heading = |ko, en| context.lang.pick(ko, en).to_owned();
    let mut headings = vec![heading("이미지", "Image"), heading("운영체제", "System")];
    headings.extend(COLUMNS.iter().map(|severity| severity.name().to_owned()));
    headings.push(heading("패치 있음", "Fixable"));
    headings.push(heading("못 봄", "Unseen"));
    let grid = Grid {
        headings,
        flexible: vec![(0, LEAST_NAME), (1, LEAST_SYSTEM)],
        rows: context.runs.iter().map(row).collect(),
    };
    grid.draw(context.paint, context.width, out)
}

fn row(run: &Run) -> Row {
    let mut cells: Vec<Cell> = vec![
        vec![(Ink::Bold, clip(&run.target.name, 200))],
        vec![(if run.os_end_of_life { Ink::Alarm } else { Ink::Plain }, system(run))],
    ];
    for severity in COLUMNS {
        let count = run.findings().filter(|(_, finding)| finding.severity == severity).count();
        cells.push(number(count, Ink::Severity(severity)));
    }
    let is_fixed = |finding: &pasu_model::Finding| {
        finding.vulnerability().is_some_and(|found| found.status == Status::Fixed)
    };
    let fixable = run.findings().filter(|(_, finding)| is_fixed(finding)).count();
    cells.push(number(fixable, Ink::Plain));
    cells.push(number(run.unseen.len(), Ink::Alarm));
    Row { cells, merged: 0 }
}

fn system(run: &Run) -> String {
    match &run.os {
        Some(os) if os.version.is_empty() => os.family.name().to_owned(),
        Some(os) => format!("{} {}", os.family.name(), clip(&os.version, 30)),
        None => "-".to_owned(),
    }
}

/// A count; nothing stands out where there is nothing.
fn number(count: usize, ink: Ink) -> Cell {
    vec![(if count == 0 { Ink::Dim } else { ink }, count.to_string())]
}
