//! Statements of rsyslog's configuration: lines of the old form, and objects that go over several lines.

use crate::host::ConfigFile;

/// One statement.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Statement {
    /// Its text on one line, without comments.
    pub(super) text: String,
    /// Where it begins.
    pub(super) line: u32,
    /// Whether messages of this machine come to it without a condition: false within `if … {` and `ruleset(…) {`.
    pub(super) applies: bool,
    /// The selector of the block `if prifilt("…") then {` that it stands in.
    pub(super) selector: Option<String>,
}

/// What stands between braces.
struct Block {
    /// Whether messages come to it without a condition beside its selector.
    always: bool,
    selector: Option<String>,
}

/// The longest statement, in bytes.
const MAX_STATEMENT: usize = 16 << 10;

pub(super) fn statements(file: &ConfigFile) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut text = String::new();
    let mut begun = 1;
    let mut blocks: Vec<Block> = Vec::new();
    let mut in_comment = false;
    for (number, line) in file.numbered() {
        let line = without_comments(line, &mut in_comment);
        let line = line.trim();
        if text.is_empty() {
            begun = number;
        }
        if let Some(before) = line.strip_suffix('\\') {
            text.push_str(before);
        } else {
            text.push_str(line);
            if is_open(&text) && text.len() < MAX_STATEMENT {
                text.push(' ');
                continue;
            }
            finish(&mut text, begun, &mut blocks, &mut found);
        }
        if text.len() > MAX_STATEMENT {
            text.clear();
        }
    }
    finish(&mut text, begun, &mut blocks, &mut found);
    found
}

/// Ends a statement, and keeps account of braces.
fn finish(text: &mut String, line: u32, blocks: &mut Vec<Block>, found: &mut Vec<Statement>) {
    let whole = std::mem::take(text);
    let mut rest = whole.trim();
    while let Some(after) = rest.strip_prefix('}') {
        blocks.pop();
        rest = after.trim_start();
    }
    let closes = rest.ends_with('}');
    let rest = rest.trim_end_matches('}').trim_end();
    let opens = rest.ends_with('{');
    let rest = rest.trim_end_matches('{').trim_end();
    let applies = blocks.iter().all(|block| block.always);
    let selector = blocks.iter().rev().find_map(|block| block.selector.clone());
    let own = opens.then(|| prifilt_of(rest)).flatten();
    if own.is_none() && !rest.is_empty() {
        found.push(Statement { text: rest.to_owned(), line, applies, selector });
    }
    if opens {
        blocks.push(Block { always: own.is_some(), selector: own });
    }
    if closes && !opens && !rest.contains('{') {
        blocks.pop();
    }
}

/// The selector of `if prifilt("mail.*") then`.
fn prifilt_of(text: &str) -> Option<String> {
    let rest = text.strip_prefix("if")?.trim_start().strip_prefix("prifilt(\"")?;
    let (selector, rest) = rest.split_once('"')?;
    (rest.trim_start_matches([')', ' ']) == "then").then(|| selector.to_owned())
}

/// A line without `# …` and `/* … */`, quotes left alone.
fn without_comments(line: &str, in_comment: &mut bool) -> String {
    let mut text = String::new();
    let mut quote: Option<char> = None;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        if *in_comment {
            if c == '*' && chars.peek() == Some(&'/') {
                chars.next();
                *in_comment = false;
            }
            continue;
        }
        match (quote, c) {
            (None, '#') => break,
            // `/*` at the beginning of a word; a path such as `/var/log/*` has its own.
            (None, '/')
                if chars.peek() == Some(&'*') && !text.ends_with(|c: char| !c.is_whitespace()) =>
            {
                chars.next();
                *in_comment = true;
                continue;
            }
            (None, '"') => quote = Some('"'),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
        text.push(c);
    }
    text
}

/// Whether a parenthesis is still open.
fn is_open(text: &str) -> bool {
    let mut level = 0_usize;
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            '(' if !quoted => level += 1,
            ')' if !quoted => level = level.saturating_sub(1),
            _ => {}
        }
    }
    level > 0
}

/// The value of a parameter of an object: `file="/var/log/x"`. Names are compared without regard to case.
pub(super) fn parameter<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('=') {
        let key = before.trim_end().rsplit([' ', '\t', '(', ',', '"']).next().unwrap_or_default();
        let value = after.trim_start().strip_prefix('"')?;
        let (value, after) = value.split_once('"')?;
        if key.eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = after;
    }
    None
}
