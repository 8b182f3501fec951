//! One run at an engine: what it makes there carries its label, and is gone when the run ends, however it ends.

use super::stop::Stop;
use super::{leftovers, owner};
use crate::error::ImageError;
use crate::source::engine::Engine;
use bollard::errors::Error;
use bollard::query_parameters::RemoveImageOptionsBuilder;
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How a run goes about it.
#[derive(Debug, Clone)]
pub struct SessionOptions {
    /// Network of the container that is simulated in and of the build: `host`, or the name of one; the engine's default
    /// without it.
    pub network: Option<String>,
    /// When to stop.
    pub deadline: Option<Instant>,
    /// Whether somebody wants to stop.
    pub stop: Arc<Stop>,
}

/// One run at an engine.
pub struct Session<'a> {
    pub(super) engine: &'a Engine,
    pub(super) options: SessionOptions,
    owner: String,
    /// Images without the label that go at the end, too.
    passing: Mutex<Vec<String>>,
}

impl<'a> Session<'a> {
    /// Begins a run, and takes away what killed ones left behind.
    ///
    /// # Errors
    ///
    /// The engine does not answer.
    pub fn begin(engine: &'a Engine, options: SessionOptions) -> Result<Self, ImageError> {
        let session = Self { engine, options, owner: owner::new(), passing: Mutex::default() };
        leftovers::sweep(&session)?;
        Ok(session)
    }

    /// The label of everything that this run makes for itself: name and value.
    #[must_use]
    pub fn label(&self) -> (&'static str, &str) {
        (owner::LABEL, &self.owner)
    }

    pub(in crate::patch) fn labels(&self) -> HashMap<String, String> {
        HashMap::from([(owner::LABEL.to_owned(), self.owner.clone())])
    }

    /// An error where somebody wants to stop, or the time is up.
    ///
    /// # Errors
    ///
    /// Just that.
    pub fn check(&self) -> Result<(), ImageError> {
        if self.options.stop.is_set() {
            return Err(stopped());
        }
        match self.options.deadline {
            Some(deadline) if Instant::now() >= deadline => Err(self.late("patch")),
            _ => Ok(()),
        }
    }

    /// Asks the engine, for at most some time.
    pub(in crate::patch) fn ask<T>(
        &self,
        time: Duration,
        what: &str,
        asked: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, ImageError> {
        self.check()?;
        let left = self.options.deadline.map(|end| end.saturating_duration_since(Instant::now()));
        let is_last = left.is_some_and(|left| left < time);
        let time = left.map_or(time, |left| left.min(time));
        let stop = &self.options.stop;
        let answer =
            self.engine.within(time.saturating_add(Duration::from_secs(5)), what, async {
                tokio::select! {
                    biased;
                    () = stop.asked() => Ok(None),
                    () = tokio::time::sleep(time) => Ok(None),
                    answer = asked => answer.map(Some),
                }
            })?;
        match answer {
            Some(answer) => Ok(answer),
            None if stop.is_set() => Err(stopped()),
            None if is_last => Err(self.late(what)),
            None => Err(ImageError::Limit {
                place: format!("{}: {what}", self.engine.place()),
                problem: format!("not done within {} seconds", time.as_secs()),
            }),
        }
    }

    pub(in crate::patch) fn client(&self) -> &bollard::Docker {
        self.engine.client()
    }

    /// Whether the engine's processes may be ours to see.
    pub(in crate::patch) fn is_local(&self) -> bool {
        self.engine.is_local()
    }

    /// Asks while cleaning up: also after an interrupt and after the deadline.
    pub(super) fn ask_last<T>(
        &self,
        what: &str,
        asked: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, ImageError> {
        self.engine.within(Duration::from_secs(60), what, asked)
    }

    fn images(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.passing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn late(&self, what: &str) -> ImageError {
        ImageError::Limit {
            place: format!("{}: {what}", self.engine.place()),
            problem: "the time given with --timeout is up".to_owned(),
        }
    }

    /// Has an image go at the end that does not carry the label.
    pub(super) fn passing(&self, image: &str) {
        self.images().push(image.to_owned());
    }

    /// Keeps such an image after all.
    pub fn keep(&self, image: &str) {
        self.images().retain(|known| known != image);
    }

    /// Takes away what this run made; the same happens, without a word, when it is dropped.
    ///
    /// # Errors
    ///
    /// The engine does not answer, or keeps something.
    pub fn end(self) -> Result<(), ImageError> {
        self.clean()
    }

    fn clean(&self) -> Result<(), ImageError> {
        let images = std::mem::take(&mut *self.images());
        for image in images {
            let options = RemoveImageOptionsBuilder::default().force(true).build();
            let removed = self
                .ask_last(&image, self.engine.client().remove_image(&image, Some(options), None));
            match removed {
                Ok(_) | Err(ImageError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        leftovers::remove(self, &|owner| owner == self.owner)
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        // Nobody can be told any more; the next run tries again by the label.
        let _ = self.clean();
    }
}

/// Somebody interrupted us.
pub(super) fn stopped() -> ImageError {
    ImageError::Limit { place: "image patch".to_owned(), problem: "interrupted".to_owned() }
}
