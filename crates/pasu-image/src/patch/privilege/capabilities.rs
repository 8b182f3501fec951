//! Capabilities of files, as `security.capability` stores them (`struct vfs_cap_data` of linux/capability.h).

/// Names by number (capabilities(7)).
const NAMES: [&str; 41] = [
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
];

/// `cap_net_raw+ep`; `None` for bytes that are no such attribute.
pub fn shown(bytes: &[u8]) -> Option<String> {
    let word = |at: usize| {
        let bytes: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_le_bytes(bytes))
    };
    let magic = word(0)?;
    let high = if magic >> 24 >= 2 { word(12)? } else { 0 };
    let mask = u64::from(word(4)?) | u64::from(high) << 32;
    let names: Vec<String> = NAMES
        .iter()
        .enumerate()
        .filter(|(number, _)| mask >> number & 1 == 1)
        .map(|(_, name)| format!("cap_{name}"))
        .collect();
    let effective = if magic & 1 == 1 { "e" } else { "" };
    Some(format!("{}+{effective}p", names.join(",")))
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn the_kernels_form_is_read() {
        let ping = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(shown(&ping).as_deref(), Some("cap_net_raw+ep"));
        assert_eq!(shown(&ping[..6]), None);
    }
}
