//! What could not be looked at: in one sentence for page one, and in full for the summary.

use super::contents::Contents;
use super::{Block, List, Note, Tone};
use crate::safe_text::clip;
use crate::sources;
use crate::words::{database, unseen};
use pasu_model::{
    ItemResult, Lang, Part, PartState, Run, TargetKind, Unseen, UnseenReason, Verdict,
};
use std::collections::BTreeMap;

/// How many things are named for each reason; the document of `--format pasu` has them all.
const NAMED: usize = 5;

/// What stands on page one, where something was not seen.
pub(super) fn warning(contents: &Contents<'_>) -> Option<String> {
    let inspection = contents.inspection;
    let mut said = Vec::new();
    let without_root = contents.knows_rights() && !inspection.by.as_root;
    if without_root && inspection.target.kind == TargetKind::Host {
        said.push(
            contents
                .pick("root 권한 없이 실행했습니다.", "It ran without the rights of root.")
                .to_owned(),
        );
    }
    for report in inspection.parts.iter().filter(|report| report.state == PartState::Failed) {
        let name = report.part.text();
        said.push(match contents.lang {
            Lang::Ko => format!("{} 점검을 하지 못했습니다.", name.ko),
            Lang::En => format!("The part about {} could not be made.", name.en.to_lowercase()),
        });
    }
    let blocked = blocked(contents).len();
    if blocked > 0 {
        said.push(match contents.lang {
            Lang::Ko => format!("점검하지 못한 항목이 {blocked}개 있습니다."),
            Lang::En => format!("Items that could not be checked: {blocked}."),
        });
    }
    let unseen: usize = inspection.runs().map(|run| run.unseen.len()).sum();
    if unseen > 0 {
        said.push(match contents.lang {
            Lang::Ko => format!("읽지 못한 파일과 폴더 등이 {unseen}건 있습니다."),
            Lang::En => format!("Files and folders that could not be looked at: {unseen}."),
        });
    }
    if inspection.runs().any(|run| run.database.is_none()) {
        let text = contents.pick(
            "패키지를 취약점 정보와 대조하지 않았습니다.",
            "Packages were not compared with advisories.",
        );
        said.push(text.to_owned());
    }
    if let Some(age) = old(contents) {
        said.push(match contents.lang {
            Lang::Ko => format!("취약점 정보 중 {age}일 지난 것이 있습니다."),
            Lang::En => format!("Some advisories are {age} days old."),
        });
    }
    if said.is_empty() {
        return None;
    }
    let end = contents.pick(
        "확인하지 못한 부분은 양호하다는 뜻이 아닙니다. 자세한 내용은 «점검하지 못한 것»에 있습니다.",
        "What was not seen is not thereby good; \"What could not be checked\" has it in full.",
    );
    said.push(end.to_owned());
    Some(said.join(" "))
}

/// Everything that could not be looked at, with what to do about it.
pub(super) fn blocks(contents: &Contents<'_>) -> Vec<Block> {
    let mut blocks = vec![Block::Heading {
        level: 2,
        text: contents.pick("점검하지 못한 것", "What could not be checked").to_owned(),
    }];
    let mut points = parts(contents);
    points.extend(items(contents));
    points.extend(manual(contents));
    points.extend(things(contents));
    points.extend(old(contents).map(|age| {
        let title = contents.pick("오래된 취약점 정보", "Old advisories");
        (title.to_owned(), vec![database::old(age, contents.lang)])
    }));
    points.extend(left_out(contents));
    blocks.push(if points.is_empty() {
        let text = contents.pick(
            "점검 대상으로 정한 것은 모두 확인했습니다.",
            "Everything that was asked for was seen.",
        );
        Block::Note(Note { tone: Tone::Good, title: String::new(), lines: vec![text.to_owned()] })
    } else {
        Block::List(List { is_numbered: false, points })
    });
    blocks
}

type Point = (String, Vec<String>);

/// Parts that were not made, or not in full.
fn parts(contents: &Contents<'_>) -> Vec<Point> {
    let point = |part: Part| {
        let report = contents.inspection.part(part)?;
        let what = match report.state {
            PartState::Whole | PartState::Incomplete => return None,
            PartState::Failed => contents.pick("점검하지 못함", "could not be made"),
            PartState::LeftOut => contents.pick("요청하지 않아 제외함", "left out, as asked"),
            PartState::Absent => {
                contents.pick("해당하는 것이 없음", "nothing of the kind is there")
            }
        };
        let why = report.why.iter().map(|why| clip(why.get(contents.lang), 400)).collect();
        Some((format!("{}: {what}", part.text().get(contents.lang)), why))
    };
    Part::ALL.into_iter().filter_map(point).collect()
}

/// Items that are blocked, each with the machine or image it is of.
fn blocked<'a>(contents: &Contents<'a>) -> Vec<&'a ItemResult> {
    let results = contents.inspection.audits().flat_map(|audit| &audit.results);
    results.filter(|result| result.verdict == Verdict::Blocked).collect()
}

/// Blocked items by cause.
fn items(contents: &Contents<'_>) -> Vec<Point> {
    let mut causes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for result in blocked(contents) {
        let codes = causes.entry(&result.reason.key).or_default();
        if !codes.contains(&result.code.as_str()) {
            codes.push(&result.code);
        }
    }
    let mut points = Vec::new();
    for (key, codes) in causes {
        let cause = unseen::cause(key)
            .map_or_else(|| clip(key, 60), |text| text.get(contents.lang).to_owned());
        let title = match contents.lang {
            Lang::Ko => format!("점검불가 항목 {}개: {cause}", codes.len()),
            Lang::En => format!("Blocked items: {} ({cause})", codes.len()),
        };
        points.push((title, vec![clip(&codes.join(", "), 4000)]));
    }
    points
}

/// Items that only a person can judge.
fn manual(contents: &Contents<'_>) -> Option<Point> {
    let results = contents.inspection.audits().flat_map(|audit| &audit.results);
    let codes: Vec<&str> = results
        .filter(|result| result.verdict == Verdict::Manual)
        .map(|result| result.code.as_str())
        .collect();
    if codes.is_empty() {
        return None;
    }
    let title = match contents.lang {
        Lang::Ko => format!("담당자가 판단해야 하는 수동점검 항목 {}개", codes.len()),
        Lang::En => format!("Manual items, which a person has to judge: {}", codes.len()),
    };
    let how = contents.pick(
        "`pasu audit answer 항목 --verdict … --reason … --until 날짜`로 답하면 다음 점검에 반영됩니다.",
        "`pasu audit answer ITEM --verdict … --reason … --until DATE` answers one for later runs.",
    );
    Some((title, vec![clip(&codes.join(", "), 4000), how.to_owned()]))
}

/// Files, folders and the like by reason, over the machine and all images.
fn things(contents: &Contents<'_>) -> Vec<Point> {
    let mut reasons: BTreeMap<UnseenReason, Vec<(&Run, &Unseen)>> = BTreeMap::new();
    for run in contents.inspection.runs() {
        for thing in &run.unseen {
            reasons.entry(thing.reason).or_default().push((run, thing));
        }
    }
    let point = |(reason, things): (UnseenReason, Vec<(&Run, &Unseen)>)| {
        let why = unseen::why(reason, contents.lang);
        let title = match contents.lang {
            Lang::Ko => format!("{why}: {}건", things.len()),
            Lang::En => format!("{why}: {}", things.len()),
        };
        let mut lines: Vec<String> =
            things.iter().take(NAMED).map(|(run, thing)| named(run, thing)).collect();
        if things.len() > NAMED {
            let more = things.len() - NAMED;
            lines.push(match contents.lang {
                Lang::Ko => format!("그 밖에 {more}건 (모두 보려면 `--format pasu`)"),
                Lang::En => format!("and {more} more (`--format pasu` lists all)"),
            });
        }
        let label = contents.pick("할 일", "hint");
        lines.push(format!("{label}: {}", unseen::hint(reason, contents.lang)));
        (title, lines)
    };
    reasons.into_iter().map(point).collect()
}

/// `shop:1.4: srv/app.lock (line 12: …)`.
fn named(run: &Run, thing: &Unseen) -> String {
    let mut line = String::new();
    if run.target.kind == TargetKind::Image {
        line.push_str(&format!("{}: ", clip(&run.target.name, 100)));
    }
    line.push_str(&clip(&thing.path, 300));
    if !thing.detail.is_empty() {
        line.push_str(&format!(" ({})", clip(&thing.detail, 300)));
    }
    line
}

/// The age in days of the oldest source that decided, where it is old.
fn old(contents: &Contents<'_>) -> Option<i64> {
    let ages = contents.inspection.runs().filter_map(|run| {
        let own = run.database.as_ref()?.age_days;
        Some(sources::deciding(run).iter().map(|feed| feed.age_days).fold(own, i64::max))
    });
    ages.max().filter(|age| *age >= database::OLD_DAYS)
}

/// Mounts that belong to other machines or containers.
fn left_out(contents: &Contents<'_>) -> Option<Point> {
    let mounts: Vec<String> = contents
        .inspection
        .runs()
        .flat_map(|run| &run.left_out)
        .map(|mount| clip(mount, 300))
        .collect();
    if mounts.is_empty() {
        return None;
    }
    let title = match contents.lang {
        Lang::Ko => {
            format!("보지 않은 마운트 {}개 (네트워크나 컨테이너의 파일 시스템)", mounts.len())
        }
        Lang::En => {
            format!("Mounts left out: {} (network or container file systems)", mounts.len())
        }
    };
    Some((title, vec![mounts.join(", ")]))
}
