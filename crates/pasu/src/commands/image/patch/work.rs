//! The steps of patching, one after the other.

use super::compare::{self, Compared};
use super::judged::{Judge, Judged};
use super::outcome;
use super::say::Say;
use super::{privilege, rights, simulate, start};
use crate::args::{ImagePatchArgs, PrivilegeArg};
use crate::database::Chosen;
use anyhow::{Context, Result, bail};
use pasu_fix::packages::UpdatePlan;
use pasu_image::Image;
use pasu_image::patch::engine::{Changes, Packages, Recipe, Session};
use pasu_image::source::SourceOptions;
use pasu_model::{ImagePatch, PatchOutcome, StartVerdict, WrittenImage};

/// What patching works with.
pub struct Work<'a> {
    pub args: &'a ImagePatchArgs,
    pub session: &'a Session<'a>,
    pub options: &'a SourceOptions,
    pub chosen: &'a Chosen,
    pub judge: &'a Judge<'a>,
    pub say: &'a Say,
}

/// What is known when the image was judged and its update planned.
pub struct Planned {
    pub image: Image,
    pub before: Judged,
    pub plan: Option<UpdatePlan>,
    pub pinned: String,
    pub dockerfile: Option<String>,
}

impl Work<'_> {
    /// Does all of it.
    pub fn patch(&self) -> Result<ImagePatch> {
        let planned = self.plan()?;
        let expected = compare::expect(&planned.before, planned.plan.as_ref());
        let mut record = outcome::record(self, &planned);
        record.image.size = self.session.size(&planned.image.id.to_string())?;
        if self.args.dry_run {
            outcome::fill(&mut record, expected, None);
            record.outcome = if record.dockerfile.is_some() {
                PatchOutcome::Planned
            } else {
                PatchOutcome::Nothing
            };
            return Ok(record);
        }
        let packages = planned.packages();
        if packages.is_none() && self.args.least_privilege.is_none() {
            return self.nothing(record, &planned, expected);
        }
        let mut built = planned.image.id.to_string();
        if let Some(packages) = &packages {
            built = self.build(&planned, packages)?;
            if !self.starts(&mut record, &planned, &built)? && !self.args.force {
                outcome::fill(&mut record, expected, None);
                record.outcome = PatchOutcome::Different;
                return Ok(record);
            }
        }
        let mut user = None;
        if let Some(wanted) = self.args.least_privilege {
            let (kept, report) = privilege::least(self, &planned, built, wanted)?;
            record.privilege = Some(report);
            if !kept.commands.is_empty() || kept.user.is_some() {
                let recipe = Recipe {
                    commands: &kept.commands,
                    user: kept.user.as_deref(),
                    ..self.recipe(&planned, packages.as_ref())
                };
                record.dockerfile = Some(recipe.dockerfile()?);
            }
            (built, user) = (kept.built, kept.user);
        }
        if built == planned.image.id.to_string() {
            return self.nothing(record, &planned, expected);
        }
        self.write(&mut record, &planned, &built, user.as_deref())?;
        Ok(record)
    }

    /// Finds the image, judges it, and has its package manager say what it would do.
    fn plan(&self) -> Result<Planned> {
        let name = &*self.args.name();
        self.say.step(&format!("이미지 검사: {name}"), &format!("looking at {name}"));
        let image = self.judge.find(name, self.options)?;
        if let Some(tag) = self.args.tag.as_deref().filter(|_| self.args.output.is_none()) {
            let is_short = !tag.rsplit('/').next().unwrap_or_default().contains(':');
            let whole = if is_short { format!("{tag}:latest") } else { tag.to_owned() };
            if image.repo_tags.contains(&whole) {
                bail!("--tag {tag}: the original has this name, and keeps it; hint: another tag");
            }
        }
        let before = self.judge.judge(&image)?;
        self.session.check()?;
        let wanted = simulate::wanted(&before)?;
        let plan = if wanted.is_empty() {
            None
        } else {
            let count = wanted.len();
            self.say.step(
                &format!("모의 실행: 고쳐진 버전이 있는 패키지 {count}개"),
                &format!("simulating: {count} packages have a fixed version"),
            );
            let allow_new = self.args.allow_new;
            Some(simulate::simulate(self.session, &before, wanted, allow_new, self.say.lang)?)
        };
        let pinned = outcome::pinned(&image);
        let mut planned = Planned { image, before, plan, pinned, dockerfile: None };
        if let Some(packages) = planned.packages() {
            outcome::refuse_volumes(&planned)?;
            planned.dockerfile = Some(self.recipe(&planned, Some(&packages)).dockerfile()?);
        }
        Ok(planned)
    }

    fn recipe<'r>(&self, planned: &'r Planned, packages: Option<&'r Packages>) -> Recipe<'r> {
        Recipe {
            from: &planned.pinned,
            config: &planned.image.config.config,
            packages,
            commands: &[],
            user: None,
            labels: &[],
        }
    }

    fn build(&self, planned: &Planned, packages: &Packages) -> Result<String> {
        self.say.step("이미지 빌드", "building");
        let recipe = self.recipe(planned, Some(packages));
        let base = planned.image.id.to_string();
        Ok(self.session.build(&base, &recipe, &mut |line| self.say.line(line))?)
    }

    /// Runs both side by side; answers whether nothing speaks against what was built.
    fn starts(&self, record: &mut ImagePatch, planned: &Planned, built: &str) -> Result<bool> {
        if self.args.start_time.is_zero() {
            return Ok(true);
        }
        let seconds = self.args.start_time.as_secs();
        self.say.step(
            &format!("시작 시험: 원본과 나란히 {seconds}초"),
            &format!("start test: beside the original for {seconds} s"),
        );
        let original = planned.image.id.to_string();
        let tested = start::test(self, &original, (built, None))?;
        let is_good = tested.test.verdict != StartVerdict::Different;
        record.start_test = Some(tested.test);
        Ok(is_good)
    }

    /// Nothing is to be done, or nothing of it can be. In the first case what comes after in a script finds the archive all
    /// the same.
    fn nothing(
        &self,
        mut record: ImagePatch,
        planned: &Planned,
        expected: Compared,
    ) -> Result<ImagePatch> {
        outcome::fill(&mut record, expected, None);
        record.outcome = PatchOutcome::Nothing;
        self.say.step("설치할 업데이트가 없습니다", "there is nothing to upgrade");
        let is_complete = outcome::is_complete(&record);
        let Some(path) = self.args.output.as_ref().filter(|_| is_complete) else {
            return Ok(record);
        };
        let tags = outcome::tags(self.args, &planned.image);
        let id = planned.image.id.to_string();
        self.session.export(&planned.image, &id, None, &tags, path)?.finish()?;
        record.written = Some(outcome::unchanged(&record, path, id, tags));
        Ok(record)
    }

    /// Writes the patched image and looks at what was written.
    fn write(
        &self,
        record: &mut ImagePatch,
        planned: &Planned,
        built: &str,
        user: Option<&str>,
    ) -> Result<()> {
        let labels = outcome::labels(&planned.image);
        let created_by = outcome::created_by(planned);
        let changes = Changes {
            created: jiff::Timestamp::now().as_second(),
            created_by: &created_by,
            labels: &labels,
            user,
        };
        let tags: Vec<String> = self.args.tag.iter().cloned().collect();
        let size = self.session.size(built)?;
        let image = &planned.image;
        let check = |written: &Image| -> Result<Judged> {
            self.say.step("다시 검사", "looking at what was written");
            outcome::same_settings(image, written, &labels, user)?;
            self.judge.judge(written)
        };
        let (after, id) = match &self.args.output {
            Some(path) => {
                let shown = path.display();
                self.say.step(&format!("저장: {shown}"), &format!("writing {shown}"));
                let pending = self.session.export(image, built, Some(changes), &tags, path)?;
                let after = check(&self.judge.open(&pending.place())?)
                    .with_context(|| format!("cannot vouch for {shown}"))?;
                // Who interrupts finds no archive; once it has its name, nothing ends this run any more.
                self.session.check()?;
                (after, pending.finish()?.id.to_string())
            }
            None => {
                self.say.step("엔진에 저장", "handing it to the engine");
                let id = self.session.load(image, built, Some(changes), &tags)?.id.to_string();
                let after = check(&self.judge.find(&id, self.options)?)?;
                self.session.keep(&id);
                (after, id)
            }
        };
        let is_meant = self.args.least_privilege == Some(PrivilegeArg::Apply);
        record.notes.extend(rights::note(&planned.before, &after, is_meant));
        let compared = compare::compare(&planned.before, &after, planned.plan.as_ref());
        record.written = Some(WrittenImage {
            id,
            file: self.args.output.as_ref().map(|path| path.display().to_string()),
            tags,
            size,
            added: size.saturating_sub(record.image.size),
            labels: labels.into_iter().collect(),
        });
        record.outcome = PatchOutcome::Patched;
        outcome::fill(record, compared, Some(&after));
        Ok(())
    }
}

impl Planned {
    /// What is installed, if anything.
    fn packages(&self) -> Option<Packages> {
        self.plan.as_ref().filter(|plan| !plan.is_empty()).map(simulate::of_plan)
    }
}
