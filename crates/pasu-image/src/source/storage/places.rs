//! Where Podman keeps images: by `storage.conf` (`man containers-storage.conf`) and its defaults, for root and for users; and
//! CRI-O, if it was given a place of its own (`man crio.conf`).

use super::owners::account;
use super::records::small;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Root's storage where nothing else is configured.
const OF_ROOT: &str = "/var/lib/containers/storage";
/// A user's, below the home folder.
const OF_USER: &str = ".local/share/containers/storage";

/// What decides where storage lies.
pub(super) struct Places<'a> {
    /// A variable that is set to something.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    pub is_root: bool,
    /// The machine's `/etc` and `/usr` lie below it.
    pub machine: &'a Path,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Document {
    storage: Configuration,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Configuration {
    graphroot: String,
    imagestore: String,
    rootless_storage_path: String,
    options: Options,
}

/// `/etc/crio/crio.conf`, and what lies in `crio.conf.d`: `[crio]`, `root = "/data/crio"`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct CrioDocument {
    crio: Crio,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Crio {
    root: String,
    imagestore: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Options {
    additionalimagestores: Vec<String>,
}

impl Places<'_> {
    /// Those of this process.
    pub fn here() -> Self {
        Places {
            variable: &|name| std::env::var(name).ok().filter(|value| !value.is_empty()),
            is_root: pasu_system::is_root(),
            machine: Path::new("/"),
        }
    }

    /// Graph roots, each with those behind it whose layers it may use.
    pub fn stores(&self) -> Vec<Vec<PathBuf>> {
        // `podman unshare` makes us root among the user's own numbers.
        let is_users = !self.is_root || (self.variable)("_CONTAINERS_ROOTLESS_UID").is_some();
        if is_users {
            return self.of_user().into_iter().collect();
        }
        let mut all = vec![self.of_root()];
        all.extend(self.of_crio());
        // Whoever becomes root for this means his own images, too.
        let caller = (self.variable)("SUDO_UID").and_then(|uid| uid.parse().ok());
        if let Some(uid) = caller.filter(|uid| *uid != 0) {
            let passwd = small(&self.machine.join("etc/passwd")).unwrap_or_default();
            let home = account(&String::from_utf8_lossy(&passwd), uid).map(|account| account.home);
            all.extend(home.map(|home| vec![Path::new(&home).join(OF_USER)]));
        }
        all
    }

    fn of_root(&self) -> Vec<PathBuf> {
        let configuration = self.configuration(None);
        let root = Some(configuration.graphroot.clone()).filter(|root| !root.is_empty());
        stores(root.unwrap_or_else(|| OF_ROOT.to_owned()).into(), &configuration)
    }

    /// CRI-O's, where it is not root's as it is.
    pub fn of_crio(&self) -> Option<Vec<PathBuf>> {
        let folder = self.machine.join("etc/crio");
        let files = std::fs::read_dir(folder.join("crio.conf.d")).into_iter().flatten().flatten();
        let mut files: Vec<PathBuf> = files.map(|file| file.path()).collect();
        files.sort();
        files.insert(0, folder.join("crio.conf"));
        let mut crio = Crio::default();
        for file in files {
            let text = small(&file).unwrap_or_default();
            let document = toml::from_str::<CrioDocument>(&String::from_utf8_lossy(&text));
            let own = document.unwrap_or_default().crio;
            // The last that says something counts.
            for (value, into) in
                [(own.root, &mut crio.root), (own.imagestore, &mut crio.imagestore)]
            {
                if value.starts_with('/') {
                    *into = value;
                }
            }
        }
        let usual = self.of_root();
        let root = Some(crio.root).filter(|root| !root.is_empty()).map(PathBuf::from);
        let mut roots = match root.filter(|root| usual.first() != Some(root)) {
            Some(root) => vec![root],
            None => usual.clone(),
        };
        let images = Some(crio.imagestore).filter(|path| !path.is_empty()).map(PathBuf::from);
        roots.extend(images.filter(|images| !usual.contains(images)));
        Some(roots).filter(|roots| *roots != usual)
    }

    fn of_user(&self) -> Option<Vec<PathBuf>> {
        let home = (self.variable)("HOME");
        let under_home = |path: &str| home.as_ref().map(|home| Path::new(home).join(path));
        let config = (self.variable)("XDG_CONFIG_HOME").map(PathBuf::from);
        let own = config.or_else(|| under_home(".config"));
        let own = own.map(|folder| folder.join("containers/storage.conf"));
        let own = own.filter(|path| path.is_file());
        let has_own = own.is_some() || (self.variable)("CONTAINERS_STORAGE_CONF").is_some();
        let configuration = self.configuration(own);
        // The machine's graph root is root's.
        let root = match (has_own, configuration.graphroot.as_str()) {
            (true, root) if !root.is_empty() => root,
            _ => &configuration.rootless_storage_path,
        };
        let data = (self.variable)("XDG_DATA_HOME").map(PathBuf::from);
        let usual = data.map(|data| data.join("containers/storage"));
        let usual = usual.or_else(|| under_home(OF_USER));
        let root = if root.is_empty() { usual } else { self.expanded(root) };
        root.map(|root| stores(root, &configuration))
    }

    /// A path with the variables that may stand in it.
    fn expanded(&self, path: &str) -> Option<PathBuf> {
        let mut path = path.to_owned();
        for name in ["HOME", "USER", "UID"] {
            let place = format!("${name}");
            if path.contains(&place) {
                path = path.replace(&place, &(self.variable)(name)?);
            }
        }
        Some(path.into())
    }

    /// The first configuration that there is.
    fn configuration(&self, own: Option<PathBuf>) -> Configuration {
        let named = (self.variable)("CONTAINERS_STORAGE_CONF").map(PathBuf::from);
        let machine = ["etc/containers/storage.conf", "usr/share/containers/storage.conf"];
        let machine = machine.map(|path| Some(self.machine.join(path)));
        let mut paths = [named, own].into_iter().chain(machine).flatten();
        let text = paths.find_map(|path| small(&path).ok()).unwrap_or_default();
        // One that Podman cannot read either says nothing.
        let document = toml::from_str::<Document>(&String::from_utf8_lossy(&text));
        document.unwrap_or_default().storage
    }
}

fn stores(root: PathBuf, configuration: &Configuration) -> Vec<PathBuf> {
    let more = std::iter::once(&configuration.imagestore);
    let more = more.chain(&configuration.options.additionalimagestores);
    let more = more.filter(|path| path.starts_with('/')).map(PathBuf::from);
    std::iter::once(root).chain(more).collect()
}

#[cfg(test)]
mod tests {
    use super::Places;
    use std::fs;
    use std::path::Path;

    fn stores(machine: &Path, is_root: bool, variables: &[(&str, &str)]) -> String {
        let variable = |name: &str| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        let stores = Places { variable: &variable, is_root, machine }.stores();
        let line = |roots: &Vec<std::path::PathBuf>| {
            roots.iter().map(|root| root.display().to_string()).collect::<Vec<_>>().join("+")
        };
        stores.iter().map(line).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_storage_of_crio_alone_is_one_more() {
        let folder = tempfile::tempdir().unwrap();
        let machine = folder.path();
        let drop_in = machine.join("etc/crio/crio.conf.d");
        fs::create_dir_all(&drop_in).unwrap();
        let usual = "/var/lib/containers/storage";
        let conf = machine.join("etc/crio/crio.conf");
        fs::write(&conf, format!("[crio]\nroot = \"{usual}\"\n[crio.api]\n")).unwrap();
        assert_eq!(stores(machine, true, &[]), usual);
        fs::write(&conf, "[crio]\nroot = \"/first\"\nimagestore = \"/images\"\n").unwrap();
        fs::write(drop_in.join("10-own.conf"), "[crio]\nroot = \"/second\"\n").unwrap();
        fs::write(drop_in.join("20-more.conf"), "[crio.image]\npause_image = \"p\"\n").unwrap();
        assert_eq!(stores(machine, true, &[]), format!("{usual} /second+/images"));
        assert_eq!(stores(machine, false, &[]), "");
        fs::remove_dir_all(&drop_in).unwrap();
        fs::write(&conf, "[crio]\nimagestore = \"/images\"\n").unwrap();
        assert_eq!(stores(machine, true, &[]), format!("{usual} {usual}+/images"));
    }

    #[test]
    fn storage_lies_where_podman_looks_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let machine = folder.path();
        let home = machine.join("home");
        let home_name = home.display().to_string();
        let user = [("HOME", home_name.as_str()), ("USER", "ann")];
        assert_eq!(stores(machine, true, &[]), "/var/lib/containers/storage");
        let usual = format!("{home_name}/.local/share/containers/storage");
        assert_eq!(stores(machine, false, &user), usual);
        assert_eq!(stores(machine, false, &[("XDG_DATA_HOME", "/d")]), "/d/containers/storage");
        assert_eq!(stores(machine, false, &[]), "");
        let unshared = [user[0], ("_CONTAINERS_ROOTLESS_UID", "1000")];
        assert_eq!(stores(machine, true, &unshared), usual);
        fs::create_dir_all(machine.join("etc/containers")).unwrap();
        fs::write(machine.join("etc/passwd"), "ann:x:1000:1000::/home/ann:/bin/sh\n").unwrap();
        assert_eq!(
            stores(machine, true, &[("SUDO_UID", "1000")]),
            "/var/lib/containers/storage /home/ann/.local/share/containers/storage"
        );
        let conf = machine.join("etc/containers/storage.conf");
        let text = "[storage]\ndriver = \"overlay\"\ngraphroot = \"/g\"\nrootless_storage_path = \"/r/$USER\"\n\
                    [storage.options]\nadditionalimagestores = [\"/more\"]\n";
        fs::write(&conf, text).unwrap();
        assert_eq!(stores(machine, true, &user), "/g+/more");
        assert_eq!(stores(machine, false, &user), "/r/ann+/more");
        fs::create_dir_all(home.join(".config/containers")).unwrap();
        let own = home.join(".config/containers/storage.conf");
        fs::write(&own, "[storage]\ngraphroot = \"/own\"\n").unwrap();
        assert_eq!(stores(machine, false, &user), "/own");
        let named = own.display().to_string();
        assert_eq!(stores(machine, true, &[("CONTAINERS_STORAGE_CONF", &named)]), "/own");
        fs::write(&own, "[storage").unwrap();
        assert_eq!(stores(machine, false, &user), usual);
    }
}
