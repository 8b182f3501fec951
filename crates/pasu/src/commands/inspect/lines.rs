//! One line of progress for each part, where somebody looks.

use crate::args::InspectArgs;
use crate::progress;
use indicatif::{MultiProgress, ProgressBar};
use pasu_model::{Lang, Part, PartReport, PartState};

/// The lines; they vanish when they are dropped.
pub struct Lines {
    all: MultiProgress,
    lines: Vec<(Part, ProgressBar)>,
    lang: Lang,
}

impl Lines {
    /// A line for each part that is wanted.
    pub fn new(args: &InspectArgs, lang: Lang) -> Self {
        let all = progress::several(args.scan.quiet);
        let wanted = Part::ALL.into_iter().filter(|part| args.wants(*part));
        let lines = wanted.map(|part| (part, progress::waiting(&all))).collect();
        let lines = Self { all, lines, lang };
        for (part, _) in &lines.lines {
            lines.say(*part, lang.pick("기다리는 중", "waiting"));
        }
        lines
    }

    /// A part begins.
    pub fn begin(&self, part: Part) {
        self.say(part, self.lang.pick("점검하는 중", "looking"));
    }

    /// A part is at one of several things.
    pub fn step(&self, part: Part, number: usize, total: usize, name: &str) {
        self.say(part, &format!("{number}/{total} {}", pasu_report::printable(name)));
    }

    /// A part has ended.
    pub fn done(&self, report: &PartReport) {
        let words = match report.state {
            PartState::Whole => self.lang.pick("완료", "done"),
            PartState::Incomplete => self.lang.pick("일부 확인 불가", "done, not everything seen"),
            PartState::Failed => self.lang.pick("실패", "failed"),
            PartState::LeftOut => self.lang.pick("제외", "left out"),
            PartState::Absent => self.lang.pick("해당 없음", "nothing there"),
        };
        if let Some((_, line)) = self.line(report.part) {
            line.abandon_with_message(self.text(report.part, words));
        }
    }

    fn say(&self, part: Part, words: &str) {
        if let Some((_, line)) = self.line(part) {
            line.set_message(self.text(part, words));
        }
    }

    fn line(&self, part: Part) -> Option<&(Part, ProgressBar)> {
        self.lines.iter().find(|(one, _)| *one == part)
    }

    fn text(&self, part: Part, words: &str) -> String {
        format!("{}: {words}", part.text().get(self.lang))
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        for (_, line) in &self.lines {
            line.finish_and_clear();
        }
        // Where standard error is closed there is nothing to clear.
        let _ = self.all.clear();
    }
}
