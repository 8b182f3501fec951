//! What a shell knows while it reads its start files: variables, functions and the umask, each with all the values it
//! may have where a condition could not be decided.

use super::Setting;
use super::parser::List;
use std::collections::BTreeMap;

/// How many values one variable may have at a time, and how many variables are followed.
const MAX_VALUES: usize = 12;
const MAX_VARIABLES: usize = 400;

/// The longest value that is followed, in bytes.
const MAX_VALUE: usize = 16 << 10;

/// Stands in a value for a part that only running the script would tell.
pub(super) const COMPUTED: char = '\u{fffc}';

/// What is known at one point of the scripts.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) variables: BTreeMap<String, Vec<Setting>>,
    pub(super) umask: Vec<Setting>,
    pub(super) functions: BTreeMap<String, List>,
    /// `$1` and on.
    pub(super) arguments: Vec<String>,
}

impl State {
    /// The values that a variable may have; `None` among them is not set.
    pub(super) fn values(&self, name: &str) -> Vec<Option<String>> {
        self.variables.get(name).map_or_else(
            || vec![None],
            |settings| settings.iter().map(|setting| setting.value.clone()).collect(),
        )
    }

    /// Sets a variable from somewhere else than a file.
    pub(super) fn inherit(&mut self, name: &str, value: &str) {
        let setting =
            Setting { value: Some(value.to_owned()), exported: true, ..Setting::default() };
        self.variables.insert(name.to_owned(), vec![setting]);
    }

    /// Sets a variable to one of some values. One that is read-only keeps what it has.
    pub(super) fn assign(&mut self, name: &str, values: Vec<Option<String>>, like: &Setting) {
        if !self.variables.contains_key(name) && self.variables.len() >= MAX_VARIABLES {
            return;
        }
        let old = self.variables.remove(name).unwrap_or_default();
        let was_exported = !old.is_empty() && old.iter().all(|setting| setting.exported);
        let mut new: Vec<Setting> = old.into_iter().filter(|setting| setting.read_only).collect();
        if new.is_empty() || values.is_empty() {
            for value in values {
                let value = value.map(bounded);
                let exported = like.exported || was_exported && value.is_some();
                push(&mut new, Setting { value, exported, ..like.clone() });
            }
        }
        self.variables.insert(name.to_owned(), new);
    }

    pub(super) fn export(&mut self, name: &str, exported: bool) {
        for setting in self.variables.get_mut(name).into_iter().flatten() {
            setting.exported = exported && setting.value.is_some();
        }
    }

    pub(super) fn make_read_only(&mut self, name: &str) {
        for setting in self.variables.get_mut(name).into_iter().flatten() {
            setting.read_only = setting.value.is_some();
        }
    }

    pub(super) fn unset(&mut self, name: &str, like: &Setting) {
        if self.variables.contains_key(name) {
            let like = Setting { exported: false, ..like.clone() };
            self.variables.entry(name.to_owned()).and_modify(|settings| {
                settings.retain(|setting| setting.read_only);
                if settings.is_empty() {
                    settings.push(like);
                }
            });
        }
    }

    /// Takes over what might be true as well.
    pub(super) fn merge(&mut self, other: Self) {
        let unset = vec![Setting::default()];
        for (name, settings) in &other.variables {
            let mine = self.variables.entry(name.clone()).or_insert_with(|| unset.clone());
            settings.iter().for_each(|setting| push(mine, setting.clone()));
        }
        for (name, mine) in &mut self.variables {
            if !other.variables.contains_key(name) {
                push(mine, Setting::default());
            }
        }
        for setting in other.umask {
            push(&mut self.umask, setting);
        }
        self.functions.extend(other.functions);
    }
}

/// Adds a value that is not there yet; too many are as good as computed.
pub(super) fn push(settings: &mut Vec<Setting>, new: Setting) {
    if settings.contains(&new) {
        return;
    }
    if settings.len() >= MAX_VALUES {
        if let Some(last) = settings.last_mut() {
            last.value = Some(COMPUTED.to_string());
        }
        return;
    }
    settings.push(new);
}

fn bounded(value: String) -> String {
    if value.len() > MAX_VALUE { COMPUTED.to_string() } else { value }
}
