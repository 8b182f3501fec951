//! Having a tool of the running machine do something, such as a package manager an upgrade.
//!
//! Unlike a question ([`super::ToolCall`]), a job may start services that live on, and must not be cut off half-way: what
//! it says can go to a file, so that neither a pipe that nobody reads any more nor the end of our own process ends it.

use super::{DIRECTORIES, PAUSE, ToolOutput, collect, drain, end_group, find, wait};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A tool and what it is to do.
#[derive(Debug, Clone)]
pub struct ToolJob<'a> {
    /// The program's name, without a path.
    pub program: &'a str,
    /// Its arguments.
    pub arguments: &'a [&'a str],
    /// Variables beside `PATH` and `LC_ALL=C`.
    pub environment: &'a [(&'a str, &'a str)],
    /// The folder it runs in.
    pub directory: &'a Path,
    /// After this time the job is [`io::ErrorKind::TimedOut`]. One without a log is killed then; one with a log goes on.
    pub timeout: Duration,
    /// The most bytes of output that are taken. Without a log, more is [`io::ErrorKind::FileTooLarge`]; of a log, the
    /// last ones are taken.
    pub limit: usize,
    /// The file that both outputs are added to, for jobs that may leave services running and must not be cut off.
    pub log: Option<&'a Path>,
}

impl ToolJob<'_> {
    /// Runs it on this machine and waits for its end. With a log, the answer's standard output is what was added to it.
    ///
    /// # Errors
    /// The tool is not installed, could be changed by others than root, did not end in time or wrote too much.
    pub fn run(&self) -> io::Result<ToolOutput> {
        let mut command = Command::new(find(self.program)?);
        command.args(self.arguments).env_clear().env("PATH", DIRECTORIES.join(":"));
        command.env("LC_ALL", "C").envs(self.environment.iter().copied());
        // A group of its own: the interrupt of a terminal is for us, not for a package manager at work.
        command.current_dir(self.directory).process_group(0).stdin(Stdio::null());
        match self.log {
            Some(log) => self.run_logged(&mut command, log),
            None => self.run_piped(&mut command),
        }
    }

    fn run_piped(&self, command: &mut Command) -> io::Result<ToolOutput> {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let limit = self.limit;
        let stdout = child.stdout.take().map(|pipe| thread::spawn(move || drain(pipe, limit)));
        let stderr = child.stderr.take().map(|pipe| thread::spawn(move || drain(pipe, limit)));
        let status = wait(&mut child, Instant::now() + self.timeout);
        end_group(&child);
        let (stdout, stderr) = (collect(stdout)?, collect(stderr)?);
        Ok(ToolOutput { status: status?.code(), stdout, stderr })
    }

    fn run_logged(&self, command: &mut Command, log: &Path) -> io::Result<ToolOutput> {
        let file = OpenOptions::new().create(true).append(true).read(true).mode(0o600).open(log)?;
        let start = file.metadata()?.len();
        let mut child = command.stdout(file.try_clone()?).stderr(file.try_clone()?).spawn()?;
        let status = wait_only(&mut child, Instant::now() + self.timeout)?;
        let stdout = tail(&file, start, self.limit)?;
        Ok(ToolOutput { status: status.code(), stdout, stderr: Vec::new() })
    }
}

/// Waits and ends nothing.
fn wait_only(child: &mut Child, deadline: Instant) -> io::Result<std::process::ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if Instant::now() >= deadline {
            let message = format!("process {} is still at work", child.id());
            return Err(io::Error::new(io::ErrorKind::TimedOut, message));
        }
        thread::sleep(PAUSE);
    }
}

/// The last bytes of a file from `start` on.
fn tail(file: &File, start: u64, limit: usize) -> io::Result<Vec<u8>> {
    let end = file.metadata()?.len();
    let from = start.max(end.saturating_sub(limit as u64));
    let mut bytes = vec![0; usize::try_from(end.saturating_sub(from)).unwrap_or(limit)];
    file.read_exact_at(&mut bytes, from)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::ToolJob;
    use std::io::ErrorKind;
    use std::path::Path;
    use std::time::Duration;

    fn job<'a>(arguments: &'a [&'a str], log: Option<&'a Path>) -> ToolJob<'a> {
        ToolJob {
            program: "sh",
            arguments,
            environment: &[("WORD", "value")],
            directory: Path::new("/usr"),
            timeout: Duration::from_secs(20),
            limit: 1 << 16,
            log,
        }
    }

    #[test]
    fn variables_and_the_folder_are_those_of_the_job() {
        let output = job(&["-c", "echo $WORD $LC_ALL $HOME; pwd; exit 3"], None).run().unwrap();
        assert_eq!(output.status, Some(3));
        assert_eq!(&*output.stdout, b"value C\n/usr\n");
    }

    #[test]
    fn a_log_takes_both_outputs_and_only_what_is_new_is_answered() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        job(&["-c", "echo first"], Some(&log)).run().unwrap();
        let output = job(&["-c", "echo out; echo err >&2"], Some(&log)).run().unwrap();
        assert_eq!(&*output.stdout, b"out\nerr\n");
        assert_eq!(std::fs::read(&log).unwrap(), b"first\nout\nerr\n");
        let mut short = job(&["-c", "echo 123456789"], Some(&log));
        short.limit = 4;
        assert_eq!(&*short.run().unwrap().stdout, b"789\n");
    }

    #[test]
    fn a_logged_job_and_what_it_started_live_on() {
        let folder = tempfile::tempdir().unwrap();
        let (log, mark) = (folder.path().join("log"), folder.path().join("mark"));
        let script =
            format!("(sleep 0.3; echo done >{0}) & sleep 0.4; echo end >>{0}", mark.display());
        let arguments = ["-c", &*script];
        let mut job = job(&arguments, Some(&log));
        job.timeout = Duration::from_millis(50);
        assert_eq!(job.run().unwrap_err().kind(), ErrorKind::TimedOut);
        for _ in 0..200 {
            if std::fs::read(&mark).is_ok_and(|bytes| bytes == b"done\nend\n") {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the job was cut off");
    }

    #[test]
    fn a_job_without_a_log_is_ended_in_time() {
        let mut job = job(&["-c", "sleep 60"], None);
        job.timeout = Duration::from_millis(100);
        assert_eq!(job.run().unwrap_err().kind(), ErrorKind::TimedOut);
    }
}
