//! Whether TFTP, talk or ntalk are in use, dnsmasq's TFTP included.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::services::{ServiceState, SignKind};
use crate::host::{Host, KeyValue};
use crate::judgement::{Judgement, reason};
use crate::kinds::service::tell;
use crate::params::Params;
use pasu_model::Weight;
use serde::{Deserialize, Serialize};

/// The services, and dnsmasq with what tells it to serve TFTP.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    tftp: ServiceState,
    talk: ServiceState,
    dnsmasq: ServiceState,
    settings: Result<Vec<KeyValue>, Cause>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    Ok(Facts {
        tftp: host.service("tftp")?,
        talk: host.service("talk")?,
        dnsmasq: host.service("dnsmasq")?,
        settings: settings(host),
    })
}

/// `enable-tftp` or `enable-tftp=eth1`, in the usual files of dnsmasq. Both distributions include the folder.
fn settings(host: &Host) -> Result<Vec<KeyValue>, Cause> {
    let mut paths = vec!["/etc/dnsmasq.conf".to_owned()];
    paths.extend(host.glob("/etc/dnsmasq.d/*")?);
    let mut found = Vec::new();
    for path in paths {
        let Some(file) = host.text(&path)? else { continue };
        for (number, line) in file.settings() {
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            let key = key.split(['#', ' ', '\t']).next().unwrap_or_default();
            if key == "enable-tftp" {
                let (key, value) = (key.to_owned(), value.trim().to_owned());
                found.push(KeyValue { key, value, place: file.place(number) });
            }
        }
    }
    Ok(found)
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    let mut tftp = facts.tftp.clone();
    let held = tftp
        .others
        .iter()
        .position(|sign| sign.kind == SignKind::PortOfOther && sign.what.ends_with("(dnsmasq)"));
    if let Some(at) = held {
        let sign = tftp.others.remove(at);
        judgement.bad(reason("dnsmasq").arg("what", sign.what));
    }
    judge_settings(facts, &mut judgement);
    tell(&mut judgement, "tftp", &tftp, Weight::Bad);
    tell(&mut judgement, "talk", &facts.talk, Weight::Bad);
    judgement
}

fn judge_settings(facts: &Facts, judgement: &mut Judgement) {
    let is_used = facts.dnsmasq.is_used();
    match &facts.settings {
        Ok(settings) => {
            for setting in settings {
                let key = if is_used { "dnsmasq" } else { "dnsmasq-idle" };
                let said = reason(key).arg("what", &setting.key).at(setting.place.clone());
                if is_used { judgement.bad(said) } else { judgement.warn(said) }
            }
        }
        Err(cause) if is_used => judgement.unseen(cause),
        Err(_) => {}
    }
}
