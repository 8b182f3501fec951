//! Whose a container or image at an engine is: the value of the label by which what was left behind is found again.
//!
//! `6f1d…c2.1c0ffee….b007….4711.998877`: a number of the run, then machine, boot, process and the time it was started,
//! so that a run that goes on is told from one that was killed.

use crate::digest::Digest;
use std::time::{SystemTime, UNIX_EPOCH};

/// The label of everything that a run makes at an engine for itself.
pub const LABEL: &str = "kr.pasu.session";

/// After how many seconds what another machine left behind may be taken away: nobody can see whether its run goes on.
const FOREIGN: i64 = 24 * 60 * 60;

/// The value for a new run.
pub fn new() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let [machine, boot, pid, start] = this_process();
    let run = short(&format!("{now} {machine} {boot} {pid} {start}"));
    format!("{run}.{machine}.{boot}.{pid}.{start}")
}

/// Whether the run of a value is over; `age` is that of what it labels, in seconds.
pub fn is_over(value: &str, age: i64) -> bool {
    let parts: Vec<&str> = value.split('.').collect();
    let [_, machine, boot, pid, start] = parts[..] else { return age > FOREIGN };
    let [our_machine, our_boot, ..] = this_process();
    if machine != our_machine {
        return age > FOREIGN;
    }
    boot != our_boot || started(pid).is_none_or(|now| now != start)
}

fn this_process() -> [String; 4] {
    let pid = std::process::id().to_string();
    let start = started(&pid).unwrap_or_default();
    [identity("/etc/machine-id"), identity("/proc/sys/kernel/random/boot_id"), pid, start]
}

/// A hash: the identities themselves are nobody's business.
fn identity(path: &str) -> String {
    short(&std::fs::read_to_string(path).unwrap_or_default())
}

fn short(text: &str) -> String {
    Digest::of(text.as_bytes()).hex().chars().take(16).collect()
}

/// When a process was started, in ticks since the boot: the twenty-second field of its `stat`, whose second, the name,
/// may hold blanks and parentheses.
fn started(pid: &str) -> Option<String> {
    let pid: u32 = pid.parse().ok()?;
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(") ")?;
    rest.split(' ').nth(19).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{FOREIGN, is_over, new};

    #[test]
    fn a_run_is_over_when_its_process_is_gone() {
        let own = new();
        assert!(!is_over(&own, 2 * FOREIGN));
        let mut parts: Vec<&str> = own.split('.').collect();
        assert_eq!(parts.len(), 5);
        parts[4] = "1";
        assert!(is_over(&parts.join("."), 0));
        parts[1] = "elsewhere";
        assert!(!is_over(&parts.join("."), FOREIGN));
        assert!(is_over(&parts.join("."), FOREIGN + 1));
        assert!(!is_over("odd", 0));
        assert_ne!(new(), own);
    }
}
