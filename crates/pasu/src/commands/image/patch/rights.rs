//! What an upgrade did to rights that the image had given files of its packages: said, for nobody asked for it.

use super::judged::Judged;
use pasu_image::patch::privilege::{ChangedRights, changed_rights};
use pasu_model::Text;

/// How many files are named.
const NAMED: usize = 12;

/// The files whose rights are not those of the original any more, if there are any. `is_reduced` says that the user had
/// rights taken away: then only what came back, or lost its capabilities, is told.
pub fn note(before: &Judged, after: &Judged, is_reduced: bool) -> Option<Text> {
    let is_told = |change: &ChangedRights| {
        !is_reduced
            || change.gains_setuid()
            || change.before.capabilities != change.after.capabilities
    };
    let mut changes = changed_rights(&before.system, &after.system);
    changes.retain(is_told);
    if changes.is_empty() {
        return None;
    }
    let shown =
        |change: &ChangedRights| format!("{} ({} -> {})", change.path, change.before, change.after);
    let named: Vec<String> = changes.iter().take(NAMED).map(shown).collect();
    let named = named.join(", ");
    let (more_ko, more_en) = match changes.len().saturating_sub(NAMED) {
        0 => (String::new(), String::new()),
        more => (format!(" 외 {more}개"), format!(" and {more} more")),
    };
    Some(Text::new(
        format!(
            "업데이트된 파일의 권한이 원본 이미지와 달리 패키지의 기본값이 되었습니다. 원본에서 일부러 바꾼 권한이라면 패치한 \
             이미지에서 다시 설정하세요: {named}{more_ko}"
        ),
        format!(
            "files that were upgraded have the rights that their packages give and not those that the original gave; where \
             those were meant, set them again on top of the patched image: {named}{more_en}"
        ),
    ))
}
