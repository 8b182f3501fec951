//! Whether an account is locked after a number of wrong passwords, in every way of logging in that is in use.
//!
//! Each stack is gone through twice: once as a locked account whose password is right, which must be refused, and once
//! as an account whose password is wrong, which must be counted.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::fix::PASSWORD_MODULES;
use crate::host::pam::{ORDINARY, PamEntry, PamStack, Phase, Subject};
use crate::host::{Host, KeyValue};
use crate::judgement::{Judgement, Reason, reason};
use crate::params::Params;
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// Services by which people log in.
const SERVICES: [&str; 12] = [
    "login",
    "remote",
    "sshd",
    "gdm-password",
    "lightdm",
    "sddm",
    "xdm",
    "lxdm",
    "kde",
    "cockpit",
    "xrdp-sesman",
    "vsftpd",
];

/// Files that hold what those services share, looked at where none of them is there.
const SHARED: [&str; 3] = ["common-auth", "system-auth", "password-auth"];

/// Modules that count wrong passwords.
const COUNTERS: [&str; 3] = ["pam_faillock", "pam_tally2", "pam_tally"];

/// Modules that ask for a password.
const PASSWORDS: [&str; 4] = ["pam_unix", "pam_pwdfile", "pam_userdb", "pam_tcb"];

/// Its settings.
const FAILLOCK_CONF: &str = "/etc/security/faillock.conf";

/// `deny` of pam_faillock(8) where nothing sets it, and `unlock_time`.
const FAILLOCK_DENY: &str = "3";
const FAILLOCK_UNLOCK: &str = "600";

/// Every way of logging in with what it does about wrong passwords.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    services: Vec<Service>,
    /// `UsePAM no` of an sshd that takes passwords.
    sshd_without_pam: Option<KeyValue>,
    /// A program that logs people in, where there is no PAM at all.
    without_pam: Option<String>,
    /// Whether there is a `faillock.conf`, which modules of old do not read.
    has_conf: bool,
    /// Whether it sets a threshold.
    sets_deny: bool,
    /// Whether `pam-auth-update` writes the shared files.
    generated: bool,
}

/// What one service does.
#[derive(Debug, Serialize, Deserialize)]
struct Service {
    name: String,
    path: String,
    /// The line that refuses a locked account.
    refuser: Option<Counter>,
    /// The usual answers of its modules let nobody in, so that nothing follows from them.
    unclear: bool,
    /// Whether a wrong password reaches a line that counts it.
    counts: bool,
    /// A line of such a module that has no effect.
    idle: Option<(Place, String)>,
    /// Whether something sets the counter back after a right password.
    resets: bool,
    /// Whether the service has an account phase.
    has_account: bool,
    /// The module of the line is not installed.
    missing: Option<String>,
    /// The first counter that the stack names.
    module: Option<String>,
    /// Whether a `preauth` line stands above every module that asks for a password.
    asked_first: bool,
}

/// A line that refuses locked accounts.
#[derive(Debug, Serialize, Deserialize)]
struct Counter {
    place: Place,
    text: String,
    deny: Option<KeyValue>,
    unlock: Option<KeyValue>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let sshd = host.sshd("root")?;
    let ssh = host.service("ssh")?;
    let ssh_counts = sshd.is_some() && !ssh.is_surely_unused();
    let mut sshd_without_pam = None;
    if let Some(config) = sshd.filter(|_| ssh_counts) {
        let takes_passwords = config.is_yes("passwordauthentication");
        sshd_without_pam =
            config.value("usepam").filter(|_| takes_passwords && !config.is_yes("usepam"));
    }
    let mut services = Vec::new();
    for name in SERVICES {
        // A file of a service that nobody can reach decides nothing.
        if name == "sshd" && (!ssh_counts || sshd_without_pam.is_some()) {
            continue;
        }
        if name == "vsftpd" && host.service("vsftpd")?.is_surely_unused() {
            continue;
        }
        services.extend(service(host, name)?);
    }
    if services.is_empty() {
        for name in SHARED {
            services.extend(service(host, name)?);
        }
    }
    let programs = ["/usr/bin/login", "/bin/login", "/usr/sbin/sshd", "/bin/busybox"];
    let program = programs.iter().find(|path| host.system().exists(std::path::Path::new(path)));
    let without_pam = program.filter(|_| services.is_empty()).map(|path| (*path).to_owned());
    Ok(Facts {
        services,
        sshd_without_pam,
        without_pam,
        has_conf: host.file_followed(FAILLOCK_CONF)?.is_some(),
        sets_deny: host.faillock_conf(None)?.value("deny").is_some(),
        generated: host.is_pam_generated("common-auth")?,
    })
}

fn service(host: &Host, name: &str) -> Result<Option<Service>, Cause> {
    let Some(auth) = host.pam(name, Phase::Auth)? else { return Ok(None) };
    if auth.entries.is_empty() {
        return Ok(None);
    }
    let missing = missing_module(host, &auth)?;
    let somebody = somebody(&auth);
    let refusing = somebody.and_then(|subject| refusing(&auth, subject, missing.as_deref()));
    let refuser = refusing.map(|entry| counter(host, entry)).transpose()?;
    let idle = auth.entries.iter().find(|entry| is_counter(entry));
    let account = host.pam(name, Phase::Account)?;
    let has_account = account.as_ref().is_some_and(|stack| !stack.entries.is_empty());
    let resets = auth.entries.iter().any(|entry| entry.has("authsucc"))
        || account.is_some_and(|stack| stack.entries.iter().any(is_counter));
    Ok(Some(Service {
        name: name.to_owned(),
        counts: somebody.is_some_and(|subject| counts(&auth, subject, missing.as_deref())),
        unclear: somebody.is_none(),
        idle: idle.map(|entry| (entry.place.clone(), entry.text.clone())),
        module: idle.map(|entry| entry.module.trim_end_matches(".so").to_owned()),
        asked_first: asked_first(&auth),
        path: auth.path,
        refuser,
        resets,
        has_account,
        missing,
    }))
}

/// Whether a line that refuses locked accounts stands above the first that asks for a password.
fn asked_first(stack: &PamStack) -> bool {
    let asks = |entry: &&PamEntry| PASSWORD_MODULES.iter().any(|name| entry.is(name));
    let above = stack.entries.iter().take_while(|entry| !asks(entry));
    above.into_iter().any(|entry| is_counter(entry) && !entry.has("authfail"))
}

fn is_counter(entry: &PamEntry) -> bool {
    COUNTERS.iter().any(|name| entry.is(name))
}

/// A counter that the stack names and that is not installed.
fn missing_module(host: &Host, stack: &PamStack) -> Result<Option<String>, Cause> {
    let Some(entry) = stack.entries.iter().find(|entry| is_counter(entry)) else { return Ok(None) };
    let is_missing = host.has_pam_module(&entry.module)? == Some(false);
    Ok(is_missing.then(|| entry.module.clone()))
}

/// Somebody who gets in by a right password: a local account outside every group that a module names, else one inside,
/// else one of a directory. `None` where the usual answers of modules let nobody in.
fn somebody(stack: &PamStack) -> Option<Subject> {
    let of = |in_group, foreign| Subject { target: ORDINARY, caller: ORDINARY, in_group, foreign };
    [of(false, false), of(true, false), of(false, true), of(true, true)]
        .into_iter()
        .find(|subject| stack.run(|entry| entry.usual_answer(*subject)).success)
}

/// The line that keeps a locked account out although its password is right.
fn refusing<'a>(
    stack: &'a PamStack,
    somebody: Subject,
    missing: Option<&str>,
) -> Option<&'a PamEntry> {
    let refuses = |entry: &PamEntry| is_counter(entry) && missing != Some(entry.module.as_str());
    let locked =
        stack.run(|entry| if refuses(entry) { "auth_err" } else { entry.usual_answer(somebody) });
    if locked.success {
        return None;
    }
    let asked = locked.asked.iter().filter_map(|at| stack.entries.get(*at));
    asked.into_iter().find(|entry| refuses(entry))
}

/// Whether a wrong password reaches a line that counts it.
fn counts(stack: &PamStack, somebody: Subject, missing: Option<&str>) -> bool {
    let outcome = stack.run(|entry| {
        let is_password = PASSWORDS.iter().any(|name| entry.is(name));
        if is_password { "auth_err" } else { entry.usual_answer(somebody) }
    });
    outcome.asked.iter().filter_map(|at| stack.entries.get(*at)).any(|entry| {
        let adds = if entry.is("pam_faillock") { entry.has("authfail") } else { is_counter(entry) };
        adds && missing != Some(entry.module.as_str())
    })
}

fn counter(host: &Host, entry: &PamEntry) -> Result<Counter, Cause> {
    let of_line = |key: &str| {
        entry.value(key).map(|value| KeyValue {
            key: key.to_owned(),
            value: value.to_owned(),
            place: entry.place.clone(),
        })
    };
    let (mut deny, mut unlock) = (of_line("deny"), of_line("unlock_time"));
    if entry.is("pam_faillock") {
        let conf = host.faillock_conf(entry.value("conf"))?;
        let or_default = |key: &str, default: &str| {
            conf.value(key).cloned().or_else(|| {
                let place = entry.place.clone();
                Some(KeyValue { key: key.to_owned(), value: default.to_owned(), place })
            })
        };
        deny = deny.or_else(|| or_default("deny", FAILLOCK_DENY));
        unlock = unlock.or_else(|| or_default("unlock_time", FAILLOCK_UNLOCK));
    }
    Ok(Counter { place: entry.place.clone(), text: entry.text.clone(), deny, unlock })
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    if facts.services.is_empty() && facts.sshd_without_pam.is_none() {
        let Some(program) = &facts.without_pam else {
            return Judgement::not_applicable(reason("no-login"));
        };
        let mut judgement = Judgement::new();
        judgement.bad(reason("no-pam").arg("program", program).file(program));
        return judgement;
    }
    let mut judgement = Judgement::new();
    if let Some(setting) = &facts.sshd_without_pam {
        judgement.bad(reason("sshd-without-pam").at(setting.place.clone()));
    }
    for service in &facts.services {
        tell(service, params, &mut judgement);
    }
    judgement
}

fn tell(service: &Service, params: &Params, judgement: &mut Judgement) {
    let file = Place::File { path: service.path.clone(), line: None };
    if let Some(module) = &service.missing {
        let place = service.idle.as_ref().map_or(file, |(place, _)| place.clone());
        let said = reason("module-missing").arg("service", &service.name).arg("module", module);
        judgement.bad(said.at(place));
        return;
    }
    let Some(counter) = &service.refuser else {
        match &service.idle {
            Some((place, text)) if service.unclear => judgement.ask(
                reason("stack-unclear")
                    .arg("service", &service.name)
                    .at(place.clone())
                    .excerpt(text),
            ),
            Some((place, text)) => judgement.bad(
                reason("locked-let-in")
                    .arg("service", &service.name)
                    .at(place.clone())
                    .excerpt(text),
            ),
            None => judgement.bad(reason("no-lockout").arg("service", &service.name).at(file)),
        }
        return;
    };
    let of_service = |key: &'static str| reason(key).arg("service", &service.name);
    if !service.counts {
        let said = of_service("failures-not-counted").at(counter.place.clone());
        judgement.bad(said.excerpt(&counter.text));
        return;
    }
    threshold(counter, params, of_service, judgement);
    if !service.resets {
        judgement.warn(of_service("never-reset").at(counter.place.clone()));
    }
}

fn threshold(
    counter: &Counter,
    params: &Params,
    of_service: impl Fn(&'static str) -> Reason,
    judgement: &mut Judgement,
) {
    let Some(deny) = &counter.deny else {
        judgement.bad(of_service("no-threshold").at(counter.place.clone()).excerpt(&counter.text));
        return;
    };
    let Ok(number) = deny.value.parse::<i64>() else {
        let mut cause = Cause::new(crate::CauseKind::Malformed, "deny is no number");
        cause.place = Some(deny.place.clone());
        judgement.unseen(&cause);
        return;
    };
    let limit = params.integer("max_deny");
    let say = |key| of_service(key).arg("deny", number).arg("limit", limit).at(deny.place.clone());
    match number {
        ..=0 => judgement.bad(say("lockout-off")),
        number if number > limit => judgement.bad(say("threshold-too-high")),
        _ => judgement.good(say("threshold-good")),
    }
    let wanted = params.integer("unlock_time");
    let unlock = counter.unlock.as_ref();
    let seconds = unlock.and_then(|unlock| unlock.value.parse::<i64>().ok().map(|n| (unlock, n)));
    if let Some((unlock, seconds)) = seconds.filter(|(_, seconds)| (1..wanted).contains(seconds)) {
        let said = of_service("short-lock").arg("seconds", seconds).arg("wanted", wanted);
        judgement.warn(said.at(unlock.place.clone()));
    }
}
