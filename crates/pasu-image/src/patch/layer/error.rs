//! Why a layer could not be made, and why a package stays as it is.

use crate::error::ImageError;
use pasu_model::Text;
use std::io;
use std::path::PathBuf;

/// Why there is no layer at all.
#[derive(Debug, thiserror::Error)]
pub enum LayerError {
    /// This way cannot serve the image.
    #[error("a layer cannot be built for this image without an engine: {}", .0.text().en)]
    Unserved(Unserved),
    /// The image's own records are not what they have to be.
    #[error("{path}: {problem}")]
    Record {
        /// Where in the image.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A package file is damaged or hostile.
    #[error("{place}: {problem}")]
    Package {
        /// The file or URL.
        place: String,
        /// What is wrong in it.
        problem: String,
    },
    /// A file of this machine, most often the temporary one.
    #[error("{path}: {source}")]
    File {
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The packages could not be had.
    #[error(transparent)]
    Image(#[from] ImageError),
}

/// Why an image cannot be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unserved {
    /// There is no package database: scratch images, single programs.
    NoDatabase,
    /// RPM: its database is not written by Pasu.
    Rpm,
    /// Arch Linux.
    Pacman,
    /// Ubuntu's chiselled images: parts of packages, listed in a manifest of their own.
    Chiselled,
}

impl Unserved {
    /// In words, and what to do instead.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::NoDatabase => Text::new(
                "패키지 데이터베이스가 없는 이미지입니다. 이미지를 만든 쪽에서 다시 빌드해야 합니다",
                "the image has no package database; it has to be rebuilt by whoever makes it",
            ),
            Self::Rpm => Text::new(
                "RPM 이미지입니다. RPM 데이터베이스는 rpm만 고칠 수 있으므로 엔진을 사용하여 패치하십시오",
                "it is an RPM image, whose database only rpm writes; patch it through an engine",
            ),
            Self::Pacman => Text::new(
                "Arch Linux 이미지입니다. 부분 업그레이드를 지원하지 않는 배포판이므로 엔진을 사용하십시오",
                "it is an Arch Linux image, where partial upgrades are not supported; use an engine",
            ),
            Self::Chiselled => Text::new(
                "chisel로 만든 이미지는 패키지의 일부만 담고 있습니다. chisel로 다시 만들어야 합니다",
                "it is a chiselled image, which holds parts of packages only; build it anew with chisel",
            ),
        }
    }
}

/// Why one package stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The image does not have it, or not in this version.
    NotInstalled {
        /// What the image has instead.
        found: Option<String>,
    },
    /// The image's administrator put it on hold.
    Held,
    /// It is only half installed.
    HalfInstalled {
        /// Its status by the package manager.
        status: String,
    },
    /// Nobody has it for this architecture.
    NoCandidate,
    /// What there is does not have all fixes.
    TooOld {
        /// The newest version there is.
        newest: String,
    },
    /// The new version wants something that is not there and is not upgraded to it.
    NeedsNew {
        /// The relation, as the package writes it: `libfoo2 (>= 2.0)`.
        relation: String,
        /// Who wants it.
        wanted_by: String,
    },
    /// The new version cannot live with a package that is there.
    Breaks {
        /// The relation, as the package writes it.
        relation: String,
        /// Who says so.
        said_by: String,
    },
    /// A script of the package does more than is known to be harmless when it is not run.
    MustRun {
        /// `postinst`…
        script: String,
        /// The package whose script it is.
        package: String,
        /// The first commands that may matter.
        commands: Vec<String>,
    },
    /// Nothing vouches for the package's file.
    Unverified {
        /// Why.
        why: String,
    },
    /// Its index names a package file that is not there.
    Unavailable {
        /// Where it was looked for.
        why: String,
    },
}

impl Refusal {
    /// In words.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::NotInstalled { found: None } => {
                Text::new("이미지에 설치되어 있지 않습니다", "it is not installed in the image")
            }
            Self::NotInstalled { found: Some(found) } => Text::new(
                format!("이미지에 설치된 버전은 {found}입니다"),
                format!("the image has version {found}"),
            ),
            Self::Held => {
                Text::new("이미지에서 보류(hold)되어 있습니다", "it is on hold in the image")
            }
            Self::HalfInstalled { status } => Text::new(
                format!("설치가 끝나지 않은 상태입니다: {status}"),
                format!("it is not fully installed: {status}"),
            ),
            Self::NoCandidate => Text::new(
                "새 버전의 패키지 파일을 찾을 수 없습니다",
                "no package file of a newer version was found",
            ),
            Self::TooOld { newest } => Text::new(
                format!("구할 수 있는 가장 새 버전 {newest}에 모든 수정이 들어 있지는 않습니다"),
                format!("the newest version there is, {newest}, does not have all fixes"),
            ),
            Self::NeedsNew { relation, wanted_by } => Text::new(
                format!("{wanted_by}에 이미지에 없는 {relation}이(가) 필요합니다"),
                format!("{wanted_by} needs {relation}, which the image does not have"),
            ),
            Self::Breaks { relation, said_by } => Text::new(
                format!("{said_by}은(는) 이미지에 있는 {relation}와(과) 함께 설치할 수 없습니다"),
                format!("{said_by} cannot be installed beside {relation}, which the image has"),
            ),
            Self::MustRun { script, package, commands } => {
                let commands = commands.join("; ");
                Text::new(
                    format!("{package}의 {script} 스크립트가 실행되어야 합니다: {commands}"),
                    format!("the {script} of {package} must run: {commands}"),
                )
            }
            Self::Unverified { why } => Text::new(
                format!("패키지 파일을 검증할 수 없습니다: {why}"),
                format!("nothing vouches for its package file: {why}"),
            ),
            Self::Unavailable { why } => Text::new(
                format!("패키지 파일을 구할 수 없습니다: {why}"),
                format!("its package file cannot be had: {why}"),
            ),
        }
    }
}
