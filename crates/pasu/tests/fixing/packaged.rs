//! Modes of packaged files, which a package would bring back.

use super::machine::Machine;

/// crontab is no configuration file: unpacked again it would have its old mode, were it not for dpkg's own override.
#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn kept_over_an_upgrade() {
    let machine = Machine::without_init("packaged");
    let mode = "stat -c '%a %U:%G' /usr/bin/crontab";
    let package = "dpkg --install /var/cache/apt/archives/cron_*.deb";
    let before = machine.manifest();
    let as_before = machine.sh(mode);
    machine.pasu("fix apply cron-permissions --yes --accept cron-permissions").says("fixed");
    let fixed = machine.sh(mode);
    assert_ne!(fixed, as_before);
    assert!(machine.sh("dpkg-statoverride --list").contains("/usr/bin/crontab"));
    machine.pasu("fix rollback --all --yes").ok();
    machine.assert_same(&before);
    assert_eq!(machine.sh(mode), as_before);
    machine.pasu("fix apply cron-permissions --yes --accept cron-permissions").says("fixed");
    machine.sh(package);
    assert_eq!(machine.sh(mode), fixed, "the package brought the old mode back");
    machine.pasu("fix rollback --all --yes");
    assert_eq!(machine.sh(mode), as_before);
    machine.sh(package);
    assert_eq!(machine.sh(mode), as_before, "an override was left");
}
