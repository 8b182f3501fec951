//! Whether the mail servers in use answer VRFY and EXPN.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::exim::{Answer, Exim};
use crate::host::mail::MailSettings;
use crate::host::postfix::{Instance, is_yes};
use crate::host::sendmail::Sendmail;
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use pasu_model::Place;

pub use crate::host::mail::MailSettings as Facts;

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    host.mail_settings()
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    let MailSettings { servers, postfix, exim, sendmail } = facts;
    match postfix {
        Some(Ok(instances)) => {
            for instance in instances {
                judge_postfix(&mut judgement, instance);
            }
        }
        Some(Err(cause)) => judgement.unseen(cause),
        None => {}
    }
    match exim {
        Some(Ok(exim)) => judge_exim(&mut judgement, exim),
        Some(Err(cause)) => judgement.unseen(cause),
        None => {}
    }
    match sendmail {
        Some(Ok(sendmail)) => judge_sendmail(&mut judgement, sendmail),
        Some(Err(cause)) => judgement.unseen(cause),
        None => {}
    }
    servers.tell(&mut judgement);
    judgement
}

/// Postfix knows no EXPN.
fn judge_postfix(judgement: &mut Judgement, instance: &Instance) {
    if instance.servers.is_empty() {
        return judgement.good(reason("no-smtp").file(&format!("{}/master.cf", instance.folder)));
    }
    for server in &instance.servers {
        let setting = instance.setting(server, "disable_vrfy_command");
        let main = format!("{}/main.cf", instance.folder);
        let place = setting.place.unwrap_or(Place::File { path: main, line: None });
        let key = if is_yes(&setting.value) { "refused" } else { "vrfy-allowed" };
        let said = reason(key)
            .arg("server", format!("postfix ({})", server.name))
            .at(place)
            .excerpt(&format!("disable_vrfy_command = {}", setting.value));
        if key == "refused" {
            judgement.good(said);
        } else {
            judgement.bad(said);
        }
    }
}

fn judge_exim(judgement: &mut Judgement, exim: &Exim) {
    let mut refused = true;
    for (command, key, answer) in
        [("VRFY", "vrfy-allowed", &exim.vrfy), ("EXPN", "expn-allowed", &exim.expn)]
    {
        let said = |key: &'static str| reason(key).arg("server", "exim").file(&exim.path);
        refused &= *answer == Answer::Refused;
        match answer {
            Answer::Refused => {}
            Answer::Accepted => judgement.bad(said(key)),
            Answer::Conditional => judgement.ask(said("conditional").arg("command", command)),
            Answer::Unknown(what) => {
                judgement.ask(said("unknown").arg("command", command).arg("what", what));
            }
        }
    }
    if refused {
        judgement.good(reason("refused").arg("server", "exim").file(&exim.path));
    }
}

fn judge_sendmail(judgement: &mut Judgement, sendmail: &Sendmail) {
    let flags = sendmail.privacy.join(",");
    let said = |key: &'static str| {
        let reason = reason(key).arg("server", "sendmail").excerpt(&flags);
        match &sendmail.privacy_place {
            Some(place) => reason.at(place.clone()),
            None => reason.file(&sendmail.path),
        }
    };
    let (vrfy, expn) = (sendmail.has_privacy("novrfy"), sendmail.has_privacy("noexpn"));
    if !vrfy {
        judgement.bad(said("vrfy-allowed"));
    }
    if !expn {
        judgement.bad(said("expn-allowed"));
    }
    if vrfy && expn {
        judgement.good(said("refused"));
    }
}
