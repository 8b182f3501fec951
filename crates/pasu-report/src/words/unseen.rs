//! Why something was not seen, and what to do about it.

use pasu_model::{Lang, Text, UnseenReason};

/// Why something was not seen.
pub(crate) fn why(reason: UnseenReason, lang: Lang) -> &'static str {
    let (ko, en) = match reason {
        UnseenReason::Permission => ("읽을 권한이 없음", "permission denied"),
        UnseenReason::Malformed => {
            ("파일이 손상되었거나 형식이 다름", "damaged or not what its name says")
        }
        UnseenReason::Limit => ("크기나 깊이의 한도를 넘음", "over a limit on size or depth"),
        UnseenReason::Io => ("읽기 오류", "reading failed"),
        UnseenReason::Timeout => ("제한 시간 초과", "out of time"),
        UnseenReason::Unsupported => ("아직 읽지 못하는 형식", "a format not read yet"),
        UnseenReason::NoAdvisories => (
            "이 배포판의 취약점 정보가 데이터베이스에 없음",
            "the database has no advisories for this release",
        ),
        UnseenReason::OtherFileSystem => ("다른 파일 시스템", "another file system"),
        UnseenReason::NotLookedFor => ("아직 찾지 않는 것", "not looked for yet"),
    };
    lang.pick(ko, en)
}

/// What to do about it.
pub(crate) fn hint(reason: UnseenReason, lang: Lang) -> &'static str {
    let (ko, en) = match reason {
        UnseenReason::Permission => {
            ("root 권한으로(sudo) 다시 실행하십시오.", "run again as root (sudo).")
        }
        UnseenReason::Malformed => (
            "파일이 온전한지 확인하십시오. 필요 없는 파일이면 --skip-files로 뺄 수 있습니다.",
            "check whether the file is whole; --skip-files leaves out what is not needed.",
        ),
        UnseenReason::Limit => (
            "뜻밖에 큰 파일인지 확인하고, 믿을 수 없는 파일이면 지우거나 --skip-files로 빼십시오.",
            "find out why the file is so large or deep; --skip-files leaves out what is not needed.",
        ),
        UnseenReason::Io => (
            "디스크와 파일 시스템의 상태를 확인하고(dmesg) 다시 실행하십시오.",
            "check the disk and file system (dmesg) and run again.",
        ),
        UnseenReason::Timeout => {
            ("--timeout을 늘려 다시 실행하십시오.", "run again with a longer --timeout.")
        }
        UnseenReason::Unsupported => (
            "그 안의 패키지는 다른 방법으로 확인하십시오.",
            "check the packages in there by other means.",
        ),
        UnseenReason::NoAdvisories => (
            "이 배포판이 들어 있는 데이터베이스를 `pasu db build`로 만들어 --db로 지정하십시오.",
            "build a database that has this release with `pasu db build`, and name it with --db.",
        ),
        UnseenReason::OtherFileSystem => (
            "함께 보려면 --cross-file-systems로 다시 실행하고, 볼 필요가 없으면 --skip-dirs로 빼십시오.",
            "--cross-file-systems looks into it as well; --skip-dirs leaves it out for good.",
        ),
        UnseenReason::NotLookedFor => (
            "다른 도구로 확인하거나, --scanners에서 빼십시오.",
            "look for it by other means, or leave it out of --scanners.",
        ),
    };
    lang.pick(ko, en)
}

/// A cause in words, where several items share it.
pub(crate) fn cause(key: &str) -> Option<Text> {
    Some(match key {
        "unseen-permission" => Text::new("읽을 권한 없음", "no right to read"),
        "unseen-malformed" => {
            Text::new("올바르지 않거나 해석할 수 없는 설정", "damaged configuration")
        }
        "unseen-limit" => Text::new("한도 초과", "a limit was reached"),
        "unseen-io" => Text::new("파일 없음 또는 읽기 오류", "missing, or reading failed"),
        "unseen-timeout" => Text::new("시간 초과", "time was up"),
        "unseen-missing-tool" => Text::new("도구 없음", "a tool is missing"),
        "unseen-tool-failed" => Text::new("도구 오류", "a tool failed"),
        "unseen-not-running" => {
            Text::new("실행 중인 시스템에서만 확인 가능", "only a running system can tell")
        }
        "unseen-no-inventory" => {
            Text::new("패키지를 판단할 수 없음", "packages could not be judged")
        }
        "unseen-elsewhere" => Text::new("다른 서버나 파일 시스템에 있음", "kept elsewhere"),
        "unseen-panic" => Text::new("점검 프로그램 오류", "a defect of the check"),
        _ => return None,
    })
}
