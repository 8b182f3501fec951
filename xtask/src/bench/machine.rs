//! What was measured on, as a report must say.

use serde::Serialize;
use std::fs;

/// Facts of this machine.
#[derive(Debug, Serialize)]
pub struct Machine {
    /// The processor's name.
    pub processor: String,
    /// How many of its threads we may use.
    pub threads: usize,
    /// Memory, in MiB.
    pub memory_mib: u64,
    /// The kernel's release.
    pub kernel: String,
    /// How busy it was over the last minute when the measuring began: more than 0 disturbs.
    pub load: String,
}

impl Machine {
    /// Asks `/proc`.
    pub fn read() -> Self {
        let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let field = |path: &str, name: &str| {
            let lines = text(path);
            let line = lines.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_default().trim_start_matches([':', '\t', ' ']).to_owned()
        };
        let memory = field("/proc/meminfo", "MemTotal");
        let kib = memory.split(' ').next().and_then(|number| number.parse::<u64>().ok());
        Self {
            processor: field("/proc/cpuinfo", "model name"),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            memory_mib: kib.unwrap_or(0) / 1024,
            kernel: text("/proc/sys/kernel/osrelease").trim().to_owned(),
            load: text("/proc/loadavg").split(' ').next().unwrap_or_default().to_owned(),
        }
    }
}
