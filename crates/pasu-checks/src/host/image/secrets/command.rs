//! Secrets that commands are given: `export PASSWORD=…`, `--token …`, `curl -u user:…`, `echo root:… | chpasswd`.

use super::values::{is_real, unquoted};
use super::{Hit, Secret, names};
use std::ops::Range;

/// How deep quoted commands are looked into: `sh -c "curl -u …"`.
const MAX_DEPTH: usize = 3;

/// Options whose next word is a secret, whatever the command.
const OPTIONS: [&str; 20] = [
    "--password",
    "--passwd",
    "--passphrase",
    "--token",
    "--secret",
    "--api-key",
    "--apikey",
    "--access-token",
    "--auth-token",
    "--client-secret",
    "--secret-key",
    "--http-password",
    "--ftp-password",
    "--proxy-password",
    "--db-password",
    "--admin-password",
    "--registry-token",
    "-storepass",
    "-keypass",
    "-passphrase",
];

/// What a command is whose short option is a secret: the program, the option, and whether it is `user:password`.
const SHORT: [(&[&str], &[&str], bool); 5] = [
    (&["curl"], &["-u", "--user", "-U", "--proxy-user"], true),
    (&["sshpass"], &["-p"], false),
    (&["docker", "podman", "buildah", "skopeo", "crane", "helm"], &["-p"], false),
    (&["redis-cli"], &["-a"], false),
    (&["mysql", "mysqladmin", "mysqldump", "mariadb", "mariadb-admin"], &["-p"], false),
];

/// A word of a command line, between its ends in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    Text(Range<usize>),
    /// `|`: the next command reads what this one writes.
    Pipe,
    /// `;`, `&&`, a new line: another command.
    End,
}

/// The secrets in a command line.
pub(super) fn hits(text: &str, depth: usize) -> Vec<Hit> {
    let words = words(text);
    let mut hits = headers(text);
    for pipeline in words.split(|word| *word == Word::End) {
        let commands: Vec<Vec<Range<usize>>> = pipeline
            .split(|word| *word == Word::Pipe)
            .map(|command| command.iter().filter_map(Word::span).collect())
            .collect();
        let reader = commands.iter().rposition(|command| sets_password(text, command));
        for (at, command) in commands.iter().enumerate() {
            hits.extend(of_command(text, command, depth));
            if reader.is_some_and(|reader| at < reader) {
                hits.extend(piped(text, command));
            }
        }
    }
    hits
}

impl Word {
    fn span(&self) -> Option<Range<usize>> {
        match self {
            Self::Text(span) => Some(span.clone()),
            _ => None,
        }
    }
}

fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut escaped = false;
    for (at, letter) in text.char_indices() {
        if escaped {
            escaped = false;
            continue;
        }
        match (quote, letter) {
            (_, '\\') => {
                escaped = true;
                start.get_or_insert(at);
            }
            (Some(open), _) if letter == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => {
                quote = Some(letter);
                start.get_or_insert(at);
            }
            (None, ';' | '|' | '\n' | '(' | ')') => {
                words.extend(start.take().map(|start| Word::Text(start..at)));
                words.push(if letter == '|' { Word::Pipe } else { Word::End });
            }
            // `&` also stands in URLs.
            (None, '&') if start.is_none() => words.push(Word::End),
            (None, _) if letter.is_whitespace() => {
                words.extend(start.take().map(|start| Word::Text(start..at)));
            }
            (None, _) => {
                start.get_or_insert(at);
            }
        }
    }
    words.extend(start.map(|start| Word::Text(start..text.len())));
    words
}

fn of_command(text: &str, command: &[Range<usize>], depth: usize) -> Vec<Hit> {
    let mut hits = Vec::new();
    let bare = |span: &Range<usize>| unquoted(text, span.clone());
    let program = command.iter().map(|span| &text[bare(span)]).find(|word| {
        !word.contains('=')
            && !matches!(
                *word,
                "sudo" | "exec" | "export" | "env" | "then" | "do" | "if" | "!" | "set"
            )
    });
    let program = program.and_then(|word| word.rsplit('/').next()).unwrap_or_default();
    let short = SHORT.iter().find(|(programs, ..)| programs.contains(&program));
    for (at, span) in command.iter().enumerate() {
        let inner = bare(span);
        let word = &text[inner.clone()];
        if let Some(hit) = assigned(text, inner.clone()) {
            hits.push(hit);
        } else if word.contains(char::is_whitespace) && depth < MAX_DEPTH {
            let inside = self::hits(word, depth + 1).into_iter();
            hits.extend(inside.map(|hit| Hit {
                span: inner.start + hit.span.start..inner.start + hit.span.end,
                ..hit
            }));
        }
        let next = command.get(at + 1).map(bare);
        if OPTIONS.contains(&word) {
            hits.extend(next.and_then(|next| given(text, next, word)));
        } else if let Some((_, options, is_login)) = short {
            hits.extend(of_option(text, inner, next, options, *is_login, program));
        }
    }
    hits
}

/// `-u user:password`, `-uuser:password`, `-ppassword`. MySQL's own `-p password` means a database.
fn of_option(
    text: &str,
    word: Range<usize>,
    next: Option<Range<usize>>,
    options: &[&str],
    is_login: bool,
    program: &str,
) -> Option<Hit> {
    let written = &text[word.clone()];
    let option = options.iter().find(|option| match option.starts_with("--") {
        true => written == **option,
        false => written.starts_with(**option) && !written.starts_with("--"),
    })?;
    let value = match written.len() > option.len() {
        true => word.start + option.len()..word.end,
        false if program.starts_with("mysql") || program.starts_with("mariadb") => return None,
        false => next?,
    };
    let value = unquoted(text, value);
    let value = match is_login {
        true => value.start + text[value.clone()].find(':')? + 1..value.end,
        false => value,
    };
    given(text, value, &format!("{program} {option}"))
}

fn given(text: &str, value: Range<usize>, what: &str) -> Option<Hit> {
    let written = &text[value.clone()];
    let is_value = !written.starts_with('-') && is_real(written);
    is_value.then(|| Hit { secret: Secret::Given(what.to_owned()), span: value })
}

/// `PASSWORD=…`, `--db-password=…`, `-Djavax.net.ssl.keyStorePassword=…`, `//registry/:_authToken=…`.
fn assigned(text: &str, word: Range<usize>) -> Option<Hit> {
    let written = &text[word.clone()];
    let equals = written.find('=')?;
    // A quoted command, and no assignment.
    if written[..equals].contains(char::is_whitespace) {
        return None;
    }
    let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || "_.-".contains(letter);
    let name = written[..equals].rsplit(|letter| !is_of_name(letter)).next()?;
    // `-Dname=value` sets a property of Java.
    let name = name.strip_prefix("-D").unwrap_or(name).trim_start_matches('-');
    let value = unquoted(text, word.start + equals + 1..word.end);
    let is_secret = names::is_secret(name, &text[value.clone()]) && is_real(&text[value.clone()]);
    is_secret.then(|| Hit { secret: Secret::Named(name.to_owned()), span: value })
}

/// `chpasswd` and `passwd --stdin` read a password.
fn sets_password(text: &str, command: &[Range<usize>]) -> bool {
    let words: Vec<&str> = command
        .iter()
        .map(|span| text[span.clone()].rsplit('/').next().unwrap_or_default())
        .collect();
    words.contains(&"chpasswd") || words.contains(&"passwd") && words.contains(&"--stdin")
}

/// What `echo` and `printf` write for them: `root:password`, or the password.
fn piped(text: &str, command: &[Range<usize>]) -> Option<Hit> {
    let program = text[command.first()?.clone()].rsplit('/').next()?;
    if !matches!(program, "echo" | "printf") {
        return None;
    }
    let word = unquoted(
        text,
        command.iter().skip(1).rfind(|span| !text[(*span).clone()].starts_with('-'))?.clone(),
    );
    let colon = text[word.clone()].find(':').map_or(0, |at| at + 1);
    given(text, word.start + colon..word.end, "chpasswd")
}

/// `Authorization: Bearer …`, `PRIVATE-TOKEN: …`, `X-Api-Key: …`.
fn headers(text: &str) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (colon, _) in text.match_indices(": ") {
        let name = text[..colon]
            .rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_')
            .next();
        let name = name.unwrap_or_default();
        let mut start = colon + 2;
        let rest = &text[start..];
        let is_authorization = name.eq_ignore_ascii_case("authorization");
        if is_authorization {
            let scheme = rest.split(' ').next().unwrap_or_default();
            if !matches!(scheme.to_ascii_lowercase().as_str(), "bearer" | "basic" | "token") {
                continue;
            }
            start += scheme.len() + 1;
        }
        let rest = text.get(start..).unwrap_or_default();
        let end =
            rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')).unwrap_or(rest.len());
        let value = &rest[..end];
        // Sentences have colons too: «password: ask», so that a value of a header is one that no word looks like.
        let is_secret = is_authorization || names::is_secret(name, value) && is_dense(value);
        if is_secret && value.len() >= 8 && is_real(value) {
            let secret = Secret::Named(name.to_owned());
            hits.push(Hit { secret, span: start..start + end });
        }
    }
    hits
}

/// Letters and digits in one long word.
fn is_dense(value: &str) -> bool {
    value.len() >= 12
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_alphabetic())
}
