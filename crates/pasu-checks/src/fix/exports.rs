//! Lines of `/etc/exports` with other options or clients; everything else of a line stays as it is written.

use pasu_model::Place;

/// Whether a place is a file that an administrator keeps, not the server's table of what is exported now.
pub fn is_kept(place: &Place) -> bool {
    matches!(place, Place::File { path, .. } if path.starts_with("/etc/exports"))
}

/// The line with the options of each client as `change` leaves them; of defaults (`-ro,sync`) the client is `-`. A
/// client that comes to hold no options loses its brackets.
pub fn with_options(text: &str, mut change: impl FnMut(&mut String, &mut Vec<String>)) -> String {
    let mut new = String::new();
    let mut rest = text;
    let mut is_first = true;
    while !rest.is_empty() {
        let (word, after) = rest.split_at(word_end(rest));
        if word.starts_with('#') {
            new.push_str(rest);
            break;
        }
        if is_first || word.trim().is_empty() {
            is_first &= word.trim().is_empty();
            new.push_str(word);
        } else {
            new.push_str(&changed(word, &mut change));
        }
        rest = after;
    }
    new
}

/// Where the word, or the white space, at the beginning of a text ends; quotes keep spaces.
fn word_end(text: &str) -> usize {
    let is_space = text.starts_with(char::is_whitespace);
    let mut quoted = false;
    let end = text.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        if is_space { !c.is_whitespace() } else { !quoted && (c.is_whitespace() || *c == '#') }
    });
    match end {
        // A comment sign is a word of its own.
        Some((0, _)) | None => text.len(),
        Some((at, _)) => at,
    }
}

fn split(options: &str) -> Vec<String> {
    let options = options.split(',').map(|option| option.trim().to_owned());
    options.filter(|option| !option.is_empty()).collect()
}

fn changed(word: &str, change: &mut impl FnMut(&mut String, &mut Vec<String>)) -> String {
    if let Some(defaults) = word.strip_prefix('-') {
        let mut client = "-".to_owned();
        let mut options = split(defaults);
        change(&mut client, &mut options);
        return if options.is_empty() { String::new() } else { format!("-{}", options.join(",")) };
    }
    let (client, given) = word.split_once('(').unwrap_or((word, ""));
    let mut client = client.to_owned();
    let before = split(given.trim_end_matches(')'));
    let (mut options, old) = (before.clone(), client.clone());
    change(&mut client, &mut options);
    match options.is_empty() {
        _ if options == before && client == old => word.to_owned(),
        // `(ro)` alone is everybody's, and an empty word would be nobody.
        true if client.is_empty() => "()".to_owned(),
        true => client,
        false => format!("{client}({})", options.join(",")),
    }
}

#[cfg(test)]
mod tests {
    use super::with_options;

    #[test]
    fn only_the_options_change() {
        let without = |text: &str| {
            with_options(text, |_, options| options.retain(|option| option != "all_squash"))
        };
        for (text, wanted) in [
            ("/srv 10.0.0.0/24(rw,all_squash)", "/srv 10.0.0.0/24(rw)"),
            ("\"/srv/a b\"\t-ro,all_squash  a(all_squash) b (rw)", "\"/srv/a b\"\t-ro  a b (rw)"),
            (
                "/all_squash a(rw) # all_squash b(all_squash)",
                "/all_squash a(rw) # all_squash b(all_squash)",
            ),
            ("/srv a( rw , sync )", "/srv a( rw , sync )"),
            ("/srv", "/srv"),
        ] {
            assert_eq!(without(text), wanted, "{text}");
        }
    }
}
