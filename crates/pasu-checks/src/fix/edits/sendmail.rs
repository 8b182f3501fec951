//! `PrivacyOptions` of Sendmail: in `sendmail.cf`, which it reads, and in `sendmail.mc`, from which that is generated
//! again one day. Several items add flags to the one line.

use crate::fix::draft::{Draft, Trouble};
use crate::fix::lines::Lines;
use crate::judgement::reason;

const GENERATED: [&str; 2] = ["/etc/mail/sendmail.cf", "/etc/sendmail.cf"];
const SOURCES: [&str; 2] = ["/etc/mail/sendmail.mc", "/etc/sendmail.mc"];

/// How the option begins in the generated file.
const OPTION: &str = "O PrivacyOptions=";

pub(super) fn privacy(draft: &mut Draft<'_>, flags: &[String], item: &str) -> Result<(), Trouble> {
    let first = |draft: &Draft<'_>, paths: [&'static str; 2]| {
        let system = draft.host.system();
        paths.into_iter().find(|path| system.exists(std::path::Path::new(path)))
    };
    if let Some(path) = first(draft, GENERATED) {
        let (_, lines) = draft.text(path, item)?;
        generated(lines, flags, item);
    }
    if let Some(path) = first(draft, SOURCES) {
        let (real, lines) = draft.text(path, item)?;
        if !source(lines, flags, item) {
            return Err(Trouble::Unfit(reason("fix-sendmail-source").file(&real)));
        }
    }
    Ok(())
}

fn position(lines: &Lines, find: impl Fn(&str) -> bool) -> Option<usize> {
    lines.iter().rposition(|line| find(&line.text()))
}

fn text_at(lines: &Lines, at: usize) -> String {
    lines.iter().nth(at).map(|line| line.text().into_owned()).unwrap_or_default()
}

/// `O PrivacyOptions=authwarnings,novrfy`; several lines add up, so the last one may grow.
fn generated(lines: &mut Lines, flags: &[String], item: &str) {
    let is_option =
        |text: &str| text.get(..OPTION.len()).is_some_and(|head| head.eq_ignore_ascii_case(OPTION));
    match position(lines, is_option) {
        Some(at) => {
            let old = text_at(lines, at);
            let (head, value) = old.split_at(OPTION.len());
            lines.amend(at, &format!("{head}{}", joined(value, flags)), item);
        }
        None => {
            let is_option = |text: &str| text.starts_with("O ");
            let at = position(lines, is_option).map_or(lines.iter().len(), |at| at + 1);
            lines.insert(at, &[format!("{OPTION}{}", joined("", flags))], item);
        }
    }
}

/// ``define(`confPRIVACY_FLAGS', `authwarnings,novrfy')dnl``. Whether it could be written: a definition over several
/// lines is for a person.
fn source(lines: &mut Lines, flags: &[String], item: &str) -> bool {
    let is_code = |text: &str| !text.trim_start().starts_with("dnl");
    let is_set = |text: &str| is_code(text) && text.contains("confPRIVACY_FLAGS");
    if let Some(at) = position(lines, is_set) {
        let old = text_at(lines, at);
        let Some((head, value, tail)) = parts(&old) else { return false };
        lines.amend(at, &format!("{head}{}{tail}", joined(value, flags)), item);
        return true;
    }
    // Definitions stand before the mailers and after the type of the system.
    let is_mailer = |text: &str| is_code(text) && text.trim_start().starts_with("MAILER(");
    let mailer = lines.iter().position(|line| is_mailer(&line.text()));
    let line = format!("define(`confPRIVACY_FLAGS', `{}')dnl", joined("", flags));
    let at = mailer.unwrap_or(lines.iter().len());
    lines.insert(at, &[line], item);
    true
}

/// What stands before, within and after the quotes of the second argument.
fn parts(text: &str) -> Option<(&str, &str, &str)> {
    let name = text.find("confPRIVACY_FLAGS")?;
    let comma = name + text.get(name..)?.find(',')?;
    let start = comma + text.get(comma..)?.find('`')? + 1;
    let end = start + text.get(start..)?.find('\'')?;
    Some((text.get(..start)?, text.get(start..end)?, text.get(end..)?))
}

/// The flags with those added that are not among them.
fn joined(value: &str, flags: &[String]) -> String {
    let value = value.trim_end();
    let is_there = |flag: &&String| {
        let mut known = value.split([',', ' ', '\t']);
        known.any(|known| known.eq_ignore_ascii_case(flag))
    };
    let new = flags.iter().filter(|flag| !is_there(flag)).map(String::as_str);
    let old = Some(value.trim_end_matches(',')).filter(|value| !value.is_empty());
    old.into_iter().chain(new).collect::<Vec<_>>().join(",")
}
