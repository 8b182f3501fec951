//! Builds: a Dockerfile goes to the engine's own builder, and nothing else with it.

use super::dockerfile::Recipe;
use super::session::Session;
use super::stream::message;
use crate::error::ImageError;
use crate::patch::tar::{TarEntry, finish, write_content, write_header};
use bollard::models::{BuildInfo, ContainerConfig, ContainerCreateBody};
use bollard::query_parameters::{BuildImageOptionsBuilder, CommitContainerOptionsBuilder};
use pasu_model::ContainerConfig as Settings;
use std::collections::VecDeque;
use std::time::Duration;
use tar::EntryType;

/// How long a build may take.
const BUILD: Duration = Duration::from_secs(60 * 60);

/// How long everything else may.
const OTHER: Duration = Duration::from_secs(300);

/// How many of the last lines of a build that failed are shown.
const SHOWN: usize = 12;

/// Takes the lines that a build says.
pub type Progress<'a> = &'a mut dyn FnMut(&str);

impl Session<'_> {
    /// Builds an image on another one, `base`, an ID. Answers with the new one's ID; it goes with the session.
    ///
    /// # Errors
    ///
    /// [`ImageError::Malformed`] with the last lines where a step fails.
    pub fn build(
        &self,
        base: &str,
        recipe: &Recipe<'_>,
        progress: Progress<'_>,
    ) -> Result<String, ImageError> {
        let neutral;
        let mut recipe = recipe.clone();
        let mut config = recipe.config.clone();
        recipe.from = base;
        if !config.on_build.is_empty() {
            // Triggers of the base would run; an image made from a container has none.
            neutral = self.without_triggers(base, &config)?;
            recipe.from = &neutral;
            config.on_build.clear();
        }
        recipe.config = &config;
        recipe.labels = &[];
        let (name, value) = self.label();
        let text = recipe.written(&[(name.to_owned(), value.to_owned())])?;
        let context = context(&text).map_err(|error| ImageError::malformed("context", error))?;
        let mut options = BuildImageOptionsBuilder::default()
            .dockerfile("Dockerfile")
            .nocache(true)
            .rm(true)
            .forcerm(true);
        if let Some(network) = &self.options.network {
            options = options.networkmode(network);
        }
        let body = bollard::body_full(context.into());
        let mut said = Said::default();
        let built = self.ask(BUILD, "build", async {
            let mut stream = self.engine.client().build_image(options.build(), None, Some(body));
            while let Some(info) = message(&mut stream).await {
                match info {
                    Ok(info) => said.take(info, progress),
                    // What the builder itself says about a step that failed.
                    Err(bollard::errors::Error::DockerStreamError { error }) => {
                        said.error = Some(error)
                    }
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        });
        built?;
        said.built()
    }

    /// The same image without triggers for builds: one from a container of it that never ran.
    fn without_triggers(&self, base: &str, settings: &Settings) -> Result<String, ImageError> {
        let client = self.engine.client();
        let body = ContainerCreateBody {
            image: Some(base.to_owned()),
            // A container needs a command, also one that never runs.
            cmd: Some(vec!["/bin/sh".to_owned()])
                .filter(|_| settings.cmd.is_empty() && settings.entrypoint.is_empty()),
            labels: Some(self.labels()),
            ..ContainerCreateBody::default()
        };
        let container = self.ask(OTHER, base, client.create_container(None, body))?.id;
        let options = CommitContainerOptionsBuilder::default().container(&container).build();
        let config = ContainerConfig { labels: Some(self.labels()), ..ContainerConfig::default() };
        let image = self.ask(OTHER, base, client.commit_container(options, config))?;
        Ok(image.id)
    }
}

/// What a build said.
#[derive(Default)]
struct Said {
    last: VecDeque<String>,
    id: Option<String>,
    error: Option<String>,
}

impl Said {
    fn take(&mut self, info: BuildInfo, progress: &mut dyn FnMut(&str)) {
        if let Some(id) = info.aux.and_then(|image| image.id) {
            self.id = Some(id);
        }
        if let Some(detail) = info.error_detail {
            self.error = detail.message.or(self.error.take());
        }
        for line in info.stream.iter().flat_map(|text| text.lines()) {
            let line: String = line.trim_end().chars().filter(|char| !char.is_control()).collect();
            if line.is_empty() {
                continue;
            }
            progress(&line);
            if self.last.len() == SHOWN {
                self.last.pop_front();
            }
            self.last.push_back(line);
        }
    }

    fn built(self) -> Result<String, ImageError> {
        match (self.error, self.id) {
            (None, Some(id)) => Ok(id),
            (error, _) => {
                let error = error.unwrap_or_else(|| "the engine names no image".to_owned());
                let lines = Vec::from(self.last).join("\n  ");
                let problem = format!("{}\n  {lines}", error.trim());
                Err(ImageError::Malformed { place: "build".to_owned(), problem })
            }
        }
    }
}

/// An archive with a Dockerfile alone.
fn context(dockerfile: &str) -> std::io::Result<Vec<u8>> {
    let entry = TarEntry {
        path: b"Dockerfile",
        link: b"",
        kind: EntryType::Regular,
        mode: 0o644,
        uid: 0,
        gid: 0,
        size: dockerfile.len() as u64,
        modified: 0,
        xattrs: &[],
    };
    let mut archive = Vec::new();
    write_header(&mut archive, &entry)?;
    write_content(&mut archive, &mut dockerfile.as_bytes(), entry.size)?;
    finish(&mut archive)?;
    Ok(archive)
}
