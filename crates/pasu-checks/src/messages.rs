//! Sentences by key, in both languages, and how values are put into them.

use crate::judgement::Reason;
use pasu_model::{Message, Text};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Sentences by key.
pub type Sentences = BTreeMap<String, Text>;

#[derive(Deserialize)]
struct File {
    reasons: Sentences,
}

/// The sentences that every item may use: why something was not seen, and those of the kinds.
static SHARED: LazyLock<Sentences> = LazyLock::new(|| {
    toml::from_str::<File>(include_str!("messages.toml"))
        .map(|file| file.reasons)
        .unwrap_or_default()
});

/// The shared sentences.
#[cfg(test)]
pub fn shared() -> &'static Sentences {
    &SHARED
}

/// The sentence of a statement, with its values put in.
pub fn message(reason: &Reason, own: &Sentences) -> Message {
    let args: BTreeMap<String, String> =
        reason.args.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let key = reason.key.to_string();
    let text = match own.get(&key).or_else(|| SHARED.get(&key)) {
        Some(text) => Text::new(filled(&text.ko, &args), filled(&text.en, &args)),
        // A test holds every key against the sentences; a reader still sees which one was meant.
        None => Text::new(&key, &key),
    };
    Message { key, args, text }
}

/// Puts values into `{name}`.
pub fn filled(sentence: &str, args: &BTreeMap<String, String>) -> String {
    let mut text = String::with_capacity(sentence.len() + 32);
    let mut rest = sentence;
    while let Some(start) = rest.find('{') {
        let Some(end) = rest[start..].find('}').map(|length| start + length) else { break };
        text.push_str(&rest[..start]);
        match args.get(&rest[start + 1..end]) {
            Some(value) => text.push_str(value),
            None => text.push_str(&rest[start..=end]),
        }
        rest = &rest[end + 1..];
    }
    // `: ` and `()` before an empty value would be left over.
    (text + rest).replace(" ()", "").trim_end_matches([' ', ':']).to_owned()
}

/// The names in `{…}` of a sentence, sorted.
#[cfg(test)]
pub fn placeholders(sentence: &str) -> Vec<&str> {
    let mut names: Vec<&str> = sentence
        .split('{')
        .skip(1)
        .filter_map(|piece| piece.split_once('}').map(|(name, _)| name))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::{filled, placeholders, shared};
    use std::collections::BTreeMap;

    #[test]
    fn values_are_put_in_once() {
        let args =
            BTreeMap::from([("a".to_owned(), "{b}".to_owned()), ("b".to_owned(), "x".to_owned())]);
        assert_eq!(filled("{a} {b} {c} {", &args), "{b} x {c} {");
    }

    #[test]
    fn nothing_hangs_over_where_a_value_is_empty() {
        let args = BTreeMap::from([("detail".to_owned(), String::new())]);
        assert_eq!(filled("cannot be read ({detail})", &args), "cannot be read");
        assert_eq!(filled("cannot be read: {detail}", &args), "cannot be read");
    }

    #[test]
    fn shared_sentences_take_the_same_values_in_both_languages() {
        assert!(shared().len() > 8);
        for (key, text) in shared() {
            assert_eq!(placeholders(&text.ko), placeholders(&text.en), "{key}");
        }
    }
}
