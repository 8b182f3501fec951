//! Jumps in the stacks that distributions ship, and in those that administrators make of them.

use super::draw;
use crate::case::TestHost;
use crate::fix::draft::{Draft, Trouble};
use crate::fix::{PASSWORD_MODULES, PamChange, PamEdit, PamSpot, predict};
use crate::host::Host;
use crate::host::pam::{ORDINARY, PamEntry, PamStack, Phase, Subject};

/// Debian 11, 12 and 13 and Ubuntu 24.04 ship the same; Ubuntu 22.04 adds pam_cap.
const DEBIAN: &str = "#
# /etc/pam.d/common-auth - authentication settings common to all services
# here are the per-package modules (the \"Primary\" block)
auth\t[success=1 default=ignore]\tpam_unix.so nullok
# here's the fallback if no module succeeds
auth\trequisite\t\t\tpam_deny.so
auth\trequired\t\t\tpam_permit.so
# and here are more per-package modules (the \"Additional\" block)
# end of pam-auth-update config
";
const UBUNTU_22: &str = "auth\t[success=1 default=ignore]\tpam_unix.so nullok
auth\trequisite\t\t\tpam_deny.so
auth\trequired\t\t\tpam_permit.so
auth\toptional\t\t\tpam_cap.so
";
/// With libpam-krb5 and libpam-sss.
const DEBIAN_DIRECTORY: &str = "auth\t[success=3 default=ignore]\tpam_krb5.so minimum_uid=1000
auth\t[success=2 default=ignore]\tpam_unix.so nullok try_first_pass
auth\t[success=1 default=ignore]\tpam_sss.so use_first_pass
auth\trequisite\t\t\tpam_deny.so
auth\trequired\t\t\tpam_permit.so
";
/// Rocky 9 after `authselect opt-out`, and Rocky 8, whose profile has the same order with pam_fprintd before.
const ROCKY_9: &str = "auth        required                                     pam_env.so
auth        required                                     pam_faildelay.so delay=2000000
auth        [default=1 ignore=ignore success=ok]         pam_usertype.so isregular
auth        [default=1 ignore=ignore success=ok]         pam_localuser.so
auth        sufficient                                   pam_unix.so nullok
auth        [default=1 ignore=ignore success=ok]         pam_usertype.so isregular
auth        sufficient                                   pam_sss.so forward_pass
auth        required                                     pam_deny.so
";
const ROCKY_8: &str = "auth        required                                     pam_env.so
auth        required                                     pam_faildelay.so delay=2000000
auth        [default=1 ignore=ignore success=ok]         pam_succeed_if.so uid >= 1000 quiet
auth        [default=1 ignore=ignore success=ok]         pam_localuser.so
auth        sufficient                                   pam_unix.so nullok try_first_pass
auth        requisite                                    pam_succeed_if.so uid >= 1000 quiet_success
auth        sufficient                                   pam_sss.so forward_pass
auth        required                                     pam_deny.so
";

fn faillock(arguments: &str, control: &str, at: PamSpot) -> PamEdit {
    let change = PamChange::Insert {
        control: control.to_owned(),
        module: "pam_faillock.so".to_owned(),
        arguments: arguments.split_whitespace().map(str::to_owned).collect(),
        at,
    };
    PamEdit { service: "login".to_owned(), phase: Phase::Auth, change }
}

/// Both lines of the lockout.
fn lockout() -> [PamEdit; 2] {
    [
        faillock("preauth silent", "required", PamSpot::before(&PASSWORD_MODULES)),
        faillock("authfail", "[default=die]", PamSpot::after(&PASSWORD_MODULES)),
    ]
}

fn host(shared: &str, login: &str) -> Host {
    TestHost::new().file("/etc/pam.d/common-auth", shared).file("/etc/pam.d/login", login).host()
}

fn drawn(host: &Host, edits: &[PamEdit]) -> Result<Host, Trouble> {
    let mut draft = Draft::new(host);
    edits.iter().try_for_each(|edit| draw(&mut draft, edit, "x"))?;
    Ok(predict::host_after(&draft))
}

fn stack(host: &Host) -> PamStack {
    host.pam("login", Phase::Auth).unwrap().unwrap()
}

/// The controls of the lines, in order.
fn controls(host: &Host) -> Vec<String> {
    stack(host).entries.iter().map(|entry| entry.control.written.clone()).collect()
}

fn enters(stack: &PamStack, foreign: bool, right: bool, locked: bool) -> bool {
    let subject = Subject { target: ORDINARY, caller: ORDINARY, in_group: false, foreign };
    let asks = |entry: &PamEntry| PASSWORD_MODULES.iter().any(|name| entry.is(name));
    let answer = |entry: &PamEntry| match () {
        () if locked && entry.is("pam_faillock") && entry.has("preauth") => "auth_err",
        () if asks(entry) && !right => "auth_err",
        // A local password is not that of the directory.
        () if foreign && entry.is("pam_unix") => "user_unknown",
        () if entry.is("pam_localuser") => {
            if foreign {
                "perm_denied"
            } else {
                "success"
            }
        }
        () => entry.usual_answer(subject),
    };
    stack.run(answer).success
}

#[test]
fn shipped_stacks_lock_and_let_in_as_before() {
    for shared in [DEBIAN, UBUNTU_22, DEBIAN_DIRECTORY, ROCKY_9, ROCKY_8] {
        for login in
            ["@include common-auth\n", "auth substack common-auth\nauth optional pam_group.so\n"]
        {
            let before = host(shared, login);
            let after = drawn(&before, &lockout()).unwrap();
            let (old, new) = (stack(&before), stack(&after));
            for foreign in [false, true] {
                let local_only = !old.entries.iter().any(|entry| entry.is("pam_sss"));
                if foreign && local_only {
                    continue;
                }
                assert!(enters(&new, foreign, true, false), "{shared}");
                assert!(!enters(&new, foreign, false, false), "{shared}");
                assert!(!enters(&new, foreign, true, true), "locked: {shared}");
                assert!(enters(&old, foreign, true, true), "{shared}");
            }
            // Nothing more to do.
            let again = drawn(&after, &lockout()).unwrap();
            assert_eq!(stack(&again), new);
        }
    }
}

#[test]
fn jumps_count_what_came_between() {
    let after = drawn(&host(DEBIAN_DIRECTORY, "@include common-auth\n"), &lockout()).unwrap();
    assert_eq!(
        controls(&after),
        [
            "required",
            "[success=4 default=ignore]",
            "[success=3 default=ignore]",
            "[success=2 default=ignore]",
            "[default=die]",
            "requisite",
            "required"
        ]
    );
    // In Rocky's, what jumps over a password module lands on the line that counts, as authselect's own profile has it.
    let after = drawn(&host(ROCKY_9, "auth include common-auth\n"), &lockout()).unwrap();
    let jumps: Vec<_> =
        controls(&after).into_iter().filter(|control| control.contains("default=1")).collect();
    assert_eq!(jumps.len(), 3);
}

#[test]
fn a_line_that_goes_is_no_longer_counted() {
    let shared = "auth\t[success=3 default=ignore]\tpam_unix.so\nauth\trequired\tpam_tally2.so\nauth\t[success=1 default=ignore]\tpam_sss.so\nauth\trequisite\tpam_deny.so\nauth\trequired\tpam_permit.so\n";
    let change = PamChange::CommentOut { module: "pam_tally2".to_owned(), below: Vec::new() };
    let edit = PamEdit { service: "login".to_owned(), phase: Phase::Auth, change };
    let after = drawn(&host(shared, "@include common-auth\n"), &[edit]).unwrap();
    assert_eq!(
        controls(&after),
        ["[success=2 default=ignore]", "[success=1 default=ignore]", "requisite", "required"]
    );
}

#[test]
fn what_would_shut_somebody_out_is_not_made() {
    let before =
        host("auth sufficient pam_unix.so\nauth required pam_deny.so\n", "@include common-auth\n");
    for (module, control) in [("pam_deny.so", "requisite"), ("pam_permit.so", "sufficient")] {
        let change = PamChange::Insert {
            control: control.to_owned(),
            module: module.to_owned(),
            arguments: Vec::new(),
            at: PamSpot::before(&["pam_unix"]),
        };
        let edit = PamEdit { service: "login".to_owned(), phase: Phase::Auth, change };
        match drawn(&before, &[edit]).map(|_| ()) {
            Err(Trouble::Unfit(why)) => assert_eq!(why.key, "fix-pam-unsound"),
            other => panic!("{other:?}"),
        }
    }
}
