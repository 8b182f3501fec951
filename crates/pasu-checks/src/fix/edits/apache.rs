//! Directives of Apache, found by the file and line of what was judged. A directive may go on over several lines.

use crate::fix::draft::{Draft, Trouble};
use crate::fix::lines::Lines;
use crate::fix::statement::{ApacheChange, Head};
use crate::judgement::reason;

/// What `Options All` stands for.
const ALL: [&str; 4] = ["ExecCGI", "FollowSymLinks", "Includes", "Indexes"];

pub(super) fn draw(
    draft: &mut Draft<'_>,
    at: &Head,
    change: &ApacheChange,
    item: &str,
) -> Result<(), Trouble> {
    let (real, lines) = draft.text(&at.path, item)?;
    let first = lines.position(&real, at.line, item)?;
    let texts: Vec<String> =
        lines.iter().skip(first).map(|line| line.text().into_owned()).collect();
    let length = 1 + texts.iter().take_while(|text| text.ends_with('\\')).count();
    let length = length.min(texts.len());
    let own = texts.get(..length).unwrap_or_default();
    let joined: String = own.iter().map(|text| text.strip_suffix('\\').unwrap_or(text)).collect();
    let name = at.words.first().map_or("", String::as_str);
    let written = joined.split_whitespace().next().unwrap_or_default();
    if !written.eq_ignore_ascii_case(name) {
        return Err(Trouble::Unfit(reason("fix-no-block").line(&real, at.line)));
    }
    if own.iter().any(|text| text.contains('\u{fffd}')) {
        return Err(Trouble::Unfit(reason("fix-not-utf8").line(&real, at.line)));
    }
    let indent: String = joined.chars().take_while(|next| next.is_whitespace()).collect();
    let new = match change {
        ApacheChange::Arguments(arguments) => vec![format!("{indent}{written} {arguments}")],
        ApacheChange::CommentOut => own.iter().map(|text| format!("# {text}")).collect(),
        ApacheChange::WithoutOptions(names) => {
            let words: Vec<&str> = joined.split_whitespace().skip(1).collect();
            if words.iter().any(|word| word.contains("${")) {
                return Err(Trouble::Unfit(reason("fix-variable").line(&real, at.line)));
            }
            vec![format!("{indent}{written} {}", without(&words, names).join(" "))]
        }
    };
    replace(lines, first, own, &new, item);
    let (key, value) = match change {
        // Several items may each take away their own.
        ApacheChange::WithoutOptions(names) => (names.join(" "), ""),
        ApacheChange::Arguments(arguments) => (String::new(), arguments.as_str()),
        ApacheChange::CommentOut => (String::new(), "#"),
    };
    Ok(draft.claim(&real, &format!("{}: {name} {key}", at.line), value, item)?)
}

fn replace(lines: &mut Lines, first: usize, own: &[String], new: &[String], item: &str) {
    if own != new {
        lines.rewrite(first..first + own.len(), new, item);
    }
}

/// The words of an `Options` line that no longer gives some of them. Words with a sign change what is inherited, so
/// they take it away; without one they begin anew.
fn without(words: &[&str], names: &[String]) -> Vec<String> {
    let is_taken = |word: &str| names.iter().any(|name| name.eq_ignore_ascii_case(word));
    let mut left: Vec<String> = Vec::new();
    for word in words {
        let word = word.trim_matches(['"', '\'']);
        match word.strip_prefix('+') {
            Some(bare) if is_taken(bare) => left.push(format!("-{bare}")),
            None if word.eq_ignore_ascii_case("all") => {
                left.extend(
                    ALL.iter().filter(|name| !is_taken(name)).map(|name| (*name).to_owned()),
                );
            }
            None if is_taken(word) => {}
            _ => left.push(word.to_owned()),
        }
    }
    left.dedup();
    if left.is_empty() {
        left.push("None".to_owned());
    }
    left
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn options_lose_one_word_and_keep_their_form() {
        for (line, names, left) in [
            ("Indexes FollowSymLinks", "Indexes", "FollowSymLinks"),
            ("indexes", "Indexes", "None"),
            ("+Indexes -MultiViews", "Indexes", "-Indexes -MultiViews"),
            ("-Indexes", "Indexes", "-Indexes"),
            ("All", "Indexes", "ExecCGI FollowSymLinks Includes"),
            (
                "All MultiViews",
                "Includes IncludesNOEXEC",
                "ExecCGI FollowSymLinks Indexes MultiViews",
            ),
            ("\"Indexes\" 'Includes'", "Indexes", "Includes"),
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            let names: Vec<String> = names.split(' ').map(str::to_owned).collect();
            assert_eq!(without(&words, &names).join(" "), left, "{line}");
        }
    }
}
