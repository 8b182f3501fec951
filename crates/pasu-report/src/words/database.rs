//! Which advisories a scan was judged by, and how old they are.

use crate::safe_text::clip;
use pasu_model::{DatabaseInfo, DatabaseOrigin, Lang};

/// From this age on a database misses what an administrator would want to hear of: KEV entries are due in 14 to 21 days.
pub(crate) const OLD_DAYS: i64 = 14;

/// The database in one phrase: `bundled snapshot of 2026-08-22, 92 days old`.
pub(crate) fn origin(database: &DatabaseInfo, lang: Lang) -> String {
    let newest = clip(&database.newest, 20);
    let age = database.age_days.to_string();
    match &database.origin {
        DatabaseOrigin::Bundled => lang
            .pick(
                "내장 스냅숏 {date} 기준 ({age}일 전)",
                "bundled snapshot of {date} ({age} days old)",
            )
            .replace("{date}", &newest)
            .replace("{age}", &age),
        DatabaseOrigin::File(path) => {
            let text = lang
                .pick("{date} 기준 ({age}일 전), ", "as of {date} ({age} days old), ")
                .replace("{date}", &newest)
                .replace("{age}", &age);
            text + &clip(path, 200)
        }
    }
}

/// What an old database means, and what to do about it.
pub(crate) fn old(age: i64, lang: Lang) -> String {
    lang.pick(
        "{}일 지난 자료가 있습니다. 그 뒤에 알려진 취약점은 보이지 않습니다. `pasu db build`나 `pasu db update`로 갱신하십시오.",
        "Some of it is {} days old: flaws published since then are missing. Renew it with `pasu db build` or `pasu db update`.",
    )
    .replace("{}", &age.to_string())
}
