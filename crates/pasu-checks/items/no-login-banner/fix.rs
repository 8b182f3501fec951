//! A warning where each channel looks for it. A text that only lacks a warning gets one below; one that shows the system
//! loses the lines that do, and becomes our text where nothing of a warning is left.

use super::{Facts, is_warning, revealed};
use crate::fix::{Anchor, AttributesEdit, Edit, Fix, SettingEdit, Syntax, ftp};
use crate::host::banners::{Banner, Content, Piece};
use crate::judgement::reason;
use crate::params::Params;
use pasu_model::Place;

/// What sshd and ProFTPD show, where they show nothing.
const NET: &str = "/etc/issue.net";

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut fix = Fix::new();
    for banner in facts.banners.iter().filter(|banner| !banner.is_local) {
        one(&mut fix, facts, banner, params);
    }
    fix
}

/// The organisation's text, else the one that is proposed.
fn text(params: &Params) -> &str {
    match params.text("banner_text") {
        "" => params.text("proposed_text"),
        own => own,
    }
}

/// The same in one line of ASCII, as greetings of mail and FTP need it.
fn line(params: &Params) -> String {
    let own = text(params).split_whitespace().collect::<Vec<_>>().join(" ");
    if own.is_ascii() { own } else { params.text("proposed_line").to_owned() }
}

fn one(fix: &mut Fix, facts: &Facts, banner: &Banner, params: &Params) {
    let path = banner.place.as_ref().and_then(|place| match place {
        Place::File { path, .. } => Some(path.as_str()),
        // sshd itself was asked and names no file: what it shows is set where it wins.
        _ => (banner.channel == "ssh").then_some(NET),
    });
    match (&banner.content, path) {
        (Content::Hidden | Content::Unknown(_), _) | (_, None) => {}
        (Content::Texts(pieces), Some(path)) => texts(fix, facts, banner, pieces, path, params),
        (Content::Missing | Content::BuiltIn, Some(path)) => {
            setting(fix, facts, banner, path, params);
        }
    }
}

/// Texts that are there: each piece that shows too much, and a warning where none is.
fn texts(
    fix: &mut Fix,
    facts: &Facts,
    banner: &Banner,
    pieces: &[Piece],
    path: &str,
    params: &Params,
) {
    let shows: Vec<&Piece> = pieces.iter().filter(|piece| revealed(piece).is_some()).collect();
    let warns =
        banner.channel == "bind" || pieces.iter().any(|piece| is_warning(&piece.text, params));
    let is_file = |piece: &&Piece| matches!(piece.place, Some(Place::File { line: None, .. }));
    if !pieces.iter().all(|piece| is_file(&piece)) {
        if !shows.is_empty() || !warns {
            setting(fix, facts, banner, path, params);
        }
        return;
    }
    let mut kept_warning =
        pieces.iter().any(|piece| revealed(piece).is_none() && is_warning(&piece.text, params));
    for piece in shows {
        kept_warning |= clean(fix, facts, piece, params);
    }
    if !kept_warning {
        let main = if banner.channel.starts_with("login (") { path } else { first(pieces, path) };
        let is_shown = |piece: &Piece| {
            matches!(&piece.place, Some(Place::File { path, .. }) if path == main)
                && revealed(piece).is_none()
        };
        if pieces.iter().any(is_shown) {
            let lines = text(params).lines().map(str::to_owned).collect();
            fix.edit(Edit::Insert { path: main.to_owned(), at: Anchor::End, lines });
        } else {
            write(fix, main, params);
        }
    }
}

fn first<'a>(pieces: &'a [Piece], path: &'a str) -> &'a str {
    match pieces.first().and_then(|piece| piece.place.as_ref()) {
        Some(Place::File { path, .. }) => path,
        _ => path,
    }
}

fn write(fix: &mut Fix, path: &str, params: &Params) {
    let content = format!("{}\n", text(params).trim_end());
    fix.edit(Edit::Write { path: path.to_owned(), content, mode: 0o644 });
}

/// Takes the lines away that show the system; says whether a warning stays.
fn clean(fix: &mut Fix, facts: &Facts, piece: &Piece, params: &Params) -> bool {
    let Some(Place::File { path, .. }) = &piece.place else { return false };
    if path.starts_with("/run/") {
        // It is written anew at each login by these scripts.
        for script in &facts.scripts {
            fix.edit(AttributesEdit {
                path: script.clone(),
                limit: Some(0o666),
                ..AttributesEdit::default()
            });
        }
        fix.edit(Edit::Remove { path: path.clone() });
        return false;
    }
    let shows = |line: &&str| {
        let line = Piece { text: (*line).to_owned(), ..piece.clone() };
        revealed(&line).is_some()
    };
    let rest: Vec<&str> = piece.text.lines().filter(|line| !shows(line)).collect();
    let rest = rest.join("\n");
    if !is_warning(&rest, params) && !path.contains(".d/") {
        write(fix, path, params);
        return true;
    }
    let content = if rest.trim().is_empty() { String::new() } else { format!("{rest}\n") };
    fix.edit(Edit::Write { path: path.clone(), content, mode: 0o644 });
    is_warning(&rest, params)
}

/// The setting that a service shows.
fn setting(fix: &mut Fix, facts: &Facts, banner: &Banner, path: &str, params: &Params) {
    let place = banner.place.as_ref();
    let has_line = matches!(place, Some(Place::File { line: Some(_), .. }));
    match banner.channel.as_str() {
        name if name.starts_with("login (") || name == "telnet" => write(fix, path, params),
        "ssh" => {
            fix.edit(Edit::Sshd {
                keyword: "Banner".to_owned(),
                value: NET.to_owned(),
                everywhere: false,
            });
            net(fix, facts, params);
        }
        name if name.starts_with("postfix") => {
            let value = format!("$myhostname ESMTP {}", line(params));
            let (folder, file) = path.rsplit_once('/').unwrap_or_default();
            let service = match place {
                Some(Place::File { line, .. }) if file == "master.cf" => *line,
                _ => None,
            };
            let (folder, name) = (folder.to_owned(), "smtpd_banner".to_owned());
            fix.edit(Edit::Postfix { folder, service, name, value });
        }
        "exim" if path.starts_with("/etc/") => {
            let new = format!("smtp_banner = $smtp_active_hostname ESMTP {}", line(params));
            if has_line {
                fix.replace_line(place, new);
            } else {
                let lines = vec![new];
                fix.edit(Edit::Insert { path: path.to_owned(), at: Anchor::Start, lines });
            }
        }
        "sendmail" => {
            let value = format!("$j {}; $b", line(params));
            fix.edit(SettingEdit::new(path, Syntax::Tight, "O SmtpGreetingMessage", value));
            fix.leave(reason("sendmail-mc").file(path));
        }
        "bind" => match &banner.content {
            Content::Texts(pieces) => {
                let old = pieces.first().map(|piece| piece.text.as_str()).unwrap_or_default();
                fix.replace_part(place, old, "none");
            }
            _ => fix.replace_part(place, "{", "{ version \"none\";"),
        },
        "vsftpd" => ftp::vsftpd(fix, place, "ftpd_banner", &line(params)),
        "proftpd" => {
            let at = match place {
                Some(Place::File { line: Some(line), .. }) => Anchor::After(*line),
                _ => Anchor::End,
            };
            let indent = if at == Anchor::End { "" } else { "  " };
            let lines = vec![format!("{indent}DisplayConnect {NET}")];
            fix.edit(Edit::Insert { path: path.to_owned(), at, lines });
            net(fix, facts, params);
        }
        _ => fix.leave(reason("by-hand").arg("channel", &banner.channel).at(place.cloned())),
    }
}

/// The file that several services show.
fn net(fix: &mut Fix, facts: &Facts, params: &Params) {
    let is_good = facts
        .net
        .as_ref()
        .is_some_and(|piece| revealed(piece).is_none() && is_warning(&piece.text, params));
    if !is_good {
        write(fix, NET, params);
    }
}
