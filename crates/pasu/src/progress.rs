//! Progress on standard error, and only where that is a terminal.

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::Duration;

/// A bar over `total` bytes; invisible in pipes and with `--quiet`.
pub fn bytes(total: u64, quiet: bool) -> ProgressBar {
    let bar = hidden_or(ProgressBar::new(total), quiet);
    let template = "{msg:32!} [{bar:30}] {bytes}/{total_bytes} {eta}";
    bar.set_style(
        ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("=> "),
    );
    bar
}

/// A bar over `total` things; invisible in pipes and with `--quiet`.
pub fn steps(total: u64, quiet: bool) -> ProgressBar {
    let bar = hidden_or(ProgressBar::new(total), quiet);
    bar.set_style(
        ProgressStyle::with_template("[{bar:30}] {pos}/{len} {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("=> "),
    );
    bar
}

/// Something that turns while a job of unknown length runs.
pub fn spinner(message: &str, quiet: bool) -> ProgressBar {
    let bar = hidden_or(ProgressBar::new_spinner(), quiet);
    bar.set_message(message.to_owned());
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// Several lines, one below the other; invisible in pipes and with `--quiet`.
pub fn several(quiet: bool) -> MultiProgress {
    let is_hidden = quiet || !std::io::stderr().is_terminal();
    let target =
        if is_hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    MultiProgress::with_draw_target(target)
}

/// A line among several that turns while its job runs.
pub fn waiting(all: &MultiProgress) -> ProgressBar {
    let bar = all.add(ProgressBar::new_spinner());
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

fn hidden_or(bar: ProgressBar, quiet: bool) -> ProgressBar {
    if quiet || !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    bar
}
