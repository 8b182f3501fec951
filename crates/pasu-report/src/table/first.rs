//! What to do first: the five most pressing steps in words.

use super::Context;
use super::paint::Ink;
use crate::safe_text::clip;
use crate::{Action, ActionKind, Reason, first_actions};
use std::io::{self, Write};

/// As many as one does in an afternoon.
const STEPS: usize = 5;

/// How many names of a list are written out.
const NAMED: usize = 3;

/// Writes the steps, or that there is nothing to be done now; nothing where nothing was found.
pub(super) fn write(context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    if context.run.findings().next().is_none() {
        return Ok(());
    }
    let title = context.pick("먼저 할 일", "What to do first");
    writeln!(out, "\n{}", context.paint.text(Ink::Bold, title))?;
    let actions = first_actions(context.run, STEPS);
    if actions.is_empty() {
        let nothing = context.pick(
            "지금 할 수 있는 일은 없습니다. 찾은 취약점은 아직 패치가 없고, 심각하거나 악용될 가능성이 높은 것도 없습니다.",
            "Nothing can be done now: no fix is out for what was found, and none of it is severe or likely to be exploited.",
        );
        return context.paragraph("  ", nothing, out);
    }
    for (index, action) in actions.iter().enumerate() {
        let number = format!("  {}. ", index + 1);
        context.paragraph(&number, &step(context, action), out)?;
        context.paragraph("     ", &effect(context, action), out)?;
        let alarming =
            matches!(action.reason, Reason::Malicious { .. } | Reason::KnownExploited { .. });
        let ink = if alarming { Ink::Alarm } else { Ink::Plain };
        context.inked_paragraph("     ", ink, &why(context, action), out)?;
        if let Some(command) = &action.command {
            // Not wrapped: it is there to be copied.
            writeln!(out, "     $ {command}")?;
        }
    }
    Ok(())
}

/// What to do: `Upgrade openssl 3.0.15-1 -> 3.0.16-1 (libssl3, openssl)`.
fn step(context: &Context<'_>, action: &Action) -> String {
    let package = clip(&action.package, 80);
    let installed = list(&action.installed);
    let mut text = match (&action.kind, context.lang) {
        (ActionKind::Upgrade { to }, pasu_model::Lang::Ko) => {
            format!("{package} 업그레이드: {installed} -> {} 이상", clip(to, 80))
        }
        (ActionKind::Upgrade { to }, pasu_model::Lang::En) => {
            format!("Upgrade {package}: {installed} -> {} or later", clip(to, 80))
        }
        (kind, _) => {
            unfixed(context, kind).replace("{version}", &installed).replace("{package}", &package)
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
fn unfixed(context: &Context<'_>, kind: &ActionKind) -> &'static str {
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
    context.pick(ko, en)
}

/// What it ends: `Fixes 3 CVEs, 1 known exploited; worst CRITICAL, EPSS up to 94%`.
fn effect(context: &Context<'_>, action: &Action) -> String {
    let count = action.vulnerabilities.len();
    let upgrade = matches!(action.kind, ActionKind::Upgrade { .. });
    let mut text = match context.lang {
        pasu_model::Lang::Ko if upgrade => format!("취약점 {count}건 해결"),
        pasu_model::Lang::Ko => format!("취약점 {count}건"),
        pasu_model::Lang::En => {
            let verb = if upgrade { "Fixes" } else { "Concerns" };
            let noun = if count == 1 { "vulnerability" } else { "vulnerabilities" };
            format!("{verb} {count} {noun}")
        }
    };
    if action.known_exploited > 0 {
        let known = context.pick(", 그중 {}건 실제 악용 중", ", {} of them known to be exploited");
        let known = known.replace("{}", &action.known_exploited.to_string());
        text.push_str(&known);
    }
    text.push_str(context.pick("; 최고 심각도 ", "; worst severity "));
    text.push_str(action.severity.name());
    if let Some(epss) = action.epss {
        text.push_str(&format!(", EPSS {}", percent(epss)));
    }
    text
}

/// Why it stands here.
fn why(context: &Context<'_>, action: &Action) -> String {
    let lead = context.pick("이유: ", "Why: ");
    let reason = match &action.reason {
        Reason::Malicious { id } => context
            .pick("{id}: 해를 끼치려고 배포된 패키지", "{id} was published to do harm")
            .replace("{id}", &clip(id, 60)),
        Reason::KnownExploited { id, added, ransomware } => {
            let text = match (ransomware, context.lang) {
                (true, pasu_model::Lang::Ko) => {
                    "{id}: 랜섬웨어 공격에 쓰이고 있음 (CISA KEV, {added} 등재)"
                }
                (false, pasu_model::Lang::Ko) => {
                    "{id}: 실제 공격에 쓰이고 있음 (CISA KEV, {added} 등재)"
                }
                (true, pasu_model::Lang::En) => {
                    "{id} is used in ransomware attacks (CISA KEV, added {added})"
                }
                (false, pasu_model::Lang::En) => {
                    "{id} is being exploited (CISA KEV, added {added})"
                }
            };
            text.replace("{id}", &clip(id, 60)).replace("{added}", &clip(added, 20))
        }
        Reason::LikelyExploited { id, probability } => context
            .pick(
                "{id}: 30일 안에 악용될 확률 {p} (EPSS)",
                "{id} has a {p} chance of being exploited within 30 days (EPSS)",
            )
            .replace("{id}", &clip(id, 60))
            .replace("{p}", &percent(*probability)),
        Reason::Severity { id, severity } => context
            .pick("{id}의 심각도가 {s}", "{id} is rated {s}")
            .replace("{id}", &clip(id, 60))
            .replace("{s}", severity.name()),
    };
    format!("{lead}{reason}")
}

/// A probability as people read it: whole per cent, and `<1%` for what rounds to nothing.
pub(super) fn percent(probability: f64) -> String {
    let percent = (probability.clamp(0.0, 1.0) * 100.0).round();
    if percent < 1.0 { "<1%".to_owned() } else { format!("{percent:.0}%") }
}

/// The first few of a list, and how many more.
fn list(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(NAMED).map(|name| clip(name, 100)).collect();
    let mut text = shown.join(", ");
    if names.len() > NAMED {
        text.push_str(&format!(" +{}", names.len() - NAMED));
    }
    text
}
