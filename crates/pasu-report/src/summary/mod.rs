//! The short answer at the terminal after an inspection: how it stands, what to do first, what was not seen.

mod parts;
mod unseen;

use crate::RenderOptions;
use crate::actions::first_steps;
use crate::safe_text::clip;
use crate::table::paint::{Ink, Paint};
use crate::table::paragraph::Paragraph;
use crate::table::{LEAST_WIDTH, WIDTH_IN_A_PIPE};
use pasu_model::{Changes, Inspection, Lang, LifeState};
use std::io::{self, Write};

/// As many as one does in an afternoon.
const STEPS: usize = 5;

/// Where a reader finds the rest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// The number under which the run is kept; none where it is not.
    pub number: Option<i64>,
    /// Files of reports that were written.
    pub reports: Vec<String>,
}

struct Context<'a> {
    inspection: &'a Inspection,
    lang: Lang,
    paint: Paint,
    width: usize,
}

/// Writes the summary of an inspection.
///
/// # Errors
/// Only what `out` says.
pub fn render_summary(
    inspection: &Inspection,
    changes: Option<&Changes>,
    kept: &Kept,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let context = Context {
        inspection,
        lang: options.lang,
        paint: Paint { color: options.color },
        width: options.width.unwrap_or(WIDTH_IN_A_PIPE).max(LEAST_WIDTH),
    };
    context.head(out)?;
    parts::write(&context, out)?;
    context.changes(changes, out)?;
    context.first(out)?;
    unseen::write(&context, out)?;
    context.foot(kept, out)
}

impl Context<'_> {
    fn pick<'t>(&self, ko: &'t str, en: &'t str) -> &'t str {
        self.lang.pick(ko, en)
    }

    fn heading(&self, ko: &str, en: &str, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "\n{}", self.paint.text(Ink::Bold, self.pick(ko, en)))
    }

    /// A text wrapped to the width, the first line after `first`, the others indented as far.
    fn paragraph(&self, first: &str, ink: Ink, text: &str, out: &mut dyn Write) -> io::Result<()> {
        Paragraph { first, text, width: self.width }.write_in(self.paint, ink, out)
    }

    fn head(&self, out: &mut dyn Write) -> io::Result<()> {
        let inspection = self.inspection;
        let mut line = clip(&inspection.target.name, 100);
        if let Some(os) = &inspection.os {
            let name = os.pretty_name.as_deref().unwrap_or(&os.id);
            line.push_str(&format!(" ({})", clip(name, 80)));
        }
        let target = self.pick("점검 대상", "Target");
        self.paragraph(
            &format!("{target}: "),
            Ink::Bold,
            &format!("{line}, {}", clip(&inspection.started, 40)),
            out,
        )?;
        if !inspection.by.as_root {
            let text = self.pick(
                "root 권한이 아니어서 볼 수 없는 것이 많습니다. `sudo pasu`로 다시 점검하십시오.",
                "Without the rights of root much cannot be seen: run it again with `sudo pasu`.",
            );
            self.paragraph("  ", Ink::Alarm, text, out)?;
        }
        Ok(())
    }

    fn changes(&self, changes: Option<&Changes>, out: &mut dyn Write) -> io::Result<()> {
        let Some(changes) = changes.filter(|changes| !changes.since.is_empty()) else {
            return Ok(());
        };
        let since = clip(&changes.since, 40);
        let mut counts = Vec::new();
        for state in LifeState::ALL {
            counts.push(format!("{} {}", state.text().get(self.lang), changes.count(state)));
        }
        let lead = match self.lang {
            Lang::Ko => format!("지난 점검({since}) 이후: "),
            Lang::En => format!("Since the last run ({since}): "),
        };
        writeln!(out)?;
        self.paragraph(&lead, Ink::Plain, &counts.join(" · "), out)?;
        let before = changes.score_before;
        let now = self.inspection.score().and_then(|score| score.percent());
        if let (Some(before), Some(now)) = (before, now)
            && (before - now).abs() >= 0.05
        {
            let text = match self.lang {
                Lang::Ko => format!("점수 {before:.1} -> {now:.1}"),
                Lang::En => format!("Score {before:.1} -> {now:.1}"),
            };
            self.paragraph("  ", Ink::Plain, &text, out)?;
        }
        Ok(())
    }

    fn first(&self, out: &mut dyn Write) -> io::Result<()> {
        self.heading("먼저 할 일", "What to do first", out)?;
        let steps = first_steps(self.inspection, STEPS);
        if steps.is_empty() {
            let text = self.pick(
                "지금 할 일이 없습니다: 취약한 항목이 없고, 조치할 수 있는 취약점도 없습니다.",
                "Nothing now: no item failed, and nothing that was found can be acted on.",
            );
            return self.paragraph("  ", Ink::Plain, text, out);
        }
        for (index, step) in steps.iter().enumerate() {
            self.paragraph(&format!("  {}. ", index + 1), Ink::Bold, &step.what(self.lang), out)?;
            let ink = if step.is_alarming() { Ink::Alarm } else { Ink::Plain };
            let why = self.pick("왜: ", "Why: ");
            let text = step.why(self.lang);
            let text = text.strip_prefix(why).unwrap_or(&text);
            self.paragraph(&format!("     {why}"), ink, text, out)?;
            if let Some(effect) = step.effect(self.lang) {
                self.paragraph("     ", Ink::Plain, &effect, out)?;
            }
            match (step.command(), step.remedy(self.lang)) {
                // Not wrapped: it is there to be copied.
                (Some(command), _) => writeln!(out, "     $ {command}")?,
                (None, Some(remedy)) => {
                    let first = remedy.lines().next().unwrap_or_default();
                    self.paragraph("     ", Ink::Plain, first, out)?;
                }
                (None, None) => {}
            }
        }
        Ok(())
    }

    fn foot(&self, kept: &Kept, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out)?;
        for report in &kept.reports {
            let label = self.pick("보고서", "Report");
            writeln!(out, "{label}: {}", clip(report, 400))?;
        }
        match (kept.number, self.lang) {
            (Some(number), Lang::Ko) => writeln!(
                out,
                "{number}번 점검으로 보관했습니다. 보고서: pasu report {number} -o report.pdf (html, csv, …), 전체 표: pasu report {number}"
            ),
            (Some(number), Lang::En) => writeln!(
                out,
                "Kept as run {number}. A report: pasu report {number} -o report.pdf (html, csv, …); all tables: pasu report {number}"
            ),
            (None, _) => writeln!(
                out,
                "{}",
                self.pick(
                    "이 결과는 보관하지 않았습니다. 전체 표: pasu --format table",
                    "This result was not kept. All tables: pasu --format table"
                )
            ),
        }
    }
}
