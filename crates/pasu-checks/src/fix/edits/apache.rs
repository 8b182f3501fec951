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
    let real = draft.real(&at.path)?;
    let name = at.words.first().map_or("", String::as_str);
    let key = format!("{}: {name} {}", at.line, of_change(change));
    if *change == ApacheChange::CommentOut && draft.is_claimed(&real, &key, "#") {
        return Ok(());
    }
    let (real, lines) = draft.text(&real, item)?;
    let first = lines.position(&real, at.line, item)?;
    let texts: Vec<String> =
        lines.iter().skip(first).map(|line| line.text().into_owned()).collect();
    let length = 1 + texts.iter().take_while(|text| text.ends_with('\\')).count();
    let length = length.min(texts.len());
    let own = texts.get(..length).unwrap_or_default();
    let joined: String = own.iter().map(|text| text.strip_suffix('\\').unwrap_or(text)).collect();
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
        ApacheChange::WithoutOptions { names, instead } => {
            let words: Vec<&str> = joined.split_whitespace().skip(1).collect();
            if words.iter().any(|word| word.contains("${")) {
                return Err(Trouble::Unfit(reason("fix-variable").line(&real, at.line)));
            }
            let left = without(&words, names, instead.as_deref());
            vec![format!("{indent}{written} {}", left.join(" "))]
        }
    };
    replace(lines, first, own, &new, item);
    let value = match change {
        ApacheChange::WithoutOptions { .. } => "",
        ApacheChange::Arguments(arguments) => arguments.as_str(),
        ApacheChange::CommentOut => "#",
    };
    Ok(draft.claim(&real, &key, value, item)?)
}

/// Several items may each take away their own options.
fn of_change(change: &ApacheChange) -> String {
    match change {
        ApacheChange::WithoutOptions { names, .. } => names.join(" "),
        ApacheChange::Arguments(_) | ApacheChange::CommentOut => String::new(),
    }
}

fn replace(lines: &mut Lines, first: usize, own: &[String], new: &[String], item: &str) {
    if own != new {
        lines.rewrite(first..first + own.len(), new, item);
    }
}

/// The words of an `Options` line that no longer gives some of them. Words with a sign change what is inherited, so
/// they take it away; without one they begin anew.
fn without(words: &[&str], names: &[String], instead: Option<&str>) -> Vec<String> {
    let is_taken = |word: &str| names.iter().any(|name| name.eq_ignore_ascii_case(word));
    let mut left: Vec<String> = Vec::new();
    for word in words {
        let word = word.trim_matches(['"', '\'']);
        match word.strip_prefix('+') {
            Some(bare) if is_taken(bare) => {
                left.push(format!("-{bare}"));
                left.extend(instead.map(|other| format!("+{other}")));
            }
            None if word.eq_ignore_ascii_case("all") => {
                let kept = ALL.iter().filter(|name| !is_taken(name));
                left.extend(kept.map(|name| (*name).to_owned()));
                left.extend(instead.map(str::to_owned));
            }
            None if is_taken(word) => left.extend(instead.map(str::to_owned)),
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
            assert_eq!(without(&words, &names, None).join(" "), left, "{line}");
        }
    }

    #[test]
    fn an_option_gives_way_to_another() {
        let names = ["FollowSymLinks".to_owned()];
        for (line, left) in [
            ("Indexes FollowSymLinks", "Indexes SymLinksIfOwnerMatch"),
            ("+FollowSymLinks", "-FollowSymLinks +SymLinksIfOwnerMatch"),
            ("All", "ExecCGI Includes Indexes SymLinksIfOwnerMatch"),
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            let found = without(&words, &names, Some("SymLinksIfOwnerMatch"));
            assert_eq!(found.join(" "), left, "{line}");
        }
    }
}
