//! Whether the server and each service in use warn before login, without telling what the system is.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::banners::{Banner, Content, Piece};
use crate::judgement::{Judgement, Reason, reason};
use crate::kinds::service::tell_use;
use crate::params::Params;

pub use crate::host::banners::Banners as Facts;

/// Names of systems and products, in lower case.
const PRODUCTS: [&str; 24] = [
    "debian gnu",
    "debian/gnu",
    "debian",
    "ubuntu",
    "red hat",
    "rocky linux",
    "almalinux",
    "centos",
    "fedora",
    "oracle linux",
    "amazon linux",
    "suse",
    "gnu/linux",
    "linux version",
    "kernel ",
    "postfix",
    "exim",
    "sendmail",
    "vsftpd",
    "proftpd",
    "pure-ftpd",
    "openssh",
    "bind 9",
    "bind9",
];

/// Variables of mail servers that become a product's name or version: Postfix, Exim, Sendmail.
const VARIABLES: [&str; 6] =
    ["$mail_name", "$mail_version", "$version_number", "$exim_version", "$v", "$Z"];

/// Letters that agetty replaces by system, release, machine, version, host or domain, and telnetd's.
const ISSUE_LETTERS: &str = "sSrmvnoO";
const TELNET_LETTERS: &str = "srmvh";

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    host.banners()
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    for banner in &facts.banners {
        judge_banner(&mut judgement, banner, params);
    }
    for cause in &facts.unseen {
        judgement.unseen(cause);
    }
    for script in facts.scripts.iter().take(20) {
        judgement.warn(reason("scripts").file(script));
    }
    for (name, state) in &facts.services {
        tell_use(&mut judgement, name, state);
    }
    judgement
}

fn judge_banner(judgement: &mut Judgement, banner: &Banner, params: &Params) {
    let said =
        |key: &'static str| reason(key).arg("channel", &banner.channel).at(banner.place.clone());
    match &banner.content {
        Content::Hidden => judgement.good(said("hidden")),
        Content::Unknown(what) => judgement.ask(said("unknown").arg("what", what)),
        Content::Missing => lacking(judgement, banner, said("missing")),
        Content::BuiltIn => lacking(judgement, banner, said("built-in")),
        Content::Texts(pieces) => judge_texts(judgement, banner, pieces, params),
    }
}

/// What only this machine sees is told and does not decide.
fn lacking(judgement: &mut Judgement, banner: &Banner, said: Reason) {
    if banner.is_local {
        let local = reason("local").arg("channel", &banner.channel);
        judgement.warn(local.at(banner.place.clone()));
    } else {
        judgement.bad(said);
    }
}

fn judge_texts(judgement: &mut Judgement, banner: &Banner, pieces: &[Piece], params: &Params) {
    let channel = &banner.channel;
    let mut reveals = false;
    for piece in pieces {
        if let Some(what) = revealed(piece) {
            reveals = true;
            let said = reason("reveals").arg("channel", channel).arg("what", what);
            lacking(judgement, banner, said.at(piece.place.clone()).excerpt(&piece.text));
        }
    }
    let said = |key: &'static str| {
        let first = pieces.first();
        let said = reason(key).arg("channel", channel);
        let said = said.at(first.and_then(|piece| piece.place.clone()));
        said.excerpt(first.map_or("", |piece| &piece.text))
    };
    // The version of DNS is asked for by programs: it need not warn.
    let warns =
        banner.channel == "bind" || pieces.iter().any(|piece| is_warning(&piece.text, params));
    if !warns && pieces.iter().any(|piece| piece.text.contains('\u{fffd}')) {
        judgement.ask(said("encoding"));
    } else if !warns {
        lacking(judgement, banner, said("no-warning"));
    } else if !reveals {
        judgement.good(said("warned"));
    }
}

/// The organisation's own text, white space apart, or one of the words that make a warning.
fn is_warning(text: &str, params: &Params) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let text = plain(text);
    let wanted = plain(params.text("banner_text"));
    if wanted.is_empty() {
        params.list("warning_words").any(|word| text.contains(&plain(word)))
    } else {
        text.contains(&wanted)
    }
}

/// An escape, a variable or a name in a text that shows what the system is.
fn revealed(piece: &Piece) -> Option<String> {
    if let Some(escape) = escape_in(&piece.text, &piece.escapes) {
        return Some(escape);
    }
    if let Some(variable) = VARIABLES.iter().find(|variable| has_variable(&piece.text, variable)) {
        return Some((*variable).to_owned());
    }
    let lower = piece.text.to_lowercase();
    let name = PRODUCTS.iter().find(|name| lower.contains(**name));
    name.map(|name| name.trim().to_owned())
}

/// `$v` or `${v}`, and not the beginning of a longer name.
fn has_variable(text: &str, variable: &str) -> bool {
    let name = variable.trim_start_matches('$');
    let follows = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    text.contains(&format!("${{{name}}}"))
        || text
            .match_indices(variable)
            .any(|(at, found)| text.get(at + found.len()..).is_some_and(follows))
}

/// `\r` of agetty, `%r` of telnetd; a doubled sign is the sign itself.
fn escape_in(text: &str, signs: &str) -> Option<String> {
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let letters = match c {
            sign if !signs.contains(sign) => continue,
            '%' => TELNET_LETTERS,
            _ => ISSUE_LETTERS,
        };
        if let Some(letter) = chars.next().filter(|letter| letters.contains(*letter)) {
            return Some(format!("{c}{letter}"));
        }
    }
    None
}
