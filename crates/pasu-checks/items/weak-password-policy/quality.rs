//! What the PAM stacks that change passwords demand of a new one.

use crate::cause::{Cause, CauseKind};
use crate::host::Host;
use crate::host::pam::{ORDINARY, PamEntry, PamStack, Phase, Subject};
use crate::host::security_conf::SecurityConf;
use crate::judgement::{Judgement, Reason, reason};
use crate::params::Params;
use pasu_model::Place;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Services that change passwords of people, and the files that they share, for systems where none of them is there.
const SERVICES: [&str; 3] = ["passwd", "login", "sshd"];
const SHARED: [&str; 3] = ["common-password", "system-auth", "password-auth"];

/// libpwquality takes no shorter length, whatever is set.
const LEAST_LENGTH: i64 = 6;

/// One way of changing a password.
#[derive(Debug, Serialize, Deserialize)]
pub struct Stack {
    pub(super) service: String,
    pub(super) path: String,
    pub(super) quality: Option<Quality>,
    /// A line of such a module that cannot refuse a password, or whose module is not installed.
    pub(super) idle: Option<(Place, String)>,
    pub(super) missing: Option<(Place, String)>,
    /// Whether such a line stands below `pam_unix`, by module.
    pub(super) below: Vec<String>,
    /// The module of such a line, and of the one that decides.
    pub(super) module: Option<String>,
    /// Whether `pam_unix` takes the password that was looked at, and no other.
    pub(super) uses_token: bool,
    /// Whether `pam_unix` remembers, and no module of its own.
    pub(super) history_of_unix: bool,
    /// Whether the module of the history asks nobody itself.
    pub(super) history_uses_token: bool,
    /// A line of pam_passwdqc, whose rule is of another kind.
    pub(super) other: Option<(Place, String)>,
    /// `minlen=` of pam_unix.
    pub(super) unix_length: Option<Number>,
    pub(super) history: Option<History>,
    pub(super) idle_history: Option<(Place, String)>,
}

/// The rule of pam_pwquality or pam_cracklib.
#[derive(Debug, Serialize, Deserialize)]
pub struct Quality {
    pub(super) place: Place,
    pub(super) text: String,
    pub(super) length: Number,
    /// Digits, capitals, small letters, others: below 0 so many are demanded, above 0 each shortens the length.
    pub(super) credits: Vec<Number>,
    pub(super) classes: Number,
    pub(super) enforcing: Number,
    pub(super) root: bool,
}

/// How many old passwords are refused.
#[derive(Debug, Serialize, Deserialize)]
pub struct History {
    pub(super) remember: Number,
    pub(super) root: bool,
}

/// A number with the line that sets it, or the module's own line where it is a default.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Number {
    pub(super) value: i64,
    pub(super) place: Place,
}

pub fn collect(host: &Host) -> Result<Vec<Stack>, Cause> {
    let mut stacks = Vec::new();
    let mut seen: Vec<Vec<Place>> = Vec::new();
    for services in [SERVICES, SHARED] {
        if !stacks.is_empty() {
            break;
        }
        for service in services {
            let Some(stack) = host.pam(service, Phase::Password)? else { continue };
            let modules = stack.entries.iter().filter(|entry| !entry.module.is_empty());
            let places: Vec<Place> = modules.map(|entry| entry.place.clone()).collect();
            if places.is_empty() || seen.contains(&places) {
                continue;
            }
            seen.push(places);
            stacks.push(Stack::of(host, &stack)?);
        }
    }
    Ok(stacks)
}

impl Stack {
    fn of(host: &Host, stack: &PamStack) -> Result<Self, Cause> {
        let mut found = Self {
            service: stack.service.clone(),
            path: stack.path.clone(),
            quality: None,
            idle: None,
            missing: None,
            below: Vec::new(),
            module: None,
            uses_token: true,
            history_of_unix: false,
            history_uses_token: true,
            other: None,
            unix_length: None,
            history: None,
            idle_history: None,
        };
        let mut installed = BTreeMap::new();
        for (at, entry) in stack.entries.iter().enumerate() {
            let line = || Some((entry.place.clone(), entry.text.clone()));
            let is_quality = entry.is("pam_pwquality") || entry.is("pam_cracklib");
            let is_history = entry.is("pam_pwhistory");
            if entry.is("pam_passwdqc") {
                found.other = line();
            } else if entry.is("pam_unix") {
                found.unix(entry)?;
            }
            if !is_quality && !is_history {
                continue;
            }
            if is_quality {
                found.module.get_or_insert_with(|| name_of(entry));
            } else {
                found.history_uses_token &= entry.has("use_authtok");
            }
            if stack.position("pam_unix").is_some_and(|unix| unix < at) {
                found.below.push(name_of(entry));
            }
            let is_installed = match installed.get(&entry.module) {
                Some(known) => *known,
                None => host.has_pam_module(&entry.module)? != Some(false),
            };
            installed.insert(entry.module.clone(), is_installed);
            if !is_installed {
                found.missing = line();
            } else if !decides(stack, at) {
                let idle = if is_quality { &mut found.idle } else { &mut found.idle_history };
                *idle = line();
            } else if is_quality && found.quality.is_none() {
                found.quality = Some(Quality::of(host, entry)?);
            } else if is_history && found.history.is_none() {
                found.history = Some(history(host, entry)?);
            }
        }
        Ok(found)
    }

    fn unix(&mut self, entry: &PamEntry) -> Result<(), Cause> {
        self.uses_token &= entry.has("use_authtok");
        let none = SecurityConf::default();
        if entry.value("minlen").is_some() {
            self.unix_length = Some(number(entry, &none, "minlen", 0)?);
        }
        if entry.value("remember").is_some() && self.history.is_none() {
            let remember = number(entry, &none, "remember", 0)?;
            self.history = Some(History { remember, root: true });
            self.history_of_unix = true;
        }
        Ok(())
    }
}

fn name_of(entry: &PamEntry) -> String {
    entry.module.trim_end_matches(".so").to_owned()
}

/// The rule that the settings files alone make.
pub fn of_conf(host: &Host) -> Result<Quality, Cause> {
    Quality::of(host, &PamEntry::bare("pam_pwquality.so"))
}

/// Whether a refusal by one line keeps the new password from being set: it counts, and comes before `pam_unix`.
fn decides(stack: &PamStack, at: usize) -> bool {
    let somebody = Subject { target: ORDINARY, caller: ORDINARY, in_group: true, foreign: false };
    let place = stack.entries.get(at).map(|entry| &entry.place);
    let refused = stack.run(|entry| {
        if Some(&entry.place) == place { "authtok_err" } else { entry.usual_answer(somebody) }
    });
    let accepted = stack.run(|entry| entry.usual_answer(somebody));
    let is_before = stack.position("pam_unix").is_none_or(|unix| at < unix);
    // A stack that nobody gets through this way is judged by the line alone.
    let counts = if accepted.success {
        !refused.success
    } else {
        stack.entries.get(at).is_some_and(|entry| entry.control.refusal_counts())
    };
    is_before && counts
}

impl Quality {
    fn of(host: &Host, entry: &PamEntry) -> Result<Self, Cause> {
        // pam_cracklib has no file of settings, and gives a credit for each class unless told otherwise.
        let is_cracklib = entry.is("pam_cracklib");
        let conf = if is_cracklib { SecurityConf::default() } else { host.pwquality_conf()? };
        let (length, credit) = if is_cracklib { (9, 1) } else { (8, 0) };
        let mut credits = Vec::new();
        for key in ["dcredit", "ucredit", "lcredit", "ocredit"] {
            credits.push(number(entry, &conf, key, credit)?);
        }
        Ok(Self {
            length: number(entry, &conf, "minlen", length)?,
            credits,
            classes: number(entry, &conf, "minclass", 0)?,
            enforcing: number(entry, &conf, "enforcing", 1)?,
            root: entry.has("enforce_for_root") || conf.value("enforce_for_root").is_some(),
            place: entry.place.clone(),
            text: entry.text.clone(),
        })
    }

    /// The shortest password that is taken: credits make up for length.
    pub(super) fn shortest(&self) -> i64 {
        let credit: i64 = self.credits.iter().map(|credit| credit.value.clamp(0, 100)).sum();
        self.length.value.clamp(LEAST_LENGTH, 10_000) - credit
    }

    pub(super) fn classes(&self) -> i64 {
        let demanded = self.credits.iter().filter(|credit| credit.value < 0).count();
        self.classes.value.max(i64::try_from(demanded).unwrap_or_default())
    }
}

fn history(host: &Host, entry: &PamEntry) -> Result<History, Cause> {
    let conf = host.pwhistory_conf(entry.value("conf"))?;
    let root = entry.has("enforce_for_root") || conf.value("enforce_for_root").is_some();
    Ok(History { remember: number(entry, &conf, "remember", 10)?, root })
}

/// The module's argument, else its file's setting, else its default.
fn number(entry: &PamEntry, conf: &SecurityConf, key: &str, default: i64) -> Result<Number, Cause> {
    let of_line = entry.value(key).map(|value| (value, &entry.place));
    let of_conf = conf.value(key).map(|found| (found.value.as_str(), &found.place));
    let Some((text, place)) = of_line.or(of_conf) else {
        return Ok(Number { value: default, place: entry.place.clone() });
    };
    let Ok(value) = text.parse() else {
        let mut cause = Cause::new(CauseKind::Malformed, format!("{key} is no number"));
        cause.place = Some(place.clone());
        return Err(cause);
    };
    Ok(Number { value, place: place.clone() })
}

pub fn judge(stacks: &[Stack], params: &Params, judgement: &mut Judgement) {
    if stacks.is_empty() {
        for part in ["complexity", "length", "history"] {
            judgement.bad(reason("no-password-stack").part(part));
        }
    }
    for stack in stacks {
        stack.rule(params, judgement);
        stack.old_ones(params, judgement);
    }
}

impl Stack {
    fn say(&self, key: &'static str, part: &'static str) -> Reason {
        let place = Place::File { path: self.path.clone(), line: None };
        reason(key).arg("service", &self.service).at(place).part(part)
    }

    fn rule(&self, params: &Params, judgement: &mut Judgement) {
        let parts = ["complexity", "length"];
        if let Some(quality) = &self.quality {
            self.complexity(quality, params, judgement);
            self.length(quality, params, judgement);
        } else if let Some((place, text)) = &self.other {
            for part in parts {
                judgement.ask(self.say("other-module", part).at(place.clone()).excerpt(text));
            }
        } else {
            judgement.bad(self.nothing("complexity"));
            self.length_of_unix(params, judgement);
        }
    }

    /// Why no module looks at new passwords.
    fn nothing(&self, part: &'static str) -> Reason {
        let (key, line) = match (&self.missing, &self.idle) {
            (Some(line), _) => ("module-missing", line),
            (None, Some(line)) => ("module-without-effect", line),
            (None, None) => return self.say("no-quality-module", part),
        };
        self.say(key, part).at(line.0.clone()).excerpt(&line.1)
    }

    fn complexity(&self, quality: &Quality, params: &Params, judgement: &mut Judgement) {
        let part = "complexity";
        let wanted = params.integer("classes_required");
        let at = quality
            .credits
            .iter()
            .chain([&quality.classes])
            .find(|number| number.place != quality.place);
        let place = at.map_or(&quality.place, |number| &number.place);
        let classes = |key| {
            self.say(key, part)
                .arg("classes", quality.classes())
                .arg("wanted", wanted)
                .at(place.clone())
        };
        let mut is_good = true;
        if quality.enforcing.value == 0 {
            is_good = false;
            judgement.bad(self.say("not-enforcing", part).at(quality.enforcing.place.clone()));
        }
        if quality.classes() < wanted {
            is_good = false;
            judgement.bad(classes("too-few-classes"));
        }
        if !quality.root {
            is_good = false;
            let said = self.say("root-exempt", part).at(quality.place.clone());
            judgement.bad(said.excerpt(&quality.text));
        }
        if is_good {
            judgement.good(classes("classes-good"));
        }
    }

    fn length(&self, quality: &Quality, params: &Params, judgement: &mut Judgement) {
        let wanted = params.integer("minlen");
        let shortest = quality.shortest();
        let said = |key| {
            self.say(key, "length")
                .arg("length", shortest)
                .arg("wanted", wanted)
                .at(quality.length.place.clone())
        };
        if quality.enforcing.value == 0 {
            let said = self.say("not-enforcing", "length");
            judgement.bad(said.at(quality.enforcing.place.clone()));
        } else if shortest >= wanted {
            judgement.good(said("length-good"));
        } else {
            judgement.bad(said("too-short"));
        }
    }

    /// Without another module it is `minlen=` of pam_unix.
    fn length_of_unix(&self, params: &Params, judgement: &mut Judgement) {
        let wanted = params.integer("minlen");
        let Some(length) = &self.unix_length else {
            judgement.bad(self.nothing("length"));
            return;
        };
        let key = if length.value >= wanted { "length-good" } else { "too-short" };
        let said = self
            .say(key, "length")
            .arg("length", length.value)
            .arg("wanted", wanted)
            .at(length.place.clone());
        if length.value >= wanted { judgement.good(said) } else { judgement.bad(said) }
    }

    fn old_ones(&self, params: &Params, judgement: &mut Judgement) {
        let part = "history";
        let wanted = params.integer("remember");
        let Some(history) = &self.history else {
            let said = match &self.idle_history {
                Some((place, text)) => {
                    self.say("module-without-effect", part).at(place.clone()).excerpt(text)
                }
                None => self.say("no-history", part),
            };
            judgement.bad(said);
            return;
        };
        let said = |key| {
            self.say(key, part)
                .arg("count", history.remember.value)
                .arg("wanted", wanted)
                .at(history.remember.place.clone())
        };
        if history.remember.value < wanted {
            judgement.bad(said("history-short"));
            return;
        }
        judgement.good(said("history-good"));
        if !history.root {
            judgement.warn(said("history-root-exempt"));
        }
    }
}
