//! What values look like: secrets of known forms, URLs with passwords, and what stands where a secret will be.

use super::{Hit, Secret};
use std::ops::Range;

/// A form by which an issuer's keys are known.
struct Form {
    issuer: &'static str,
    prefix: &'static str,
    /// How many letters follow the prefix.
    length: (usize, usize),
    letters: fn(u8) -> bool,
}

const fn form(
    issuer: &'static str,
    prefix: &'static str,
    length: (usize, usize),
    letters: fn(u8) -> bool,
) -> Form {
    Form { issuer, prefix, length, letters }
}

/// As the issuers document them, or as secret scanners of the issuers' partner programmes match them.
const FORMS: [Form; 29] = [
    form("AWS", "AKIA", (16, 16), is_base32),
    form("AWS", "ASIA", (16, 16), is_base32),
    form("GitHub", "ghp_", (36, 255), is_word),
    form("GitHub", "gho_", (36, 255), is_word),
    form("GitHub", "ghu_", (36, 255), is_word),
    form("GitHub", "ghs_", (36, 255), is_word),
    form("GitHub", "ghr_", (36, 255), is_word),
    form("GitHub", "github_pat_", (40, 255), is_word),
    form("GitLab", "glpat-", (20, 255), is_url_safe),
    form("GitLab", "gldt-", (20, 255), is_url_safe),
    form("Slack", "xoxb-", (20, 255), is_url_safe),
    form("Slack", "xoxp-", (20, 255), is_url_safe),
    form("Slack", "xapp-", (20, 255), is_url_safe),
    form("Slack", "hooks.slack.com/services/", (30, 100), is_path),
    form("Stripe", "sk_live_", (16, 255), is_word),
    form("Stripe", "rk_live_", (16, 255), is_word),
    form("Google", "AIza", (35, 35), is_url_safe),
    form("npm", "npm_", (36, 36), is_word),
    form("PyPI", "pypi-AgEIcHlwaS5vcmc", (50, 1000), is_url_safe),
    form("Docker Hub", "dckr_pat_", (20, 100), is_url_safe),
    form("SendGrid", "SG.", (60, 80), is_dotted),
    form("OpenAI", "sk-proj-", (40, 255), is_url_safe),
    form("Anthropic", "sk-ant-", (40, 255), is_url_safe),
    form("Hugging Face", "hf_", (34, 40), is_word),
    form("DigitalOcean", "dop_v1_", (64, 64), is_word),
    form("Azure", "AccountKey=", (60, 100), is_base64),
    form("HashiCorp Vault", "hvs.", (24, 255), is_url_safe),
    form("Shopify", "shpat_", (32, 32), is_word),
    form("JWT", "eyJ", (40, 4000), is_dotted),
];

fn is_base32(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_url_safe(byte: u8) -> bool {
    is_word(byte) || byte == b'-'
}

fn is_dotted(byte: u8) -> bool {
    is_url_safe(byte) || byte == b'.'
}

fn is_path(byte: u8) -> bool {
    is_word(byte) || byte == b'/'
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// Values of known forms, and private keys.
pub(super) fn known(text: &str) -> Vec<Hit> {
    let mut hits: Vec<Hit> = FORMS.iter().flat_map(|form| of_form(text, form)).collect();
    hits.extend(private_keys(text));
    hits
}

fn of_form<'a>(text: &'a str, form: &'a Form) -> impl Iterator<Item = Hit> + 'a {
    let bytes = text.as_bytes();
    text.match_indices(form.prefix).filter_map(move |(start, prefix)| {
        if start > 0 && is_word(bytes[start - 1]) {
            return None;
        }
        let body = start + prefix.len();
        let letters = bytes[body..].iter().take(form.length.1 + 1);
        let length = letters.take_while(|byte| (form.letters)(**byte)).count();
        let fits = (form.length.0..=form.length.1).contains(&length);
        let end = body + length;
        let value = &text[body..end];
        // `AKIAIOSFODNN7EXAMPLE` stands in every manual, and `ghp_xxxx…` in every other one.
        let is_example = value.ends_with("EXAMPLE") || is_filler(value);
        let is_jwt =
            form.prefix != "eyJ" || value.matches('.').count() == 2 && value.contains(".eyJ");
        (fits && is_jwt && !is_example)
            .then(|| Hit { secret: Secret::Token(form.issuer.to_owned()), span: start..end })
    })
}

/// From the head of a private key to its foot; to the end of the text where there is none.
fn private_keys(text: &str) -> Vec<Hit> {
    let mut hits = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find("-----BEGIN ") {
        let start = at + found;
        let head = &text[start + 11..];
        let label = head.split("-----").next().unwrap_or_default();
        at = start + 11;
        let body = head.get(label.len() + 5..).unwrap_or_default();
        let has_body = is_key_body(body);
        if label.ends_with("PRIVATE KEY") && label.len() < 40 && has_body {
            let foot = body.find("-----END ");
            let end = foot.map_or(text.len(), |foot| start + 11 + label.len() + 5 + foot);
            hits.push(Hit { secret: Secret::PrivateKey, span: start + 11 + label.len() + 5..end });
            at = end;
        }
    }
    hits
}

/// Whether what follows the head is a key, or the header of an encrypted one: a command that only names the head, as
/// `grep "-----BEGIN PRIVATE KEY-----"` does, holds none. In JSON a new line is `\\n`.
fn is_key_body(body: &str) -> bool {
    let body =
        body.trim_start().trim_start_matches("\\n").trim_start_matches("\\r\\n").trim_start();
    let letters = body.bytes().take_while(|byte| is_base64(*byte)).take(40).count();
    letters == 40 || body.starts_with("Proc-Type:")
}

/// Passwords in URLs: `https://user:password@host`, and tokens in the place of the user.
pub(super) fn urls(text: &str) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (at, _) in text.match_indices("://") {
        let start = at + 3;
        let rest = &text[start..];
        let ends = |c: char| {
            c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '<' | '>' | '`')
        };
        let authority = &rest[..rest.find(ends).unwrap_or(rest.len())];
        let Some(user_info) = authority.rfind('@').map(|end| &authority[..end]) else { continue };
        let span = match user_info.find(':') {
            Some(colon) => start + colon + 1..start + user_info.len(),
            // A token in the place of the name, as hosts of repositories take it.
            None if user_info.len() >= 20 && user_info.bytes().any(|b| b.is_ascii_digit()) => {
                start..start + user_info.len()
            }
            None => continue,
        };
        if is_real(&text[span.clone()]) {
            hits.push(Hit { secret: Secret::Url, span });
        }
    }
    hits
}

/// Whether a value may be a secret itself: neither empty, nor filled in later, nor a path, nor a word of manuals.
pub(super) fn is_real(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'', '\\']);
    let is_later = value.contains("${")
        || value.contains("$(")
        || value.contains("{{")
        || value.starts_with(['$', '<', '`', '%', '*', '!'])
        || value.starts_with("[[");
    let lower = value.to_ascii_lowercase();
    let is_switch = matches!(
        lower.as_str(),
        "true"
            | "false"
            | "yes"
            | "no"
            | "on"
            | "off"
            | "0"
            | "1"
            | "none"
            | "null"
            | "nil"
            | "undefined"
            | "unset"
            | "optional"
            | "required"
            | "dummy"
            | "placeholder"
            | "redacted"
            | "changeit"
            | "..."
            | "-"
            | "prompt"
            | "auto"
            | "random"
            | "generate"
            | "stdin"
    );
    let is_hint = lower.starts_with("your") || lower.starts_with("my_secret_here");
    !value.is_empty()
        && !is_later
        && !is_switch
        && !is_hint
        && !is_filler(value)
        && !is_path_like(value)
}

/// One letter again and again: `xxxx`, `****`, `0000`.
fn is_filler(value: &str) -> bool {
    let mut letters = value.bytes().map(|byte| byte.to_ascii_lowercase());
    letters.next().is_none_or(|first| value.len() > 2 && letters.all(|byte| byte == first))
}

/// `/run/secrets/db`, `./key.pem`, `file:///…`: where a secret lies. Base64 that begins with a slash has long parts.
fn is_path_like(value: &str) -> bool {
    let is_rooted =
        ["/", "./", "../", "~/", "file:", "C:\\"].iter().any(|start| value.starts_with(start));
    is_rooted
        && value.split(['/', '\\']).all(|part| part.len() <= 30)
        && !value.contains(['+', '='])
}

/// The part of a word between quotes, as a span of the whole text.
pub(super) fn unquoted(text: &str, span: Range<usize>) -> Range<usize> {
    let value = &text[span.clone()];
    let left = value.len() - value.trim_start_matches(['"', '\'', '\\']).len();
    let right = value.trim_end_matches(['"', '\'', '\\', ',', ']', '}']).len();
    if left >= right { span } else { span.start + left..span.start + right }
}
