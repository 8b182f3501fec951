//! Settings of the running kernel, from `/proc/sys`.

use super::Host;
use crate::cause::Cause;

impl Host {
    /// The running value of a kernel setting (`net.ipv4.ip_forward`); `None` where the kernel has none such.
    ///
    /// # Errors
    /// The target is not running, or the setting cannot be read.
    pub fn sysctl(&self, name: &str) -> Result<Option<String>, Cause> {
        if !self.is_live() {
            return Err(Cause::not_running(format!("kernel setting {name}")));
        }
        // A dot in the name of an interface is written as a slash (sysctl.d(5)).
        let swapped: String = name
            .chars()
            .map(|c| match c {
                '.' => '/',
                '/' => '.',
                other => other,
            })
            .collect();
        let text = self.text(&format!("/proc/sys/{swapped}"))?;
        Ok(text.and_then(|file| file.lines.into_iter().next()).map(|line| line.trim().to_owned()))
    }
}
