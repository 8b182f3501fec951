//! What the image's own package manager would do, asked in a throw-away container.

use super::judged::Judged;
use crate::commands::fix::wanted;
use anyhow::{Result, bail};
use pasu_advisory::version::compare;
use pasu_fix::packages::{
    Apk, Apt, Dnf, Machine, Manager, Note, PackagesError, Request, Runner, Selection, UpdatePlan,
    Wanted,
};
use pasu_image::ImageError;
use pasu_image::patch::engine::{Packages, Question, Session, Shell};
use pasu_model::{Ecosystem, Finding, Lang, Package, Text};
use pasu_system::{EntryKind, System, ToolJob, ToolOutput};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

/// Where programs are looked for.
const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// How long lists of packages may take.
const REFRESH: Duration = Duration::from_secs(600);

/// The packages with findings that a newer version mends.
pub fn wanted(judged: &Judged) -> Result<Vec<Wanted>> {
    let findings = judged.sets.iter().filter(|set| set.kind.is_os()).flat_map(|set| {
        set.findings.iter().filter_map(|finding: &Finding| {
            let package: &Package = set.package_of(finding)?;
            Some((package, &*finding.rule, finding.vulnerability()?))
        })
    });
    Ok(wanted::of(findings))
}

/// Fetches lists and simulates; nothing of the image changes.
pub fn simulate(
    session: &Session<'_>,
    judged: &Judged,
    wanted: Vec<Wanted>,
    allow_new: bool,
    lang: Lang,
) -> Result<UpdatePlan> {
    let told = |error: PackagesError| anyhow::Error::msg(error.text().get(lang).to_owned());
    let manager = match Manager::of(&judged.system) {
        Ok(manager) => manager,
        Err(error @ (PackagesError::NoManager | PackagesError::Unsupported { .. })) => {
            let hint = lang.pick(
                "--offline-packages 또는 --mirror는 이미지의 패키지 관리자 없이 레이어를 만듭니다",
                "--offline-packages and --mirror make the layer without the image's package manager",
            );
            bail!("{}; hint: {hint}", error.text().get(lang))
        }
        Err(error) => return Err(told(error)),
    };
    let shell = session.shell(&judged.info.id)?;
    let inside = Inside { shell: &shell, manager, known: Mutex::default() };
    refresh(&inside, manager, &judged.system, lang)?;
    let request = Request {
        selection: Selection::Wanted(wanted),
        allow_new,
        now: jiff::Timestamp::now().as_second(),
    };
    let machine = Machine { system: &judged.system, runner: &inside };
    let plan = match manager {
        Manager::Apt => Apt::new(machine).plan(&request),
        Manager::Dnf => Dnf::new(machine).plan(&request),
        Manager::Apk => Apk::new(machine).plan(&request),
    };
    let mut plan = plan.map_err(told)?;
    // The lists were fetched just now, in the container: those of the image are another matter.
    plan.notes.retain(|note| !matches!(note, Note::NoLists { .. } | Note::OldLists { .. }));
    Ok(plan)
}

fn refresh(inside: &Inside<'_>, manager: Manager, system: &dyn System, lang: Lang) -> Result<()> {
    let words = packages(manager, Vec::new()).refresh();
    let output = inside.ask(words, &[], REFRESH, 1 << 20)?;
    if output.status == Some(0) {
        return Ok(());
    }
    let said = [output.stderr, output.stdout].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    let errors: Vec<&str> = lines.iter().copied().filter(|line| line.starts_with("E:")).collect();
    let shown =
        if errors.is_empty() { &lines[lines.len().saturating_sub(4)..] } else { &errors[..] };
    let shown = shown[..shown.len().min(4)].join(" / ");
    let is_gone = ["404", "no longer has a Release file", "does not have a Release file"]
        .iter()
        .any(|part| said.contains(part));
    let hint = if let Some(problem) = temporary(system).filter(|_| manager == Manager::Apt) {
        problem.get(lang).to_owned()
    } else if is_gone {
        lang.pick(
            "지원이 끝난 배포판은 저장소가 보관소(archive)로 옮겨졌을 수 있습니다",
            "the sources of a release out of support may have moved to an archive",
        )
        .to_owned()
    } else {
        lang.pick(
            "컨테이너에서 저장소에 닿아야 합니다. --network host가 필요할 수 있습니다",
            "the container must reach the sources; it may need --network host",
        )
        .to_owned()
    };
    bail!("`{}`: {shown}; hint: {hint}", words.join(" "))
}

/// Why not every user can make a file in `/tmp`. Apt checks signatures as another user, with files in there, and where it
/// cannot it says that sources are not signed.
fn temporary(system: &dyn System) -> Option<Text> {
    // To write and to enter, for everybody.
    const OPEN: u32 = 0o003;
    let path = Path::new("/tmp");
    let (ko, en) = match system.symlink_metadata(path) {
        Ok(found) if found.kind == EntryKind::Directory => {
            if found.mode & OPEN == OPEN {
                return None;
            }
            (
                "이미지의 /tmp에 쓸 수 없는 사용자가 있습니다",
                "not every user may write to the image's /tmp",
            )
        }
        Ok(_) if system.read_dir(path).is_ok() => return None,
        _ => ("이미지에 /tmp 디렉터리가 없습니다", "the image has no folder /tmp"),
    };
    Some(Text::new(
        format!(
            "{ko}. apt는 서명을 확인할 때 /tmp에 임시 파일을 만듭니다. 이미지에 먼저 추가하세요: RUN mkdir -p /tmp && chmod 1777 /tmp"
        ),
        format!(
            "{en}, where apt makes files to check signatures; add to the image first: RUN mkdir -p /tmp && chmod 1777 /tmp"
        ),
    ))
}

/// What is installed, in the words of the package manager.
pub fn packages(manager: Manager, names: Vec<String>) -> Packages {
    match manager {
        Manager::Apt => Packages::Apt(names),
        Manager::Dnf => Packages::Dnf(names),
        Manager::Apk => Packages::Apk(names),
    }
}

/// What a plan installs. Only what was asked for is named: what comes along keeps its mark of having come along.
pub fn of_plan(plan: &UpdatePlan) -> Packages {
    let names = plan.upgrades.iter().filter(|upgrade| upgrade.is_wanted).map(|upgrade| {
        let (name, to) = (&upgrade.package, &upgrade.to);
        match plan.manager {
            Manager::Apt => format!("{name}={to}"),
            Manager::Apk => name.clone(),
            Manager::Dnf => {
                let epoch = if to.contains(':') { "" } else { "0:" };
                format!("{name}-{epoch}{to}.{}", upgrade.architecture)
            }
        }
    });
    packages(plan.manager, names.collect())
}

/// Asks the tools in a container.
struct Inside<'a> {
    shell: &'a Shell<'a, 'a>,
    manager: Manager,
    /// Answers to questions that are asked again and again while nothing changes.
    known: Mutex<HashMap<String, ToolOutput>>,
}

impl Inside<'_> {
    fn ask(
        &self,
        words: &[&str],
        environment: &[(&str, &str)],
        timeout: Duration,
        limit: usize,
    ) -> Result<ToolOutput, ImageError> {
        let mut variables = vec![PATH.to_owned(), "LC_ALL=C".to_owned()];
        variables.extend(environment.iter().map(|(name, value)| format!("{name}={value}")));
        let question = Question { words, environment: &variables, timeout, limit };
        let answer = self.shell.ask(&question)?;
        if answer.is_missing() {
            let problem = format!("{} is not in the image", words.first().unwrap_or(&""));
            return Err(ImageError::Unsupported { place: "simulation".into(), problem });
        }
        let status = i32::try_from(answer.status).ok();
        Ok(ToolOutput { status, stdout: answer.stdout, stderr: answer.stderr })
    }

    /// Orders of versions are known here, and hundreds are asked for.
    fn order(&self, words: &[&str]) -> Option<ToolOutput> {
        let said = |status, text: &str| ToolOutput {
            status: Some(status),
            stdout: text.as_bytes().to_vec(),
            stderr: Vec::new(),
        };
        match (self.manager, words) {
            (Manager::Apt, ["dpkg", "--compare-versions", one, "lt", other]) => {
                let order = compare(Ecosystem::parse("debian")?, one, other)?;
                Some(said(i32::from(order != Ordering::Less), ""))
            }
            (Manager::Apk, ["apk", .., "version", "-t", one, other]) => {
                let order = compare(Ecosystem::parse("alpine")?, one, other)?;
                let sign = match order {
                    Ordering::Less => "<\n",
                    Ordering::Equal => "=\n",
                    Ordering::Greater => ">\n",
                };
                Some(said(0, sign))
            }
            _ => None,
        }
    }
}

impl Runner for Inside<'_> {
    fn run(&self, job: &ToolJob<'_>) -> io::Result<ToolOutput> {
        let words = [&[job.program], job.arguments].concat();
        if let Some(output) = self.order(&words) {
            return Ok(output);
        }
        let line = words.join("\0");
        let known = || self.known.lock().map_err(|_| io::Error::other("a thread failed"));
        if let Some(output) = known()?.get(&line) {
            return Ok(output.clone());
        }
        let output = self.ask(&words, job.environment, job.timeout, job.limit);
        let output = output.map_err(|error| match error {
            ImageError::Unsupported { .. } => io::Error::new(io::ErrorKind::NotFound, error),
            error => io::Error::other(error),
        })?;
        known()?.insert(line, output.clone());
        Ok(output)
    }
}

#[cfg(test)]
mod tests {
    use super::temporary;
    use pasu_system::MemorySystem;

    #[test]
    fn a_folder_for_temporary_files_must_be_there_and_open_to_all() {
        let said = |system: MemorySystem| temporary(&system).map(|text| text.en);
        let empty = MemorySystem::new().with_directory("/var/tmp");
        assert!(said(empty).is_some_and(|text| text.starts_with("the image has no folder /tmp")));
        let with = |mode| MemorySystem::new().with_directory("/tmp").with_mode("/tmp", mode);
        assert!(said(with(0o755)).is_some_and(|text| text.starts_with("not every user")));
        assert_eq!(said(with(0o1777)), None);
        let link = MemorySystem::new().with_directory("/var/tmp").with_symlink("/tmp", "var/tmp");
        assert_eq!(said(link), None);
        let broken = MemorySystem::new().with_symlink("/tmp", "/none");
        assert!(said(broken).is_some());
    }
}
