//! The three lines of pam_faillock(8) around what asks for a password, or a threshold within the limit.
//!
//! `preauth` stands above the first module that asks and `authfail` below the last: one between pam_unix and the module
//! of a directory would end the logins of that directory's accounts. root is never locked.

use super::{FAILLOCK_CONF, Facts, Service};
use crate::fix::{Edit, Fix, PASSWORD_MODULES, PamChange, PamEdit, PamSpot, SettingEdit, Syntax};
use crate::host::pam::Phase;
use crate::judgement::reason;
use crate::params::Params;
use pasu_model::Place;

/// What is written where nothing is, or what is there locks nobody.
const DENY: i64 = 5;
const UNLOCK: i64 = 600;

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut fix = Fix::new();
    if facts.sshd_without_pam.is_some() {
        fix.edit(Edit::Sshd {
            keyword: "UsePAM".to_owned(),
            value: "yes".to_owned(),
            everywhere: false,
        });
    }
    for service in &facts.services {
        one(&mut fix, facts, service, params);
    }
    fix
}

fn one(fix: &mut Fix, facts: &Facts, service: &Service, params: &Params) {
    if service.missing.as_deref().is_some_and(|module| module.starts_with("pam_faillock")) {
        let packages = "libpam-modules (Debian, Ubuntu), pam (RHEL)";
        let said = reason("fix-pam-module-missing").arg("module", "pam_faillock.so");
        fix.leave(said.arg("packages", packages));
        return;
    }
    let module = service.module.as_deref();
    if let Some(gone) = module.filter(|_| service.missing.is_some()) {
        for phase in [Phase::Auth, Phase::Account] {
            let change = PamChange::CommentOut { module: gone.to_owned(), below: Vec::new() };
            fix.edit(of(service, phase, change));
        }
        lines(fix, facts, service, params);
        return;
    }
    match (&service.refuser, module) {
        (Some(_), _) if !service.counts => lines(fix, facts, service, params),
        (Some(_), _) => threshold(fix, service, params),
        (None, Some(_)) if service.unclear => {}
        (None, Some(module)) if service.asked_first => {
            let argument = (module == "pam_faillock").then(|| "preauth".to_owned());
            let control = "required".to_owned();
            let change = PamChange::Control { module: module.to_owned(), argument, control };
            fix.edit(of(service, Phase::Auth, change));
            if module == "pam_faillock" && !service.counts {
                lines(fix, facts, service, params);
            }
        }
        (None, _) => lines(fix, facts, service, params),
    }
}

/// What lacks of the three lines.
fn lines(fix: &mut Fix, facts: &Facts, service: &Service, params: &Params) {
    let deny = DENY.min(params.integer("max_deny"));
    let mut settings = Vec::new();
    let is_new = service.module.is_none() || service.missing.is_some();
    if is_new && !facts.has_conf {
        settings = vec![format!("deny={deny}"), format!("unlock_time={UNLOCK}")];
    } else if is_new && !facts.sets_deny {
        fix.edit(SettingEdit::new(FAILLOCK_CONF, Syntax::Equals, "deny", deny.to_string()));
    }
    let mut add = |phase, control: &str, words: &[&str], at| {
        let words = words.iter().map(|word| (*word).to_owned());
        let change = PamChange::Insert {
            control: control.to_owned(),
            module: "pam_faillock.so".to_owned(),
            arguments: words.chain(settings.iter().cloned()).collect(),
            at,
        };
        fix.edit(of(service, phase, change));
    };
    if service.refuser.is_none() && !service.asked_first || service.missing.is_some() {
        let at = PamSpot::before(&PASSWORD_MODULES);
        add(Phase::Auth, "required", &["preauth", "silent"], at);
    }
    if !service.counts || service.missing.is_some() {
        add(Phase::Auth, "[default=die]", &["authfail"], PamSpot::after(&PASSWORD_MODULES));
    }
    if service.has_account && (!service.resets || service.missing.is_some()) {
        settings.clear();
        let change = PamChange::Insert {
            control: "required".to_owned(),
            module: "pam_faillock.so".to_owned(),
            arguments: Vec::new(),
            at: PamSpot::before(&PASSWORD_MODULES),
        };
        fix.edit(of(service, Phase::Account, change));
    }
    if facts.generated {
        fix.leave(reason("fix-pam-auth-update"));
    }
}

/// The line or file that sets a threshold beyond the limit, or the module's line that sets none.
fn threshold(fix: &mut Fix, service: &Service, params: &Params) {
    let Some(counter) = &service.refuser else { return };
    let limit = params.integer("max_deny");
    let deny = counter.deny.as_ref();
    let number = deny.map(|deny| deny.value.parse::<i64>());
    if number.as_ref().is_some_and(|number| number.as_ref().is_ok_and(|n| (1..=limit).contains(n)))
    {
        return;
    }
    let value = DENY.min(limit).to_string();
    let module = service.module.as_deref().unwrap_or("pam_faillock");
    let words = || counter.text.split_whitespace();
    let of_line = |name: &str| words().filter_map(|word| word.strip_prefix(name)).next_back();
    let conf = match deny.map(|deny| &deny.place) {
        // Another file than that of the module's line sets it.
        Some(Place::File { path, .. }) if deny.is_some_and(|it| it.place != counter.place) => {
            Some(path.as_str())
        }
        // It is the module's own default.
        _ if deny.is_some() && of_line("deny=").is_none() => {
            Some(of_line("conf=").unwrap_or(FAILLOCK_CONF))
        }
        _ => None,
    };
    match conf {
        Some(path) => fix.edit(SettingEdit::new(path, Syntax::Equals, "deny", value)),
        None => {
            let set = vec![format!("deny={value}")];
            let change = PamChange::Arguments { module: module.to_owned(), set, unset: Vec::new() };
            fix.edit(of(service, Phase::Auth, change));
        }
    }
}

fn of(service: &Service, phase: Phase, change: PamChange) -> PamEdit {
    PamEdit { service: service.name.clone(), phase, change }
}
