//! Images of a distribution that gets no security updates any more.

use crate::cause::Cause;
use crate::host::Host;
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// The distribution and how it is supported.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Facts {
    None,
    Supported(String),
    Ended(String),
    Unknown(String),
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    host.image()?;
    let software = host.software()?;
    let Some(os) = host.os() else { return Ok(Facts::None) };
    let name = format!("{} {}", os.id, os.version);
    Ok(match os.support(host.today()) {
        _ if software.end_of_life => Facts::Ended(name),
        Some(support) if support.is_over() => Facts::Ended(name),
        Some(_) => Facts::Supported(name),
        None => Facts::Unknown(name),
    })
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    match facts {
        Facts::None => return Judgement::not_applicable(reason("none")),
        Facts::Supported(os) => judgement.good(reason("supported").arg("os", os)),
        Facts::Ended(os) => judgement.bad(reason("ended").arg("os", os)),
        Facts::Unknown(os) => judgement.ask(reason("unknown").arg("os", os)),
    }
    judgement
}
