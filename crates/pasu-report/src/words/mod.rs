//! Words that several reports share, so that none of them says it otherwise.

pub(crate) mod database;
pub(crate) mod instruction;
pub(crate) mod items;
pub(crate) mod support;
pub(crate) mod unseen;

use pasu_model::{Lang, Status, TargetKind};

/// What kind of thing was looked at.
pub(crate) fn target_kind(kind: TargetKind, lang: Lang) -> &'static str {
    match kind {
        TargetKind::Host => lang.pick("이 호스트", "this host"),
        TargetKind::Rootfs => lang.pick("루트 파일 시스템", "root file system"),
        TargetKind::Filesystem => lang.pick("폴더", "folder"),
        TargetKind::Image => lang.pick("컨테이너 이미지", "container image"),
        TargetKind::Repository => lang.pick("저장소", "repository"),
        TargetKind::CycloneDx => "CycloneDX SBOM",
        TargetKind::Spdx => "SPDX SBOM",
    }
}

/// What a source says about a fix.
pub(crate) fn status(status: Status, lang: Lang) -> &'static str {
    let (ko, en) = match status {
        Status::Unknown => ("알 수 없음", "not said"),
        Status::Affected => ("패치 없음", "no fix yet"),
        Status::Fixed => ("패치 있음", "fix available"),
        Status::UnderInvestigation => ("확인 중", "under investigation"),
        Status::WillNotFix => ("패치 계획 없음", "will not be fixed"),
        Status::FixDeferred => ("패치 보류", "fix deferred"),
        Status::EndOfLife => ("지원 종료", "end of life"),
    };
    lang.pick(ko, en)
}
