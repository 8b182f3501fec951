//! What an audit of an image found, in the place where Trivy has checks of Dockerfiles.

use super::extras::{Manual, PasuMisconfiguration, PasuResult};
use super::schema::{
    CauseMetadata, MisconfSummary, Misconfiguration, Modified, ModifiedFinding, Result,
};
use crate::{Audited, RenderOptions};
use pasu_model::{ItemResult, Lang, Verdict};

/// One result for the whole configuration. Like Trivy without `--include-non-failures`, it lists failures alone.
pub(super) fn result<'a>(audited: Audited<'a>, options: &RenderOptions) -> Result<'a> {
    let Audited { audit, found } = audited;
    let lang = options.lang;
    Result {
        target: audit.target.name.clone(),
        class: "config",
        kind: "dockerfile",
        packages: Vec::new(),
        vulnerabilities: Vec::new(),
        misconf_summary: Some(MisconfSummary {
            successes: found.passed,
            failures: found.open.len(),
        }),
        misconfigurations: found.open.iter().map(|found| one(found, lang)).collect(),
        experimental_modified_findings: if options.show_suppressed {
            found.set_aside.iter().map(|found| modified(found, lang)).collect()
        } else {
            Vec::new()
        },
        pasu: PasuResult {
            manual: audit
                .results
                .iter()
                .filter(|result| result.verdict == Verdict::Manual)
                .map(|result| manual(result, lang))
                .collect(),
        },
    }
}

fn one(found: &pasu_model::Misconfiguration, lang: Lang) -> Misconfiguration<'_> {
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
        kind: "Dockerfile Security Check",
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
        cause_metadata: CauseMetadata { provider: "Dockerfile", service: "general" },
        pasu: PasuMisconfiguration { code: &found.code, item: &found.item },
    }
}

/// What was accepted or ignored.
fn modified(found: &pasu_model::Misconfiguration, lang: Lang) -> ModifiedFinding<'_> {
    let (statement, source) = match &found.accepted {
        Some(accepted) => (accepted.reason.as_str(), accepted.source.as_str()),
        None => ("", ""),
    };
    ModifiedFinding {
        kind: "misconfiguration",
        status: "ignored",
        statement,
        source,
        finding: Modified::Misconfiguration(Box::new(one(found, lang))),
    }
}

fn manual(result: &ItemResult, lang: Lang) -> Manual<'_> {
    Manual {
        code: &result.code,
        item: &result.item,
        title: result.title.get(lang),
        message: result.reason.text.get(lang),
    }
}
