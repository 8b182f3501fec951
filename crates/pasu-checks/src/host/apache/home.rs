//! Where lines that count for a whole Apache are added: a file of our own among those that the main server includes.

use super::Apache;
use serde::{Deserialize, Serialize};

/// The name of our file.
const NAME: &str = "pasu.conf";

/// A file, and the link by which it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Home {
    /// The file.
    pub path: String,
    /// A link and where it points, where the file alone is not read.
    pub link: Option<(String, String)>,
}

impl Apache {
    /// Debian keeps files in `conf-available` and links them into `conf-enabled`; Red Hat has `conf.d`. Without such a
    /// directory it is the first file.
    #[must_use]
    pub fn home(&self) -> Home {
        let folders = &self.config.drop_ins;
        let enabled = folders.iter().find_map(|folder| folder.strip_suffix("/conf-enabled"));
        if let Some(root) = enabled {
            let link = (format!("{root}/conf-enabled/{NAME}"), format!("../conf-available/{NAME}"));
            return Home { path: format!("{root}/conf-available/{NAME}"), link: Some(link) };
        }
        let own = folders.iter().find(|folder| folder.ends_with("/conf.d"));
        let path = own.map_or_else(|| self.path.clone(), |folder| format!("{folder}/{NAME}"));
        Home { path, link: None }
    }
}
