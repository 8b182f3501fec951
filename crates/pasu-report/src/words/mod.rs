//! Words that several reports share, so that none of them says it otherwise.

pub(crate) mod database;
pub(crate) mod items;
pub(crate) mod support;
pub(crate) mod unseen;

use pasu_model::{Lang, TargetKind};

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
