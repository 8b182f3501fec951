//! A plan of updates and what came of it, for the person at the terminal.

use pasu_fix::packages::{Outcome, ServiceInUse, UpdatePlan, Upgrade};
use pasu_model::{Lang, Text};
use pasu_report::{RenderOptions, printable, wrapped};
use std::io::{self, Write};

/// Columns where nobody knows the terminal's.
const WIDTH: usize = 120;

/// Writes a plan.
pub fn write(plan: &UpdatePlan, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let lang = options.lang;
    let page = Page { lang, width: options.width.unwrap_or(WIDTH).max(40) };
    let count = plan.upgrades.len();
    let head = match lang {
        Lang::Ko => format!("업데이트할 패키지 {count}개 · 계획 지문 {}", short(&plan.digest)),
        Lang::En => format!("{count} packages to upgrade · digest {}", short(&plan.digest)),
    };
    writeln!(out, "{head}")?;
    for upgrade in &plan.upgrades {
        page.upgrade(upgrade, out)?;
    }
    for new in &plan.new_packages {
        let line = match lang {
            Lang::Ko => format!("{} {} (새로 설치)", new.package, new.version),
            Lang::En => format!("{} {} (newly installed)", new.package, new.version),
        };
        writeln!(out, "  {}", printable(&line))?;
    }
    page.list(("버전 고정", "Held"), plan.held.iter().map(|it| it.text()), out)?;
    page.list(("구할 수 없음", "Not available"), plan.unavailable.iter().map(|it| it.text()), out)?;
    page.list(("하지 않음", "Refused"), plan.refused.iter().map(|it| it.text()), out)?;
    let kept = plan.kept_files.iter().map(|file| {
        Text::new(
            format!("{} ({})", file.path, file.package),
            format!("{} ({})", file.path, file.package),
        )
    });
    page.list(
        ("수정된 설정 파일: 그대로 둡니다", "Edited configuration files: they stay"),
        kept,
        out,
    )?;
    page.list(
        ("재시작해야 새 버전을 쓰는 서비스", "Services to restart afterwards"),
        plan.services.iter().map(|it| Text::new(service(it), service(it))),
        out,
    )?;
    page.list(("재부팅", "Reboot"), plan.reboot.iter().map(|it| it.text()), out)?;
    page.list(
        ("되돌릴 수 없음", "Cannot be taken back"),
        plan.irreversible().map(Upgrade::undo_text),
        out,
    )?;
    page.list(("디스크 공간 부족", "Not enough room"), plan.too_full().map(|it| it.text()), out)?;
    page.list(("참고", "Notes"), plan.notes.iter().map(|it| it.text()), out)
}

fn short(digest: &str) -> &str {
    digest.get(..16).unwrap_or(digest)
}

struct Page {
    lang: Lang,
    width: usize,
}

impl Page {
    fn upgrade(&self, upgrade: &Upgrade, out: &mut dyn Write) -> io::Result<()> {
        let cves = match (upgrade.cves.len(), self.lang) {
            (0, _) => String::new(),
            (count, Lang::Ko) => format!(" · 취약점 {count}건: {}", some(&upgrade.cves)),
            (count, Lang::En) => format!(" · {count} vulnerabilities: {}", some(&upgrade.cves)),
        };
        let line = format!(
            "{} {} -> {}{cves} · {}",
            upgrade.package, upgrade.from, upgrade.to, upgrade.source
        );
        self.item(&line, out)
    }

    fn item(&self, text: &str, out: &mut dyn Write) -> io::Result<()> {
        for (index, line) in wrapped(&printable(text), self.width - 4).iter().enumerate() {
            let indent = if index == 0 { "  " } else { "    " };
            writeln!(out, "{indent}{line}")?;
        }
        Ok(())
    }

    fn list(
        &self,
        (ko, en): (&str, &str),
        texts: impl Iterator<Item = Text>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut texts = texts.peekable();
        if texts.peek().is_none() {
            return Ok(());
        }
        writeln!(out, "\n{}", self.lang.pick(ko, en))?;
        for text in texts {
            self.item(text.get(self.lang), out)?;
        }
        Ok(())
    }
}

/// The first few.
fn some(cves: &[String]) -> String {
    const SHOWN: usize = 4;
    let mut shown = cves.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if cves.len() > SHOWN {
        shown.push_str(", …");
    }
    shown
}

/// What came of it, line by line.
pub fn outcome(outcome: &Outcome, lang: Lang) -> Vec<String> {
    let mut lines = vec![outcome.end.text().get(lang).to_owned()];
    lines.extend(outcome.problem.clone());
    if !outcome.irreversible.is_empty() {
        let label = lang.pick("되돌릴 수 없는 패키지", "cannot be taken back");
        lines.push(format!("{label}: {}", outcome.irreversible.join(", ")));
    }
    let label = lang.pick("아직 이전 버전을 쓰는 서비스", "still runs the old version");
    lines.extend(outcome.services.iter().map(|it| format!("{label}: {}", service(it))));
    lines.extend(outcome.reboot.iter().map(|reboot| reboot.text().get(lang).to_owned()));
    lines
}

/// Its unit, or its processes where they belong to none.
fn service(service: &ServiceInUse) -> String {
    let processes = || {
        let shown = service.processes.iter().map(|one| format!("{} ({})", one.name, one.pid));
        shown.collect::<Vec<_>>().join(", ")
    };
    service.unit.clone().unwrap_or_else(processes)
}
