//! Passwords of Tomcat's administrators: only their length, classes and form are looked at.

use crate::cause::Cause;
use crate::host::Host;
use crate::host::password::PasswordForm;
use crate::host::tomcat::{Admin, InstanceAdmins, TomcatAdmins};
use crate::judgement::{Judgement, reason};
use crate::params::Params;

/// The administrators of every instance.
pub type Facts = TomcatAdmins;

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    Ok(TomcatAdmins::of(&*host.tomcat()?))
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    if facts.is_absent() {
        return Judgement::not_applicable(reason("tomcat-absent"));
    }
    let mut judgement = Judgement::new();
    for instance in &facts.instances {
        for admin in &instance.admins {
            judge_admin(instance, admin, &mut judgement);
        }
        for (realm, place) in instance.foreign.iter().filter(|_| !instance.managers.is_empty()) {
            let key = reason("foreign-realm").arg("base", &instance.base).arg("realm", realm);
            judgement.ask(key.at(place.clone()));
        }
        if instance.admins.is_empty() {
            judgement.good(reason("no-admins").arg("base", &instance.base));
        }
    }
    for cause in &facts.unseen {
        judgement.unseen(cause);
    }
    judgement
}

fn judge_admin(instance: &InstanceAdmins, admin: &Admin, judgement: &mut Judgement) {
    let password = &admin.password;
    let say = |key: &'static str| {
        let said = reason(key).arg("base", &instance.base).arg("name", &admin.name);
        said.at(admin.place.clone())
    };
    match password.form {
        PasswordForm::Property => judgement.ask(say("elsewhere")),
        // Without a handler the digest itself is what is typed.
        PasswordForm::Digest if instance.digests => judgement.good(say("digested")),
        _ if !password.is_weak() => {
            judgement.good(say("strong"));
            judgement.warn(say("plain"));
        }
        _ if !admin.used => judgement.warn(say("weak-unused")),
        _ if password.is_name => judgement.bad(say("weak-is-name")),
        _ if password.is_common => judgement.bad(say("weak-is-common")),
        _ => judgement
            .bad(say("weak").arg("length", password.length).arg("classes", password.classes)),
    }
    if !admin.used && password.is_weak() && password.form != PasswordForm::Property {
        judgement.good(reason("no-admins").arg("base", &instance.base));
    }
}
