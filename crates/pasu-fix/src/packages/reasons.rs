//! What a plan says about the packages that stay as they are, in both languages.

use super::plan::{
    Held, Note, OldPackage, Reboot, Refused, Space, Unavailable, Upgrade, WhyRefused,
    WhyUnavailable,
};
use super::updates::End;
use pasu_model::Text;

impl Held {
    /// The sentence for the user.
    #[must_use]
    pub fn text(&self) -> Text {
        let Self { package, lift } = self;
        Text::new(
            format!(
                "{package}: 관리자가 버전을 고정해 두어 업데이트하지 않습니다. `{lift}`(으)로 풀 수 있습니다."
            ),
            format!("{package}: held by the administrator, so it stays; `{lift}` lifts that"),
        )
    }
}

impl Unavailable {
    /// The sentence for the user.
    #[must_use]
    pub fn text(&self) -> Text {
        let Self { package, fixed, .. } = self;
        let (ko, en) = match &self.why {
            WhyUnavailable::NoSecuritySource { line: Some(line) } => (
                format!(
                    "보안 업데이트 저장소가 설정되어 있지 않습니다. 다음 줄을 추가하세요: `{line}`"
                ),
                format!("no source of security updates is configured; add the line `{line}`"),
            ),
            WhyUnavailable::NoSecuritySource { line: None } => (
                "보안 업데이트 저장소가 설정되어 있지 않습니다.".into(),
                "no source of security updates is configured".into(),
            ),
            WhyUnavailable::Pinned { version } => (
                format!(
                    "저장소에 {version}이(가) 있지만 우선순위(pin) 설정 때문에 설치되지 않습니다."
                ),
                format!("a source has {version}, but a pin or priority keeps it away"),
            ),
            WhyUnavailable::Behind => {
                let (ko, en) = match &self.candidate {
                    Some(candidate) => (
                        format!("저장소의 최신은 {candidate}입니다."),
                        format!("the newest in the sources is {candidate}"),
                    ),
                    None => (
                        "저장소에 이 패키지가 없습니다.".into(),
                        "no source has the package".into(),
                    ),
                };
                (
                    format!("{ko} 목록이 오래되었거나 미러가 뒤처져 있습니다."),
                    format!("{en}: old lists, or a mirror that is behind"),
                )
            }
        };
        Text::new(
            format!("{package}: 고쳐진 버전 {fixed}을(를) 받을 수 없습니다. {ko}"),
            format!("{package}: the fixed version {fixed} cannot be had: {en}"),
        )
    }
}

impl Refused {
    /// The sentence for the user.
    #[must_use]
    pub fn text(&self) -> Text {
        let package = &self.package;
        let (ko, en) = match &self.why {
            WhyRefused::Removes { packages } => (
                format!("{} 패키지가 제거되기 때문에 하지 않습니다.", packages.join(", ")),
                format!("it would remove {}", packages.join(", ")),
            ),
            WhyRefused::Installs { packages } => (
                format!(
                    "설치되어 있지 않은 {} 패키지가 필요합니다. 새 패키지를 허용하면 함께 설치합니다.",
                    packages.join(", ")
                ),
                format!(
                    "it would install {}, which new packages must be allowed for",
                    packages.join(", ")
                ),
            ),
            WhyRefused::Downgrades { packages } => (
                format!(
                    "{} 패키지가 더 낮은 버전으로 바뀌기 때문에 하지 않습니다.",
                    packages.join(", ")
                ),
                format!("it would downgrade {}", packages.join(", ")),
            ),
            WhyRefused::Held { packages } => (
                format!(
                    "관리자가 고정한 {} 패키지까지 바뀌기 때문에 하지 않습니다.",
                    packages.join(", ")
                ),
                format!("it would change {}, held by the administrator", packages.join(", ")),
            ),
            WhyRefused::ReplacesFiles { files } => (
                format!(
                    "고친 설정 파일({})이 새 파일로 바뀌기 때문에 하지 않습니다.",
                    files.join(", ")
                ),
                format!("it would replace {}, which was edited", files.join(", ")),
            ),
            WhyRefused::Unsolvable { said } => (
                format!("패키지 관리자가 설치할 방법을 찾지 못했습니다: {said}"),
                format!("the package manager finds no way: {said}"),
            ),
        };
        Text::new(format!("{package}: {ko}"), format!("{package}: {en}"))
    }
}

impl Upgrade {
    /// Whether and how it can be taken back, for the user.
    #[must_use]
    pub fn undo_text(&self) -> Text {
        let Self { package, from, .. } = self;
        let (ko, en) = match &self.old_package {
            OldPackage::Cache { .. } => (
                "지금 버전의 패키지 파일이 이 시스템에 있어 되돌릴 수 있습니다.",
                "its package file lies on this machine, so it can be taken back",
            ),
            OldPackage::Source => (
                "지금 버전을 저장소에서 미리 받아 두므로 되돌릴 수 있습니다.",
                "its package file is downloaded first, so it can be taken back",
            ),
            OldPackage::Repack => (
                "설치된 파일로 패키지를 다시 만들어 두므로 되돌릴 수 있습니다.",
                "it is packed again from the installed files first, so it can be taken back",
            ),
            OldPackage::Nowhere => (
                "지금 버전의 패키지 파일을 구할 수 없어 되돌릴 수 없습니다.",
                "its package file cannot be had, so it cannot be taken back",
            ),
        };
        Text::new(format!("{package} {from}: {ko}"), format!("{package} {from}: {en}"))
    }
}

impl Reboot {
    /// The sentence for the user.
    #[must_use]
    pub fn text(&self) -> Text {
        if self.packages.is_empty() {
            return Text::new(
                "이전 업데이트 때문에 이미 재부팅이 필요한 상태입니다.",
                "earlier updates already wait for a reboot",
            );
        }
        let packages = self.packages.join(", ");
        Text::new(
            format!("재부팅해야 적용됩니다: {packages}"),
            format!("takes effect after a reboot: {packages}"),
        )
    }
}

impl Space {
    /// The sentence for the user.
    #[must_use]
    pub fn text(&self) -> Text {
        let Self { path, .. } = self;
        let [needed, free] = [self.needed, self.free].map(|bytes| bytes.div_ceil(1 << 20));
        if self.needed > self.free {
            return Text::new(
                format!(
                    "{path}: 공간이 모자랍니다. {needed} MiB가 필요하지만 {free} MiB만 비어 있습니다."
                ),
                format!("{path}: too little room: {needed} MiB needed, {free} MiB free"),
            );
        }
        Text::new(
            format!("{path}: {needed} MiB 필요, {free} MiB 비어 있음"),
            format!("{path}: {needed} MiB needed, {free} MiB free"),
        )
    }
}

impl End {
    /// The sentence for the user.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::After => Text::new(
                "계획한 버전이 모두 설치되었습니다.",
                "every package has its planned version",
            ),
            Self::Before => {
                Text::new("패키지가 모두 이전 버전입니다.", "every package has its earlier version")
            }
            Self::Between { packages } => Text::new(
                format!("일부만 바뀐 상태입니다. 직접 확인해야 합니다: {}", packages.join(", ")),
                format!(
                    "only some packages changed, which a person must look at: {}",
                    packages.join(", ")
                ),
            ),
        }
    }
}

impl Note {
    /// The sentence for the user.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::OldLists { days, refresh } => Text::new(
                format!(
                    "패키지 목록이 {days}일 전 것입니다. `{refresh}`(으)로 먼저 새로 받으세요."
                ),
                format!("the package lists are {days} days old; fetch new ones by `{refresh}`"),
            ),
            Self::NoLists { refresh } => Text::new(
                format!("패키지 목록이 없습니다. `{refresh}`(으)로 먼저 받으세요."),
                format!("there are no package lists; fetch them by `{refresh}`"),
            ),
            Self::NoSecuritySource { line } => {
                let of = |label: &str| {
                    line.as_ref().map(|line| format!("{label}`{line}`")).unwrap_or_default()
                };
                Text::new(
                    format!(
                        "보안 업데이트 저장소가 설정되어 있지 않아 보안 업데이트를 볼 수 없습니다.{}",
                        of(" 추가할 줄: ")
                    ),
                    format!(
                        "no source of security updates is configured, so none can be seen{}",
                        of("; add the line ")
                    ),
                )
            }
            Self::NoSecurityClass => Text::new(
                "Alpine은 보안 업데이트를 따로 구분하지 않습니다. 설정된 저장소에 더 새 버전이 있는 패키지를 모두 계획했습니다.",
                "Alpine does not tell security updates from others; whatever the repositories have newer is planned",
            ),
            Self::MayRestart => Text::new(
                "패키지의 설치 스크립트가 자기 서비스를 다시 시작할 수 있습니다. 그 밖의 서비스는 건드리지 않습니다.",
                "programs of the packages may restart their own services; no other service is touched",
            ),
        }
    }
}
