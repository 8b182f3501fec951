//! Runs images side by side and watches them.

use super::{log, proc};
use crate::error::ImageError;
use crate::patch::engine::Session;
use crate::source::Secret;
use bollard::container::LogOutput;
use bollard::models::{ContainerCreateBody, ContainerState, HostConfig};
use bollard::query_parameters::{LogsOptionsBuilder, RemoveContainerOptionsBuilder};
use futures_util::StreamExt;
use pasu_model::Observed;
use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

/// How long the engine may take for one thing.
const TIME: Duration = Duration::from_secs(120);

/// How long it is waited between two looks.
const PAUSE: Duration = Duration::from_millis(400);

/// Memory of a container, in bytes.
const MEMORY: i64 = 1 << 30;

/// Processes of a container.
const PROCESSES: i64 = 512;

/// One processor, in billionths.
const PROCESSORS: i64 = 1_000_000_000;

/// How much of a log is read, in bytes.
const MAX_LOG: usize = 64 << 10;

/// How images are run.
#[derive(Debug, Clone, Default)]
pub struct StartOptions {
    /// How long they are watched.
    pub time: Duration,
    /// Variables, `NAME=value`.
    pub environment: Vec<Secret>,
    /// Arguments in the place of CMD; those of the image where there are none.
    pub arguments: Vec<String>,
}

/// With how little an image is run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hardening {
    /// Folders that are in memory; everything else is read-only.
    pub tmpfs: Vec<String>,
    /// Who owns those: runtimes give them the mode of the folder below, and root, unless they are told.
    pub owner: Option<(u32, u32)>,
    /// Capabilities that are left.
    pub capabilities: Vec<String>,
}

/// What a container did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ran {
    /// What a report says of it.
    pub observed: Observed,
    /// Paths that it wrote or made, sorted.
    pub written: Vec<String>,
    /// User IDs of its processes; `None` where they could not be seen.
    pub uids: Option<BTreeSet<u32>>,
}

/// A container that is watched.
struct Watched {
    id: String,
    seen: Option<proc::Processes>,
    state: ContainerState,
}

impl Session<'_> {
    /// Runs images at the same time, and answers with what each did. Each may be run with less than usual.
    ///
    /// # Errors
    ///
    /// The engine does not answer, or cannot make a container of an image, as where it has no command.
    pub fn run(
        &self,
        images: &[(&str, Option<&Hardening>)],
        options: &StartOptions,
    ) -> Result<Vec<Ran>, ImageError> {
        let mut watched = Vec::new();
        for (image, hardening) in images {
            let body = self.body(image, *hardening, options);
            let created = self.ask(TIME, image, self.client().create_container(None, body))?;
            watched.push(Watched { id: created.id, seen: None, state: ContainerState::default() });
        }
        for one in &mut watched {
            let started = self.ask(TIME, "start", self.client().start_container(&one.id, None));
            match started {
                // The program is not there, or cannot be run: that is how it starts.
                Err(ImageError::Unreachable { .. } | ImageError::NotFound { .. }) | Ok(()) => {}
                Err(error) => return Err(error),
            }
        }
        self.watch(&mut watched, options.time)?;
        let ran = watched.iter().map(|one| self.ran(one)).collect::<Result<_, _>>()?;
        for one in &watched {
            let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
            self.ask(TIME, "remove", self.client().remove_container(&one.id, Some(options)))?;
        }
        Ok(ran)
    }

    fn body(
        &self,
        image: &str,
        hardening: Option<&Hardening>,
        options: &StartOptions,
    ) -> ContainerCreateBody {
        let mut host = HostConfig {
            network_mode: Some("none".to_owned()),
            memory: Some(MEMORY),
            memory_swap: Some(MEMORY),
            pids_limit: Some(PROCESSES),
            nano_cpus: Some(PROCESSORS),
            ..HostConfig::default()
        };
        if let Some(hardening) = hardening {
            let owner = hardening.owner.map(|(uid, gid)| format!(",uid={uid},gid={gid}"));
            let mount = format!("mode=1777{}", owner.unwrap_or_default());
            let tmpfs = hardening.tmpfs.iter().map(|path| (path.clone(), mount.clone()));
            host.readonly_rootfs = Some(true);
            host.cap_drop = Some(vec!["ALL".to_owned()]);
            host.cap_add = Some(hardening.capabilities.clone());
            host.security_opt = Some(vec!["no-new-privileges".to_owned()]);
            host.tmpfs = Some(tmpfs.collect::<HashMap<_, _>>());
        }
        let environment: Vec<String> =
            options.environment.iter().map(|variable| variable.expose().to_owned()).collect();
        ContainerCreateBody {
            image: Some(image.to_owned()),
            cmd: Some(options.arguments.clone()).filter(|words| !words.is_empty()),
            env: Some(environment).filter(|variables| !variables.is_empty()),
            labels: Some(self.labels()),
            host_config: Some(host),
            ..ContainerCreateBody::default()
        }
    }

    /// Looks at all of them until the time is over or all have ended.
    fn watch(&self, watched: &mut [Watched], time: Duration) -> Result<(), ImageError> {
        let end = Instant::now() + time;
        loop {
            for one in &mut *watched {
                let inspected = self.client().inspect_container(&one.id, None);
                let inspected = self.ask(TIME, "inspect", inspected)?;
                one.state = inspected.state.unwrap_or_default();
                let pid = one.state.pid.unwrap_or_default();
                if let Some(seen) = self.is_local().then(|| proc::look(&one.id, pid)).flatten() {
                    let mut uids = one.seen.take().map(|seen| seen.uids).unwrap_or_default();
                    uids.extend(&seen.uids);
                    one.seen = Some(proc::Processes { uids, ports: seen.ports });
                }
            }
            let is_over = watched.iter().all(|one| one.state.running != Some(true));
            if is_over || Instant::now() >= end {
                return Ok(());
            }
            self.check()?;
            std::thread::sleep(PAUSE);
        }
    }

    fn ran(&self, watched: &Watched) -> Result<Ran, ImageError> {
        let state = &watched.state;
        let running = state.running == Some(true);
        let health = state.health.as_ref().and_then(|health| health.status);
        let health = health
            .map(|status| status.to_string())
            .filter(|word| !word.is_empty() && word != "none");
        let mut log = log::lines(&self.log(&watched.id)?);
        if let Some(error) = state.error.as_ref().filter(|error| !error.is_empty()) {
            log.extend(log::lines(error.as_bytes()));
        }
        let ports = watched.seen.as_ref().map(|seen| seen.ports.iter().cloned().collect());
        let changes = self.client().container_changes(&watched.id);
        let changes = self.ask(TIME, "changes", changes)?.unwrap_or_default();
        let mut written: Vec<String> = changes.into_iter().map(|change| change.path).collect();
        written.sort();
        Ok(Ran {
            observed: Observed {
                running,
                exit_code: state.exit_code.filter(|_| !running),
                out_of_memory: state.oom_killed == Some(true),
                // One that ended before the first look had none for long.
                ports: ports.or_else(|| (!running && self.is_local()).then(Vec::new)),
                health,
                log,
            },
            written,
            uids: watched.seen.as_ref().map(|seen| seen.uids.clone()),
        })
    }

    /// The beginning of both outputs.
    fn log(&self, id: &str) -> Result<Vec<u8>, ImageError> {
        let options = LogsOptionsBuilder::default().stdout(true).stderr(true).build();
        let mut outputs = [Vec::new(), Vec::new()];
        self.ask(TIME, "logs", async {
            let mut pieces = self.client().logs(id, Some(options));
            while let Some(piece) = pieces.next().await {
                let piece = piece?;
                let output = &mut outputs[usize::from(matches!(piece, LogOutput::StdErr { .. }))];
                output.extend_from_slice(&piece.into_bytes());
                if output.len() > MAX_LOG {
                    break;
                }
            }
            Ok(())
        })?;
        // In this order: how the two were woven together differs from start to start.
        Ok(outputs.join(&b"\n"[..]))
    }
}
