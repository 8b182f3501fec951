//! `pasu audit explain`: an item's page, in the order in which the guideline's readers expect it.

use super::{catalogue, guideline_with, unknown};
use crate::args::ExplainArgs;
use crate::commands::scan::locale;
use crate::exit::Exit;
use anyhow::{Context, Result, bail};
use pasu_checks::{Automation, Entry, FixRisk, Guideline, Item};
use pasu_model::{Lang, Text};
use pasu_report::wrapped;
use std::io::{self, Write};

/// Columns of a page.
const WIDTH: usize = 100;

/// Prints an item's page.
pub fn run(args: &ExplainArgs) -> Result<Exit> {
    let catalogue = catalogue()?;
    let guideline = guideline_with(args.guideline.as_deref(), &args.item)?;
    let lang = args.lang.unwrap_or_else(locale);
    let entries: Vec<&Entry> = guideline.entries_of(&args.item).collect();
    let slug = entries.first().map_or(args.item.as_str(), |entry| &entry.item);
    let Some(item) = catalogue.item(slug) else { bail!(unknown(&args.item, &guideline)) };
    let mut out = io::stdout().lock();
    write(item, &entries, &guideline, lang, &mut out).context("cannot write to standard output")?;
    Ok(Exit::Clean)
}

fn write(
    item: &Item,
    entries: &[&Entry],
    guideline: &Guideline,
    lang: Lang,
    out: &mut dyn Write,
) -> io::Result<()> {
    match entries.first() {
        Some(entry) => {
            let codes: Vec<&str> = entries.iter().map(|entry| entry.code.as_str()).collect();
            writeln!(out, "{}  {}", codes.join(", "), entry.title.get(lang))?;
            let category =
                guideline.categories.get(&entry.category).map_or("", |text| text.get(lang));
            let weight = entry.importance.text();
            let label = lang.pick("중요도", "weight");
            let page = entry.page.map(|page| match lang {
                Lang::Ko => format!(" · 가이드 {page}쪽"),
                Lang::En => format!(" · page {page} of the guideline"),
            });
            let page = page.unwrap_or_default();
            writeln!(out, "{category} · {label} {} · {}{page}", weight.get(lang), item.slug)?;
            others(item, guideline, lang, out)?;
        }
        None => writeln!(out, "{}  {}", item.slug, item.title.get(lang))?,
    }
    for (heading, text) in sections(item) {
        writeln!(out)?;
        writeln!(out, "{}", heading.get(lang))?;
        for line in wrapped(text.get(lang), WIDTH - 2) {
            writeln!(out, "  {line}")?;
        }
    }
    fixing(item, lang, out)?;
    params(item, lang, out)?;
    if !item.references.is_empty() {
        writeln!(out, "\n{}\n  {}", lang.pick("참고", "References"), item.references.join(", "))?;
    }
    Ok(())
}

/// The numbers that other editions give it.
fn others(item: &Item, guideline: &Guideline, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    for id in Guideline::ids().filter(|id| *id != guideline.id) {
        let Some(Ok(other)) = Guideline::load(id) else { continue };
        let codes: Vec<&str> =
            other.entries_of(item.slug).map(|entry| entry.code.as_str()).collect();
        if !codes.is_empty() {
            writeln!(out, "{id} {} {}", lang.pick("항목 코드:", "numbers:"), codes.join(", "))?;
        }
    }
    Ok(())
}

fn sections(item: &Item) -> [(Text, &Text); 7] {
    [
        (Text::new("점검 내용", "Check"), &item.check),
        (Text::new("점검 목적", "Purpose"), &item.purpose),
        (Text::new("보안 위협", "Threat"), &item.threat),
        (Text::new("양호", "Good"), &item.good),
        (Text::new("취약", "Bad"), &item.bad),
        (Text::new("조치 방법", "How to put it right"), &item.fix),
        (Text::new("조치 시 영향", "What that may break"), &item.impact),
    ]
}

fn fixing(item: &Item, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let automation = match item.automation {
        Automation::Safe => Text::new("안전한 조치", "safe"),
        Automation::Guarded => {
            Text::new("전제 조건을 확인한 뒤 조치", "once its preconditions are verified")
        }
        Automation::Confirm => {
            Text::new("담당자의 결정이 필요한 조치", "only when a person decides")
        }
        Automation::Never => Text::new("수동 조치", "only by hand"),
    };
    let risk = match item.risk {
        FixRisk::None => Text::new("없음", "none"),
        FixRisk::Low => Text::new("낮음", "low"),
        FixRisk::Service => Text::new("서비스 중단 가능", "a service may stop"),
        FixRisk::Lockout => Text::new("접속 차단 가능", "somebody may be locked out"),
        FixRisk::Data => Text::new("데이터 소유자 변경", "data may change its owner"),
    };
    let heading = lang.pick("조치 유형", "Nature of the remedy");
    let label = lang.pick("위험", "risk");
    writeln!(out, "\n{heading}\n  {} · {label}: {}", automation.get(lang), risk.get(lang))
}

fn params(item: &Item, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    if item.params.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n{}",
        lang.pick("정책 파일에서 바꿀 수 있는 값", "What a policy file can set")
    )?;
    for (name, spec) in &item.params {
        let default = serde_json::to_string(&spec.default).unwrap_or_default();
        let text = lang.pick(&spec.ko, &spec.en);
        for (index, line) in
            wrapped(&format!("{name} = {default}  {text}"), WIDTH - 4).iter().enumerate()
        {
            writeln!(out, "  {}{line}", if index == 0 { "" } else { "  " })?;
        }
    }
    Ok(())
}
