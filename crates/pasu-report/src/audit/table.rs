//! The audit for the person at the terminal: what could not be seen, the score, then every item by category.

use crate::RenderOptions;
use crate::safe_text::clip;
use crate::table::grid::{Cell, Grid, Row};
use crate::table::paint::{Ink, Paint};
use crate::table::paragraph::Paragraph;
use crate::table::{LEAST_WIDTH, WIDTH_IN_A_PIPE};
use crate::words::{items, unseen};
use pasu_model::{
    Audit, Evidence, Importance, ItemResult, Lang, Score, Severity, TargetKind, Text, Verdict,
    Weight,
};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// How many pieces of evidence a cell shows; the other formats show more.
const MAX_SHOWN: usize = 6;

/// The longest text of one piece.
const MAX_TEXT: usize = 400;

struct Context<'a> {
    audit: &'a Audit,
    lang: Lang,
    paint: Paint,
    width: usize,
}

/// Writes the whole audit.
pub(super) fn write(audit: &Audit, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let context = Context::new(audit, options);
    context.head(out)?;
    context.score(out)?;
    for (chapter, category, results) in audit.categories() {
        context.category(chapter, category, &results, out)?;
    }
    context.foot(out)
}

/// Writes the head, the score and one line for each item that is wrong.
pub(super) fn write_summary(
    audit: &Audit,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let context = Context::new(audit, options);
    context.head(out)?;
    context.score(out)?;
    let mut open: Vec<&ItemResult> =
        audit.results.iter().filter(|result| result.is_open_failure()).collect();
    open.sort_by_key(|result| std::cmp::Reverse(result.importance));
    if !open.is_empty() {
        writeln!(out)?;
        writeln!(out, "{}", context.pick("취약한 항목", "Items that failed"))?;
    }
    for result in open {
        let importance = result.importance.text();
        let mark = context.paint.text(ink_of(result), importance.get(context.lang));
        let title = clip(result.title.get(context.lang), 120);
        let reason = clip(result.reason.text.get(context.lang), 160);
        context.paragraph(
            &format!("  {} {mark} ", result.code),
            &format!("{title}: {reason}"),
            out,
        )?;
    }
    let hint = if audit.target.kind == TargetKind::Image {
        context.pick(
            "자세한 근거와 조치 방법: `pasu audit --image 이미지`(또는 `--input 파일`), `pasu audit explain 항목`",
            "Evidence and remedies: `pasu audit --image IMAGE` (or `--input FILE`), `pasu audit explain ITEM`",
        )
    } else {
        context.pick(
            "자세한 근거와 조치 방법: `pasu audit`, `pasu audit explain 항목`",
            "Evidence and remedies: `pasu audit`, `pasu audit explain ITEM`",
        )
    };
    writeln!(out, "{hint}")?;
    writeln!(out)
}

impl<'a> Context<'a> {
    fn new(audit: &'a Audit, options: &RenderOptions) -> Self {
        Self {
            audit,
            lang: options.lang,
            paint: Paint { color: options.color },
            width: options.width.unwrap_or(WIDTH_IN_A_PIPE).max(LEAST_WIDTH),
        }
    }

    fn pick<'t>(&self, ko: &'t str, en: &'t str) -> &'t str {
        self.lang.pick(ko, en)
    }

    /// A text wrapped to the width, the first line after `first`, the others indented as far.
    fn paragraph(&self, first: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
        Paragraph { first, text, width: self.width }.write(out)
    }

    fn head(&self, out: &mut dyn Write) -> io::Result<()> {
        let audit = self.audit;
        let kind = match audit.target.kind {
            TargetKind::Host => self.pick("이 호스트", "this host"),
            TargetKind::Image => self.pick("컨테이너 이미지", "container image"),
            _ => self.pick("루트 파일 시스템", "root file system"),
        };
        let name = self.paint.text(Ink::Bold, &clip(&audit.target.name, 200));
        let label = self.pick("대상:", "Target:");
        writeln!(out, "{label} {name} ({kind}), {}", clip(&audit.started, 40))?;
        if let Some(os) = &audit.os {
            let os = os.pretty_name.clone().unwrap_or_else(|| format!("{} {}", os.id, os.version));
            writeln!(out, "{} {}", self.pick("시스템:", "System:"), clip(&os, 200))?;
        }
        let guideline = &audit.guideline;
        let label = self.pick("점검 기준:", "Guideline:");
        self.paragraph(
            &format!("{label} "),
            &format!("{} [{}]", guideline.name.get(self.lang), guideline.id),
            out,
        )?;
        if let Some(policy) = &audit.policy {
            writeln!(out, "{} {}", self.pick("정책:", "Policy:"), clip(policy, 200))?;
        }
        for chapter in &audit.absent {
            let none = match self.lang {
                Lang::Ko => format!(
                    "{}: 설치된 서버가 없어 {}개 항목을 제외했습니다.",
                    chapter.name.ko, chapter.items
                ),
                Lang::En => format!(
                    "{}: no such server is installed, {} items left out.",
                    chapter.name.en, chapter.items
                ),
            };
            self.paragraph("", &none, out)?;
        }
        self.unseen(out)
    }

    /// What could not be checked, by cause, before anything else.
    fn unseen(&self, out: &mut dyn Write) -> io::Result<()> {
        let blocked: Vec<&ItemResult> =
            self.audit.results.iter().filter(|result| result.verdict == Verdict::Blocked).collect();
        if blocked.is_empty() {
            return Ok(());
        }
        let count = blocked.len();
        let line = match self.lang {
            Lang::Ko => format!(
                "점검하지 못한 항목이 {count}개 있습니다. 양호로 집계하지 않으며 종료 코드는 2입니다."
            ),
            Lang::En => format!(
                "{count} items could not be checked. They do not count as good, and the exit status is 2."
            ),
        };
        writeln!(out, "{}", self.paint.text(Ink::Alarm, &line))?;
        if !self.audit.as_root && self.audit.target.kind == TargetKind::Host {
            let hint = self.pick(
                "root 권한 없이 실행했습니다. `sudo pasu audit`으로 다시 실행하면 대부분 점검할 수 있습니다.",
                "This ran without the rights of root; `sudo pasu audit` will see most of them.",
            );
            self.paragraph("  ", hint, out)?;
        }
        let mut causes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for result in blocked {
            causes.entry(&result.reason.key).or_default().push(&result.code);
        }
        for (key, codes) in causes {
            let cause =
                unseen::cause(key).map_or(key.to_owned(), |text| text.get(self.lang).to_owned());
            self.paragraph("  - ", &format!("{cause}: {}", codes.join(", ")), out)?;
        }
        Ok(())
    }

    fn score(&self, out: &mut dyn Write) -> io::Result<()> {
        let score = self.audit.score();
        writeln!(out)?;
        let label = self.pick("점수:", "Score:");
        let points = match score.percent() {
            Some(percent) => format!("{percent:.1}"),
            None => "-".to_owned(),
        };
        let detail = match self.lang {
            Lang::Ko => {
                format!("/ 100 (판정된 항목 {}점 중 {}점)", score.judged_points, score.good_points)
            }
            Lang::En => format!(
                "/ 100 ({} of {} points of what was judged)",
                score.good_points, score.judged_points
            ),
        };
        writeln!(out, "{label} {} {detail}", self.paint.text(Ink::Bold, &points))?;
        if let Some(least) = score.lower_bound().filter(|_| score.open_points > 0) {
            let line = match self.lang {
                Lang::Ko => format!("수동점검·점검불가 항목이 모두 취약이라면 {least:.1}점입니다."),
                Lang::En => format!("{least:.1} if everything manual or blocked turned out wrong."),
            };
            writeln!(out, "  {line}")?;
        }
        self.previous(&score, out)?;
        writeln!(out, "{}", self.counts(&score))
    }

    fn previous(&self, now: &Score, out: &mut dyn Write) -> io::Result<()> {
        let Some(previous) = &self.audit.previous else { return Ok(()) };
        let percent = |score: &Score| {
            score.percent().map_or("-".to_owned(), |percent| format!("{percent:.1}"))
        };
        let changed: Vec<String> = self
            .audit
            .results
            .iter()
            .filter_map(|result| {
                let before = *previous.verdicts.get(&result.code)?;
                (before != result.verdict).then(|| {
                    let word = |verdict: Verdict| verdict.text().get(self.lang).to_owned();
                    format!("{} {}→{}", result.code, word(before), word(result.verdict))
                })
            })
            .collect();
        let when = clip(&previous.started, 40);
        let line = match self.lang {
            Lang::Ko => {
                format!("지난 점검({when}): {} → 이번: {}", percent(&previous.score), percent(now))
            }
            Lang::En => format!(
                "Previous run ({when}): {} → now: {}",
                percent(&previous.score),
                percent(now)
            ),
        };
        writeln!(out, "  {line}")?;
        if changed.is_empty() {
            return Ok(());
        }
        let label = self.pick("바뀐 항목: ", "changed: ");
        self.paragraph(&format!("  {label}"), &changed.join(", "), out)
    }

    fn counts(&self, score: &Score) -> String {
        let mut parts: Vec<String> = Verdict::ALL
            .iter()
            .map(|verdict| format!("{} {}", verdict.text().get(self.lang), score.count(*verdict)))
            .collect();
        if score.accepted > 0 {
            let label = self.pick("취약 중 예외 승인", "failures accepted");
            parts.push(format!("{label} {}", score.accepted));
        }
        parts.join(" · ")
    }

    fn category(
        &self,
        chapter: &str,
        category: &Text,
        results: &[&ItemResult],
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let score = Score::of(results.iter().copied());
        let percent = score.percent().map_or("-".to_owned(), |percent| format!("{percent:.1}"));
        let name = category.get(self.lang);
        let chapter = items::chapter(chapter, self.lang);
        writeln!(out)?;
        let heading = format!("{chapter}{name}");
        writeln!(
            out,
            "{}  {percent}  ({})",
            self.paint.text(Ink::Bold, &heading),
            self.counts(&score)
        )?;
        let headings = match self.lang {
            Lang::Ko => ["코드", "결과", "중요도", "항목", "판단 이유와 근거"],
            Lang::En => ["Code", "Result", "Weight", "Item", "Reason and evidence"],
        };
        let grid = Grid {
            headings: headings.map(str::to_owned).to_vec(),
            flexible: vec![(4, 36), (3, 14)],
            rows: results
                .iter()
                .map(|result| Row { cells: self.cells(result), merged: 0 })
                .collect(),
        };
        grid.draw(self.paint, self.width, out)
    }

    fn cells(&self, result: &ItemResult) -> Vec<Cell> {
        let ink = ink_of(result);
        let mut verdict = vec![(ink, result.verdict.text().get(self.lang).to_owned())];
        if result.accepted.is_some() {
            verdict.push((Ink::Dim, self.pick("예외 승인", "accepted").to_owned()));
        }
        if result.answer.is_some() {
            verdict.push((Ink::Dim, self.pick("담당자 답변", "answered").to_owned()));
        }
        vec![
            vec![(Ink::Plain, result.code.clone())],
            verdict,
            vec![(Ink::Plain, result.importance.text().get(self.lang).to_owned())],
            vec![(Ink::Plain, result.title.get(self.lang).to_owned())],
            self.reasons(result),
        ]
    }

    fn reasons(&self, result: &ItemResult) -> Cell {
        // The reason is the message of a piece of evidence: both are one line, with the place.
        let main = result.evidence.iter().position(|evidence| evidence.message == result.reason);
        let reason = match main.and_then(|index| result.evidence.get(index)) {
            Some(evidence) => self.placed(evidence),
            None => result.reason.text.get(self.lang).to_owned(),
        };
        let mut cell = vec![(Ink::Plain, clip(&reason, MAX_TEXT))];
        if let Some(answer) = &result.answer {
            let text = match self.lang {
                Lang::Ko => {
                    format!("{}의 답변({}까지): {}", answer.by, answer.until, answer.reason)
                }
                Lang::En => {
                    format!("answered by {} (until {}): {}", answer.by, answer.until, answer.reason)
                }
            };
            cell.push((Ink::Plain, clip(&text, MAX_TEXT)));
        }
        if let Some(answer) = &result.expired_answer {
            let text = items::expired(answer, self.lang);
            cell.push((Ink::Plain, clip(&text, MAX_TEXT)));
        }
        if let Some(accepted) = &result.accepted {
            let text = match self.lang {
                Lang::Ko => format!("예외 승인({}까지): {}", accepted.until, accepted.reason),
                Lang::En => format!("accepted until {}: {}", accepted.until, accepted.reason),
            };
            cell.push((Ink::Plain, clip(&text, MAX_TEXT)));
        }
        let shown: Vec<&Evidence> = result
            .evidence
            .iter()
            .enumerate()
            .filter(|(index, evidence)| Some(*index) != main && is_shown(result, evidence))
            .map(|(_, evidence)| evidence)
            .collect();
        let count = shown.len();
        cell.extend(shown.iter().take(MAX_SHOWN).map(|evidence| (Ink::Dim, self.piece(evidence))));
        let more = count.saturating_sub(MAX_SHOWN) as u64 + result.more_evidence;
        if more > 0 {
            let text = match self.lang {
                Lang::Ko => format!("그 밖에 {more}건 (--format json에서 볼 수 있습니다)"),
                Lang::En => format!("and {more} more (see --format json)"),
            };
            cell.push((Ink::Dim, text));
        }
        cell
    }

    /// `- /etc/passwd:3 what is wrong there`.
    fn piece(&self, evidence: &Evidence) -> String {
        let mark = match evidence.weight {
            Weight::Bad => "✗",
            Weight::Unseen | Weight::Ask => "?",
            Weight::Warning => "!",
            Weight::Good | Weight::Note => "-",
        };
        clip(&format!("{mark} {}", self.placed(evidence)), MAX_TEXT)
    }

    /// `/etc/passwd:3: what is said of it`.
    fn placed(&self, evidence: &Evidence) -> String {
        let place = evidence.place.as_ref().map(|place| place.shown() + ": ").unwrap_or_default();
        format!("{place}{}", evidence.message.text.get(self.lang))
    }

    fn foot(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out)?;
        let hint = self.pick(
            "항목 설명과 조치 방법: `pasu audit explain 항목`. 수동점검 항목에 답하기: `pasu audit answer 항목 --verdict … --reason … --until 날짜`",
            "About an item and its remedy: `pasu audit explain ITEM`. To answer a manual item: `pasu audit answer ITEM --verdict … --reason … --until DATE`",
        );
        self.paragraph("", hint, out)
    }
}

/// What is wrong needs no list of what is right.
fn is_shown(result: &ItemResult, evidence: &Evidence) -> bool {
    match result.verdict {
        Verdict::Fail => {
            matches!(evidence.weight, Weight::Bad | Weight::Unseen | Weight::Ask | Weight::Warning)
        }
        Verdict::Blocked | Verdict::Manual => evidence.weight != Weight::Good,
        Verdict::Pass | Verdict::NotApplicable => true,
    }
}

fn ink_of(result: &ItemResult) -> Ink {
    match (result.verdict, result.importance) {
        (Verdict::Fail, _) if result.accepted.is_some() => Ink::Dim,
        (Verdict::Fail, Importance::High) => Ink::Alarm,
        (Verdict::Fail, _) => Ink::Severity(Severity::High),
        (Verdict::Manual, _) => Ink::Severity(Severity::Medium),
        (Verdict::Blocked, _) => Ink::Severity(Severity::Unknown),
        (Verdict::NotApplicable, _) => Ink::Dim,
        (Verdict::Pass, _) => Ink::Plain,
    }
}
