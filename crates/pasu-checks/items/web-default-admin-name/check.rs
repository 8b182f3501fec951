//! Default names among Tomcat's administrators: `<user username="admin" roles="manager-gui"/>`.

use crate::cause::Cause;
use crate::host::Host;
use crate::host::tomcat::{InstanceAdmins, TomcatAdmins};
use crate::judgement::{Judgement, reason};
use crate::params::Params;

/// The administrators of every instance.
pub type Facts = TomcatAdmins;

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    Ok(TomcatAdmins::of(&*host.tomcat()?))
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    if facts.is_absent() {
        return Judgement::not_applicable(reason("tomcat-absent"));
    }
    let mut judgement = Judgement::new();
    for instance in &facts.instances {
        judge_instance(instance, params, &mut judgement);
    }
    for cause in &facts.unseen {
        judgement.unseen(cause);
    }
    judgement
}

fn judge_instance(instance: &InstanceAdmins, params: &Params, judgement: &mut Judgement) {
    let base = &instance.base;
    let is_default =
        |name: &str| params.list("default_names").any(|known| known.eq_ignore_ascii_case(name));
    let mut is_good = true;
    for admin in instance.admins.iter().filter(|admin| is_default(&admin.name)) {
        if instance.managers.is_empty() || !admin.used {
            let key = reason("name-without-manager").arg("base", base).arg("name", &admin.name);
            judgement.warn(key.at(admin.place.clone()));
            continue;
        }
        is_good = false;
        judgement.bad(
            reason("default-name")
                .arg("base", base)
                .arg("name", &admin.name)
                .arg("roles", &admin.roles)
                .at(admin.place.clone()),
        );
    }
    if instance.managers.is_empty() {
        judgement.good(reason("manager-unused").arg("base", base));
        return;
    }
    for (realm, place) in &instance.foreign {
        is_good = false;
        let key = reason("foreign-realm").arg("base", base).arg("realm", realm);
        judgement.ask(key.at(place.clone()));
    }
    if is_good {
        judgement.good(reason("names-changed").arg("base", base));
    }
}
