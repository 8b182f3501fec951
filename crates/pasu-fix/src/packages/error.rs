//! Why updates were not planned or carried out at all, in both languages.

use pasu_model::Text;
use pasu_system::ToolOutput;
use std::io;
use thiserror::Error;

/// Why nothing was done.
#[derive(Debug, Error)]
pub enum PackagesError {
    /// The target is a tree of files, whose tools are never run.
    #[error("packages of a tree are updated where it runs, not from outside")]
    NotRunning,
    /// No package manager that we know is installed.
    #[error("none of apt-get, dnf, yum, microdnf and apk is installed")]
    NoManager,
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
            Self::NoManager => "apt-get, dnf, yum, microdnf, apk 가운데 설치된 것이 없습니다.".into(),
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
