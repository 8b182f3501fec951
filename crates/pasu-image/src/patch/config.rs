//! The configuration of a patched image: the image's own, with one step of history, the new layers and labels. Everything
//! else stays byte for byte as it was, also fields that Pasu does not know.

use crate::digest::Digest;
use crate::error::ImageError;
use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use std::fmt;

/// What changes in a configuration.
#[derive(Debug, Clone, Default)]
pub struct ConfigChange<'a> {
    /// Seconds since 1970: the new `created`.
    pub created: i64,
    /// What the new steps of the history say, one for each new layer.
    pub created_by: &'a [String],
    /// Digests of the new layers, uncompressed.
    pub diff_ids: &'a [Digest],
    /// Labels to set.
    pub labels: &'a [(String, String)],
    /// The user to run as, if another than before.
    pub user: Option<&'a str>,
}

/// An object of JSON whose members keep their order and their bytes.
#[derive(Default)]
struct Object(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object or null")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Object(members))
            }

            fn visit_unit<E>(self) -> Result<Object, E> {
                Ok(Object::default())
            }
        }
        deserializer.deserialize_any(Members)
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl Object {
    /// A member as something typed; the empty one where it is missing or `null`.
    fn read<T: for<'de> Deserialize<'de> + Default>(&self, name: &str) -> serde_json::Result<T> {
        let found = self.0.iter().find(|(key, _)| key == name);
        let value = found.map(|(_, value)| serde_json::from_str::<Option<T>>(value.get()));
        Ok(value.transpose()?.flatten().unwrap_or_default())
    }

    fn set(&mut self, name: &str, value: &impl Serialize) -> serde_json::Result<()> {
        let value = serde_json::value::to_raw_value(value)?;
        match self.0.iter_mut().find(|(key, _)| key == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
        Ok(())
    }
}

/// The configuration with the changes.
///
/// # Errors
///
/// A configuration that is no JSON object of the form that images have.
pub fn change(raw: &[u8], change: &ConfigChange<'_>) -> Result<Vec<u8>, ImageError> {
    changed(raw, change).map_err(|error| ImageError::malformed("the image's configuration", error))
}

fn changed(raw: &[u8], change: &ConfigChange<'_>) -> serde_json::Result<Vec<u8>> {
    let mut config: Object = serde_json::from_slice(raw)?;
    let created = time(change.created);
    config.set("created", &created)?;
    let mut history: Vec<Box<RawValue>> = config.read("history")?;
    for created_by in change.created_by {
        let mut step = Object::default();
        step.set("created", &created)?;
        step.set("created_by", created_by)?;
        step.set("comment", &"pasu image patch")?;
        history.push(serde_json::value::to_raw_value(&step)?);
    }
    config.set("history", &history)?;
    let mut rootfs: Object = config.read("rootfs")?;
    let mut diff_ids: Vec<String> = rootfs.read("diff_ids")?;
    diff_ids.extend(change.diff_ids.iter().map(Digest::to_string));
    rootfs.set("diff_ids", &diff_ids)?;
    config.set("rootfs", &rootfs)?;
    if let Some(user) = change.user {
        let mut settings: Object = config.read("config")?;
        settings.set("User", &user)?;
        config.set("config", &settings)?;
    }
    if !change.labels.is_empty() {
        let mut settings: Object = config.read("config")?;
        let mut labels: Object = settings.read("Labels")?;
        for (name, value) in change.labels {
            labels.set(name, value)?;
        }
        settings.set("Labels", &labels)?;
        config.set("config", &settings)?;
    }
    serde_json::to_vec(&config)
}

/// A time as RFC 3339 has it, in UTC.
#[must_use]
pub fn time(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days since 0000-03-01, so that the leap day is the last of its year (proleptic Gregorian calendar).
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = year_of_era + era * 400 + next;
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::{ConfigChange, change, time};
    use crate::digest::Digest;

    #[test]
    fn only_what_is_named_changes() {
        let raw = br#"{"os":"linux", "architecture":"amd64","config":{"Env":["B=1","A=\u0041"],"Cmd":null,"Odd": 1.50,"Labels":{"z":"1","a":"2"}},"created":"2020","history":[{"created_by":"ADD  x"}],"rootfs":{"type":"layers","diff_ids":["sha256:00"]},"x.y":{"b":1,"a":2}}"#;
        let changed = change(
            raw,
            &ConfigChange {
                created: 1_700_000_000,
                created_by: &["patch".to_owned()],
                diff_ids: &[Digest::of(b"")],
                labels: &[("a".to_owned(), "3".to_owned()), ("n".to_owned(), "4".to_owned())],
                user: None,
            },
        );
        let empty = Digest::of(b"");
        let expected = format!(
            r#"{{"os":"linux","architecture":"amd64","config":{{"Env":["B=1","A=\u0041"],"Cmd":null,"Odd":1.50,"Labels":{{"z":"1","a":"3","n":"4"}}}},"created":"2023-11-14T22:13:20Z","history":[{{"created_by":"ADD  x"}},{{"created":"2023-11-14T22:13:20Z","created_by":"patch","comment":"pasu image patch"}}],"rootfs":{{"type":"layers","diff_ids":["sha256:00","{empty}"]}},"x.y":{{"b":1,"a":2}}}}"#
        );
        assert_eq!(String::from_utf8(changed.unwrap()).unwrap(), expected);
        let user = ConfigChange { user: Some("33:33"), ..ConfigChange::default() };
        let user =
            String::from_utf8(change(br#"{"config":{"User":"","Cmd":["x"]}}"#, &user).unwrap());
        assert!(user.unwrap().starts_with(r#"{"config":{"User":"33:33","Cmd":["x"]}"#));
        let none = change(br#"{"config":null}"#, &ConfigChange::default()).unwrap();
        let text = String::from_utf8(none).unwrap();
        assert!(text.starts_with(r#"{"config":null,"created":"1970-01-01T00:00:00Z""#), "{text}");
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_796_000_000, "2026-11-30T00:53:20Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(time(seconds), expected);
        }
    }
}
