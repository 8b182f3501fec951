//! Whether logs are regularly reviewed: a person says; what is configured for it is shown.

use crate::cause::Cause;
use crate::host::Host;
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// Files by which a tool shows that it is configured, and whether it sums logs up for somebody.
const TRACES: [(&str, &str, bool); 9] = [
    ("logwatch", "/etc/cron.daily/*logwatch", true),
    ("logwatch", "/etc/systemd/system/timers.target.wants/logwatch.timer", true),
    ("logcheck", "/etc/logcheck/logcheck.conf", true),
    ("swatch", "/etc/swatch*", true),
    ("OSSEC/Wazuh", "/var/ossec/etc/ossec.conf", true),
    ("filebeat", "/etc/filebeat/filebeat.yml", true),
    ("fluent-bit", "/etc/fluent-bit/fluent-bit.conf", true),
    ("auditd", "/etc/audit/auditd.conf", false),
    ("logrotate", "/etc/logrotate.conf", false),
];

/// What is configured.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    /// Name, path, whether it sums up.
    tools: Vec<(String, String, bool)>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let mut tools = Vec::new();
    for (name, pattern, sums_up) in TRACES {
        // These are only hints: what cannot be listed is left out.
        let paths = host.glob(pattern).unwrap_or_default();
        tools.extend(paths.into_iter().take(1).map(|path| (name.to_owned(), path, sums_up)));
    }
    Ok(Facts { tools })
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    if params.flag("reviewed") {
        judgement.good(reason("reviewed"));
    } else {
        judgement.ask(reason("ask"));
    }
    for (name, path, _) in &facts.tools {
        judgement.note(reason("tool").arg("name", name).file(path));
    }
    if !facts.tools.iter().any(|(_, _, sums_up)| *sums_up) {
        judgement.note(reason("no-tool"));
    }
    judgement
}
