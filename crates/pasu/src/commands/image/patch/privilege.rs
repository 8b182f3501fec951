//! `--least-privilege`: what an image could do without, tried one by one beside the original.

use super::start::{self, Tested};
use super::work::{Planned, Work};
use crate::args::PrivilegeArg;
use anyhow::Result;
use pasu_image::patch::engine::{Recipe, shell_path};
use pasu_image::patch::privilege::{
    Account, Running, account, compose, folders, is_root, kubernetes, numeric, special,
};
use pasu_image::patch::start::{Hardening, Ran};
use pasu_model::{
    ChangeState, ContainerConfig, LeastPrivilege, PrivilegeChange, StartTest, StartVerdict, Text,
};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Programs that are nothing without their set-user-ID files, or run others as another user.
const NEED_SETUID: [&str; 9] =
    ["su", "sudo", "cron", "crond", "postfix", "master", "sshd", "init", "systemd"];

/// What servers that begin as root and go on as another user need of root.
const OF_ROOT: [&str; 5] = ["CHOWN", "DAC_OVERRIDE", "NET_BIND_SERVICE", "SETGID", "SETUID"];

/// The image with what was kept.
pub struct Kept {
    pub built: String,
    pub user: Option<String>,
    pub commands: Vec<(String, String)>,
}

/// A change that is tried.
struct Attempt {
    change: PrivilegeChange,
    command: Option<(String, String)>,
    user: Option<Account>,
}

/// Proposes, and where that was asked for applies, what takes rights away.
pub fn least(
    work: &Work<'_>,
    planned: &Planned,
    built: String,
    wanted: PrivilegeArg,
) -> Result<(Kept, LeastPrivilege)> {
    work.say.step("최소 권한 분석", "looking for rights that are not needed");
    let original = planned.image.id.to_string();
    let learnt = start::test(work, &original, (&built, None))?.original;
    let found = special(&planned.before.system);
    let written: Vec<String> =
        folders(&learnt.written, &planned.before.system).into_iter().collect();
    let mut kept = Kept { built, user: None, commands: Vec::new() };
    let mut report = LeastPrivilege {
        file_capabilities: found.capabilities,
        written_paths: written.clone(),
        ..LeastPrivilege::default()
    };
    let attempts = [setuid(planned, found.setuid), user(work, planned, &learnt, &written)];
    for mut attempt in attempts.into_iter().flatten() {
        if wanted == PrivilegeArg::Apply && attempt.change.state == ChangeState::Proposed {
            try_it(work, planned, &mut attempt, &mut kept)?;
        }
        report.changes.push(attempt.change);
    }
    verify(work, planned, &learnt, &kept, &mut report)?;
    Ok((kept, report))
}

fn config(planned: &Planned) -> &ContainerConfig {
    &planned.image.config.config
}

fn setuid(planned: &Planned, paths: Vec<String>) -> Option<Attempt> {
    if paths.is_empty() {
        return None;
    }
    let (paths, names, odd) = spelt(paths);
    let config = config(planned);
    let program = |word: &&String| {
        let name = word.rsplit('/').next().unwrap_or_default();
        NEED_SETUID.contains(&name)
    };
    let needs = config.entrypoint.iter().chain(&config.cmd).find(program);
    let why = needs.map(|word| {
        Text::new(
            format!("{word}은(는) setuid 파일이 필요할 수 있습니다"),
            format!("{word} may need set-user-ID files"),
        )
    });
    let mut risk = Text::new(
        "su, sudo, mount, ping, cron, postfix를 쓰는 프로그램은 동작하지 않을 수 있습니다",
        "what calls su, sudo, mount, ping, cron or postfix may no longer work",
    );
    name_left(
        &mut risk,
        &odd,
        "이름을 Dockerfile에 적을 수 없어 그대로 두는 파일",
        "files that stay as they are, for a Dockerfile cannot name them",
    );
    let command = (!names.is_empty()).then(|| {
        ("Rights that their caller does not have".to_owned(), format!("chmod ug-s {names}"))
    });
    let change = PrivilegeChange {
        kind: "setuid".into(),
        what: Text::new(
            "파일의 setuid·setgid 비트 제거",
            "take set-user-ID and set-group-ID from files",
        ),
        risk,
        state: if why.is_some() || paths.is_empty() {
            ChangeState::LeftOut
        } else {
            ChangeState::Proposed
        },
        why,
        paths,
    };
    Some(Attempt { change, command, user: None })
}

/// Paths that a Dockerfile can name, the words that name them there, and the paths that it cannot.
fn spelt(paths: Vec<String>) -> (Vec<String>, String, Vec<String>) {
    let (paths, odd): (Vec<_>, Vec<_>) =
        paths.into_iter().partition(|path| shell_path(path).is_some());
    let names: Vec<String> = paths.iter().filter_map(|path| shell_path(path)).collect();
    (paths, names.join(" "), odd)
}

/// Adds paths of which nothing is done.
fn name_left(risk: &mut Text, odd: &[String], ko: &str, en: &str) {
    if odd.is_empty() {
        return;
    }
    let odd = odd.iter().map(|path| format!("{path:?}")).collect::<Vec<_>>().join(", ");
    let _ = write!(risk.ko, ". {ko}: {odd}");
    let _ = write!(risk.en, "; {en}: {odd}");
}

fn user(work: &Work<'_>, planned: &Planned, learnt: &Ran, written: &[String]) -> Option<Attempt> {
    let config = config(planned);
    let system = &planned.before.system;
    if !is_root(&config.user, system) {
        // Kubernetes can tell that a number is not root, and a name it cannot.
        let account = numeric(&config.user, system)?;
        let change = PrivilegeChange {
            kind: "user".into(),
            what: Text::new(
                format!("USER {}을(를) 숫자 {account}(으)로 표기", config.user),
                format!("write USER {} as the number {account}", config.user),
            ),
            risk: Text::new("없음: 같은 사용자입니다", "none: it is the same user"),
            paths: Vec::new(),
            state: ChangeState::Proposed,
            why: None,
        };
        return Some(Attempt { change, command: None, user: Some(account) });
    }
    let account = account(system, learnt.uids.as_ref());
    let mut paths: Vec<String> = written.to_vec();
    paths.extend(config.volumes.keys().cloned());
    paths.extend(work.args.writable.iter().cloned());
    paths.sort();
    paths.dedup();
    let (paths, names, odd) = spelt(paths);
    let mut risk = user_risk(&low_ports(config, learnt));
    name_left(
        &mut risk,
        &odd,
        "Dockerfile에 적을 수 없거나 절대 경로가 아니어서 쓰기 가능하게 만들 수 없는 디렉터리",
        "folders that could not be made writable, for a Dockerfile cannot name them or they are not absolute",
    );
    let command = (!names.is_empty()).then(|| {
        (
            "Folders that the program writes".to_owned(),
            format!("mkdir -p {names}; chown -R {account} {names}"),
        )
    });
    let change = PrivilegeChange {
        kind: "user".into(),
        what: Text::new(
            format!("root 대신 USER {account}(으)로 실행하고, 쓰는 디렉터리의 소유자를 바꿈"),
            format!(
                "run as USER {account} in the place of root, which is to own the folders that are written"
            ),
        ),
        risk,
        paths,
        state: ChangeState::Proposed,
        why: None,
    };
    Some(Attempt { change, command, user: Some(account) })
}

/// What may go wrong without root, with what these ports below 1024 need.
fn user_risk(ports: &BTreeSet<u16>) -> Text {
    let mut risk = Text::new(
        "root로 시작해 chown·사용자 전환을 하는 진입점, 이미 root가 소유한 볼륨에서 실패할 수 있습니다",
        "entrypoints that chown or change the user, volumes that root owns already",
    );
    if !ports.is_empty() {
        let ports = ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
        let _ = write!(
            risk.ko,
            ". 포트 {ports}: Docker 20.10부터는 root가 아니어도 열 수 있으나, 호스트 네트워크와 Kubernetes 등에서는 sysctl net.ipv4.ip_unprivileged_port_start=0이 필요합니다"
        );
        let _ = write!(
            risk.en,
            "; port {ports}: Docker 20.10 and later lets every user listen there, elsewhere (Kubernetes, the host's network) the sysctl net.ipv4.ip_unprivileged_port_start=0 is needed"
        );
    }
    risk
}

/// The ports below 1024 that the image was seen listening on or declares by EXPOSE.
fn low_ports(config: &ContainerConfig, learnt: &Ran) -> BTreeSet<u16> {
    let seen = learnt.observed.ports.iter().flatten().filter_map(|port| port.rsplit('/').next());
    let declared = config.exposed_ports.keys().filter_map(|port| port.split('/').next());
    let ports = seen.chain(declared).filter_map(|port| port.parse().ok());
    ports.filter(|port| (1..1024).contains(port)).collect()
}

/// Builds with one more change, and keeps it only where the image still starts as the original does.
fn try_it(
    work: &Work<'_>,
    planned: &Planned,
    attempt: &mut Attempt,
    kept: &mut Kept,
) -> Result<()> {
    let what = attempt.change.what.clone();
    work.say.step(&what.ko, &what.en);
    let commands: Vec<(String, String)> = attempt.command.iter().cloned().collect();
    let user = attempt.user.map(|account| account.to_string());
    let recipe = Recipe {
        from: "",
        config: config(planned),
        packages: None,
        commands: &commands,
        user: user.as_deref(),
        labels: &[],
    };
    let built = work.session.build(&kept.built, &recipe, &mut |line| work.say.line(line));
    let taken_back = |attempt: &mut Attempt, why: Text| {
        attempt.change.state = ChangeState::TakenBack;
        attempt.change.why = Some(why);
    };
    let built = match built {
        Ok(built) => built,
        Err(error @ pasu_image::ImageError::Malformed { .. }) => {
            let text = error.to_string();
            taken_back(attempt, Text::new(text.clone(), text));
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    let original = planned.image.id.to_string();
    let Tested { test, .. } = start::test(work, &original, (&built, None))?;
    match test.verdict {
        StartVerdict::Same => {
            attempt.change.state = ChangeState::Applied;
            kept.built = built;
            kept.commands.extend(commands);
            kept.user = user.or(kept.user.take());
        }
        StartVerdict::Different | StartVerdict::NotTestable => {
            let reason = test.reasons.into_iter().next();
            taken_back(attempt, reason.unwrap_or_else(|| test.verdict.text()));
        }
    }
    Ok(())
}

/// Runs what was kept read-only and without capabilities, or with as few as it starts with, and writes how.
fn verify(
    work: &Work<'_>,
    planned: &Planned,
    learnt: &Ran,
    kept: &Kept,
    report: &mut LeastPrivilege,
) -> Result<()> {
    work.say.step(
        "읽기 전용·capability 없이 실행해 확인",
        "running it read-only and without capabilities",
    );
    let old = &config(planned).user;
    let named = numeric(old, &planned.before.system).map(|account| account.to_string());
    let user = kept.user.as_ref().or(named.as_ref()).unwrap_or(old);
    let number = |part: Option<&str>| part.and_then(|part| part.parse::<u32>().ok());
    let uid = number(user.split(':').next()).filter(|uid| *uid != 0);
    let gid = number(user.split(':').nth(1)).or(uid);
    let owner = uid.zip(gid);
    let mut tmpfs = report.written_paths.clone();
    if !tmpfs.iter().any(|path| path == "/tmp") {
        tmpfs.push("/tmp".to_owned());
    }
    let all = OF_ROOT.map(str::to_owned).to_vec();
    let is_root = kept.user.is_none() && is_root(&config(planned).user, &planned.before.system);
    let mut last: Option<(Hardening, StartTest)> = None;
    // Capabilities are of use to root alone.
    for capabilities in [Vec::new(), all].into_iter().take(if is_root { 2 } else { 1 }) {
        let attempt = hardened(work, planned, kept, &mut tmpfs, owner, capabilities)?;
        let is_enough = attempt.1.verdict != StartVerdict::Different;
        last = Some(attempt);
        if is_enough {
            break;
        }
    }
    let Some((hardening, test)) = last else { return Ok(()) };
    let is_named = work.args.tag.is_some();
    let known = planned.image.repo_tags.first().map_or("app", String::as_str);
    let image = work.args.tag.clone().unwrap_or_else(|| patched_name(known));
    let running = Running {
        image: &image,
        is_named,
        user: owner,
        tmpfs: &hardening.tmpfs,
        capabilities: &hardening.capabilities,
        has_low_port: !low_ports(config(planned), learnt).is_empty(),
    };
    report.compose = compose(&running);
    report.kubernetes = kubernetes(&running);
    report.verified = Some(test);
    Ok(())
}

/// A name for the patched image where none was asked for: under the original's, the original would run.
fn patched_name(original: &str) -> String {
    let has_tag = original.rsplit('/').next().unwrap_or_default().contains(':');
    format!("{original}{}patched", if has_tag { '-' } else { ':' })
}

/// Runs it with these capabilities. A file that is opened for writing and not written does not show afterwards, so the
/// folders that the program itself complains of are put into memory, too.
fn hardened(
    work: &Work<'_>,
    planned: &Planned,
    kept: &Kept,
    tmpfs: &mut Vec<String>,
    owner: Option<(u32, u32)>,
    capabilities: Vec<String>,
) -> Result<(Hardening, StartTest)> {
    const ROUNDS: usize = 3;
    let original = planned.image.id.to_string();
    let mut hardening = Hardening { tmpfs: tmpfs.clone(), owner, capabilities };
    let mut round = 1;
    loop {
        let test = start::test(work, &original, (&kept.built, Some(&hardening)))?.test;
        let log = test.patched.iter().flat_map(|patched| &patched.log);
        let wanted: Vec<String> = log.filter_map(|line| read_only(line)).collect();
        let wanted = folders(&wanted, &planned.before.system);
        let new: Vec<String> = wanted.into_iter().filter(|path| !tmpfs.contains(path)).collect();
        if new.is_empty() || round == ROUNDS {
            return Ok((hardening, test));
        }
        tmpfs.extend(new);
        hardening.tmpfs.clone_from(tmpfs);
        round += 1;
    }
}

/// The path in a line such as `open() "/var/log/x.log" failed (30: Read-only file system)`.
fn read_only(line: &str) -> Option<String> {
    let line = line.contains("Read-only file system").then_some(line)?;
    let mut parts = line.split(['"', '\'', '`']).skip(1).step_by(2);
    parts.find(|part| part.starts_with('/')).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{patched_name, read_only};

    #[test]
    fn a_name_that_was_not_asked_for_is_not_the_originals() {
        for (original, expected) in [
            ("web:1.2", "web:1.2-patched"),
            ("registry:5000/web", "registry:5000/web:patched"),
            ("registry:5000/web:1", "registry:5000/web:1-patched"),
        ] {
            assert_eq!(patched_name(original), expected);
        }
    }

    #[test]
    fn programs_say_where_they_may_not_write() {
        for (line, path) in [
            (
                "nginx: [alert] open() \"/var/log/nginx/error.log\" failed (30: Read-only file system)",
                Some("/var/log/nginx/error.log"),
            ),
            ("OSError: [Errno 30] Read-only file system: '/app/x.db'", Some("/app/x.db")),
            ("open() \"/x\" failed (13: Permission denied)", None),
        ] {
            assert_eq!(read_only(line).as_deref(), path, "{line}");
        }
    }
}
