//! Runs the program on a folder with good packages among bad ones, and watches what it takes.

use serde_json::Value;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

/// The longest a run may compute, all its threads together: a busy machine does not count against it.
const MAX_TIME: Duration = Duration::from_secs(30);
/// When a run that hangs is ended.
const PATIENCE: Duration = Duration::from_secs(60);
/// The most memory a run may hold at once, in bytes.
const MAX_MEMORY: u64 = 300 << 20;
/// The flaw of the good packages.
pub const FLAW: &str = "CVE-2021-23337";
/// An account without rights, for what root may always read.
const NOBODY: u32 = 65534;

/// OSV's record of a flaw in lodash, shortened.
const RECORD: &str = r#"{"id":"GHSA-35jh-r3h4-6jhm","modified":"2025-01-14T08:57:30Z","published":"2021-05-06T16:05:51Z",
"aliases":["CVE-2021-23337"],"summary":"Command Injection in lodash","details":"lodash before 4.17.21",
"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H"}],
"affected":[{"package":{"ecosystem":"npm","name":"lodash","purl":"pkg:npm/lodash"},
"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"4.17.21"}]}]}],
"references":[{"type":"ADVISORY","url":"https://nvd.nist.gov/vuln/detail/CVE-2021-23337"}],
"database_specific":{"severity":"HIGH","cwe_ids":["CWE-77"]}}"#;

const LOCK: &str = r#"{"name":"shop","version":"1.0.0","lockfileVersion":3,"packages":{
"":{"name":"shop","version":"1.0.0","dependencies":{"lodash":"4.17.20"}},
"node_modules/lodash":{"version":"4.17.20"}}}"#;

/// A folder with a small database and a target in it.
pub struct Bench {
    folder: TempDir,
    as_nobody: bool,
}

/// How a run ended and what it took.
pub struct Outcome {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub time: Duration,
    pub memory: u64,
}

/// What must be said about a run: part of a path and of the reason, or nothing if all is well.
#[derive(Clone, Copy)]
pub enum Expect<'a> {
    Whole,
    /// Either of both, as long as the good packages are judged.
    Any,
    Unseen(&'a str, &'a str),
}

impl Bench {
    pub fn new() -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap(), as_nobody: false };
        fs::create_dir_all(bench.path("feeds/osv/npm")).unwrap();
        let zip = File::create(bench.path("feeds/osv/npm/all.zip")).unwrap();
        let mut zip = zip::ZipWriter::new(zip);
        zip.start_file("GHSA-35jh-r3h4-6jhm.json", SimpleFileOptions::default()).unwrap();
        zip.write_all(RECORD.as_bytes()).unwrap();
        zip.finish().unwrap();
        let (feeds, db) = (bench.path("feeds"), bench.db());
        let built =
            bench.run(&["db", "build", "--quiet", "--feeds", text(&feeds), "-o", text(&db)]);
        assert_eq!(built.status, Some(0), "{}", built.stderr);
        bench.put("good/package-lock.json", LOCK);
        let installed = r#"{"name":"lodash","version":"4.17.20"}"#;
        bench.put("good/node_modules/lodash/package.json", installed);
        bench
    }

    /// As [`Bench::new`], with runs as an account that may not read everything. The program is copied to where that
    /// account can reach it.
    pub fn without_rights() -> Self {
        use std::os::unix::fs::PermissionsExt;
        let bench = Self { as_nobody: is_root(), ..Self::new() };
        // Not by this process: a child started meanwhile would hold the copy open for writing, and then it cannot run.
        let copied =
            Command::new("cp").arg(env!("CARGO_BIN_EXE_pasu")).arg(bench.path("pasu")).status();
        assert!(copied.unwrap().success());
        fs::set_permissions(bench.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        bench
    }

    /// A path beside the target.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn db(&self) -> PathBuf {
        self.path("small.db")
    }

    pub fn target(&self) -> PathBuf {
        self.path("target")
    }

    /// Writes a file of the target.
    pub fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.target().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Runs the program and asserts that it kept within its bounds and did not panic.
    pub fn run(&self, args: &[&str]) -> Outcome {
        let outcome = self.run_to(args, None);
        assert!(outcome.status.is_some(), "{args:?} hung, died or was ended: {}", outcome.stderr);
        assert!(outcome.time < MAX_TIME, "{args:?} took {:?}", outcome.time);
        assert!(outcome.memory < MAX_MEMORY, "{args:?} held {} MiB", outcome.memory >> 20);
        let panicked = outcome.stderr.contains("panicked") || outcome.stderr.contains("overflowed");
        assert!(!panicked, "{args:?}: {}", outcome.stderr);
        outcome
    }

    /// Runs the program with its standard output going somewhere else.
    pub fn run_to(&self, args: &[&str], stdout: Option<Stdio>) -> Outcome {
        let (out, err) = (self.path("stdout"), self.path("stderr"));
        let mut command = match self.as_nobody {
            true => Command::new(self.path("pasu")),
            false => Command::new(env!("CARGO_BIN_EXE_pasu")),
        };
        if self.as_nobody {
            command.uid(NOBODY).gid(NOBODY);
        }
        command.args(args).current_dir("/").stdin(Stdio::null()).env("LC_ALL", "C");
        command.stdout(stdout.unwrap_or_else(|| File::create(&out).unwrap().into()));
        command.stderr(File::create(&err).unwrap());
        let started = Instant::now();
        let mut child = command.spawn().unwrap();
        let (status, time, memory) = watch(&mut child, started);
        let read = |path| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
        Outcome { status, stdout: read(&out), stderr: read(&err), time, memory }
    }

    /// Scans the target: the good packages' flaw is found, and what is expected is said.
    pub fn check(&self, command: &str, expect: Expect<'_>) {
        let (target, db) = (self.target(), self.db());
        let args = [command, text(&target), "--db", text(&db), "--format", "json", "--quiet"];
        let outcome = self.run(&args);
        let report: Value = serde_json::from_str(&outcome.stdout)
            .unwrap_or_else(|error| panic!("{error}: {} {}", outcome.stdout, outcome.stderr));
        assert!(flaws(&report).contains(&FLAW.to_owned()), "the good packages are lost: {report}");
        let unseen = report["Pasu"]["Unseen"].as_array().cloned().unwrap_or_default();
        match expect {
            Expect::Any => assert_eq!(outcome.status, Some(if unseen.is_empty() { 0 } else { 2 })),
            Expect::Whole => {
                assert!(unseen.is_empty(), "{unseen:?}");
                assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
            }
            Expect::Unseen(path, reason) => {
                let is_said = unseen.iter().any(|one| {
                    let said =
                        |key: &str, part| one[key].as_str().is_some_and(|v| v.contains(part));
                    said("Path", path) && (said("Detail", reason) || said("Reason", reason))
                });
                assert!(is_said, "{path}: {reason} is not among {unseen:#?}");
                assert_eq!(outcome.status, Some(2), "{}", outcome.stderr);
                assert!(outcome.stderr.contains(path), "not said: {}", outcome.stderr);
            }
        }
    }
}

/// The flaws that a report names.
pub fn flaws(report: &Value) -> Vec<String> {
    let results = report["Results"].as_array().into_iter().flatten();
    let found =
        results.flat_map(|result| result["Vulnerabilities"].as_array().into_iter().flatten());
    found.filter_map(|flaw| flaw["VulnerabilityID"].as_str().map(str::to_owned)).collect()
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Waits for the end, or ends what hangs or takes far too much; the time computed and the highest memory use.
fn watch(child: &mut Child, started: Instant) -> (Option<i32>, Duration, u64) {
    let process = format!("/proc/{}", child.id());
    let (mut time, mut memory) = (Duration::ZERO, 0);
    loop {
        time = time.max(computed(&process).unwrap_or_default());
        memory = memory.max(high_water(&process).unwrap_or_default());
        if let Some(ended) = child.try_wait().unwrap() {
            return (ended.code(), time, memory);
        }
        if started.elapsed() > PATIENCE || time > 2 * MAX_TIME || memory > 2 * MAX_MEMORY {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// User and system time of a process, from the 14th and 15th field of its `stat`, in hundredths of a second.
fn computed(process: &str) -> Option<Duration> {
    let stat = fs::read_to_string(format!("{process}/stat")).ok()?;
    // The second field is the name in parentheses, which may hold spaces.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some(Duration::from_millis(10 * (ticks(11)? + ticks(12)?)))
}

/// `VmHWM: 12345 kB` of a process, in bytes.
fn high_water(process: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib << 10)
}
