//! `.` and empty elements go out of the line that puts them in; the other elements keep their order.

use super::{Facts, Holds, Source, holds, is_current};
use crate::fix::{Fix, login_defs};
use crate::host::login_shell::Setting;
use crate::judgement::reason;
use crate::params::Params;

pub fn plan(facts: &Facts, _params: &Params) -> Fix {
    let mut fix = Fix::new();
    for source in &facts.sources {
        let is_bad = |setting: &&Setting| {
            let value = setting.value.as_deref().unwrap_or_default();
            matches!(holds(value), Holds::Current(_))
        };
        for setting in source.values.iter().filter(is_bad) {
            one(&mut fix, facts, source, setting);
        }
    }
    fix
}

fn one(fix: &mut Fix, facts: &Facts, source: &Source, setting: &Setting) {
    let value = setting.value.as_deref().unwrap_or_default();
    match source.name.as_str() {
        "ENV_SUPATH" => {
            let new = format!("PATH={}", without(value));
            login_defs::set(fix, &facts.defs, "ENV_SUPATH", &new);
        }
        "/etc/environment" | "secure_path" => {
            fix.replace_part(setting.place.as_ref(), value, &without(value));
        }
        _ => {
            match mended(&setting.excerpt, value) {
                Some((old, new)) => fix.replace_part(setting.place.as_ref(), &old, &new),
                // A function or a program of the script puts it in, whoever calls it.
                None => fix.leave(reason("fix-odd-line").at(setting.place.clone())),
            }
        }
    }
}

fn without(list: &str) -> String {
    let elements = list.split(':').filter(|element| !is_current(element));
    elements.collect::<Vec<_>>().join(":")
}

/// What of a line becomes what: of `PATH=.:$PATH` or of `set path = ( . /bin )`.
fn mended(line: &str, value: &str) -> Option<(String, String)> {
    if let Some((from, to)) = line.find('(').zip(line.find(')')).filter(|(from, to)| from < to) {
        let old = &line[from..=to];
        let words = old.trim_matches(['(', ')']).split_whitespace();
        let words: Vec<&str> = words.filter(|word| !is_current(word)).collect();
        return Some((old.to_owned(), format!("( {} )", words.join(" "))));
    }
    let start = line.find("PATH=")? + "PATH=".len();
    let rest = line.get(start..)?;
    let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\''));
    let end = match quote {
        Some(quote) => rest.get(1..)?.find(quote)? + 1,
        None => rest.find(|c: char| c.is_whitespace() || c == ';').unwrap_or(rest.len()),
    };
    let old = rest.get(usize::from(quote.is_some())..end)?;
    let new = without(old);
    if new != old {
        return Some((
            format!("PATH={}", &rest[..end]),
            format!("PATH={}{new}", quote.map(String::from).unwrap_or_default()),
        ));
    }
    // A variable that nothing sets stands for an empty element: `$JAVA_BIN:$PATH`.
    let variable = old.split(':').next()?.strip_prefix('$')?.trim_matches(['{', '}']);
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !value.starts_with(':') || !variable.chars().all(is_name) || variable == "PATH" {
        return None;
    }
    let first = old.split(':').next()?;
    Some((format!("{first}:"), format!("${{{variable}:+${variable}:}}")))
}
