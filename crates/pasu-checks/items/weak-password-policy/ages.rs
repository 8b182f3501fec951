//! How long passwords last: by the defaults for new accounts, and of each account that has one.

use crate::cause::Cause;
use crate::host::shadow::{ShadowEntry, ShadowPassword};
use crate::host::{Host, KeyValue};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// Accounts beyond this are only counted.
const MAX_ACCOUNTS: usize = 200;

const SECONDS_OF_A_DAY: i64 = 86_400;

/// `PASS_MAX_DAYS` and `PASS_MIN_DAYS` of `login.defs`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Defaults {
    pub(super) max: Option<KeyValue>,
    pub(super) min: Option<KeyValue>,
}

/// The accounts whose passwords last too long or not long enough.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Accounts {
    pub(super) too_long: Listed,
    pub(super) too_short: Listed,
    /// Names of those whose passwords are older than the limit, which would end with it.
    pub(super) overdue: Vec<String>,
    /// How many accounts have a password.
    total: usize,
    exempt: usize,
    damaged: Vec<Cause>,
}

/// Accounts with their lines and days, and how many there are in all.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Listed {
    pub(super) entries: Vec<(String, u32, Option<i64>)>,
    total: usize,
}

impl Listed {
    fn add(&mut self, entry: &ShadowEntry, days: Option<i64>) {
        self.total += 1;
        if self.entries.len() < MAX_ACCOUNTS {
            self.entries.push((entry.name.clone(), entry.line, days));
        }
    }
}

pub fn defaults(host: &Host) -> Result<Defaults, Cause> {
    let defs = host.login_defs()?;
    Ok(Defaults {
        max: defs.value("PASS_MAX_DAYS").cloned(),
        min: defs.value("PASS_MIN_DAYS").cloned(),
    })
}

pub fn accounts(host: &Host, params: &Params) -> Result<Accounts, Cause> {
    let shadow = host.shadow()?;
    let today = host.now().div_euclid(SECONDS_OF_A_DAY);
    let max_days = params.integer("max_days");
    let mut accounts = Accounts { damaged: shadow.damage(), ..Accounts::default() };
    for entry in &shadow.entries {
        if !matches!(entry.password, ShadowPassword::Usable(_)) || entry.is_expired(today) {
            continue;
        }
        if params.list("exempt_accounts").any(|name| name == entry.name) {
            accounts.exempt += 1;
            continue;
        }
        accounts.total += 1;
        if !is_max_good(entry.max_days, params) {
            accounts.too_long.add(entry, entry.max_days);
            // Without a day of the last change nothing ages; 0 asks for a change already.
            let end = entry.last_change.filter(|day| *day > 0).map(|day| day + max_days);
            if end.is_some_and(|end| end <= today) && accounts.overdue.len() < MAX_ACCOUNTS {
                accounts.overdue.push(entry.name.clone());
            }
        }
        if !is_min_good(entry.min_days, params) {
            accounts.too_short.add(entry, entry.min_days);
        }
    }
    Ok(accounts)
}

/// A negative number and an empty field both mean for ever.
pub(super) fn is_max_good(days: Option<i64>, params: &Params) -> bool {
    days.is_some_and(|days| (0..=params.integer("max_days")).contains(&days))
}

pub(super) fn is_min_good(days: Option<i64>, params: &Params) -> bool {
    days.unwrap_or(0) >= params.integer("min_days")
}

pub fn judge_defaults(defaults: &Defaults, params: &Params, judgement: &mut Judgement) {
    let setting = |found: &Option<KeyValue>, key: &'static str, part: &'static str| {
        let days = found.as_ref().and_then(|found| found.value.parse::<i64>().ok());
        let place = found.as_ref().map(|found| found.place.clone());
        let shown = found.as_ref().map_or("not set", |found| found.value.as_str());
        let said = reason(key).arg("days", shown).part(part);
        (days, if place.is_some() { said.at(place) } else { said.file("/etc/login.defs") })
    };
    let (max, wanted) = (&defaults.max, params.integer("max_days"));
    let days = setting(max, "", "max-age").0;
    let is_good = is_max_good(days, params);
    let key = match (max, is_good) {
        (None, _) => "default-max-unset",
        (Some(_), true) => "default-max-good",
        (Some(_), false) => "default-max-long",
    };
    let said = setting(max, key, "max-age").1.arg("wanted", wanted);
    if is_good {
        judgement.good(said)
    } else {
        judgement.bad(said)
    }

    let (min, wanted) = (&defaults.min, params.integer("min_days"));
    let days = setting(min, "", "min-age").0;
    let is_good = is_min_good(days, params);
    let key = match (min, is_good) {
        (None, false) => "default-min-unset",
        (_, true) => "default-min-good",
        (Some(_), false) => "default-min-short",
    };
    let said = setting(min, key, "min-age").1.arg("wanted", wanted);
    if is_good { judgement.good(said) } else { judgement.bad(said) }
}

pub fn judge_accounts(accounts: &Accounts, params: &Params, judgement: &mut Judgement) {
    let parts: [(_, _, &'static str, _, _); 2] = [
        (&accounts.too_long, "account-max-long", "max-age", "max_days", "accounts-max-good"),
        (&accounts.too_short, "account-min-short", "min-age", "min_days", "accounts-min-good"),
    ];
    for (listed, key, part, param, good) in parts {
        let wanted = params.integer(param);
        for (name, line, days) in &listed.entries {
            let none = if key == "account-max-long" { "no limit" } else { "none" };
            let days = days.map_or_else(|| none.to_owned(), |days| days.to_string());
            let said = reason(key).arg("name", name).arg("days", days).arg("wanted", wanted);
            judgement.bad(said.line("/etc/shadow", *line).part(part));
        }
        let more = listed.total.saturating_sub(listed.entries.len());
        if more > 0 {
            judgement.warn(reason("and-more").arg("count", more).file("/etc/shadow").part(part));
        }
        if listed.total == 0 {
            let said = reason(good).arg("count", accounts.total).arg("wanted", wanted);
            judgement.good(said.file("/etc/shadow").part(part));
        }
        for cause in &accounts.damaged {
            judgement.unseen_part(cause, Some(part));
        }
        if accounts.exempt > 0 {
            let said = reason("accounts-exempt").arg("count", accounts.exempt);
            judgement.note(said.part(part));
        }
    }
}
