//! The rule where it is read, the modules where they decide, and the ages of accounts that would not end today.
//!
//! The order of the modules is that of pam_pwhistory(8): what judges the new password, what remembers old ones, then
//! pam_unix, which must take the password that was judged (`use_authtok`) and ask for no other.

use super::quality::{Number, Quality, Stack};
use super::{Facts, ages};
use crate::fix::{
    AccountField, Edit, Fix, Key, PASSWORD_MODULES, PamChange, PamEdit, PamSpot, SettingEdit,
    Syntax, login_defs,
};
use crate::host::pam::Phase;
use crate::judgement::reason;
use crate::params::Params;
use pasu_model::Place;

const PWQUALITY: &str = "/etc/security/pwquality.conf";

/// The kinds of characters, as Quality keeps them.
const CREDITS: [&str; 4] = ["dcredit", "ucredit", "lcredit", "ocredit"];

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut fix = Fix::new();
    for stack in facts.stacks.iter().flatten() {
        let mut of = OfStack { stack, params, generated: facts.generated, fix: &mut fix };
        of.quality(facts.conf.as_ref());
        of.history();
        of.token();
    }
    ages(&mut fix, facts, params);
    if facts.wordless {
        fix.need(reason("fix-no-dictionary"), false);
    }
    fix
}

struct OfStack<'a> {
    stack: &'a Stack,
    params: &'a Params,
    generated: bool,
    fix: &'a mut Fix,
}

impl OfStack<'_> {
    fn pam(&mut self, change: PamChange) {
        let service = self.stack.service.clone();
        self.fix.edit(PamEdit { service, phase: Phase::Password, change });
    }

    fn insert(&mut self, control: &str, module: &str, arguments: &[String], before: &[&str]) {
        self.pam(PamChange::Insert {
            control: control.to_owned(),
            module: module.to_owned(),
            arguments: arguments.to_vec(),
            at: PamSpot::before(before),
        });
        if self.generated {
            self.fix.leave(reason("fix-pam-auth-update"));
        }
    }

    fn quality(&mut self, conf: Option<&Quality>) {
        let stack = self.stack;
        if let Some(quality) = &stack.quality {
            self.rule(quality);
            return;
        }
        if stack.other.is_some() {
            return;
        }
        if stack.missing.is_some() {
            let said = reason("fix-pam-module-missing").arg("module", "pam_pwquality.so");
            let packages = "libpam-pwquality (Debian, Ubuntu), libpwquality (RHEL)";
            self.fix.leave(said.arg("packages", packages));
            return;
        }
        let above = [&["pam_pwhistory"][..], &PASSWORD_MODULES].concat();
        match stack.module.clone().filter(|_| stack.idle.is_some()) {
            Some(module) if !stack.below.contains(&module) => {
                let control = "requisite".to_owned();
                self.pam(PamChange::Control { module, argument: None, control });
            }
            Some(module) => {
                let below = vec!["pam_unix".to_owned()];
                self.pam(PamChange::CommentOut { module, below });
                self.insert("requisite", "pam_pwquality.so", &["retry=3".to_owned()], &above);
            }
            None => self.insert("requisite", "pam_pwquality.so", &["retry=3".to_owned()], &above),
        }
        if let Some(conf) = conf {
            self.rule(conf);
        }
    }

    /// What of a rule is too weak; what is stricter stays.
    fn rule(&mut self, quality: &Quality) {
        let wanted = self.params.integer("classes_required");
        if quality.enforcing.value == 0 {
            self.set(quality, &quality.enforcing, "enforcing", 1);
        }
        let too_few = quality.classes() < wanted;
        for (key, credit) in CREDITS.into_iter().zip(&quality.credits) {
            // A credit takes length off, so one that is given goes in any case.
            let is_open = if too_few && wanted >= 4 { credit.value >= 0 } else { credit.value > 0 };
            if is_open {
                let value = if too_few && wanted >= 4 { -1 } else { 0 };
                self.set(quality, credit, key, value);
            }
        }
        if too_few && wanted < 4 {
            self.set(quality, &quality.classes, "minclass", wanted);
        }
        let length = self.params.integer("minlen");
        if quality.length.value < length && quality.shortest() < length {
            self.set(quality, &quality.length, "minlen", length);
        }
        if !quality.root {
            self.flag(quality, "enforce_for_root");
        }
    }

    /// Where a number is set: on the module's line, else in the file that wins.
    fn set(&mut self, quality: &Quality, number: &Number, key: &str, value: i64) {
        let on_line = quality
            .text
            .split_whitespace()
            .any(|word| word.split_once('=').is_some_and(|(name, _)| name == key));
        if is_cracklib(quality) || on_line && number.place == quality.place {
            let module = module_of(quality);
            let set = vec![format!("{key}={value}")];
            self.pam(PamChange::Arguments { module, set, unset: Vec::new() });
        } else {
            let edit = SettingEdit::new(PWQUALITY, Syntax::Equals, key, value.to_string());
            self.fix.edit(edit.any_case());
        }
    }

    fn flag(&mut self, quality: &Quality, key: &str) {
        if is_cracklib(quality) {
            let (module, set) = (module_of(quality), vec![key.to_owned()]);
            self.pam(PamChange::Arguments { module, set, unset: Vec::new() });
            return;
        }
        self.fix.edit(SettingEdit {
            path: PWQUALITY.to_owned(),
            syntax: Syntax::Bare,
            section: None,
            key: Key { name: key.to_owned(), any_case: true },
            value: String::new(),
        });
    }

    fn history(&mut self) {
        let stack = self.stack;
        let wanted = self.params.integer("remember");
        if let Some(history) = &stack.history {
            if history.remember.value < wanted {
                self.remember(&history.remember, wanted);
            }
            return;
        }
        let module = "pam_pwhistory".to_owned();
        let is_below = stack.below.contains(&module);
        if stack.idle_history.is_some() && !is_below {
            let control = "requisite".to_owned();
            self.pam(PamChange::Control { module, argument: None, control });
            return;
        }
        if is_below {
            let below = vec!["pam_unix".to_owned()];
            self.pam(PamChange::CommentOut { module, below });
        }
        let arguments = [&format!("remember={wanted}"), "enforce_for_root", "use_authtok"];
        let arguments = arguments.map(str::to_owned);
        self.insert("required", "pam_pwhistory.so", &arguments, &PASSWORD_MODULES);
    }

    /// Three ways to set it: pwhistory.conf, the line of pam_pwhistory, or that of pam_unix.
    fn remember(&mut self, number: &Number, wanted: i64) {
        match &number.place {
            Place::File { path, .. } if path.ends_with(".conf") && !path.ends_with("/pam.conf") => {
                let value = wanted.to_string();
                self.fix.edit(SettingEdit::new(path, Syntax::Equals, "remember", value));
            }
            _ => {
                let is_unix = self.stack.history_of_unix;
                let module = if is_unix { "pam_unix" } else { "pam_pwhistory" }.to_owned();
                let set = vec![format!("remember={wanted}")];
                self.pam(PamChange::Arguments { module, set, unset: Vec::new() });
            }
        }
    }

    /// What asks for the new password itself would take another than the one that was judged.
    fn token(&mut self) {
        let stack = self.stack;
        let judged = stack.quality.is_some() || stack.other.is_some();
        if stack.missing.is_some() || judged && stack.history.is_some() {
            return;
        }
        let asking = [("pam_pwhistory", stack.history_uses_token), ("pam_unix", stack.uses_token)];
        for (module, _) in asking.into_iter().filter(|(_, uses)| !uses) {
            let (module, set) = (module.to_owned(), vec!["use_authtok".to_owned()]);
            self.pam(PamChange::Arguments { module, set, unset: Vec::new() });
        }
    }
}

fn is_cracklib(quality: &Quality) -> bool {
    quality.text.contains("pam_cracklib")
}

fn module_of(quality: &Quality) -> String {
    if is_cracklib(quality) { "pam_cracklib" } else { "pam_pwquality" }.to_owned()
}

fn ages(fix: &mut Fix, facts: &Facts, params: &Params) {
    let (max, min) = (params.integer("max_days"), params.integer("min_days"));
    if let Ok(defaults) = &facts.defaults {
        let days = |found: &Option<crate::host::KeyValue>| {
            found.as_ref().and_then(|found| found.value.parse::<i64>().ok())
        };
        if !ages::is_max_good(days(&defaults.max), params) {
            login_defs::set(fix, &facts.login_defs, "PASS_MAX_DAYS", &max.to_string());
        }
        if !ages::is_min_good(days(&defaults.min), params) {
            login_defs::set(fix, &facts.login_defs, "PASS_MIN_DAYS", &min.to_string());
        }
    }
    let Ok(accounts) = &facts.accounts else { return };
    let lists = [
        (&accounts.too_long, AccountField::MaximumAge, max),
        (&accounts.too_short, AccountField::MinimumAge, min),
    ];
    for (listed, field, days) in lists {
        for (name, _, _) in &listed.entries {
            fix.edit(Edit::Account { name: name.clone(), field, value: days.to_string() });
        }
    }
    if !accounts.too_long.entries.is_empty() {
        let names = match accounts.overdue.as_slice() {
            [] => "-".to_owned(),
            names => names.join(", "),
        };
        let said = reason("need-recent").arg("days", max).arg("names", names);
        fix.need(said, accounts.overdue.is_empty());
    }
}
