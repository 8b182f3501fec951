//! The packages that move.

use crate::fix::text::Page;
use crate::safe_text::clip;
use pasu_model::{ImagePatch, Lang};
use std::io;

/// How many weaknesses are named of a package; JSON has them all.
const SHOWN: usize = 4;

pub fn write(patch: &ImagePatch, page: &mut Page<'_>) -> io::Result<()> {
    if patch.upgrades.is_empty() {
        return Ok(());
    }
    page.heading("업데이트하는 패키지", "Packages that are upgraded")?;
    for upgrade in &patch.upgrades {
        let mut line = format!("{} {} -> {}", upgrade.package, upgrade.from, upgrade.to);
        if !upgrade.fixes.is_empty() {
            let mut shown =
                upgrade.fixes.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
            let more = upgrade.fixes.len().saturating_sub(SHOWN);
            if more > 0 {
                shown.push_str(&match page.lang {
                    Lang::Ko => format!(" 외 {more}건"),
                    Lang::En => format!(" and {more} more"),
                });
            }
            line = format!("{line} · {shown}");
        }
        page.paragraph("  ", &clip(&line, 400))?;
    }
    for new in &patch.new_packages {
        let mark = page.pick("(새로 설치)", "(newly installed)");
        let line = format!("  {} {mark}", clip(new, 200));
        page.line(&line)?;
    }
    Ok(())
}
