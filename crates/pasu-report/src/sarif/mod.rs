//! SARIF 2.1.0 (OASIS), for code-scanning pages and editors.
//!
//! One rule a vulnerability, one result a finding. What an ignore file or VEX took out stays, marked as suppressed. What
//! was not seen is a notification of the invocation, which then did not succeed.

mod guideline;
mod results;
mod rules;
mod schema;

use crate::targets::Targets;
use crate::{Audited, image_name, place, sources};
use pasu_model::{Lang, Run, TargetKind};
use schema::{
    ArtifactLocation, AutomationDetails, Driver, Invocation, Location, Log, Message, Notification,
    OneRun, PhysicalLocation, Tool,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The name under which paths inside the target are relative.
const ROOT: &str = "ROOTPATH";

/// GitHub wants a line of every place.
const FIRST_LINE: pasu_model::LineRange = pasu_model::LineRange { start: 1, end: 1 };

/// The log of one target.
pub(crate) fn log<'a>(run: &'a Run, audited: Option<Audited<'a>>, lang: Lang) -> Log<'a> {
    log_of(vec![OneRun::Packages(Box::new(one(run, audited, None, lang)))])
}

/// The log of a machine and its images: a run each for the guideline, for the machine's packages and for every image.
pub(crate) fn whole<'a>(targets: &Targets<'a>, lang: Lang) -> Log<'a> {
    let mut runs = Vec::new();
    if let Some(audited) = targets.audited {
        runs.push(OneRun::Other(named(crate::audit::sarif_run(audited.audit, lang), "guideline")));
    }
    if targets.is_listed {
        let run = one(targets.root, None, Some(id("packages")), lang);
        runs.push(OneRun::Packages(Box::new(run)));
    }
    for image in &targets.images {
        let id = id(&format!("image/{}", image.key));
        let run = one(image.run, image.audited, Some(id), lang);
        runs.push(OneRun::Packages(Box::new(run)));
    }
    if !targets.unseen.is_empty() {
        runs.push(OneRun::Other(named(unseen_parts(targets, lang), "inspection")));
    }
    log_of(runs)
}

/// Code-scanning pages keep runs apart by what stands before the last slash, and take no two alike.
fn id(part: &str) -> String {
    format!("pasu/{part}/")
}

fn named(mut run: Value, part: &str) -> Value {
    run["automationDetails"] = json!({"id": id(part)});
    run
}

/// A run that only says which parts were not seen: without it a machine with an engine nobody could ask would look
/// like one without images.
fn unseen_parts(targets: &Targets<'_>, lang: Lang) -> Value {
    let notifications: Vec<Value> = targets
        .unseen_parts(lang)
        .map(|part| json!({"level": "error", "message": {"text": part}}))
        .collect();
    let tool = &targets.root.tool;
    json!({
        "tool": {"driver": {"name": tool.name, "version": tool.version}},
        "invocations": [{
            "executionSuccessful": false,
            "startTimeUtc": targets.root.started,
            "toolExecutionNotifications": notifications,
        }],
        "results": [],
    })
}

fn log_of(runs: Vec<OneRun<'_>>) -> Log<'_> {
    Log {
        schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        version: "2.1.0",
        runs,
    }
}

fn one<'a>(
    run: &'a Run,
    audited: Option<Audited<'a>>,
    id: Option<String>,
    lang: Lang,
) -> schema::Run<'a> {
    let rules = rules::Rules::of(run);
    let mut results = results::results(run, &rules);
    let mut rules = rules.into_rules();
    if let Some(audited) = audited {
        guideline::add(run, audited.found, lang, &mut rules, &mut results);
    }
    schema::Run {
        results,
        tool: Tool { driver: Driver { name: &run.tool.name, version: &run.tool.version, rules } },
        automation_details: id.map(|id| AutomationDetails { id }),
        invocations: [invocation(run)],
        original_uri_base_ids: BTreeMap::from([(ROOT, root(run))]),
        column_kind: "utf16CodeUnits",
        properties: schema::RunProperties { advisories: sources::phrase(run), image: image(run) },
    }
}

/// Which image it was, under the names that Trivy gives it.
fn image(run: &Run) -> Option<schema::Image<'_>> {
    run.image.as_ref().map(|image| schema::Image {
        image_name: &run.target.name,
        image_id: &image.id,
        repo_digests: &image.repo_digests,
        repo_tags: &image.repo_tags,
    })
}

/// What an image is called as a place: its repository, for a tag that moves on must not close and reopen its findings.
fn image_path(run: &Run) -> String {
    image_name::repository(&run.target.name)
        .map_or_else(|| run.target.name.clone(), |(_, path)| path)
}

/// Where the root of the target is: known only for the host itself.
fn root(run: &Run) -> ArtifactLocation {
    ArtifactLocation {
        uri: (run.target.kind == TargetKind::Host).then(|| "file:///".to_owned()),
        uri_base_id: None,
        description: Some(Message { text: format!("the root of {}", run.target.name) }),
    }
}

fn invocation(run: &Run) -> Invocation<'_> {
    Invocation {
        execution_successful: run.unseen.is_empty(),
        start_time_utc: &run.started,
        tool_execution_notifications: run
            .unseen
            .iter()
            .map(|unseen| Notification {
                level: "error",
                message: Message {
                    text: if unseen.detail.is_empty() {
                        format!("not looked at: {}", unseen.reason.key())
                    } else {
                        format!("not looked at: {}: {}", unseen.reason.key(), unseen.detail)
                    },
                },
                locations: vec![location(&unseen.path, None)],
            })
            .collect(),
    }
}

/// A place in a file of the target.
fn location(path: &str, lines: Option<pasu_model::LineRange>) -> Location {
    Location {
        physical_location: PhysicalLocation {
            artifact_location: ArtifactLocation {
                uri: Some(relative_uri(path)),
                uri_base_id: Some(ROOT),
                description: None,
            },
            region: lines.map(|lines| schema::Region {
                start_line: lines.start.max(1),
                end_line: lines.end.max(lines.start).max(1),
            }),
        },
        message: None,
    }
}

/// A path as a relative URI (RFC 3986): everything but unreserved characters and `/` percent-encoded.
pub(crate) fn relative_uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.trim_start_matches('/').bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b'@' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

/// The place of a finding. An image's own packages are in the image; whoever sees the finding has no file of it.
fn finding_location(
    run: &Run,
    set: &pasu_model::FindingSet,
    package: Option<&pasu_model::Package>,
) -> Location {
    let lines = package.and_then(|package| package.lines.first().copied()).unwrap_or(FIRST_LINE);
    if run.image.is_none() {
        return location(place::file(set, package), Some(lines));
    }
    let path = image_path(run);
    let mut found = match set.kind.is_os() {
        true => location(&path, Some(FIRST_LINE)),
        false => location(place::file(set, package), Some(lines)),
    };
    found.message = package.map(|package| Message { text: format!("{path}: {}", package.id()) });
    found
}

#[cfg(test)]
mod tests {
    use super::relative_uri;

    #[test]
    fn paths_become_uris() {
        assert_eq!(relative_uri("/srv/my app/가.lock"), "srv/my%20app/%EA%B0%80.lock");
        assert_eq!(relative_uri("a?b#c:d\u{1b}"), "a%3Fb%23c%3Ad%1B");
    }
}
