//! Whether root may log in over FTP.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::ftp::pure_ftpd::Home;
use crate::host::ftp::{Door, FtpUse, tell_use};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// The daemons, and what those in use refuse.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    daemons: Vec<FtpUse>,
    doors: Vec<Door>,
    unseen: Vec<Cause>,
    /// Where Pure-FTPd's options are written.
    pure_ftpd: Option<Home>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let mut facts = Facts {
        daemons: host.ftp_daemons()?,
        doors: Vec::new(),
        unseen: Vec::new(),
        pure_ftpd: host.pure_ftpd_home().unwrap_or_default(),
    };
    for daemon in facts.daemons.iter().filter(|daemon| daemon.state.is_used()) {
        match host.ftp_doors(&daemon.name) {
            Ok(doors) => facts.doors.extend(doors),
            Err(cause) => facts.unseen.push(cause),
        }
    }
    Ok(facts)
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    for door in &facts.doors {
        let Some(gate) = door.root.first() else {
            let lists =
                if door.lists.is_empty() { "none".to_owned() } else { door.lists.join(", ") };
            judgement.bad(
                reason("root-admitted")
                    .arg("daemon", &door.daemon)
                    .arg("lists", lists)
                    .at(door.place.clone()),
            );
            continue;
        };
        let place = gate.place.clone().or_else(|| door.place.clone());
        judgement
            .good(reason("root-refused").arg("daemon", &door.daemon).arg("by", &gate.by).at(place));
    }
    for cause in &facts.unseen {
        judgement.unseen(cause);
    }
    tell_use(&mut judgement, &facts.daemons, None);
    judgement
}
