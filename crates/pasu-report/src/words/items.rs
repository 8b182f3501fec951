//! A guideline's item in words.

use pasu_model::{Answer, Evidence, ItemResult, Lang, Weight};

/// The verdict in a word, with what a person decided over it.
pub(crate) fn verdict(result: &ItemResult, lang: Lang) -> String {
    let verdict = result.verdict.text().get(lang).to_owned();
    match &result.accepted {
        Some(accepted) => {
            let until = lang.pick("예외 승인", "accepted until");
            format!("{verdict} ({until} {})", accepted.until)
        }
        None => verdict,
    }
}

/// What was found, one line a piece, at most `limit` of them.
pub(crate) fn evidence(result: &ItemResult, lang: Lang, limit: usize) -> String {
    let mut lines = people(result, lang);
    let shown = result.evidence.iter().take(limit);
    lines.extend(shown.map(|evidence| line(evidence, lang)));
    let more = result.evidence.len().saturating_sub(limit) as u64 + result.more_evidence;
    if more > 0 {
        lines.push(and_more(more, lang));
    }
    lines.join("\n")
}

/// One piece of evidence in a line: what it says about the item, where, and the statement.
pub(crate) fn line(evidence: &Evidence, lang: Lang) -> String {
    let mark = match evidence.weight {
        Weight::Bad => lang.pick("[취약] ", "[bad] "),
        Weight::Unseen => lang.pick("[점검불가] ", "[not seen] "),
        Weight::Ask => lang.pick("[수동점검] ", "[to check] "),
        Weight::Warning => lang.pick("[참고] ", "[note] "),
        Weight::Good => lang.pick("[양호] ", "[good] "),
        Weight::Note => "",
    };
    format!("{mark}{}", placed(evidence, lang))
}

/// A statement with its place before it.
pub(crate) fn placed(evidence: &Evidence, lang: Lang) -> String {
    let place = evidence.place.as_ref().map(|place| place.shown() + ": ").unwrap_or_default();
    format!("{place}{}", evidence.message.text.get(lang))
}

/// How many pieces are not listed.
pub(crate) fn and_more(count: u64, lang: Lang) -> String {
    match lang {
        Lang::Ko => format!("그 밖에 {count}건"),
        Lang::En => format!("and {count} more"),
    }
}

/// What stands before the category of an item that is not the machine's own.
pub(crate) fn chapter(id: &str, lang: Lang) -> &'static str {
    match id {
        "web" => lang.pick("웹 서비스 - ", "Web - "),
        "dbms" => "DBMS - ",
        _ => "",
    }
}

/// What people said about the item: an answer, an answer that has ended, an exception.
pub(crate) fn people(result: &ItemResult, lang: Lang) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(answer) = &result.answer {
        let said = lang.pick("담당자 확인", "answered by");
        lines.push(format!("{said} {} ({}): {}", answer.by, answer.until, answer.reason));
    }
    if let Some(answer) = &result.expired_answer {
        lines.push(expired(answer, lang));
    }
    if let Some(accepted) = &result.accepted {
        lines.push(format!("{}: {}", lang.pick("예외 사유", "accepted because"), accepted.reason));
    }
    lines
}

/// That an answer no longer counts.
pub(crate) fn expired(answer: &Answer, lang: Lang) -> String {
    match lang {
        Lang::Ko => format!("{}의 답변은 {}에 만료되었습니다", answer.by, answer.until),
        Lang::En => format!("the answer of {} ended on {}", answer.by, answer.until),
    }
}

/// The first sentences of a text until there are `least` characters, for a table that leaves the rest to the item's page.
/// One sentence alone may be about another distribution than the reader's.
pub(crate) fn beginning(text: &str, least: usize) -> &str {
    let ends = text.char_indices().enumerate().find(|(count, (index, character))| {
        let rest = &text[index + character.len_utf8()..];
        *count >= least && *character == '.' && rest.starts_with([' ', '\n'])
    });
    ends.map_or(text, |(_, (index, _))| &text[..=index]).trim()
}

#[cfg(test)]
mod tests {
    use super::beginning;

    #[test]
    fn a_beginning_ends_with_a_sentence() {
        assert_eq!(beginning("값을 고칩니다. 다시 읽습니다.", 0), "값을 고칩니다.");
        assert_eq!(beginning("Write /etc/a.conf.d/b.conf", 0), "Write /etc/a.conf.d/b.conf");
        assert_eq!(beginning("", 0), "");
        assert_eq!(beginning("RHEL: a. Debian: b. Alpine: c.", 9), "RHEL: a. Debian: b.");
    }
}
