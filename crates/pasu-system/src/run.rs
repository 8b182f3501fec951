//! Asking a tool of the running machine, with limits on time and output.
//!
//! Only programs in the system's own directories are run, and only those that nobody but root can have put there: a scan
//! runs as root, and must not lend that to whoever could replace a tool.

mod job;

pub use job::ToolJob;

use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Where tools are looked for, in this order.
const DIRECTORIES: [&str; 4] = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// How long is waited between two looks at a running tool.
const PAUSE: Duration = Duration::from_millis(2);

/// A tool and how it is asked.
#[derive(Debug, Clone)]
pub struct ToolCall<'a> {
    /// The program's name, without a path.
    pub program: &'a str,
    /// Its arguments.
    pub arguments: &'a [&'a str],
    /// It is killed after this time, and the call is [`io::ErrorKind::TimedOut`].
    pub timeout: Duration,
    /// The most bytes it may write on either output; more is [`io::ErrorKind::FileTooLarge`].
    pub limit: usize,
}

/// What a tool answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolOutput {
    /// Exit status; `None` when a signal ended it.
    pub status: Option<i32>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

/// Runs a tool of this machine and waits for its end.
pub(crate) fn run(call: &ToolCall<'_>) -> io::Result<ToolOutput> {
    let program = find(call.program)?;
    let mut child = Command::new(program)
        .args(call.arguments)
        .env_clear()
        .env("PATH", DIRECTORIES.join(":"))
        .env("LC_ALL", "C")
        .current_dir("/")
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let limit = call.limit;
    let stdout = child.stdout.take().map(|pipe| thread::spawn(move || drain(pipe, limit)));
    let stderr = child.stderr.take().map(|pipe| thread::spawn(move || drain(pipe, limit)));
    let status = wait(&mut child, Instant::now() + call.timeout);
    // What the tool left running would keep the pipes open.
    end_group(&child);
    let stdout = collect(stdout)?;
    let stderr = collect(stderr)?;
    Ok(ToolOutput { status: status?.code(), stdout, stderr })
}

/// The program of this name that only root can change.
fn find(name: &str) -> io::Result<PathBuf> {
    if name.is_empty() || name.contains('/') {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not the name of a program"));
    }
    for directory in DIRECTORIES {
        let path = Path::new(directory).join(name);
        // Followed: the entry is often a link into /usr or /etc/alternatives.
        let Ok(metadata) = std::fs::metadata(&path) else { continue };
        if !metadata.is_file() || metadata.mode() & 0o111 == 0 {
            continue;
        }
        if metadata.uid() != 0 || metadata.mode() & 0o022 != 0 {
            let message = format!("{} can be changed by others than root", path.display());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
        }
        return Ok(path);
    }
    Err(io::Error::new(io::ErrorKind::NotFound, format!("{name} is not installed")))
}

fn wait(child: &mut Child, deadline: Instant) -> io::Result<std::process::ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if Instant::now() >= deadline {
            end_group(child);
            child.wait()?;
            return Err(io::Error::new(io::ErrorKind::TimedOut, "it did not end in time"));
        }
        thread::sleep(PAUSE);
    }
}

/// Ends every process of the tool's group. Gone already is as good.
fn end_group(child: &Child) {
    let group = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

type Reader = thread::JoinHandle<io::Result<Vec<u8>>>;

fn collect(reader: Option<Reader>) -> io::Result<Vec<u8>> {
    let Some(reader) = reader else { return Ok(Vec::new()) };
    reader.join().unwrap_or_else(|_| Err(io::Error::other("the reading thread failed")))
}

/// Reads to the end; past the limit the rest is read and thrown away, so that the tool is not held up.
fn drain(mut pipe: impl Read, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    pipe.by_ref().take(limit as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        io::copy(&mut pipe, &mut io::sink())?;
        let message = format!("it wrote more than {limit} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::{ToolCall, run};
    use std::io::ErrorKind;
    use std::time::{Duration, Instant};

    fn call<'a>(program: &'a str, arguments: &'a [&'a str]) -> ToolCall<'a> {
        ToolCall { program, arguments, timeout: Duration::from_secs(20), limit: 1 << 16 }
    }

    #[test]
    fn a_tool_answers_with_status_and_both_outputs() {
        let output = run(&call("sh", &["-c", "echo out; echo err >&2; exit 3"])).unwrap();
        assert_eq!(output.status, Some(3));
        assert_eq!((&*output.stdout, &*output.stderr), (&b"out\n"[..], &b"err\n"[..]));
    }

    #[test]
    fn the_environment_of_the_caller_stays_out() {
        let output = run(&call("env", &[])).unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.lines().all(|line| line.starts_with("PATH=") || line == "LC_ALL=C"), "{text}");
    }

    #[test]
    fn a_tool_that_hangs_or_leaves_children_is_ended() {
        let start = Instant::now();
        for script in ["sleep 60", "sleep 60 & wait", "sleep 60 & exit 0"] {
            let arguments = ["-c", script];
            let mut call = call("sh", &arguments);
            call.timeout = Duration::from_millis(200);
            let outcome = run(&call).map_err(|error| error.kind());
            assert!(matches!(outcome, Err(ErrorKind::TimedOut) | Ok(_)), "{script}: {outcome:?}");
        }
        assert!(start.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn too_much_output_is_an_error_and_not_memory() {
        let error = run(&call("sh", &["-c", "yes | head -c 3000000"])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileTooLarge);
    }

    #[test]
    fn only_names_of_installed_programs_are_run() {
        for (program, kind) in [
            ("no-such-program-here", ErrorKind::NotFound),
            ("../bin/sh", ErrorKind::InvalidInput),
            ("/bin/sh", ErrorKind::InvalidInput),
            ("", ErrorKind::InvalidInput),
        ] {
            assert_eq!(run(&call(program, &[])).unwrap_err().kind(), kind, "{program}");
        }
    }
}
