//! Upgrades done, taken back, and cut off half-way.

use crate::container::Container;
use crate::planning::openssl;
use pasu_fix::packages::{Apt, End, Machine, PackagesError, Runner, UpdatePlan, Updates};
use pasu_model::FixAuthor;
use pasu_system::{ToolJob, ToolOutput};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

const OLD: &str = "1.1.1w-0+deb11u1 installed";

fn version_of<'a>(plan: &'a UpdatePlan, package: &str) -> &'a str {
    &plan.upgrades.iter().find(|upgrade| upgrade.package == package).unwrap().to
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn upgrades_are_done_and_taken_back() {
    let container = Container::start();
    let (apt, updates) = (Apt::new(container.machine()), container.updates());
    container.sh("echo '# edited' >>/etc/ssl/openssl.cnf; apt-mark auto libssl1.1");
    // It holds the old library, as a service would.
    container.sh_in_background("exec openssl s_server -nocert -psk 00 -accept 4433");
    container.sh("sleep 0.5");
    let marks = container.sh("apt-mark showmanual");
    let edited = container.sh("md5sum /etc/ssl/openssl.cnf");
    let plan = apt.plan(&openssl()).unwrap();
    let outcome = updates.apply("first", &FixAuthor::default(), &plan).unwrap();
    assert_eq!((outcome.end, outcome.problem), (End::After, None));
    let new = format!("{} installed", version_of(&plan, "openssl"));
    assert_eq!([container.version("openssl"), container.version("libssl1.1")], [&*new, &*new]);
    assert_eq!(container.sh("md5sum /etc/ssl/openssl.cnf"), edited);
    assert_eq!(container.sh("apt-mark showmanual"), marks);
    assert_eq!(outcome.services[0].processes[0].name, "openssl");
    assert_eq!(updates.unfinished().unwrap(), Vec::<String>::new());
    // Again there is nothing to do, and the name is taken.
    assert!(apt.plan(&openssl()).unwrap().is_empty());
    assert!(matches!(
        updates.apply("first", &FixAuthor::default(), &plan),
        Err(PackagesError::Taken { .. })
    ));
    assert!(matches!(
        updates.apply("second", &FixAuthor::default(), &plan),
        Err(PackagesError::Stale)
    ));

    let folder = "/var/lib/pasu/fix/first/packages";
    assert_eq!(container.sh(&format!("ls {folder} | grep -c 'deb11u1_amd64.deb$'")).trim(), "2");
    container.sh(&format!("cd {folder}; cp openssl*.deb /tmp/kept; echo >>$(ls openssl*.deb)"));
    let error = updates.rollback("first").unwrap_err();
    assert!(error.to_string().contains("it was changed"), "{error}");
    assert_eq!(container.version("openssl"), new);
    container.sh(&format!("cd {folder}; cp /tmp/kept openssl*.deb"));

    let outcome = updates.rollback("first").unwrap();
    assert_eq!((outcome.end, outcome.problem), (End::Before, None));
    assert_eq!([container.version("openssl"), container.version("libssl1.1")], [OLD, OLD]);
    assert_eq!(container.sh("md5sum /etc/ssl/openssl.cnf"), edited);
    assert_eq!(container.sh("apt-mark showmanual"), marks);
    assert!(matches!(updates.rollback("first"), Err(PackagesError::NotDone { .. })));
}

/// When an update is cut off.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// While old package files are fetched.
    Fetching,
    /// While dpkg runs this program of an installed package.
    Installing(&'static str),
    /// Only we end; the package manager goes on.
    Alone,
}

/// A machine on which everything ends at some moment, ours too: nothing is written any more, as after `kill -9`.
struct Crash<'a> {
    container: &'a Container,
    moment: Moment,
}

impl Runner for Crash<'_> {
    fn run(&self, job: &ToolJob<'_>) -> io::Result<ToolOutput> {
        let is_real = job.log.is_some() && !job.arguments.contains(&"--download-only");
        let is_install = is_real && job.arguments.contains(&"install");
        match self.moment {
            Moment::Fetching if job.arguments.contains(&"download") => panic!("cut off"),
            Moment::Installing(program) if is_install => {
                self.container.sh(&format!("cat >/var/lib/dpkg/info/{program} <<'END'\n{KILL}\nEND\nchmod +x /var/lib/dpkg/info/{program}"));
                let output = self.container.run(job)?;
                assert_eq!(output.status, Some(137), "{output:?}");
                panic!("cut off")
            }
            Moment::Alone if is_install => {
                self.container
                    .sh("echo 'pre-invoke=touch /tmp/at-work; sleep 2' >/etc/dpkg/dpkg.cfg.d/slow");
                self.container.go_on(job);
                self.container.sh(
                    "until test -e /tmp/at-work; do sleep 0.05; done; rm /etc/dpkg/dpkg.cfg.d/slow",
                );
                panic!("cut off")
            }
            _ => self.container.run(job),
        }
    }
}

/// A program of a package that ends the package manager, by number, and itself.
const KILL: &str = "#!/bin/sh
rm \"$0\"
for process in /proc/[0-9]*; do
    case $(cat $process/comm) in apt-get|dpkg) kill -9 ${process#/proc/};; esac
done 2>/dev/null";

fn cut_off(container: &Container, moment: Moment, id: &str, plan: &UpdatePlan) {
    let crash = Crash { container, moment };
    let machine = Machine { runner: &crash, ..container.machine() };
    let updates = Updates { machine, ..container.updates() };
    let ended = catch_unwind(AssertUnwindSafe(|| updates.apply(id, &FixAuthor::default(), plan)));
    let why = ended.expect_err(id);
    assert_eq!(why.downcast_ref(), Some(&"cut off"), "{id}");
    assert_eq!(container.updates().unfinished().unwrap(), [id]);
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn an_update_that_is_cut_off_is_recovered_whole() {
    let container = Container::start();
    let (apt, updates) = (Apt::new(container.machine()), container.updates());
    let plan = apt.plan(&openssl()).unwrap();
    let new = format!("{} installed", version_of(&plan, "openssl"));
    let mut ends = Vec::new();
    for (id, moment) in [
        ("fetching", Moment::Fetching),
        // Its files are being replaced.
        ("half", Moment::Installing("libssl1.1:amd64.postrm")),
        // The first package is unpacked and not set up.
        ("unpacked", Moment::Installing("openssl.prerm")),
    ] {
        cut_off(&container, moment, id, &plan);
        let outcome = updates.recover(id).unwrap();
        let versions = [container.version("openssl"), container.version("libssl1.1")];
        ends.push(outcome.end.clone());
        match outcome.end {
            End::Before => assert_eq!(versions, [OLD, OLD], "{id}"),
            End::After => {
                assert_eq!(versions, [&*new, &*new], "{id}");
                assert_eq!(updates.rollback(id).unwrap().end, End::Before);
            }
            End::Between { packages } => panic!("{id}: {packages:?}"),
        }
        assert_eq!(container.sh("dpkg --audit"), "", "{id}");
        assert_eq!(updates.unfinished().unwrap(), Vec::<String>::new());
    }
    assert_eq!(ends, [End::Before, End::After, End::After]);
    cut_off(&container, Moment::Alone, "alone", &plan);
    assert!(matches!(updates.recover("alone"), Err(PackagesError::Locked { .. })));
    container.sh("until apt-get check -o DPkg::Lock::Timeout=0 2>/dev/null; do sleep 0.2; done");
    assert_eq!(updates.recover("alone").unwrap().end, End::After);
    assert_eq!(container.version("openssl"), new);
}
