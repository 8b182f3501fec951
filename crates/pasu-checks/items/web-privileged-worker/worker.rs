//! The account that could serve instead of root, and whether it could read what is served.

use crate::host::apache::Apache;
use crate::host::nginx::Nginx;
use crate::host::{FileFacts, FileKind, Host};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, VecDeque};

/// The accounts that distributions make for web servers.
const USUAL: [&str; 4] = ["www-data", "nginx", "apache", "http"];

/// How many files of the content are looked at, and how many are named.
const MAX_FILES: usize = 5000;
const MAX_NAMED: usize = 5;

/// Who could serve.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worker {
    /// The server's first file.
    pub(super) path: String,
    /// An account that is there and is neither root nor a person's.
    pub(super) account: Option<String>,
    /// Content that it could not read.
    pub(super) unreadable: Vec<String>,
    /// The file with variables of Apache's start script.
    pub(super) variables: Option<String>,
}

impl Worker {
    pub(super) fn of_nginx(host: &Host, nginx: &Nginx, wanted: &str) -> Self {
        let roots =
            nginx.tree.blocks.iter().flat_map(|block| [block.own("root"), block.own("alias")]);
        let roots = roots.flatten().map(|directive| directive.value().to_owned()).collect();
        Self::new(host, &nginx.path, wanted, "nginx", roots)
    }

    pub(super) fn of_apache(host: &Host, apache: &Apache, wanted: &str) -> Self {
        let roots = apache.config.everywhere("documentroot");
        let roots = roots.map(|(_, directive)| directive.value().to_owned()).collect();
        let mut worker = Self::new(host, &apache.path, wanted, "apache", roots);
        let folder = apache.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let variables = format!("{folder}/envvars");
        let is_there = host.file_followed(&variables).is_ok_and(|found| found.is_some());
        worker.variables = is_there.then_some(variables);
        worker
    }

    fn new(host: &Host, path: &str, wanted: &str, own: &str, roots: BTreeSet<String>) -> Self {
        let mut worker = Self { path: path.to_owned(), ..Self::default() };
        let Ok(accounts) = host.accounts() else { return worker };
        let named = |name: &str| {
            accounts.named(name).filter(|found| found.uid != 0 && !found.is_interactive())
        };
        let found = match wanted {
            "" => named(own).or_else(|| USUAL.iter().find_map(|name| named(name))),
            name => named(name),
        };
        let Some(found) = found else { return worker };
        worker.account = Some(found.name.clone());
        let reader = Reader { uid: found.uid, gid: found.gid };
        worker.unreadable = reader.unreadable(host, roots);
        worker
    }
}

/// Whoever reads, by the bits of files.
struct Reader {
    uid: u32,
    gid: u32,
}

impl Reader {
    fn has(&self, facts: &FileFacts, bits: u32) -> bool {
        let own = match () {
            () if facts.uid == self.uid => facts.mode >> 6,
            () if facts.gid == self.gid => facts.mode >> 3,
            () => facts.mode,
        };
        own & bits == bits
    }

    /// What of the content, its folders included, it could not read.
    fn unreadable(&self, host: &Host, roots: BTreeSet<String>) -> Vec<String> {
        let mut found = Vec::new();
        let mut waiting: VecDeque<String> = VecDeque::new();
        for root in roots.into_iter().filter(|root| root.starts_with('/') && !root.contains('$')) {
            for (at, _) in root.match_indices('/').skip(1) {
                self.look(host, root.get(..at).unwrap_or_default(), 1, &mut found);
            }
            waiting.push_back(root);
        }
        let mut seen = 0;
        while let Some(path) = waiting.pop_front() {
            seen += 1;
            if seen > MAX_FILES || found.len() >= MAX_NAMED {
                break;
            }
            if self.look(host, &path, 4, &mut found) {
                let names = host.list(&path).unwrap_or_default();
                waiting.extend(names.iter().map(|name| format!("{path}/{name}")));
            }
        }
        found
    }

    /// Whether it is a folder that can be entered; what cannot be read is kept.
    fn look(&self, host: &Host, path: &str, bits: u32, found: &mut Vec<String>) -> bool {
        let Ok(Some(facts)) = host.file(path) else { return false };
        let is_folder = facts.kind == FileKind::Directory;
        let bits = if is_folder { bits | 1 } else { bits };
        let is_read = matches!(facts.kind, FileKind::File | FileKind::Directory);
        if is_read && !self.has(&facts, bits) {
            found.push(path.to_owned());
            return false;
        }
        is_folder
    }
}
