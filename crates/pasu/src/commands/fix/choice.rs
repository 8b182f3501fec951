//! From what was typed to a plan: which items, with whose consent and values, on which target.

use crate::args::{FixChoice, FixTarget};
use crate::commands::audit::{catalogue, guideline, software, unknown};
use crate::commands::target::{host_options, open, policy};
use crate::progress;
use anyhow::{Context, Result, bail};
use pasu_checks::fix::{Choice, PlanRequest, Planned};
use pasu_checks::{Catalogue, Guideline, Host, Item, Policy, Software};
use pasu_model::{FixRequest, Lang, Target};
use pasu_system::System;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use toml::Value;

/// The most time that looking at the target may take.
const TIMEOUT: Duration = Duration::from_secs(600);

/// Characters that a message repeats of what was typed.
const MAX_SHOWN: usize = 120;

/// The target with everything that plans need of it.
pub struct Bench {
    pub host: Host,
    pub target: Target,
    pub catalogue: Catalogue,
    pub guideline: Guideline,
    pub policy: Policy,
}

/// Opens the target and reads the policy.
pub fn bench(target: &FixTarget, choice: &FixChoice) -> Result<Bench> {
    let catalogue = catalogue()?;
    let policy = policy(choice.config.as_deref(), &catalogue)?;
    let guideline = guideline(choice.guideline.as_deref().or(policy.guideline.as_deref()))?;
    let (system, name) = open(target.root.as_deref())?;
    let host = host(&system, &name, choice.db.as_deref())?;
    Ok(Bench { host, target: name, catalogue, guideline, policy })
}

/// The target, of which nothing is read yet but its packages.
pub fn host(system: &Arc<dyn System>, target: &Target, db: Option<&Path>) -> Result<Host> {
    let deadline = Instant::now() + TIMEOUT;
    let now = jiff::Timestamp::now();
    // A database that is named must be there; the usual one matters to the few items that ask for it.
    let named = db.map(|db| software::read(&**system, target, Some(db))).transpose()?;
    let is_named = named.is_some();
    let options = host_options(&**system, now, Some(deadline), named);
    let host = Host::new(Arc::clone(system), options);
    if is_named {
        return Ok(host);
    }
    let (os, _) = pasu_packages::os::operating_system(&**system);
    let (system, target) = (Arc::clone(system), target.clone());
    Ok(host.with_software_later(os, move || {
        software::read(&*system, &target, None).unwrap_or_else(|error| Software {
            problems: vec![format!("{error:#}")],
            ..Software::default()
        })
    }))
}

impl Bench {
    /// The items that were chosen; `None` where nothing was said.
    pub fn chosen(&self, names: &[String], choice: &FixChoice) -> Result<Option<BTreeSet<String>>> {
        let mut slugs = BTreeSet::new();
        for name in names {
            slugs.extend(self.slugs(name)?);
        }
        if choice.all_safe {
            slugs.extend(
                pasu_checks::fix::safe_items(&self.catalogue).into_iter().map(str::to_owned),
            );
        }
        if !choice.category.is_empty() {
            let of_categories = self.of_categories(&choice.category)?;
            if names.is_empty() && !choice.all_safe {
                slugs = of_categories;
            } else {
                slugs.retain(|slug| of_categories.contains(slug));
            }
        }
        let is_said = !names.is_empty() || choice.all_safe || !choice.category.is_empty();
        // What the organisation accepted is left alone unless it is named.
        if names.is_empty() {
            slugs.retain(|slug| !self.is_accepted(slug));
        }
        Ok(is_said.then_some(slugs))
    }

    /// Every item of the guideline that nobody accepted as it is.
    pub fn all(&self) -> BTreeSet<String> {
        let slugs = self.guideline.entries.iter().map(|entry| entry.item.clone());
        slugs.filter(|slug| !self.is_accepted(slug)).collect()
    }

    fn is_accepted(&self, slug: &str) -> bool {
        self.policy.exception(slug, None, self.host.today()).is_some()
    }

    /// The slugs of a code or slug.
    fn slugs(&self, name: &str) -> Result<Vec<String>> {
        let of_guideline: Vec<String> =
            self.guideline.entries_of(name).map(|entry| entry.item.clone()).collect();
        match self.catalogue.item(name) {
            _ if !of_guideline.is_empty() => Ok(of_guideline),
            Some(item) => Ok(vec![item.slug.to_owned()]),
            None => bail!(unknown(&short(name), &self.guideline)),
        }
    }

    fn of_categories(&self, names: &[String]) -> Result<BTreeSet<String>> {
        let mut slugs = BTreeSet::new();
        for name in names {
            let is_named =
                |key: &str| {
                    key.eq_ignore_ascii_case(name)
                        || self.guideline.categories.get(key).is_some_and(|text| {
                            text.ko == *name || text.en.eq_ignore_ascii_case(name)
                        })
                };
            let before = slugs.len();
            let entries = self.guideline.entries.iter();
            let named = entries.filter(|entry| {
                is_named(&entry.category) || entry.chapter.eq_ignore_ascii_case(name)
            });
            slugs.extend(named.map(|entry| entry.item.clone()));
            if slugs.len() == before {
                let known: Vec<&str> =
                    self.guideline.categories.keys().map(String::as_str).collect();
                bail!("there is no category {}; hint: one of {}", short(name), known.join(", "));
            }
        }
        Ok(slugs)
    }

    /// The chosen items with what a person accepted and set.
    pub fn choices(&self, slugs: &BTreeSet<String>, choice: &FixChoice) -> Result<Vec<Choice>> {
        let mut accepted = BTreeSet::new();
        for name in &choice.accept {
            accepted.extend(self.slugs(name)?);
        }
        let mut choices: Vec<Choice> = slugs
            .union(&accepted)
            .map(|slug| Choice {
                item: slug.clone(),
                accepted: accepted.contains(slug),
                values: Vec::new(),
            })
            .collect();
        for set in &choice.set {
            let (item, name, value) = self.value(set)?;
            let Some(choice) = choices.iter_mut().find(|choice| choice.item == item) else {
                bail!("--set {}: {item} is not among the chosen items", short(set));
            };
            choice.values.push((name, value));
        }
        Ok(choices)
    }

    /// `no-time-sync.server=ntp.example.kr`.
    fn value(&self, set: &str) -> Result<(String, String, Value)> {
        let form = || format!("--set {}: not ITEM.PARAMETER=VALUE", short(set));
        let (key, text) = set.split_once('=').with_context(form)?;
        let (item, name) = key.rsplit_once('.').with_context(form)?;
        let slug = self.slugs(item)?.into_iter().next().unwrap_or_default();
        let known = self.catalogue.item(&slug).with_context(form)?;
        let value =
            parameter(known, name, text).with_context(|| format!("--set {}", short(set)))?;
        Ok((slug, name.to_owned(), value))
    }

    /// Plans.
    pub fn plan(&self, choices: Vec<Choice>, lang: Lang, quiet: bool) -> Result<Planned> {
        let spinner = progress::spinner(lang.pick("계획하는 중", "planning"), quiet);
        let planned = pasu_checks::fix::plan(PlanRequest {
            host: &self.host,
            catalogue: &self.catalogue,
            guideline: &self.guideline,
            policy: &self.policy,
            choices,
            target: self.target.clone(),
            machine: machine(self.host.system()),
            made: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            tool: software::tool(),
        });
        spinner.finish_and_clear();
        planned.context("there is no plan")
    }

    /// The choices that a stored plan was made of.
    pub fn choices_of(&self, request: &FixRequest) -> Result<Vec<Choice>> {
        let choice = FixChoice {
            all_safe: false,
            category: Vec::new(),
            accept: request.accepted.clone(),
            set: request.values.clone(),
            guideline: None,
            config: None,
            db: None,
        };
        self.choices(&request.items.iter().cloned().collect(), &choice)
    }
}

/// A parameter's value of the type that its default has, written bare or as JSON.
fn parameter(item: &Item, name: &str, text: &str) -> Result<Value> {
    let Some(spec) = item.params.get(name) else {
        let known: Vec<&str> = item.params.keys().map(String::as_str).collect();
        bail!("{} has no parameter {}; hint: {}", item.slug, short(name), known.join(", "));
    };
    let json: Option<Value> = serde_json::from_str(text).ok();
    let bare = Value::String(text.to_owned());
    let value = match &spec.default {
        Value::String(_) => json.filter(Value::is_str).unwrap_or(bare),
        Value::Array(_) => json.filter(Value::is_array).unwrap_or_else(|| {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            Value::Array(parts.map(|part| Value::String(part.to_owned())).collect())
        }),
        _ => json.unwrap_or(bare),
    };
    if !value.same_type(&spec.default) {
        bail!("{name} must be of type {}", spec.default.type_str());
    }
    Ok(value)
}

/// What was typed, fit for one line of a message.
fn short(typed: &str) -> String {
    let mut shown = pasu_report::printable(typed);
    if let Some((end, _)) = shown.char_indices().nth(MAX_SHOWN) {
        shown.truncate(end);
        shown.push('…');
    }
    shown
}

/// A hash of the machine's own number, which is itself not to be shown (machine-id(5)).
pub fn machine(system: &dyn System) -> Option<String> {
    let id = system.read(Path::new("/etc/machine-id"), 4096).ok()?;
    let id = String::from_utf8_lossy(&id).trim().to_owned();
    let is_set = id.len() == 32 && id != "uninitialized";
    let hash = || pasu_model::Fingerprint::of("pasu-fix", &id, &[]);
    is_set.then(|| hash().as_str().trim_start_matches("sha256:").chars().take(32).collect())
}
