//! Fills `${…}` in.

use std::collections::BTreeMap;

/// How long a filled-in value may get: coordinates are short, a chain of doubling properties is not.
const MAX_LENGTH: usize = 1024;
/// How many expressions one value may take to fill in.
const MAX_STEPS: usize = 256;

/// What expressions stand for.
#[derive(Debug, Default)]
pub struct Values(BTreeMap<String, String>);

impl Values {
    /// Sets a value unless one is set already: the nearest project decides.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.entry(name.into()).or_insert_with(|| value.into());
    }

    /// Fills in every expression of a text; `None` if one is unknown, refers to itself or grows too long.
    pub fn fill(&self, text: &str) -> Option<String> {
        let mut text = text.trim().to_owned();
        for _ in 0..MAX_STEPS {
            // The last `${` has no other inside it, so that `${a.${b}}` is filled in from within.
            let Some(start) = text.rfind("${") else { return Some(text) };
            let length = text.get(start..)?.find('}')?;
            let value = self.0.get(text.get(start + 2..start + length)?.trim())?;
            text.replace_range(start..=start + length, value.trim());
            if text.len() > MAX_LENGTH {
                return None;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Values;

    #[test]
    fn expressions_nest_and_cycles_end() {
        let mut values = Values::default();
        for (name, value) in [
            ("spring", "5.3.4"),
            ("major", "five"),
            ("v.five", "5"),
            ("loop", "${pool}"),
            ("pool", "${loop}"),
            ("bomb", "${bomb}${bomb}"),
            ("spring", "ignored"),
        ] {
            values.set(name, value);
        }
        for (text, expected) in [
            ("${spring}", Some("5.3.4")),
            (" a-${spring}-b ", Some("a-5.3.4-b")),
            ("${v.${major}}", Some("5")),
            ("plain", Some("plain")),
            ("${unknown}", None),
            ("${loop}", None),
            ("${bomb}", None),
            ("${open", None),
        ] {
            assert_eq!(values.fill(text).as_deref(), expected, "{text}");
        }
    }
}
