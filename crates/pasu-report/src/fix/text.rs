//! Lines and columns that plans and the history share.

use crate::RenderOptions;
use crate::safe_text::{clean, clip};
use crate::table::paint::{Ink, Paint};
use crate::table::paragraph::Paragraph;
use crate::table::{LEAST_WIDTH, WIDTH_IN_A_PIPE};
use pasu_model::{FileState, FixEffect, FixPlan, Lang, PlannedFile, PlannedItem};
use std::io::{self, Write};

/// Lines of one file's diff that a terminal is shown; JSON has them all.
const MAX_DIFF: usize = 400;

/// Where text goes and how it looks.
pub(crate) struct Page<'a> {
    pub(crate) out: &'a mut dyn Write,
    pub(crate) lang: Lang,
    pub(crate) paint: Paint,
    width: usize,
}

impl<'a> Page<'a> {
    pub(crate) fn new(options: &RenderOptions, out: &'a mut dyn Write) -> Self {
        Self {
            out,
            lang: options.lang,
            paint: Paint { color: options.color },
            width: options.width.unwrap_or(WIDTH_IN_A_PIPE).max(LEAST_WIDTH),
        }
    }

    pub(crate) fn pick<'t>(&self, ko: &'t str, en: &'t str) -> &'t str {
        self.lang.pick(ko, en)
    }

    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    /// A heading in bold.
    pub(crate) fn heading(&mut self, ko: &str, en: &str) -> io::Result<()> {
        let text = self.paint.text(Ink::Bold, self.lang.pick(ko, en));
        writeln!(self.out, "\n{text}")
    }

    /// A text wrapped to the width, the first line after `first`, the others indented as far.
    pub(crate) fn paragraph(&mut self, first: &str, text: &str) -> io::Result<()> {
        Paragraph { first, text, width: self.width }.write(self.out)
    }

    /// What becomes of the paths: diffs, attributes, links and removals.
    pub(super) fn files(&mut self, plan: &FixPlan) -> io::Result<()> {
        if plan.files.is_empty() {
            return Ok(());
        }
        self.heading("변경 내용", "Changes")?;
        for file in &plan.files {
            self.file(file, &codes(plan, file))?;
        }
        Ok(())
    }

    /// What an item would change if a person accepted it.
    pub(super) fn proposal(&mut self, item: &PlannedItem) -> io::Result<()> {
        let label = self.pick("  승인하면 바뀌는 내용:", "  what would change then:").to_owned();
        self.line(&label)?;
        for file in &item.proposed {
            self.file(file, &item.code)?;
        }
        for effect in &item.proposed_effects {
            self.line(&clip(&effect.shown(), 200))?;
        }
        Ok(())
    }

    fn file(&mut self, file: &PlannedFile, codes: &str) -> io::Result<()> {
        if !file.diff.is_empty() {
            self.line(&self.paint.text(Ink::Dim, &format!("# {codes}")))?;
            self.diff(&file.diff)?;
        }
        let path = clip(&file.path, 400);
        let line = match (&file.before, &file.after) {
            (Some(_), None) => format!("{}: {path}", self.pick("삭제", "remove")),
            (None, Some(after)) => {
                let made = match after.kind.as_str() {
                    "directory" => self.pick("디렉터리 생성", "new directory"),
                    "symlink" => self.pick("링크 생성", "new link"),
                    _ => self.pick("파일 생성", "new file"),
                };
                format!("{made}: {path} {}", shown(after))
            }
            (Some(before), Some(after)) if shown(before) != shown(after) => {
                format!(
                    "{}: {path}  {} -> {}",
                    self.pick("속성", "attributes"),
                    shown(before),
                    shown(after)
                )
            }
            _ => return Ok(()),
        };
        let codes = self.paint.text(Ink::Dim, &format!("  # {codes}"));
        self.line(&format!("{line}{codes}"))
    }

    fn diff(&mut self, diff: &str) -> io::Result<()> {
        let mut lines = diff.lines();
        for line in lines.by_ref().take(MAX_DIFF) {
            let ink = match line.as_bytes().first() {
                _ if line.starts_with("---") || line.starts_with("+++") => Ink::Bold,
                Some(b'-') => Ink::Severity(pasu_model::Severity::High),
                Some(b'+') => Ink::Severity(pasu_model::Severity::Low),
                Some(b'@') => Ink::Dim,
                _ => Ink::Plain,
            };
            // Tabs are part of what is changed.
            let shown: Vec<String> = line.split('\t').map(clean).collect();
            let line = self.paint.text(ink, &shown.join("\t"));
            self.line(&line)?;
        }
        let more = lines.count();
        if more > 0 {
            let line = match self.lang {
                Lang::Ko => format!("… {more}줄 더 (전체는 --format json)"),
                Lang::En => format!("… {more} more lines (--format json has them all)"),
            };
            self.line(&line)?;
        }
        Ok(())
    }

    pub(super) fn effects(&mut self, effects: &[FixEffect]) -> io::Result<()> {
        if effects.is_empty() {
            return Ok(());
        }
        self.heading("서비스와 커널", "Services and kernel")?;
        for effect in effects {
            self.line(&format!("  {}", clip(&effect.shown(), 200)))?;
        }
        Ok(())
    }
}

/// The codes of the items that want a change: `U-16, U-19`.
fn codes(plan: &FixPlan, file: &PlannedFile) -> String {
    let mut codes = Vec::new();
    for slug in &file.items {
        let item = plan.items.iter().find(|item| item.item == *slug);
        let code = item.map(|item| item.code.as_str()).filter(|code| !code.is_empty());
        codes.push(code.unwrap_or(slug));
    }
    codes.sort_unstable();
    codes.join(", ")
}

/// `0640 root:adm`, `-> /dev/null`.
fn shown(state: &FileState) -> String {
    match &state.target {
        Some(target) => format!("-> {}", clip(target, 400)),
        None => {
            let acl = if state.acl.is_empty() {
                String::new()
            } else {
                format!(" +acl({})", state.acl.join(", "))
            };
            format!("{} {}:{}{acl}", state.mode, clip(&state.owner, 64), clip(&state.group, 64))
        }
    }
}
