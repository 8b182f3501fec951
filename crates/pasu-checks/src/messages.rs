//! Sentences by key, in both languages, and how values are put into them.

use crate::details::korean;
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
        Some(text) => {
            let said = args.iter().map(|(name, value)| (name.clone(), korean(name, value)));
            Text::new(filled(&text.ko, &said.collect()), filled(&text.en, &args))
        }
        // A test holds every key against the sentences; a reader still sees which one was meant.
        None => Text::new(&key, &key),
    };
    Message { key, args, text }
}

/// Korean particles as sentences write them after a value, after a final consonant, and after a vowel.
const PARTICLES: [(&str, &str, &str); 4] = [
    ("이(가)", "이", "가"),
    ("은(는)", "은", "는"),
    ("을(를)", "을", "를"),
    ("과(와)", "과", "와"),
];

/// The particle that a value takes, and what the sentence writes for it; `None` where how the value is read is not
/// known, as with Latin letters.
fn particle(value: &str, rest: &str) -> Option<(&'static str, &'static str)> {
    let (written, consonant, vowel) =
        PARTICLES.iter().find(|(written, ..)| rest.starts_with(written))?;
    let last = value.chars().next_back()?;
    let ends_in_consonant = match last {
        // Syllables stand in the order of their final consonants, of which there are 27 and none.
        '가'..='힣' => !(u32::from(last) - u32::from('가')).is_multiple_of(28),
        // 이, 사, 오, 구.
        '2' | '4' | '5' | '9' => false,
        '0'..='9' => true,
        _ => return None,
    };
    Some((written, if ends_in_consonant { consonant } else { vowel }))
}

/// Puts values into `{name}`, with the Korean particle that fits.
pub fn filled(sentence: &str, args: &BTreeMap<String, String>) -> String {
    let mut text = String::with_capacity(sentence.len() + 32);
    let mut rest = sentence;
    while let Some(start) = rest.find('{') {
        let Some(end) = rest[start..].find('}').map(|length| start + length) else { break };
        text.push_str(&rest[..start]);
        let value = args.get(&rest[start + 1..end]);
        text.push_str(value.map_or(&rest[start..=end], String::as_str));
        rest = &rest[end + 1..];
        if let Some((written, particle)) = value.and_then(|value| particle(value, rest)) {
            text.push_str(particle);
            rest = &rest[written.len()..];
        }
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
    fn particles_fit_what_they_follow() {
        for (value, text) in [
            ("0777", "0777이 0777은 0777을"),
            ("22", "22가 22는 22를"),
            ("사용자", "사용자가 사용자는 사용자를"),
            ("그룹", "그룹이 그룹은 그룹을"),
            ("sshd", "sshd이(가) sshd은(는) sshd을(를)"),
        ] {
            let args = BTreeMap::from([("a".to_owned(), value.to_owned())]);
            assert_eq!(filled("{a}이(가) {a}은(는) {a}을(를)", &args), text);
        }
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
