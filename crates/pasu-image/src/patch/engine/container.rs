//! A throw-away container in which an image's own tools are asked.

use super::session::Session;
use crate::error::ImageError;
use bollard::container::LogOutput;
use bollard::exec::StartExecResults;
use bollard::models::{ContainerCreateBody, ExecConfig, HostConfig};
use bollard::query_parameters::RemoveContainerOptionsBuilder;
use futures_util::StreamExt;
use std::time::Duration;

/// How long the engine may take to make or start a container.
const START: Duration = Duration::from_secs(120);

/// What a tool is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Program and arguments; the program is looked for in `PATH`.
    pub words: &'a [&'a str],
    /// Variables, `NAME=value`, beside those of the image.
    pub environment: &'a [String],
    /// After this time it is given up.
    pub timeout: Duration,
    /// The most bytes of each output; more is an error.
    pub limit: usize,
}

/// What a tool answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Exit status.
    pub status: i64,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

impl Answer {
    /// Whether the engine found no such program in the image (OCI runtimes say so by status 126 or 127).
    #[must_use]
    pub fn is_missing(&self) -> bool {
        let says = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            text.contains("executable file not found") || text.contains("no such file or directory")
        };
        matches!(self.status, 126 | 127) && (says(&self.stdout) || says(&self.stderr))
    }
}

/// A running container of an image, with nothing in it but a shell that waits. It goes with the value.
pub struct Shell<'s, 'e> {
    session: &'s Session<'e>,
    id: String,
}

impl<'e> Session<'e> {
    /// Starts one as root, in the network of the options.
    ///
    /// # Errors
    ///
    /// The image has no `/bin/sh`, or the engine cannot run it here.
    pub fn shell(&self, image: &str) -> Result<Shell<'_, 'e>, ImageError> {
        let body = ContainerCreateBody {
            image: Some(image.to_owned()),
            user: Some("0:0".to_owned()),
            entrypoint: Some(vec!["/bin/sh".to_owned()]),
            cmd: Some(Vec::new()),
            working_dir: Some("/".to_owned()),
            // A shell that waits for its standard input needs no other program to wait with.
            open_stdin: Some(true),
            labels: Some(self.labels()),
            healthcheck: Some(bollard::models::HealthConfig {
                test: Some(vec!["NONE".to_owned()]),
                ..Default::default()
            }),
            host_config: Some(HostConfig {
                network_mode: self.options.network.clone(),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        };
        let client = self.engine.client();
        let created = self.ask(START, image, client.create_container(None, body))?;
        let shell = Shell { session: self, id: created.id };
        self.ask(START, image, client.start_container(&shell.id, None))?;
        Ok(shell)
    }
}

impl Shell<'_, '_> {
    /// Asks a tool and waits for its end.
    ///
    /// # Errors
    ///
    /// It does not end in time or says too much, or the engine does not answer.
    pub fn ask(&self, question: &Question<'_>) -> Result<Answer, ImageError> {
        let what = question.words.first().copied().unwrap_or_default();
        let config = ExecConfig {
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            user: Some("0:0".to_owned()),
            working_dir: Some("/".to_owned()),
            env: Some(question.environment.to_vec()),
            cmd: Some(question.words.iter().map(|word| (*word).to_owned()).collect()),
            ..ExecConfig::default()
        };
        let client = self.session.engine.client();
        let limit = question.limit;
        let (outputs, id) = self.session.ask(question.timeout, what, async {
            let exec = client.create_exec(&self.id, config).await?;
            let started = client.start_exec(&exec.id, None).await?;
            let mut outputs = [Vec::new(), Vec::new()];
            if let StartExecResults::Attached { mut output, input: _input } = started {
                while let Some(piece) = output.next().await {
                    let piece = piece?;
                    let which = usize::from(matches!(piece, LogOutput::StdErr { .. }));
                    outputs[which].extend_from_slice(&piece.into_bytes());
                    if outputs[which].len() > limit {
                        break;
                    }
                }
            }
            Ok((outputs, exec.id))
        })?;
        let [stdout, stderr] = outputs;
        if stdout.len() > limit || stderr.len() > limit {
            let problem = format!("it says more than {limit} bytes");
            return Err(ImageError::Limit { place: what.to_owned(), problem });
        }
        let ended = self.session.ask(START, what, client.inspect_exec(&id))?;
        Ok(Answer { status: ended.exit_code.unwrap_or(-1), stdout, stderr })
    }
}

impl Drop for Shell<'_, '_> {
    fn drop(&mut self) {
        let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
        let removed = self.session.engine.client().remove_container(&self.id, Some(options));
        // What stays goes when the session ends.
        let _ = self.session.ask_last(&self.id, removed);
    }
}
