//! Services that an item switches off, and services that must go on.

use super::machine::Machine;

/// A service that runs is in use: it is stopped only when a person accepts that, and started again by a rollback.
fn switched_off_and_on_again(machine: &Machine) {
    let ports = "ss -Hlun 'sport = :161' | wc -l";
    let state = "systemctl is-enabled snmpd.service; systemctl is-active snmpd.service";
    // The container may have no IPv6.
    machine.sh("sed -i 's/,.::1.//' /etc/snmp/snmpd.conf; systemctl restart snmpd.service");
    let (as_before, open) = (machine.try_sh(state).out, machine.sh(ports));
    assert_eq!(as_before, "enabled\nactive\n");
    assert_ne!(open.trim(), "0");
    let before = machine.manifest();
    machine.pasu("fix apply unneeded-snmp --yes").ended(1);
    assert_eq!(machine.try_sh(state).out, as_before, "stopped without consent");
    machine.pasu("fix apply unneeded-snmp --yes --accept unneeded-snmp").ok().says("fixed");
    assert_eq!(machine.sh(ports).trim(), "0");
    let off = machine.try_sh(state).out;
    assert_eq!(off, "masked\ninactive\n");
    machine.pasu("fix rollback --all --yes").ok();
    assert_eq!(machine.try_sh(state).out, as_before);
    assert_eq!(machine.sh(ports), open);
    machine.assert_same(&before);
}

/// telnet of inetd.
fn super_server(machine: &Machine) {
    let ports = "ss -Hltn 'sport = :23' | wc -l";
    machine.sh(
        "echo 'telnet stream tcp nowait root /usr/sbin/tcpd /usr/sbin/telnetd' >> /etc/inetd.conf
         systemctl enable inetd.service; systemctl restart inetd.service; sleep 0.5",
    );
    let open = machine.sh(ports);
    assert_ne!(open.trim(), "0");
    let before = machine.manifest();
    machine.pasu("fix apply telnet-service --yes").ended(1);
    assert_eq!(machine.sh(ports), open);
    machine.pasu("fix apply telnet-service --yes --accept telnet-service").ok().says("fixed");
    assert_eq!(machine.sh(ports).trim(), "0");
    machine.pasu("fix rollback --all --yes").ok();
    machine.assert_same(&before);
    machine.wait("telnet is back", 5, |machine| machine.sh(ports) == open);
    machine.sh("sed -i /telnetd/d /etc/inetd.conf; systemctl restart inetd.service");
}

/// sshd dies of being told: everything is undone, and it waits again.
fn dies_of_it(machine: &Machine) {
    machine.sh("mkdir -p /etc/systemd/system/ssh.service.d
                printf '[Service]\nExecReload=\nExecReload=/bin/sh -c \"kill $MAINPID\"\nRestart=no\n' \\
                    > /etc/systemd/system/ssh.service.d/dies.conf
                systemctl daemon-reload");
    let before = machine.manifest();
    machine.pasu("fix apply U-01 --yes").ended(1).says("undone").says("ssh.service");
    machine.assert_same(&before);
    machine.wait("sshd waits again", 5, |machine| machine.lets_in("root"));
    machine.sh("rm -r /etc/systemd/system/ssh.service.d; systemctl daemon-reload");
}

/// A proof that fails only with the change: everything is undone before sshd is told.
fn proof_fails(machine: &Machine) {
    machine.sh("dpkg-divert --quiet --rename --add /usr/sbin/sshd
                printf '#!/bin/sh\nif test \"$1\" = -t && grep -q \"^PermitRootLogin no\" /etc/ssh/sshd_config; then\n    echo refused by this test >&2; exit 255\nfi\nexec /usr/sbin/sshd.distrib \"$@\"\n' > /usr/sbin/sshd
                chmod 0755 /usr/sbin/sshd");
    let before = machine.manifest();
    let started = "systemctl show -P ExecReload ssh.service | md5sum; pgrep -o -x sshd";
    let as_before = machine.sh(started);
    machine.pasu("fix apply U-01 --yes").ended(1).says("refused by this test");
    machine.assert_same(&before);
    assert_eq!(machine.sh(started), as_before, "sshd was told");
    machine.assert_all_get_in();
    machine.sh("rm /usr/sbin/sshd; dpkg-divert --quiet --rename --remove /usr/sbin/sshd");
    // One that fails already is no proof, and nothing is begun.
    machine.sh("echo 'Nonsense yes' > /etc/ssh/sshd_config.d/zz.conf");
    machine.pasu("fix apply U-01 --yes").ended(1).says("nothing to apply");
    machine.sh("rm /etc/ssh/sshd_config.d/zz.conf");
    machine.assert_all_get_in();
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn with_systemd() {
    let machine = Machine::with_systemd("services");
    switched_off_and_on_again(&machine);
    super_server(&machine);
    dies_of_it(&machine);
    proof_fails(&machine);
}
