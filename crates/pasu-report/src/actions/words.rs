//! A step in words.

use super::{Action, ActionKind, Reason};
use crate::safe_text::clip;
use pasu_model::Lang;

/// How many names of a list are written out.
const NAMED: usize = 3;

/// What to do: `Upgrade openssl 3.0.15-1 -> 3.0.16-1 (libssl3, openssl)`.
pub(crate) fn step(action: &Action, lang: Lang) -> String {
    let package = clip(&action.package, 80);
    let installed = list(&action.installed);
    let mut text = match (&action.kind, lang) {
        (ActionKind::Upgrade { to }, Lang::Ko) => {
            format!("{package} 업그레이드: {installed} -> {} 이상", clip(to, 80))
        }
        (ActionKind::Upgrade { to }, Lang::En) => {
            format!("Upgrade {package}: {installed} -> {} or later", clip(to, 80))
        }
        (kind, _) => {
            unfixed(kind, lang).replace("{version}", &installed).replace("{package}", &package)
        }
    };
    let others = action.packages.iter().any(|name| *name != action.package);
    if action.record.is_os() && others {
        text.push_str(&format!(" ({})", list(&action.packages)));
    }
    if !action.places.is_empty() {
        text.push_str(&format!(", {}", list(&action.places)));
    }
    text
}

/// What to do where no version has a fix.
fn unfixed(kind: &ActionKind, lang: Lang) -> &'static str {
    let (ko, en) = match kind {
        ActionKind::Remove => (
            "{package} {version} 제거: 악성 코드입니다. 이 시스템의 비밀번호와 키를 모두 바꾸십시오",
            "Remove {package} {version}: it is malicious code. Change every password and key that this system knows",
        ),
        ActionKind::Contain => (
            "{package} {version} 접근 제한: 아직 패치가 없으므로, 나올 때까지 외부 접근을 막거나 해당 기능을 끄십시오",
            "Contain {package} {version}: no fix yet, so limit who can reach it or switch off what is affected until there is one",
        ),
        ActionKind::Watch | ActionKind::Upgrade { .. } => (
            "{package} {version} 지켜보기: 아직 패치가 없음. 쓰는 방식에 해당하는지 확인",
            "Watch {package} {version}: no fix yet; see whether your use of it is affected",
        ),
    };
    lang.pick(ko, en)
}

/// What it ends: `Fixes 3 CVEs, 1 known exploited; worst CRITICAL, EPSS up to 94%`.
pub(crate) fn effect(action: &Action, lang: Lang) -> String {
    let count = action.vulnerabilities.len();
    let upgrade = matches!(action.kind, ActionKind::Upgrade { .. });
    let mut text = match lang {
        Lang::Ko if upgrade => format!("취약점 {count}건 해결"),
        Lang::Ko => format!("취약점 {count}건"),
        Lang::En => {
            let verb = if upgrade { "Fixes" } else { "Concerns" };
            let noun = if count == 1 { "vulnerability" } else { "vulnerabilities" };
            format!("{verb} {count} {noun}")
        }
    };
    if action.known_exploited > 0 {
        let known = lang.pick(", 그중 {}건 실제 악용 중", ", {} of them known to be exploited");
        let known = known.replace("{}", &action.known_exploited.to_string());
        text.push_str(&known);
    }
    text.push_str(lang.pick("; 최고 심각도 ", "; worst severity "));
    text.push_str(action.severity.name());
    if let Some(epss) = action.epss {
        text.push_str(&format!(", EPSS {}", percent(epss)));
    }
    text
}

/// Why it stands here.
pub(crate) fn why(action: &Action, lang: Lang) -> String {
    match &action.reason {
        Reason::Malicious { id } => lang
            .pick("{id}: 해를 끼치려고 배포된 패키지", "{id} was published to do harm")
            .replace("{id}", &clip(id, 60)),
        Reason::KnownExploited { id, added, ransomware } => {
            let text = match (ransomware, lang) {
                (true, Lang::Ko) => "{id}: 랜섬웨어 공격에 쓰이고 있음 (CISA KEV, {added} 등재)",
                (false, Lang::Ko) => "{id}: 실제 공격에 쓰이고 있음 (CISA KEV, {added} 등재)",
                (true, Lang::En) => "{id} is used in ransomware attacks (CISA KEV, added {added})",
                (false, Lang::En) => "{id} is being exploited (CISA KEV, added {added})",
            };
            text.replace("{id}", &clip(id, 60)).replace("{added}", &clip(added, 20))
        }
        Reason::LikelyExploited { id, probability } => lang
            .pick(
                "{id}: 30일 안에 악용될 확률 {p} (EPSS)",
                "{id} has a {p} chance of being exploited within 30 days (EPSS)",
            )
            .replace("{id}", &clip(id, 60))
            .replace("{p}", &percent(*probability)),
        Reason::Severity { id, severity } => lang
            .pick("{id}의 심각도가 {s}", "{id} is rated {s}")
            .replace("{id}", &clip(id, 60))
            .replace("{s}", severity.name()),
    }
}

/// A probability as people read it: whole per cent, and `<1%` for what rounds to nothing.
pub(crate) fn percent(probability: f64) -> String {
    let percent = (probability.clamp(0.0, 1.0) * 100.0).round();
    if percent < 1.0 { "<1%".to_owned() } else { format!("{percent:.0}%") }
}

/// The first few of a list, and how many more.
pub(crate) fn list(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(NAMED).map(|name| clip(name, 100)).collect();
    let mut text = shown.join(", ");
    if names.len() > NAMED {
        text.push_str(&format!(" +{}", names.len() - NAMED));
    }
    text
}

/// How a package is upgraded that no one command upgrades.
pub(crate) fn by_hand(action: &Action, lang: Lang) -> &'static str {
    if action.record.is_os() {
        return lang
            .pick("패키지 관리자로 업그레이드하십시오.", "Upgrade it with the package manager.");
    }
    if action.record == pasu_model::PackageType::Binary {
        return lang.pick(
            "패키지 관리자 밖에서 설치된 프로그램입니다. 제작사가 배포한 새 버전으로 바꾸십시오.",
            "No package manager put this program there: replace it with its maker's new version.",
        );
    }
    lang.pick(
        "애플리케이션의 의존성 버전을 올리고 다시 빌드하여 배포하십시오.",
        "Raise the dependency in the application, build it anew and deploy it.",
    )
}

/// How a package of an image is upgraded.
pub(crate) fn in_image(action: &Action, lang: Lang) -> &'static str {
    if action.record.is_os() {
        return lang.pick(
            "새 베이스 이미지로 다시 빌드하거나 `pasu image patch`로 패치한 뒤, 컨테이너를 다시 만드십시오.",
            "Build the image anew on a newer base or patch it with `pasu image patch`, then make its containers anew.",
        );
    }
    if action.record == pasu_model::PackageType::Binary {
        return lang.pick(
            "이미지에 직접 넣은 프로그램입니다. 제작사가 배포한 새 버전을 넣어 이미지를 다시 빌드한 뒤, 컨테이너를 다시 만드십시오.",
            "The program was put into the image by hand: build the image anew with its maker's new version, then make its containers anew.",
        );
    }
    lang.pick(
        "애플리케이션의 의존성 버전을 올리고 이미지를 다시 빌드한 뒤, 컨테이너를 다시 만드십시오.",
        "Raise the dependency in the application, build the image anew, then make its containers anew.",
    )
}
