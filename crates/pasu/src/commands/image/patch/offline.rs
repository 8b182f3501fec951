//! `--offline-packages`, `--mirror`: the new layer is made here, without an engine.

use super::judged::{Judge, Judged};
use super::outcome::{self, Shared};
use super::say::Say;
use super::{compare, rights, simulate};
use crate::args::ImagePatchArgs;
use crate::database::Chosen;
use crate::fetch::Client;
use anyhow::{Context, Result, bail};
use pasu_advisory::version::compare as order;
use pasu_image::patch::config::{ConfigChange, change};
use pasu_image::patch::export::Export;
use pasu_image::patch::layer::{self, Outcome, Refusal, Request, Upgrade};
use pasu_image::patch::packages::{
    ApkMirror, ApkMirrorOptions, Fetch, Folder, FolderOptions, Mirror, MirrorOptions, Packages,
};
use pasu_image::source::SourceOptions;
use pasu_image::{Image, ImageError};
use pasu_model::{
    Ecosystem, Finding, ImagePatch, OpenReason, PackageType, PatchFinding, PatchOutcome,
    PatchRoute, PatchUpgrade, Text, WrittenImage,
};
use pasu_system::{System, TreeSystem};
use std::cmp::Ordering;
use std::io::{self, Read};
use std::path::Path;
use std::time::Instant;

/// What patching without an engine works with.
pub struct Offline<'a> {
    pub args: &'a ImagePatchArgs,
    pub options: &'a SourceOptions,
    pub chosen: &'a Chosen,
    pub judge: &'a Judge<'a>,
    pub say: &'a Say,
    pub stop: &'a std::sync::atomic::AtomicBool,
    /// When mirrors are no longer waited for.
    pub deadline: Option<Instant>,
    /// Mirrors to ask instead of those that the image names.
    pub mirrors: Vec<String>,
}

impl Offline<'_> {
    /// Does all of it.
    pub fn patch(&self) -> Result<ImagePatch> {
        let name = self.args.name();
        self.say.step(&format!("이미지 검사: {name}"), &format!("looking at {name}"));
        let mut image = match &self.args.input {
            Some(path) => self.judge.open_named(path, self.args.reference.as_deref())?,
            None => self.judge.find(&name, self.options)?,
        };
        let before = self.judge.judge(&image)?;
        let shared = Shared { name: &name, image: &image, before: &before, chosen: self.chosen };
        let mut record = shared.record(PatchRoute::Offline);
        record.image.size = before.info.size;
        let upgrades = upgrades(&before)?;
        let scratch = tempfile::tempdir().context("cannot make a folder for temporary files")?;
        let outcome = self.layer(&before, &upgrades, scratch.path())?;
        self.fill(&mut record, &outcome);
        let Some(new) = outcome.layer.as_ref().filter(|_| !self.args.dry_run) else {
            let mut expected = compare::expect(&before, None);
            explain(&mut expected, &outcome, order_of(&before));
            outcome::fill(&mut record, expected, None);
            if outcome.layer.is_some() {
                record.outcome = PatchOutcome::Planned;
            } else {
                record.outcome = PatchOutcome::Nothing;
                self.nothing(&mut record, &mut image)?;
            }
            return Ok(record);
        };
        let Some(path) = &self.args.output else {
            bail!("without an engine the image goes into an archive; hint: -o patched.tar")
        };
        let labels = outcome::labels(&image);
        let names: Vec<String> =
            outcome.upgraded.iter().map(|one| format!("{}={}", one.name, one.to)).collect();
        let changed = ConfigChange {
            created: outcome.epoch,
            created_by: &[format!("pasu image patch: {}", names.join(" "))],
            diff_ids: std::slice::from_ref(&new.diff_id),
            labels: &labels,
            user: None,
        };
        let config = change(&image.raw_config, &changed)?;
        let tags: Vec<String> = self.args.tag.iter().cloned().collect();
        image.layers.push(new.to_layer());
        let (after, id) = self.write(&image, &config, &tags, path, |written| {
            self.say.step("다시 검사", "looking at what was written");
            outcome::same_settings(&image, written, &labels, None)?;
            self.judge.judge(written)
        })?;
        record.notes.extend(rights::note(&before, &after, false));
        let mut compared = compare::compare(&before, &after, None);
        explain(&mut compared, &outcome, order_of(&before));
        record.written = Some(WrittenImage {
            id,
            file: Some(path.display().to_string()),
            tags,
            size: after.info.size,
            added: new.size,
            labels: labels.into_iter().collect(),
        });
        record.outcome = PatchOutcome::Patched;
        outcome::fill(&mut record, compared, Some(&after));
        Ok(record)
    }

    fn layer(&self, before: &Judged, upgrades: &[Upgrade], scratch: &Path) -> Result<Outcome> {
        self.say.step("패키지 확인", "looking at packages");
        let host = TreeSystem::live().context("cannot open /")?;
        let client;
        let packages: Box<dyn Packages + '_> = if let Some(folder) = &self.args.offline_packages {
            let options = FolderOptions {
                system: &before.system,
                host: &host,
                keyrings: &self.args.keyring,
                scratch,
            };
            Box::new(Folder::open(folder, &options)?)
        } else {
            client = Web { client: Client::new(2)?, deadline: self.deadline };
            self.mirror(before, &host, &client, scratch)?
        };
        self.say.step("레이어 작성", "building the layer");
        let epoch = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.parse().ok());
        let request = Request {
            system: &before.system,
            upgrades,
            packages: &*packages,
            order: order_of(before),
            epoch,
            skip_scripts: self.args.skip_scripts,
            scratch,
        };
        Ok(layer::build(&request)?)
    }

    fn mirror<'p>(
        &'p self,
        before: &'p Judged,
        host: &'p TreeSystem,
        client: &'p Web,
        scratch: &'p Path,
    ) -> Result<Box<dyn Packages + 'p>> {
        let system: &dyn System = &before.system;
        let mirrors = &self.mirrors[..];
        if is_apk(before) {
            return Ok(Box::new(ApkMirror::open(ApkMirrorOptions {
                system,
                fetch: client,
                mirrors,
                keys: &self.args.keyring,
                allow_unsigned: self.args.allow_unsigned,
                scratch,
            })?));
        }
        Ok(Box::new(Mirror::open(MirrorOptions {
            system,
            host,
            fetch: client,
            architecture: architecture(&before.info.config.architecture),
            mirrors,
            keyrings: &self.args.keyring,
            allow_unsigned: self.args.allow_unsigned,
            scratch,
        })?))
    }

    /// Nothing is to be done, or nothing of it can be; in the first case the archive is written all the same.
    fn nothing(&self, record: &mut ImagePatch, image: &mut Image) -> Result<()> {
        self.say.step("설치할 업데이트가 없습니다", "there is nothing to upgrade");
        let is_wanted = !self.args.dry_run && outcome::is_complete(record);
        let Some(path) = self.args.output.as_ref().filter(|_| is_wanted) else { return Ok(()) };
        let tags = outcome::tags(self.args, image);
        let config = image.raw_config.clone();
        let ((), id) = self.write(image, &config, &tags, path, |_| Ok(()))?;
        record.written = Some(outcome::unchanged(record, path, id, tags));
        Ok(())
    }

    /// Writes the archive in a folder beside its path, looks at it, and moves it there.
    fn write<T>(
        &self,
        image: &Image,
        config: &[u8],
        tags: &[String],
        path: &Path,
        check: impl FnOnce(&Image) -> Result<T>,
    ) -> Result<(T, String)> {
        let shown = path.display();
        self.say.step(&format!("저장: {shown}"), &format!("writing {shown}"));
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let beside = tempfile::Builder::new()
            .prefix(".pasu-")
            .tempdir_in(folder)
            .with_context(|| format!("cannot write {shown}"))?;
        let place = beside.path().join("image.tar");
        let export = Export { layers: &image.layers, config, tags, stop: Some(self.stop) };
        let id = export.write(&place)?.id.to_string();
        let checked = check(&self.judge.open(&place)?)?;
        std::fs::rename(&place, path).with_context(|| format!("cannot write {shown}"))?;
        Ok((checked, id))
    }

    fn fill(&self, record: &mut ImagePatch, outcome: &Outcome) {
        record.upgrades = outcome
            .upgraded
            .iter()
            .map(|one| PatchUpgrade {
                package: one.name.clone(),
                from: one.from.clone(),
                to: one.to.clone(),
                fixes: Vec::new(),
                source: one.verified.text().en,
            })
            .collect();
        record.notes = outcome.notes.clone();
        for (upgrade, refusal) in &outcome.refused {
            let text = refusal.text();
            let (ko, en) = (&text.ko, &text.en);
            let name = &upgrade.name;
            record.notes.push(Text::new(format!("{name}: {ko}"), format!("{name}: {en}")));
        }
        for one in &outcome.upgraded {
            for (script, text) in &one.scripts {
                let (name, ko, en) = (&one.name, &text.ko, &text.en);
                record.notes.push(Text::new(
                    format!("{name}: {script} 스크립트를 실행하지 않음: {ko}"),
                    format!("{name}: its {script} was not run: {en}"),
                ));
            }
        }
    }
}

/// Why packages stay as they are; where the layer is not written, what it would mend goes from what is open to what is
/// fixed.
fn explain(compared: &mut compare::Compared, outcome: &Outcome, order: layer::Order) {
    let is_mended = |finding: &mut PatchFinding| {
        let mends = |version: &String| {
            outcome.upgraded.iter().any(|one| {
                one.name == finding.package && order(&one.to, version).is_some_and(Ordering::is_ge)
            })
        };
        finding.why == Some(OpenReason::NotTried) && finding.fixed_versions.iter().any(mends)
    };
    let mended =
        compared.open.extract_if(.., is_mended).map(|one| PatchFinding { why: None, ..one });
    compared.fixed.extend(mended);
    for finding in &mut compared.open {
        if finding.why != Some(OpenReason::NotTried) {
            continue;
        }
        let refused = outcome.refused.iter().find(|(upgrade, _)| upgrade.name == finding.package);
        finding.why = refused.map(|(_, refusal)| match refusal {
            Refusal::Held => OpenReason::Held,
            // A file that nothing vouches for is none.
            Refusal::NoCandidate
            | Refusal::TooOld { .. }
            | Refusal::Unavailable { .. }
            | Refusal::Unverified { .. } => OpenReason::Unavailable,
            _ => OpenReason::Refused,
        });
        finding.why = finding.why.or(Some(OpenReason::NotTried));
    }
}

/// What has a fixed version, with what the layer's making needs to know.
fn upgrades(before: &Judged) -> Result<Vec<Upgrade>> {
    let packages =
        || before.sets.iter().filter(|set| set.kind.is_os()).flat_map(|set| &set.packages);
    let upgrades = simulate::wanted(before)?.into_iter().filter_map(|wanted| {
        let package = packages().find(|package| package.name == wanted.package)?;
        let least = least(before, &wanted.package, &wanted.installed);
        Some(Upgrade {
            source: package.source_or_self().0.to_owned(),
            architecture: package.arch.clone().unwrap_or_default(),
            name: wanted.package,
            installed: wanted.installed,
            least: least.unwrap_or_else(|| wanted.fixed.clone()),
            fixed: wanted.fixed,
        })
    });
    Ok(upgrades.collect())
}

/// The lowest version of a package that mends any of its findings.
fn least(before: &Judged, package: &str, installed: &str) -> Option<String> {
    let order = order_of(before);
    let os = before.sets.iter().filter(|set| set.kind.is_os());
    let findings = os.flat_map(|set| {
        let is_its =
            |finding: &&Finding| set.package_of(finding).is_some_and(|one| one.name == package);
        set.findings.iter().filter(is_its)
    });
    findings
        .filter_map(Finding::vulnerability)
        .flat_map(|vulnerability| &vulnerability.fixed_versions)
        .filter(|version| order(version, installed) == Some(Ordering::Greater))
        .min_by(|one, other| order(one, other).unwrap_or(Ordering::Equal))
        .cloned()
}

fn is_apk(before: &Judged) -> bool {
    before.sets.iter().any(|set| set.kind == PackageType::Apk)
}

fn order_of(before: &Judged) -> layer::Order {
    if is_apk(before) { of_alpine } else { of_debian }
}

fn of_debian(one: &str, other: &str) -> Option<Ordering> {
    order(Ecosystem::parse("debian")?, one, other)
}

fn of_alpine(one: &str, other: &str) -> Option<Ordering> {
    order(Ecosystem::parse("alpine")?, one, other)
}

/// Debian's word for one of Go's.
fn architecture(go: &str) -> &str {
    match go {
        "386" => "i386",
        "arm" => "armhf",
        "ppc64le" => "ppc64el",
        other => other,
    }
}

/// Asks mirrors.
struct Web {
    client: Client,
    deadline: Option<Instant>,
}

impl Fetch for Web {
    fn get(&self, url: &str, limit: u64) -> Result<Box<dyn Read>, ImageError> {
        let unreachable =
            |problem: String| ImageError::Unreachable { place: url.to_owned(), problem };
        in_time(self.deadline).map_err(|error| unreachable(error.to_string()))?;
        let answer = self.client.get(url, &[]);
        let answer = answer.map_err(|failure| unreachable(format!("{:#}", failure.error)))?;
        match answer.status().as_u16() {
            200 => {
                let body = answer.into_body().into_reader().take(limit.saturating_add(1));
                Ok(Box::new(Timed { body, deadline: self.deadline }))
            }
            404 | 410 => {
                Err(ImageError::NotFound { reference: url.to_owned(), looked: String::new() })
            }
            status => Err(unreachable(format!("the server answers {status}"))),
        }
    }
}

/// A body that a slow mirror sends bit by bit is waited for until the deadline, and no longer.
struct Timed<R> {
    body: R,
    deadline: Option<Instant>,
}

impl<R: Read> Read for Timed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        in_time(self.deadline)?;
        self.body.read(buffer)
    }
}

fn in_time(deadline: Option<Instant>) -> io::Result<()> {
    match deadline {
        Some(deadline) if Instant::now() >= deadline => {
            let message = "it took longer than --timeout allows";
            Err(io::Error::new(io::ErrorKind::TimedOut, message))
        }
        _ => Ok(()),
    }
}
