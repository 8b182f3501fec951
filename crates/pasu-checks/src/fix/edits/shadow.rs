//! A password field of `/etc/passwd` moves to `/etc/shadow`, as pwconv(8) does it: an entry that is there takes the field
//! over, a new one gets the ages of login.defs, and both say that the password was set today.

use super::account::change;
use crate::fix::draft::{Base, Draft, Trouble};
use crate::host::accounts::PasswordField;

const SECONDS_OF_A_DAY: i64 = 86_400;

pub(super) fn draw(draft: &mut Draft<'_>, name: &str, item: &str) -> Result<(), Trouble> {
    let kind = draft.host.accounts()?.named(name).map(|account| account.password);
    let mut password = String::new();
    change(draft, "/etc/passwd", name, 7, item, |fields| {
        password = std::mem::replace(&mut fields[1], "x".to_owned());
    })?;
    if !matches!(kind, Some(PasswordField::Hash(_))) {
        "!".clone_into(&mut password);
    }
    let today = draft.host.now().div_euclid(SECONDS_OF_A_DAY).to_string();
    let host = draft.host;
    let (real, lines) = draft.text("/etc/shadow", item)?;
    let begins = |line: &str| line.split(':').next() == Some(name);
    if lines.iter().any(|line| begins(&line.text())) {
        return change(draft, "/etc/shadow", name, 9, item, |fields| {
            fields[1] = password;
            fields[2] = today;
        });
    }
    let defs = host.login_defs()?;
    let days = |key: &str| {
        let found = defs.value(key).and_then(|found| found.value.parse::<i64>().ok());
        found.filter(|days| *days >= 0).map(|days| days.to_string()).unwrap_or_default()
    };
    let ages = ["PASS_MIN_DAYS", "PASS_MAX_DAYS", "PASS_WARN_AGE"].map(days).join(":");
    let (_, lines) = draft.text(&real, item)?;
    let end = lines.iter().len();
    lines.insert(end, &[format!("{name}:{password}:{today}:{ages}:::")], item);
    let (_, file) = draft.path(&real, item)?;
    if matches!(file.base, Base::Absent) {
        file.mode = Some(0o600);
    }
    Ok(())
}
