//! Whether security updates still reach an operating system.

use pasu_model::{Lang, OperatingSystem, OsFamily, Support};

/// `regular support ended 2026-07-11, LTS goes on until 2028-06-30`.
pub(crate) fn state(os: &OperatingSystem, support: Support, lang: Lang) -> String {
    let extended = extended_name(os.family, lang);
    match (support, lang) {
        (Support::Regular { until }, Lang::Ko) => format!("{until}까지 지원"),
        (Support::Regular { until }, Lang::En) => format!("supported until {until}"),
        (Support::Extended { ended, until }, Lang::Ko) => {
            format!("일반 지원 {ended} 종료, {extended} {until}까지")
        }
        (Support::Extended { ended, until }, Lang::En) => {
            format!("regular support ended {ended}, {extended} until {until}")
        }
        (Support::ExtendedOnOffer { ended, until }, Lang::Ko) => {
            format!("지원 종료 ({ended}). {extended} 가입 시 {until}까지")
        }
        (Support::ExtendedOnOffer { ended, until }, Lang::En) => {
            format!("support ended {ended}; with {extended} until {until}")
        }
        (Support::Ended { on }, Lang::Ko) => format!("모든 지원 종료 ({on})"),
        (Support::Ended { on }, Lang::En) => format!("all support ended {on}"),
    }
}

/// What the maker calls its extended support.
fn extended_name(family: OsFamily, lang: Lang) -> &'static str {
    match family {
        OsFamily::Debian => "LTS",
        OsFamily::Ubuntu => "Ubuntu Pro",
        OsFamily::RedHat => "ELS",
        OsFamily::Oracle => "Extended Support",
        OsFamily::Suse => "LTSS",
        _ => lang.pick("연장 지원", "extended support"),
    }
}

/// What to do about it.
pub(crate) fn advice(os: &OperatingSystem, support: Support, lang: Lang) -> Option<&'static str> {
    let (ko, en) = match (support, os.family) {
        (Support::Regular { .. }, _) => return None,
        (Support::Extended { .. }, OsFamily::Debian) => (
            "보안 업데이트는 LTS 팀이 무상으로 계속합니다(일부 패키지 제외). 끝나기 전에 다음 버전으로 옮길 계획을 세우십시오.",
            "The LTS team goes on with free security updates for most packages. Plan the move to the next release before they end.",
        ),
        (Support::Extended { .. }, _) => return None,
        (Support::ExtendedOnOffer { .. }, OsFamily::Ubuntu) => (
            "Ubuntu Pro를 연결하면(`sudo pro attach`, 개인과 회사 모두 5대까지 무료) 보안 업데이트를 계속 받습니다. 아니면 지원되는 버전으로 옮기십시오.",
            "Attach Ubuntu Pro (`sudo pro attach`, free for five machines) to go on getting security updates, or move to a supported release.",
        ),
        (Support::ExtendedOnOffer { .. }, _) => (
            "유료 연장 지원에 가입하지 않으면 새로 발견되는 취약점이 고쳐지지 않습니다. 가입하거나 지원되는 버전으로 옮기십시오.",
            "Without a subscription to extended support, flaws found from now on stay open. Subscribe, or move to a supported release.",
        ),
        (Support::Ended { .. }, _) => (
            "이 배포판은 더 이상 보안 업데이트를 받지 않습니다. 새로 발견되는 취약점은 고쳐지지 않으므로 지원되는 버전으로 옮기십시오.",
            "This release gets no security updates any more: flaws found from now on stay open. Move to a supported release.",
        ),
    };
    Some(lang.pick(ko, en))
}
