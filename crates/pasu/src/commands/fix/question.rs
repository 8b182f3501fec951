//! The one question before anything is changed.

use anyhow::{Context, Result, bail};
use pasu_model::Lang;
use std::io::{self, BufRead, IsTerminal, Write};

/// Asks on the terminal; `--yes` answers. Without either nobody agreed.
pub fn agreed(yes: bool, lang: Lang) -> Result<bool> {
    if yes {
        return Ok(true);
    }
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        bail!(
            "nobody can be asked: standard input is no terminal; hint: --yes answers the question"
        );
    }
    let mut out = io::stderr();
    let question = lang.pick("적용할까요? [y/N] ", "Go ahead? [y/N] ");
    out.write_all(question.as_bytes()).context("cannot ask")?;
    out.flush().context("cannot ask")?;
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer).context("cannot read the answer")?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes" | "Yes" | "예" | "네"))
}
