//! The commands of a history's step, as far as checks need them: pipelines of words, quotes taken as they stand.

/// Commands that are joined by `|`.
pub type Pipeline<'a> = Vec<Vec<&'a str>>;

/// The pipelines of a command line: split at `;`, `&&`, `||`, new lines and brackets.
#[must_use]
pub fn pipelines(text: &str) -> Vec<Pipeline<'_>> {
    let mut pipelines = Vec::new();
    let mut pipeline: Pipeline<'_> = vec![Vec::new()];
    let mut start = None;
    let mut quote = None;
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => {
                quote = Some(letter);
                start.get_or_insert(at);
            }
            (None, ';' | '|' | '&' | '\n' | '(' | ')' | '{' | '}') => {
                push(&mut pipeline, text, start.take(), at);
                let doubled = letters.next_if(|(_, next)| *next == letter).is_some();
                if letter == '|' && !doubled {
                    pipeline.push(Vec::new());
                } else {
                    pipelines.push(std::mem::replace(&mut pipeline, vec![Vec::new()]));
                }
            }
            (None, _) if letter.is_whitespace() => push(&mut pipeline, text, start.take(), at),
            (None, _) => {
                start.get_or_insert(at);
            }
        }
    }
    push(&mut pipeline, text, start, text.len());
    pipelines.push(pipeline);
    pipelines.retain(|pipeline| pipeline.iter().any(|command| !command.is_empty()));
    pipelines
}

fn push<'a>(pipeline: &mut Pipeline<'a>, text: &'a str, start: Option<usize>, end: usize) {
    if let (Some(start), Some(command)) = (start, pipeline.last_mut()) {
        command.push(&text[start..end]);
    }
}

/// The program of a command, without its folder, and its arguments: variables before it, `sudo` and the like left out.
#[must_use]
pub fn program<'a, 'b>(command: &'b [&'a str]) -> (&'a str, &'b [&'a str]) {
    const BEFORE: [&str; 10] =
        ["sudo", "exec", "env", "then", "do", "if", "else", "!", "time", "nice"];
    let is_program =
        |word: &&str| !BEFORE.contains(word) && !word.contains('=') && !word.starts_with('-');
    match command.iter().position(is_program) {
        Some(at) => (command[at].rsplit('/').next().unwrap_or_default(), &command[at + 1..]),
        None => ("", &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::{pipelines, program};

    #[test]
    fn commands_are_split_as_a_shell_does() {
        let text = "set -e; A=1 apt-get update&& curl -fsSL 'https://x/a;b' | sudo bash -s || true";
        let found = pipelines(text);
        let programs: Vec<Vec<&str>> = found
            .iter()
            .map(|pipeline| pipeline.iter().map(|command| program(command).0).collect())
            .collect();
        assert_eq!(programs, [vec!["set"], vec!["apt-get"], vec!["curl", "bash"], vec!["true"]]);
        assert_eq!(pipelines(" ;; "), Vec::<super::Pipeline<'_>>::new());
        assert_eq!(program(&["A=1"]), ("", &[][..]));
    }
}
