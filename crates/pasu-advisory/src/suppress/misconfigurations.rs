//! Taking out what an audit found. VEX is about vulnerabilities and says nothing of it.

use super::Rules;
use super::ignore::{About, Ignore};
use jiff::civil::Date;
use pasu_model::{AcceptedRisk, Misconfiguration, Misconfigurations, TrivyCheck};

impl Rules {
    /// Moves what an ignore file names to what is set aside. An entry names Trivy's number in any of its forms, the
    /// guideline's, or the item; its paths are held against the target, as Trivy does, and one for packages names
    /// nothing.
    pub fn set_aside(&self, found: &mut Misconfigurations, target: &str, today: Date) {
        let entries: Vec<&Ignore> = self
            .ignores
            .iter()
            .filter(|entry| entry.about != About::Vulnerabilities && entry.holds(today))
            .filter(|entry| entry.covers(&[target], None))
            .collect();
        for mut found_one in std::mem::take(&mut found.open) {
            match entries.iter().find(|entry| is_named(&found_one, &entry.id)) {
                Some(entry) => {
                    found_one.accepted = Some(accepted(entry));
                    found.set_aside.push(found_one);
                }
                None => found.open.push(found_one),
            }
        }
    }
}

fn accepted(entry: &Ignore) -> AcceptedRisk {
    let last_day = entry.expires.map(|day| day.yesterday().unwrap_or(day));
    AcceptedRisk {
        reason: entry.statement.clone(),
        until: last_day.unwrap_or(Date::MAX).to_string(),
        source: entry.file.to_string(),
    }
}

fn is_named(found: &Misconfiguration, id: &str) -> bool {
    let of_trivy = found.is_of_trivy && TrivyCheck::names(&found.id).any(|name| same(&name, id));
    of_trivy || same(&found.code, id) || same(&found.item, id)
}

fn same(name: &str, id: &str) -> bool {
    name.eq_ignore_ascii_case(id)
}

#[cfg(test)]
mod tests {
    use crate::suppress::Rules;
    use jiff::civil::date;
    use pasu_model::{Message, Misconfiguration, Misconfigurations, Severity, Text};
    use std::collections::BTreeMap;

    fn found(id: &str, code: &str) -> Misconfiguration {
        let text = Text::new("", "");
        Misconfiguration {
            id: id.into(),
            code: code.into(),
            item: format!("item-{code}"),
            severity: Severity::High,
            title: text.clone(),
            threat: text.clone(),
            message: Message { key: String::new(), args: BTreeMap::new(), text: text.clone() },
            remedy: text,
            is_of_trivy: id != code,
            accepted: None,
        }
    }

    fn left(file: &str, rules: &str) -> Vec<String> {
        let mut read = Rules::default();
        read.add_ignore_file(file, rules.as_bytes()).unwrap();
        let open = vec![found("DS-0002", "IMG-01"), found("IMG-10", "IMG-10")];
        let mut found = Misconfigurations { open, ..Misconfigurations::default() };
        read.set_aside(&mut found, "shop:1", date(2026, 11, 30));
        assert_eq!(found.open.len() + found.set_aside.len(), 2);
        found.open.into_iter().map(|found| found.id).collect()
    }

    #[test]
    fn every_name_takes_out_what_it_names_and_nothing_else() {
        for id in ["DS-0002", "AVD-DS-0002", "DS002", "ds-0002", "IMG-01", "item-img-01"] {
            assert_eq!(left("i", id), ["IMG-10"], "{id}");
            let yaml = format!("misconfigurations:\n  - id: {id}\n");
            assert_eq!(left("i.yaml", &yaml), ["IMG-10"], "{id}");
        }
        let none = ["DS-0002", "IMG-10"];
        assert_eq!(left("i", "IMG-1"), none);
        assert_eq!(left("i", "AVD-IMG-10"), none);
        assert_eq!(left("i", "DS-0002 exp:2026-11-30"), none);
        assert_eq!(left("i.yaml", "vulnerabilities:\n  - id: DS-0002\n"), none);
        let one = |limit: &str| format!("misconfigurations:\n  - id: DS-0002\n    {limit}\n");
        assert_eq!(left("i.yaml", &one("paths: ['web:*']")), none);
        assert_eq!(left("i.yaml", &one("paths: ['shop:*']")), ["IMG-10"]);
        assert_eq!(left("i.yaml", &one("purls: ['pkg:npm/x']")), none);
    }
}
