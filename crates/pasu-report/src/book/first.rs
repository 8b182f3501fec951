//! What to do first, and why.

use super::contents::Contents;
use super::{Block, Chapter, List, Note, Tone};
use crate::{Step, first_steps};

/// As many steps as one plans a week with.
const STEPS: usize = 10;

pub(super) fn chapter(contents: &Contents<'_>) -> Chapter {
    let steps = first_steps(contents.inspection, STEPS);
    let blocks = if steps.is_empty() {
        vec![Block::Note(Note {
            tone: if contents.inspection.is_complete() { Tone::Good } else { Tone::Info },
            title: String::new(),
            lines: vec![nothing(contents).to_owned()],
        })]
    } else {
        let points = steps.iter().map(|step| point(contents, step)).collect();
        vec![
            Block::Paragraph(order(contents).to_owned()),
            Block::List(List { is_numbered: true, points }),
        ]
    };
    let title = contents.pick("우선 조치 사항", "What to do first");
    Chapter { id: "first", title: title.to_owned(), blocks }
}

fn nothing(contents: &Contents<'_>) -> &'static str {
    let inspection = contents.inspection;
    let found = inspection.runs().any(|run| run.findings().next().is_some());
    let (ko, en) = match (found, inspection.is_complete()) {
        (true, _) => (
            "지금 할 수 있는 일은 없습니다. 찾은 취약점은 아직 패치가 없고, 심각하거나 악용될 가능성이 높은 것도 없습니다.",
            "Nothing can be done now: no fix is out for what was found, and none of it is severe or likely to be exploited.",
        ),
        (false, true) => (
            "조치할 것이 없습니다. 확인한 범위에서 취약한 항목과 알려진 취약점을 찾지 못했습니다.",
            "There is nothing to do: no failed item and no known vulnerability was found in what was looked at.",
        ),
        (false, false) => (
            "확인한 범위에서는 조치할 것이 없습니다. 그러나 점검하지 못한 것이 있으므로 안전하다는 뜻은 아닙니다.",
            "There is nothing to do in what was looked at, but not everything was, so this does not mean that all is well.",
        ),
    };
    contents.lang.pick(ko, en)
}

fn order(contents: &Contents<'_>) -> &'static str {
    contents.lang.pick(
        "보안 설정, 패키지, 이미지를 통틀어 급한 것부터 적었습니다. 악성 코드, 실제 악용 중인 취약점(CISA KEV)이 먼저이고, 그다음은 악용될 확률(EPSS)에 심각도를 곱한 순서입니다. 외부에서 들어오는 통로가 되는 설정은 악용될 확률을 50%로, 확률 자료가 없는 취약점과 그 밖의 설정은 0.5%로 보았습니다.",
        "Settings, packages and images in one list, the most pressing first: malicious code, then what is known to be exploited (CISA KEV), then the probability of exploitation (EPSS) times the severity. Settings through which somebody comes in from outside are taken for 50% likely; vulnerabilities without a probability and all other settings for 0.5%.",
    )
}

fn point(contents: &Contents<'_>, step: &Step) -> (String, Vec<String>) {
    let lang = contents.lang;
    let mut below = vec![format!("{}: {}", contents.pick("이유", "Why"), step.why(lang))];
    below.extend(step.effect(lang));
    if let Some(remedy) = step.remedy(lang) {
        below.push(format!("{}: {remedy}", contents.pick("조치 방법", "Remedy")));
    }
    if let Some(command) = step.command() {
        below.push(format!("{}: {command}", contents.pick("명령", "Command")));
    }
    (step.what(lang), below)
}
