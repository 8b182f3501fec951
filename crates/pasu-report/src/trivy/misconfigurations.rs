//! What an audit found: of an image in the place where Trivy has checks of Dockerfiles, of a machine under the name of
//! its guideline.

use super::extras::{Manual, PasuMisconfiguration, PasuResult};
use super::schema::{
    CauseMetadata, MisconfSummary, Misconfiguration, Modified, ModifiedFinding, Result,
};
use crate::{Audited, RenderOptions};
use pasu_model::{Audit, ItemResult, Lang, TargetKind, Verdict};

/// What reports call the checks of a kind of target.
struct Words {
    kind: &'static str,
    provider: &'static str,
}

impl Words {
    fn of(audit: &Audit) -> Self {
        match audit.target.kind {
            TargetKind::Image => Self { kind: "Dockerfile Security Check", provider: "Dockerfile" },
            _ => Self { kind: "Host Security Check", provider: "Host" },
        }
    }
}

/// One result for the whole configuration. Like Trivy without `--include-non-failures`, it lists failures alone.
pub(super) fn result<'a>(audited: Audited<'a>, options: &RenderOptions) -> Result<'a> {
    let Audited { audit, found } = audited;
    let lang = options.lang;
    let words = Words::of(audit);
    let judged = |verdict: Verdict| {
        let results = audit.results.iter().filter(move |result| result.verdict == verdict);
        results.map(|result| not_judged(result, lang)).collect()
    };
    let open = once(&found.open);
    Result {
        target: audit.target.name.clone(),
        class: "config",
        kind: match audit.target.kind {
            TargetKind::Image => "dockerfile",
            _ => &audit.guideline.id,
        },
        packages: Vec::new(),
        vulnerabilities: Vec::new(),
        misconf_summary: Some(MisconfSummary {
            successes: found.passed.len(),
            failures: open.len(),
        }),
        misconfigurations: open.into_iter().map(|found| one(found, &words, lang)).collect(),
        experimental_modified_findings: if options.show_suppressed {
            found.set_aside.iter().map(|found| modified(found, &words, lang)).collect()
        } else {
            Vec::new()
        },
        pasu: PasuResult {
            manual: judged(Verdict::Manual),
            blocked: judged(Verdict::Blocked),
            image: None,
        },
    }
}

/// A variable stands in the configuration and in the history, and so fails two items of one check of Trivy's, which counts
/// it once: the item that comes first tells it.
fn once(found: &[pasu_model::Misconfiguration]) -> Vec<&pasu_model::Misconfiguration> {
    let is_told = |at: usize| {
        let one = &found[at];
        found[..at].iter().any(|other| {
            one.is_of_trivy && other.id == one.id && other.item != one.item && is_same(other, one)
        })
    };
    (0..found.len()).filter(|at| !is_told(*at)).map(|at| &found[at]).collect()
}

/// Whether two sentences tell of one thing: they are the same but that one says which step, `#3 ENV` for `ENV`.
fn is_same(one: &pasu_model::Misconfiguration, other: &pasu_model::Misconfiguration) -> bool {
    let argument = |found: &pasu_model::Misconfiguration, name: &str| {
        found.message.args.get(name).cloned().unwrap_or_default()
    };
    let is_at = |place: &str, step: &str| {
        !place.is_empty() && step.strip_suffix(place).is_some_and(|number| number.ends_with(' '))
    };
    one.message.key == other.message.key
        && argument(one, "name") == argument(other, "name")
        && is_at(&argument(one, "place"), &argument(other, "place"))
}

fn one<'a>(
    found: &'a pasu_model::Misconfiguration,
    words: &Words,
    lang: Lang,
) -> Misconfiguration<'a> {
    let (namespace, query, primary_url) = if found.is_of_trivy {
        // `DS-0002` is called `DS002` there.
        let short = found.id.replacen("-0", "", 1);
        (
            format!("builtin.dockerfile.{short}"),
            format!("data.builtin.dockerfile.{short}.deny"),
            format!("https://avd.aquasec.com/misconfig/{}", found.id.to_ascii_lowercase()),
        )
    } else {
        (format!("pasu.{}", found.item), String::new(), String::new())
    };
    Misconfiguration {
        kind: words.kind,
        id: &found.id,
        title: found.title.get(lang),
        description: found.threat.get(lang),
        message: found.message.text.get(lang),
        namespace,
        query,
        resolution: found.remedy.get(lang),
        severity: found.severity.name(),
        references: Some(primary_url.clone()).filter(|url| !url.is_empty()).into_iter().collect(),
        primary_url,
        status: "FAIL",
        cause_metadata: CauseMetadata { provider: words.provider, service: "general" },
        pasu: PasuMisconfiguration { code: &found.code, item: &found.item },
    }
}

/// What was accepted or ignored.
fn modified<'a>(
    found: &'a pasu_model::Misconfiguration,
    words: &Words,
    lang: Lang,
) -> ModifiedFinding<'a> {
    let (statement, source) = match &found.accepted {
        Some(accepted) => (accepted.reason.as_str(), accepted.source.as_str()),
        None => ("", ""),
    };
    ModifiedFinding {
        kind: "misconfiguration",
        status: "ignored",
        statement,
        source,
        finding: Modified::Misconfiguration(Box::new(one(found, words, lang))),
    }
}

fn not_judged(result: &ItemResult, lang: Lang) -> Manual<'_> {
    Manual {
        code: &result.code,
        item: &result.item,
        title: result.title.get(lang),
        message: result.reason.text.get(lang),
    }
}

#[cfg(test)]
mod tests {
    use super::once;
    use pasu_model::{Message, Misconfiguration, Severity, Text};

    const ENV: [&str; 5] = ["DS-0031", "image-secret-in-config", "secret-named", "A_TOKEN", "ENV"];
    const STEP: [&str; 5] =
        ["DS-0031", "image-secret-in-history", "secret-named", "A_TOKEN", "#3 ENV"];

    /// A finding by its number, item, sentence, and the values `name` and `place` of that.
    fn found([id, item, key, name, place]: [&str; 5]) -> Misconfiguration {
        let text = Text::new("", "");
        let args = [("name", name), ("place", place)];
        let args = args.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        Misconfiguration {
            id: id.into(),
            code: "IMG-05".into(),
            item: item.into(),
            severity: Severity::High,
            title: text.clone(),
            threat: text.clone(),
            message: Message { key: key.into(), args, text: text.clone() },
            remedy: text,
            is_of_trivy: id.starts_with("DS-"),
            accepted: None,
        }
    }

    fn told(found: &[Misconfiguration]) -> Vec<&str> {
        once(found).into_iter().map(|found| found.message.args["place"].as_str()).collect()
    }

    #[test]
    fn a_variable_of_two_items_is_told_by_the_first() {
        let both = [found(ENV), found(STEP)];
        assert_eq!(told(&both), ["ENV"]);
        let among_others = [
            found(["DS-0002", "image-runs-as-root", "unset", "", ""]),
            found(ENV),
            found(["DS-0031", "image-secret-in-config", "secret-named", "B_TOKEN", "ENV"]),
            found(STEP),
        ];
        assert_eq!(told(&among_others), ["", "ENV", "ENV"]);
    }

    #[test]
    fn what_differs_in_anything_is_told_by_itself() {
        for (at, value) in [
            (0, "DS-0032"),
            (1, ENV[1]),
            (2, "secret-token"),
            (3, "B_TOKEN"),
            (4, "#3 LABEL"),
            (4, "#3 MYENV"),
            (4, "ENV"),
        ] {
            let mut other = STEP;
            other[at] = value;
            assert_eq!(told(&[found(ENV), found(other)]), ["ENV", other[4]], "{other:?}");
        }
        let mut nowhere = ENV;
        nowhere[4] = "";
        let mut step = STEP;
        step[4] = "#3 ";
        assert_eq!(told(&[found(nowhere), found(step)]), ["", "#3 "]);
        let own = |mut found: [&'static str; 5]| {
            found[0] = "IMG-05";
            super::tests::found(found)
        };
        assert_eq!(told(&[own(ENV), own(STEP)]), ["ENV", "#3 ENV"], "none of Trivy's");
    }
}
