//! What Pasu keeps between runs: answers of people, and the last result of each target for comparison.

use crate::durable;

use anyhow::{Context, Result, bail};
use pasu_checks::Answers;
use pasu_model::PreviousAudit;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// The largest file that is read back, in bytes.
const MAX_FILE: u64 = 16 << 20;

/// The folder in which everything is kept.
pub struct State {
    folder: PathBuf,
}

impl State {
    /// The folder named, else `/var/lib/pasu` for root and the user's state folder for others.
    pub fn new(named: Option<&Path>) -> Self {
        Self { folder: named.map_or_else(default_folder, Path::to_path_buf) }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Everything people answered; nothing where nobody has.
    pub fn answers(&self) -> Result<Answers> {
        self.read(&self.folder.join("answers.json")).map(Option::unwrap_or_default)
    }

    /// Changes the answers under a lock, so that two people at once lose nothing.
    pub fn change_answers(&self, change: impl FnOnce(&mut Answers)) -> Result<()> {
        self.create()?;
        let Some(_lock) = durable::lock(&self.folder)
            .with_context(|| format!("cannot lock {}", self.folder.display()))?
        else {
            bail!("{}: another pasu is writing there; hint: try again", self.folder.display());
        };
        let mut answers = self.answers()?;
        change(&mut answers);
        self.write(&self.folder.join("answers.json"), &answers)
    }

    /// The last result of a target by a guideline.
    pub fn previous(&self, target: &str, guideline: &str) -> Result<Option<PreviousAudit>> {
        self.read(&self.audit_file(target, guideline))
    }

    /// Keeps a result for comparison with the next one.
    pub fn keep(&self, target: &str, guideline: &str, result: &PreviousAudit) -> Result<()> {
        self.create()?;
        let path = self.audit_file(target, guideline);
        make_folder(durable::folder(&path))?;
        self.write(&path, result)
    }

    fn audit_file(&self, target: &str, guideline: &str) -> PathBuf {
        let name = pasu_model::Fingerprint::of(target, guideline, &[]);
        let name = name.as_str().trim_start_matches("sha256:").get(..32).unwrap_or_default();
        self.folder.join("audits").join(format!("{name}.json"))
    }

    fn create(&self) -> Result<()> {
        make_folder(&self.folder)
    }

    fn read<T: serde::de::DeserializeOwned>(&self, path: &Path) -> Result<Option<T>> {
        let context = || format!("cannot read {}", path.display());
        match fs::metadata(path) {
            Ok(metadata) if metadata.len() > MAX_FILE => {
                bail!("{}: {} bytes, more than it can be", path.display(), metadata.len())
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            _ => {}
        }
        let bytes = fs::read(path).with_context(context)?;
        let value = serde_json::from_slice(&bytes).with_context(|| {
            format!("{} is damaged; hint: move it away, it will be made anew", path.display())
        })?;
        Ok(Some(value))
    }

    fn write(&self, path: &Path, value: &impl serde::Serialize) -> Result<()> {
        let mut bytes = serde_json::to_vec_pretty(value)?;
        bytes.push(b'\n');
        durable::write(path, &bytes, 0o600)
            .with_context(|| format!("cannot write {}", path.display()))
    }
}

/// A folder that only its owner may look into: answers say what is wrong with a machine.
fn make_folder(path: &Path) -> Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make {}", path.display()))
}

fn default_folder() -> PathBuf {
    if pasu_system::is_root() {
        return PathBuf::from("/var/lib/pasu");
    }
    let variable =
        |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = variable("XDG_STATE_HOME")
        .or_else(|| variable("HOME").map(|home| home.join(".local/state")));
    state.unwrap_or_else(std::env::temp_dir).join("pasu")
}

#[cfg(test)]
mod tests {
    use super::State;
    use pasu_checks::StoredAnswer;
    use pasu_model::{Answer, Verdict};

    #[test]
    fn answers_are_added_and_a_damaged_file_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::new(Some(&folder.path().join("new")));
        assert!(state.answers().unwrap().answers.is_empty());
        let answer = Answer {
            verdict: Verdict::Pass,
            reason: "seen".into(),
            by: "kim".into(),
            at: String::new(),
            until: "2027-01-01".into(),
        };
        for item in ["a", "b"] {
            let stored =
                StoredAnswer { target: "host".into(), item: item.into(), answer: answer.clone() };
            state.change_answers(|answers| answers.answers.push(stored)).unwrap();
        }
        assert_eq!(state.answers().unwrap().answers.len(), 2);
        std::fs::write(folder.path().join("new/answers.json"), "{").unwrap();
        let error = format!("{:#}", state.answers().unwrap_err());
        assert!(error.contains("answers.json is damaged"), "{error}");
    }
}
