//! Facts about the machine this program runs on, asked of the kernel.

/// The machine's name, as `uname -n` prints it.
#[must_use]
pub fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Whether this program runs as root (effective user 0), and so may read what other users may not.
#[must_use]
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Whether this program sees attributes named `trusted.…`, in which overlayfs keeps what a layer takes away. The kernel
/// shows them to root with `CAP_SYS_ADMIN` outside of user namespaces alone, and hides them from others without a word.
#[must_use]
pub fn sees_trusted_attributes() -> bool {
    let text = |path| std::fs::read_to_string(path).unwrap_or_default();
    may_see(&text("/proc/self/status"), &text("/proc/self/uid_map"))
}

/// `CapEff:\t000001ffffffffff`, and `0 0 4294967295` where user numbers are the machine's own.
fn may_see(status: &str, map: &str) -> bool {
    const SYS_ADMIN: u64 = 1 << 21;
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let effective = effective.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok());
    let whole = map.split_whitespace().eq(["0", "0", "4294967295"]);
    whole && effective.is_some_and(|bits| bits & SYS_ADMIN != 0)
}

#[cfg(test)]
mod tests {
    #[test]
    fn trusted_attributes_are_seen_by_the_machines_own_root_alone() {
        let root = "CapPrm:\t0000000000000000\nCapEff:\t000001ffffffffff\n";
        let map = "         0          0 4294967295\n";
        assert!(super::may_see(root, map));
        // A container's root, a user namespace's, and nothing known.
        assert!(!super::may_see("CapEff:\t00000000a80425fb\n", map));
        assert!(!super::may_see(root, "         0     100000      65536\n"));
        assert!(!super::may_see("", ""));
    }

    #[test]
    fn host_name_is_the_kernels() {
        let kernel = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
        assert_eq!(super::host_name(), kernel.trim_end());
    }
}
