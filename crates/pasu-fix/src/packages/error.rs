//! Why updates were not planned or carried out at all, in both languages.

use super::plan::Space;
use pasu_model::Text;
use pasu_system::ToolOutput;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why nothing was done.
#[derive(Debug, Error)]
pub enum PackagesError {
    /// The target is a tree of files, whose tools are never run.
    #[error("packages of a tree are updated where it runs, not from outside")]
    NotRunning,
    /// No package manager that we know is installed.
    #[error("neither apt-get, dnf nor apk is installed")]
    NoManager,
    /// A package manager that we do not know how to ask.
    #[error("{program} is not handled; update by `{command}`")]
    Unsupported {
        /// Its program.
        program: String,
        /// How to update by hand.
        command: String,
    },
    /// A tool could not be run.
    #[error("{line}: {source}")]
    Tool {
        /// The command line.
        line: String,
        /// Why not.
        source: io::Error,
    },
    /// A tool ended with another status than 0.
    #[error("{line}: {}: {said}", status.map_or("ended by a signal".to_owned(), |status| format!("exit status {status}")))]
    Failed {
        /// The command line.
        line: String,
        /// Its exit status; `None` for a signal.
        status: Option<i32>,
        /// What it said.
        said: String,
    },
    /// Another package manager is at work.
    #[error("another package manager is at work: {said}")]
    Locked {
        /// What ours said about it.
        said: String,
    },
    /// An earlier installation was cut off.
    #[error("an earlier installation was cut off; `{remedy}` finishes it: {said}")]
    Interrupted {
        /// The command that finishes it.
        remedy: String,
        /// What the package manager said.
        said: String,
    },
    /// Dependencies of what is installed do not hold.
    #[error("dependencies of installed packages do not hold; `{remedy}` mends them: {said}")]
    Broken {
        /// The command that mends them.
        remedy: String,
        /// What the package manager said.
        said: String,
    },
    /// The machine is no longer as it was when the plan was made.
    #[error("the package manager would now do something else than planned; plan again")]
    Stale,
    /// The plan changes nothing.
    #[error("the plan upgrades nothing")]
    Nothing,
    /// A disk is too full.
    #[error("{}", .0.text().en)]
    NoRoom(Space),
    /// An old package file was not where the plan said.
    #[error(
        "{package}: its installed version's package file could not be kept; nothing was changed"
    )]
    NotKept {
        /// The package.
        package: String,
    },
    /// There is an update of this name already.
    #[error("there is an update {id} already")]
    Taken {
        /// Its name.
        id: String,
    },
    /// There is no update of this name.
    #[error("there is no update {id}")]
    Unknown {
        /// What was asked for.
        id: String,
    },
    /// The update is not in force: it was taken back, or cut off.
    #[error(
        "update {id} is not in force: it was taken back, never came about, or waits for `pasu fix recover`"
    )]
    NotDone {
        /// Its name.
        id: String,
    },
    /// No old package file was kept.
    #[error("update {id}: no old package file could be kept, so there is nothing to put back")]
    NothingKept {
        /// Its name.
        id: String,
    },
    /// A package is at another version than the update left.
    #[error("{package}: {there} is installed and no longer {expected}; a newer change comes first")]
    Moved {
        /// The package.
        package: String,
        /// The version that the update installed.
        expected: String,
        /// The version that is there.
        there: String,
    },
    /// Old packages could only come back at the cost of others.
    #[error("putting the old packages back would remove {}", packages.join(", "))]
    WouldRemove {
        /// Those that would go.
        packages: Vec<String>,
    },
    /// Old packages could only come back along with changes of others.
    #[error("putting the old packages back would also change {}", packages.join(", "))]
    WouldChange {
        /// Those that would change.
        packages: Vec<String>,
    },
    /// Old packages cannot come back.
    #[error("the package manager finds no way to put the old packages back: {said}")]
    NoWayBack {
        /// What it said.
        said: String,
    },
    /// Newer packages come from another branch of the distribution.
    #[error(
        "{repository} is not of this system's branch {branch}: its packages would be an upgrade of the whole system; set /etc/apk/repositories to {branch}"
    )]
    OtherBranch {
        /// Where they come from.
        repository: String,
        /// The branch of what is installed.
        branch: String,
    },
    /// Our own record of an update, or a file that it keeps, cannot be used.
    #[error("{}: {why}", path.display())]
    Journal {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A tool answered something that we do not understand.
    #[error("{line}: cannot read its answer: {what}")]
    Answer {
        /// The command line.
        line: String,
        /// What is wrong.
        what: String,
    },
}

impl PackagesError {
    /// A tool's status other than 0, with the last of what it said.
    pub(super) fn failed(line: String, output: &ToolOutput) -> Self {
        Self::Failed { line, status: output.status, said: last_words(output) }
    }

    /// The sentence for the user.
    #[must_use]
    pub fn text(&self) -> Text {
        let en = self.to_string();
        let ko = match self {
            Self::NotRunning => {
                "파일 트리의 패키지는 밖에서 업데이트하지 않습니다. 그 시스템을 부팅한 뒤 그곳에서 실행하세요.".into()
            }
            Self::NoManager => "apt-get, dnf, apk 가운데 설치된 것이 없습니다.".into(),
            Self::Unsupported { program, command } => {
                format!("{program}은(는) 다루지 않습니다. `{command}`(으)로 직접 업데이트하세요.")
            }
            Self::Tool { line, source } => format!("`{line}`을(를) 실행하지 못했습니다: {source}"),
            Self::Failed { line, status, said } => {
                let status = status.map_or("신호로 중단".to_owned(), |status| format!("종료 상태 {status}"));
                format!("`{line}`이(가) 실패했습니다({status}): {said}")
            }
            Self::Locked { said } => {
                format!("다른 패키지 관리자가 작업 중입니다. 끝난 뒤 다시 실행하세요: {said}")
            }
            Self::Interrupted { remedy, said } => {
                format!("이전 설치가 중간에 끊겼습니다. 먼저 `{remedy}`(으)로 마무리하세요: {said}")
            }
            Self::Broken { remedy, said } => {
                format!("설치된 패키지의 의존성이 깨져 있습니다. 먼저 `{remedy}`(으)로 바로잡으세요: {said}")
            }
            Self::Stale => {
                "계획을 세운 뒤 패키지 상태가 바뀌었습니다. 계획을 다시 세우세요.".into()
            }
            Self::Nothing => "계획에 업데이트할 패키지가 없습니다.".into(),
            Self::NoRoom(space) => return space.text(),
            Self::NotKept { package } => format!(
                "{package}: 지금 버전의 패키지 파일을 보관하지 못해 아무것도 바꾸지 않았습니다."
            ),
            Self::Taken { id } => format!("{id} 업데이트가 이미 있습니다."),
            Self::Unknown { id } => format!("{id} 업데이트가 없습니다."),
            Self::NotDone { id } => format!(
                "{id} 업데이트는 적용된 상태가 아닙니다. 이미 되돌렸거나, 적용되지 않았거나, `pasu fix recover`를 기다리고 있습니다."
            ),
            Self::NothingKept { id } => {
                format!("{id} 업데이트는 이전 패키지 파일을 보관하지 못해 되돌릴 것이 없습니다.")
            }
            Self::Moved { package, expected, there } => format!(
                "{package}: 업데이트한 버전은 {expected}인데 지금은 {there}입니다. 그 뒤의 변경을 먼저 되돌려야 합니다."
            ),
            Self::WouldRemove { packages } => format!(
                "이전 패키지로 되돌리면 {} 패키지가 제거되기 때문에 하지 않습니다.",
                packages.join(", ")
            ),
            Self::WouldChange { packages } => format!(
                "이전 패키지로 되돌리면 다른 패키지({})까지 바뀌기 때문에 하지 않습니다.",
                packages.join(", ")
            ),
            Self::NoWayBack { said } => {
                format!("패키지 관리자가 이전 패키지로 되돌릴 방법을 찾지 못했습니다: {said}")
            }
            Self::OtherBranch { repository, branch } => format!(
                "{repository} 저장소는 이 시스템의 브랜치({branch})가 아닙니다. 여기서 받으면 시스템 전체가 다음 버전으로 올라가므로 하지 않습니다. /etc/apk/repositories를 {branch}에 맞추세요."
            ),
            Self::Journal { path, why } => {
                format!("{} 파일을 쓸 수 없습니다: {why}", path.display())
            }
            Self::Answer { line, what } => format!("`{line}`의 출력을 해석하지 못했습니다: {what}"),
        };
        Text::new(ko, en)
    }
}

/// What a tool said last, on standard error if anything stands there.
pub(super) fn last_words(output: &ToolOutput) -> String {
    const LINES: usize = 8;
    let said = if output.stderr.trim_ascii().is_empty() { &output.stdout } else { &output.stderr };
    let text = String::from_utf8_lossy(said);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(LINES)..].join(" / ")
}
