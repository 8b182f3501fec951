//! Which user a container runs as, as engines look it up.

use crate::cause::Cause;
use crate::host::Host;
use serde::{Deserialize, Serialize};

/// The user of `USER`, looked up in the image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// As written, without the group; empty where nothing is set.
    pub written: String,
    /// The number, or why there is none.
    pub uid: Result<u32, UserProblem>,
    /// Whether it is written as a number, which Kubernetes can tell from root without looking into the image.
    pub numeric: bool,
    /// The line of `/etc/passwd` that decided.
    pub line: Option<u32>,
}

/// Why a user has no number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UserProblem {
    /// `/etc/passwd` has no such name: the container does not start.
    Unknown,
    /// The number is no user number.
    OutOfRange,
    /// `/etc/passwd` could not be read.
    Unseen(Cause),
}

impl Host {
    /// Looks a user up that stands in an image's configuration or history: `app`, `1000:1000`, nothing.
    ///
    /// As engines do, the first line counts whose name is what is written or, of a number, whose number it is: an
    /// account may be *named* `1000` and be root.
    #[must_use]
    pub fn image_user(&self, written: &str) -> User {
        let name = written.split(':').next().unwrap_or_default().trim();
        let number = name.parse::<u64>().ok();
        let numeric = number.is_some();
        let user = |uid, line| User { written: name.to_owned(), uid, numeric, line };
        if name.is_empty() {
            return user(Ok(0), None);
        }
        let accounts = match self
            .file_followed("/etc/passwd")
            .and_then(|found| found.map(|_| self.accounts()).transpose())
        {
            Ok(accounts) => accounts,
            Err(cause) => return user(Err(UserProblem::Unseen(cause)), None),
        };
        let entries = accounts.as_deref().map_or(&[][..], |accounts| &accounts.entries);
        let fits = |account: &&crate::host::accounts::Account| {
            account.name == name || number == Some(u64::from(account.uid))
        };
        match (entries.iter().find(fits), number) {
            (Some(account), _) => user(Ok(account.uid), Some(account.line)),
            (None, Some(number)) => match u32::try_from(number) {
                Ok(uid) if uid <= i32::MAX.unsigned_abs() => user(Ok(uid), None),
                _ => user(Err(UserProblem::OutOfRange), None),
            },
            (None, None) => user(Err(UserProblem::Unknown), None),
        }
    }
}
