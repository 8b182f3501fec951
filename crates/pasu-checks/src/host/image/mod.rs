//! What an image says of itself: its configuration and history, laid out for checks.

mod gather;
mod quote;
mod removed;
pub mod secrets;
pub mod shell;
mod step;
mod user;

pub use gather::may_be_read;
pub use quote::words_to_hide;
pub use removed::{LayerFacts, RemovedFile};
pub use step::{Instruction, Step};
pub use user::{User, UserProblem};

use super::Host;
use crate::cause::{Cause, CauseKind};
use pasu_model::{ContainerConfig, ImageInfo};

/// Programs that run services as an init does: what units and start scripts say then holds in the container too.
const INITS: [&str; 8] =
    ["init", "systemd", "openrc-init", "runsvdir", "s6-svscan", "supervisord", "runit", "boot.sh"];

/// An image's own words, with its history read step by step.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImageFacts {
    /// The image.
    pub info: ImageInfo,
    /// Its history, the oldest step first.
    pub steps: Vec<Step>,
}

impl ImageFacts {
    /// Reads the history of an image.
    #[must_use]
    pub fn new(info: &ImageInfo) -> Self {
        Self { info: info.clone(), steps: step::steps(&info.config) }
    }

    /// The step that made a layer; `None` where the history does not tell.
    #[must_use]
    pub fn step_of(&self, layer: usize) -> Option<&Step> {
        self.steps.iter().find(|step| step.layer == Some(layer) && !step.text.is_empty())
    }

    /// How its containers run.
    #[must_use]
    pub fn config(&self) -> &ContainerConfig {
        &self.info.config.config
    }

    /// Program and arguments of a container that is started without any.
    pub fn command(&self) -> impl Iterator<Item = &str> {
        let config = self.config();
        config.entrypoint.iter().chain(&config.cmd).map(String::as_str)
    }

    /// Whether the history says nothing: made by a tool that writes none.
    #[must_use]
    pub fn is_without_history(&self) -> bool {
        self.steps.iter().all(|step| step.text.is_empty())
    }

    /// Whether its containers start services as a host does: `/sbin/init`, `supervisord`.
    #[must_use]
    pub fn starts_services(&self) -> bool {
        self.command()
            .flat_map(str::split_whitespace)
            .filter_map(|word| word.rsplit('/').next())
            .any(|name| INITS.contains(&name))
    }
}

impl Host {
    /// The image that the target is the tree of.
    ///
    /// # Errors
    /// It is not an image, or its configuration was not given: the items about images do not apply.
    pub fn image(&self) -> Result<&ImageFacts, Cause> {
        let none = || Cause::new(CauseKind::NoImage, "");
        self.options.image.as_deref().ok_or_else(none)
    }
}

#[cfg(test)]
mod tests {
    use super::ImageFacts;
    use pasu_model::{ContainerConfig, ImageConfig, ImageInfo};

    fn starts_services(command: &str) -> bool {
        let config =
            ContainerConfig { cmd: vec![command.to_owned()], ..ContainerConfig::default() };
        let config = ImageConfig { config, ..ImageConfig::default() };
        ImageFacts::new(&ImageInfo { config, ..ImageInfo::default() }).starts_services()
    }

    #[test]
    fn inits_start_services() {
        for command in [
            "/sbin/init",
            "/lib/systemd/systemd",
            "openrc-init",
            "/usr/bin/runsvdir -P /etc/service",
            "exec /bin/s6-svscan /etc/s6",
            "supervisord",
            "/sbin/runit",
            "/opt/boot.sh",
        ] {
            assert!(starts_services(command), "{command}");
        }
        for command in ["/app", "tini -- /app", "sh -c initialize", ""] {
            assert!(!starts_services(command), "{command}");
        }
    }
}
