//! Progress on standard error.

use crate::progress;
use indicatif::ProgressBar;
use pasu_model::Lang;
use pasu_report::printable;
use std::io::Write;

/// Tells what is being done.
pub struct Say {
    pub lang: Lang,
    pub quiet: bool,
    bar: ProgressBar,
}

impl Say {
    pub fn new(lang: Lang, quiet: bool) -> Self {
        let bar = progress::spinner("", quiet);
        Self { lang, quiet, bar }
    }

    /// A step begins.
    pub fn step(&self, ko: &str, en: &str) {
        if self.quiet {
            return;
        }
        let text = self.lang.pick(ko, en);
        self.bar.set_message(String::new());
        // Where standard error is closed there is nobody left to tell.
        self.bar.suspend(|| drop(writeln!(std::io::stderr(), "pasu: {}", printable(text))));
    }

    /// What a step says meanwhile.
    pub fn line(&self, text: &str) {
        const SHOWN: usize = 100;
        self.bar.set_message(printable(&text.chars().take(SHOWN).collect::<String>()));
    }

    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}
