//! From what was done to the record that reports are made of.

use super::compare::Compared;
use super::judged::Judged;
use super::work::{Planned, Work};
use crate::args::ImagePatchArgs;
use crate::commands::audit::software::tool;
use crate::database::{self, Chosen};
use anyhow::{Result, bail};
use pasu_image::Image;
use pasu_model::{
    IMAGE_PATCH_SCHEMA, ImagePatch, OpenReason, PatchOutcome, PatchRoute, PatchUpgrade,
    PatchedImage, Support, Text, WrittenImage,
};
use pasu_system::{EntryKind, System};
use std::collections::BTreeMap;
use std::path::Path;

/// Where package managers keep what is installed.
const DATABASES: [&str; 6] = [
    "/var/lib/dpkg",
    "/lib/apk/db",
    "/usr/lib/apk/db",
    "/var/lib/rpm",
    "/usr/lib/sysimage/rpm",
    "/etc/apk",
];

/// The largest list of a package's files that is read, in bytes.
const MAX_LIST: u64 = 16 << 20;

/// What the build begins with: the digest that a registry gave it, else its ID.
pub fn pinned(image: &Image) -> String {
    image.repo_digests.first().cloned().unwrap_or_else(|| image.id.to_string())
}

/// What both ways of patching know at first.
pub struct Shared<'a> {
    pub name: &'a str,
    pub image: &'a Image,
    pub before: &'a Judged,
    pub chosen: &'a Chosen,
}

impl Shared<'_> {
    /// The record before anything was planned.
    pub fn record(&self, route: PatchRoute) -> ImagePatch {
        let today = database::today();
        let Self { name, image, before, chosen } = self;
        ImagePatch {
            schema_version: IMAGE_PATCH_SCHEMA,
            tool: tool(),
            started: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            route,
            outcome: PatchOutcome::Planned,
            image: PatchedImage {
                name: (*name).to_owned(),
                id: image.id.to_string(),
                pinned: pinned(image),
                size: before.info.size,
                layers: before.info.layers.len(),
            },
            os: before.os.clone(),
            os_end_of_life: before
                .os
                .as_ref()
                .and_then(|os| os.support(today))
                .is_some_and(Support::is_over),
            database: Some(chosen.info(today)),
            upgrades: Vec::new(),
            new_packages: Vec::new(),
            notes: Vec::new(),
            dockerfile: None,
            start_test: None,
            privilege: None,
            before: before.counts(),
            after: None,
            fixed: Vec::new(),
            open: Vec::new(),
            introduced: Vec::new(),
            written: None,
            unseen: before.unseen.clone(),
        }
    }
}

/// The record before anything was written.
pub fn record(work: &Work<'_>, planned: &Planned) -> ImagePatch {
    let name = work.args.name();
    let (image, before) = (&planned.image, &planned.before);
    let shared = Shared { name: &name, image, before, chosen: work.chosen };
    let plan = planned.plan.as_ref();
    let upgrades = plan.iter().flat_map(|plan| &plan.upgrades).map(|upgrade| PatchUpgrade {
        package: upgrade.package.clone(),
        from: upgrade.from.clone(),
        to: upgrade.to.clone(),
        fixes: upgrade.cves.clone(),
        source: upgrade.source.clone(),
    });
    let new = plan.iter().flat_map(|plan| &plan.new_packages);
    ImagePatch {
        upgrades: upgrades.collect(),
        new_packages: new.map(|new| format!("{} {}", new.package, new.version)).collect(),
        notes: notes(planned),
        dockerfile: planned.dockerfile.clone(),
        ..shared.record(PatchRoute::Engine)
    }
}

fn notes(planned: &Planned) -> Vec<Text> {
    let mut notes = Vec::new();
    if let Some(plan) = &planned.plan {
        notes.extend(plan.held.iter().map(|held| held.text()));
        notes.extend(plan.unavailable.iter().map(|unavailable| unavailable.text()));
        notes.extend(plan.refused.iter().map(|refused| refused.text()));
        notes.extend(plan.notes.iter().map(|note| note.text()));
    }
    if !planned.image.config.config.on_build.is_empty() && planned.dockerfile.is_some() {
        notes.push(Text::new(
            "원본에 ONBUILD 명령이 있습니다. Pasu는 실행하지 않고 그대로 두지만, 표시된 Dockerfile을 직접 빌드하면 실행됩니다.",
            "the original has ONBUILD instructions: Pasu does not run them and keeps them, but a build of the Dockerfile shown would run them",
        ));
    }
    notes
}

/// Lays what was found after, or what is expected, into the record.
pub fn fill(record: &mut ImagePatch, compared: Compared, after: Option<&Judged>) {
    record.fixed = compared.fixed;
    record.open = compared.open;
    record.introduced = compared.introduced;
    if let Some(after) = after {
        record.after = Some(after.counts());
        for unseen in &after.unseen {
            if !record.unseen.contains(unseen) {
                record.unseen.push(unseen.clone());
            }
        }
    }
}

/// The way back to the original.
pub fn labels(image: &Image) -> Vec<(String, String)> {
    let mut labels = vec![("kr.pasu.patch.base-id".to_owned(), image.id.to_string())];
    const DIGEST: &str = "org.opencontainers.image.base.digest";
    match image.repo_digests.first().and_then(|name| name.split_once('@')) {
        Some((_, digest)) => labels.push((DIGEST.to_owned(), digest.to_owned())),
        // One that is there is of the original's own base: another name beside it would be a lie.
        None if image.config.config.labels.contains_key(DIGEST) => return labels,
        None => {}
    }
    let name = image.repo_tags.first().cloned().unwrap_or_else(|| image.name.clone());
    labels.push(("org.opencontainers.image.base.name".to_owned(), name));
    labels
}

/// Whether all was seen, and all was to be had that mends something: what a run ends with 0 for, and hands an image out
/// that has nothing new.
pub fn is_complete(record: &ImagePatch) -> bool {
    // As of `pasu fix packages`: what is fixed somewhere and cannot be had is not done.
    let is_unavailable =
        record.open.iter().any(|finding| finding.why == Some(OpenReason::Unavailable));
    record.unseen.is_empty() && !is_unavailable
}

/// The names of an archive of the image as it is: those that it has, unless another was asked for.
pub fn tags(args: &ImagePatchArgs, image: &Image) -> Vec<String> {
    match &args.tag {
        Some(tag) => vec![tag.clone()],
        None => image.repo_tags.clone(),
    }
}

/// An archive of the image as it is.
pub fn unchanged(record: &ImagePatch, path: &Path, id: String, tags: Vec<String>) -> WrittenImage {
    WrittenImage {
        id,
        file: Some(path.display().to_string()),
        tags,
        size: record.image.size,
        added: 0,
        labels: BTreeMap::new(),
    }
}

/// What the history says of the new layer.
pub fn created_by(planned: &Planned) -> String {
    let upgrades = planned.plan.iter().flat_map(|plan| &plan.upgrades);
    let names: Vec<String> =
        upgrades.map(|upgrade| format!("{}={}", upgrade.package, upgrade.to)).collect();
    format!("pasu image patch: {}", names.join(" "))
}

/// Refuses where what is upgraded lies in a volume: what a build writes there is lost.
pub fn refuse_volumes(planned: &Planned) -> Result<()> {
    let volumes: Vec<&str> =
        planned.image.config.config.volumes.keys().map(|path| path.trim_end_matches('/')).collect();
    let Some(plan) = &planned.plan else { return Ok(()) };
    if volumes.is_empty() {
        return Ok(());
    }
    let volume_of =
        |path: &str| volumes.iter().find(|volume| Path::new(path).starts_with(Path::new(**volume)));
    let system = &planned.before.system;
    for path in DATABASES {
        if let Some(volume) = volume_of(path).filter(|_| system.exists(Path::new(path))) {
            bail!("VOLUME {volume}: the package database lies in it, so a build cannot change it");
        }
    }
    for upgrade in &plan.upgrades {
        for path in files(system, &upgrade.package, &upgrade.architecture) {
            let is_file = || {
                system.symlink_metadata(Path::new(&path)).is_ok_and(|it| it.kind == EntryKind::File)
            };
            if let Some(volume) = volume_of(&path).filter(|_| is_file()) {
                bail!(
                    "VOLUME {volume}: {} has files in it ({path}), which a build cannot change",
                    upgrade.package
                );
            }
        }
    }
    Ok(())
}

/// Files of a Debian package; other package managers' are not looked at.
fn files(system: &dyn System, package: &str, architecture: &str) -> Vec<String> {
    let name = package.split(':').next().unwrap_or(package);
    let names = [format!("{name}:{architecture}"), name.to_owned()];
    let read = |name: &String| {
        let path = format!("/var/lib/dpkg/info/{name}.list");
        system.read(Path::new(&path), MAX_LIST).ok()
    };
    let list = names.iter().find_map(read).unwrap_or_default();
    String::from_utf8_lossy(&list).lines().map(str::to_owned).collect()
}

/// Holds the settings of the patched image against those of the original: only what was meant may differ.
pub fn same_settings(
    original: &Image,
    written: &Image,
    labels: &[(String, String)],
    user: Option<&str>,
) -> Result<()> {
    let settings = |image: &Image| -> Result<serde_json::Value> {
        let mut config: serde_json::Value = serde_json::from_slice(&image.raw_config)?;
        for (name, _) in labels {
            if let Some(labels) = config["config"]["Labels"].as_object_mut() {
                labels.remove(name);
            }
        }
        if config["config"]["Labels"].as_object().is_some_and(serde_json::Map::is_empty) {
            config["config"]["Labels"] = serde_json::Value::Null;
        }
        if let Some(config) = config.as_object_mut() {
            for meant in ["created", "history", "rootfs"] {
                config.remove(meant);
            }
        }
        if let Some(config) = config["config"].as_object_mut() {
            if user.is_some() {
                config.remove("User");
            }
            config.retain(|_, value| !value.is_null());
        }
        Ok(config)
    };
    if settings(original)? == settings(written)? {
        return Ok(());
    }
    bail!("the patched image has other settings than {}, which is a mistake of Pasu", original.name)
}
