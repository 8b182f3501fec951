//! How the feeds are laid out on a mirror, and where the public ones are.
//!
//! | below a mirror's URL | public URL |
//! | --- | --- |
//! | `osv/ecosystems.txt`, `osv/<ecosystem>/all.zip` | `https://storage.googleapis.com/osv-vulnerabilities/…` |
//! | `debian/tracker.json` | `https://security-tracker.debian.org/tracker/data/json` |
//! | `alpine/<release>/{main,community}.json` | `https://secdb.alpinelinux.org/…` |
//! | `nvd/nvdcve-2.0-<year>.{json.gz,meta}`, `recent`, `modified` | `https://nvd.nist.gov/feeds/json/cve/2.0/…` |
//! | `kev/known_exploited_vulnerabilities.json` | `https://www.cisa.gov/sites/default/files/feeds/…` |
//! | `epss/epss_scores-current.csv.gz` | `https://epss.empiricalsecurity.com/…` |

use super::content::Content;
use super::download::Wanted;
use pasu_model::Ecosystem;
use std::path::Path;

/// The newest Alpine release looked for; a release that is not there yet is passed over.
const ALPINE_LAST: u32 = 23;
/// The oldest Alpine release looked for.
const ALPINE_FIRST: u32 = 10;
/// The first year of the NVD's files; it holds the earlier years too.
const NVD_FIRST: i16 = 2002;
const MIB: u64 = 1 << 20;

/// Where feeds come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A server with the layout above; its URL without a slash at the end.
    Mirror(String),
    /// Each feed from its publisher.
    Public,
}

/// A feed file to fetch.
#[derive(Debug, Clone)]
pub struct FeedFile {
    /// Path below the feeds' folder.
    pub name: String,
    /// The server need not have it.
    pub optional: bool,
    pub wanted: Wanted,
    /// URL of the NVD's `.meta` of it.
    pub meta: Option<String>,
}

impl Origin {
    /// Reads `--feeds`; `None` for a folder.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "public" {
            return Some(Self::Public);
        }
        super::is_url(text).then(|| Self::Mirror(text.trim_end_matches('/').to_owned()))
    }

    /// The list of OSV's ecosystems.
    pub fn ecosystems(&self, folder: &Path) -> FeedFile {
        let url = format!("{}/ecosystems.txt", self.osv());
        file(folder, "osv/ecosystems.txt", url, MIB, Content::Text)
    }

    /// The archive of each ecosystem in the list that Pasu knows. What is not in that list never becomes a path.
    pub fn osv_files(&self, folder: &Path, ecosystems: &str) -> Vec<FeedFile> {
        let mut names: Vec<&str> = ecosystems
            .lines()
            .map(str::trim)
            // `Debian:12` repeats a part of `Debian`.
            .filter(|name| !name.contains(':') && self.takes(name))
            .collect();
        names.sort_unstable();
        names.dedup();
        let archive = |name: &str| {
            let url = format!("{}/{}/all.zip", self.osv(), name.replace(' ', "%20"));
            file(folder, &format!("osv/{name}/all.zip"), url, 4096 * MIB, Content::Zip)
        };
        names.into_iter().map(archive).collect()
    }

    /// Everything else. `year` is this year.
    pub fn other_files(&self, folder: &Path, year: i16) -> Vec<FeedFile> {
        let mut files = vec![
            file(folder, "debian/tracker.json", self.debian(), 1024 * MIB, Content::Json),
            file(
                folder,
                "kev/known_exploited_vulnerabilities.json",
                format!("{}/known_exploited_vulnerabilities.json", self.kev()),
                64 * MIB,
                Content::Json,
            ),
            file(
                folder,
                "epss/epss_scores-current.csv.gz",
                format!("{}/epss_scores-current.csv.gz", self.epss()),
                256 * MIB,
                Content::Gzip,
            ),
        ];
        files.extend(self.alpine_files(folder));
        files.extend(self.nvd_files(folder, year));
        files
    }

    fn alpine_files(&self, folder: &Path) -> Vec<FeedFile> {
        let releases = (ALPINE_FIRST..=ALPINE_LAST)
            .map(|minor| format!("v3.{minor}"))
            .chain(["edge".to_owned()]);
        releases
            .flat_map(|release| ["main", "community"].map(|part| format!("{release}/{part}.json")))
            .map(|path| {
                let url = format!("{}/{path}", self.alpine());
                let name = format!("alpine/{path}");
                FeedFile { optional: true, ..file(folder, &name, url, 64 * MIB, Content::Json) }
            })
            .collect()
    }

    fn nvd_files(&self, folder: &Path, year: i16) -> Vec<FeedFile> {
        let years = (NVD_FIRST..=year).map(|year| (year.to_string(), year));
        let whole = ["recent", "modified"].map(|part| (part.to_owned(), 0));
        years
            .chain(whole)
            .map(|(part, of)| {
                let stem = format!("{}/nvdcve-2.0-{part}", self.nvd());
                let name = format!("nvd/nvdcve-2.0-{part}.json.gz");
                let url = format!("{stem}.json.gz");
                FeedFile {
                    // A mirror may hold only some years; a new year's file comes with its first CVE.
                    optional: *self != Self::Public || of == year,
                    meta: Some(format!("{stem}.meta")),
                    ..file(folder, &name, url, 512 * MIB, Content::Gzip)
                }
            })
            .collect()
    }

    /// Whether an ecosystem is fetched. Wolfi's and Chainguard's licence (CC BY-NC-ND) allows no derived copy, so from
    /// the public bucket they are not taken; whoever mirrors them decides for himself.
    fn takes(&self, ecosystem: &str) -> bool {
        let free = !matches!(ecosystem, "Wolfi" | "Chainguard");
        let known =
            Ecosystem::all().any(|known| known.name() == ecosystem && known != Ecosystem::Cpe);
        known && (free || *self != Self::Public)
    }

    fn osv(&self) -> String {
        self.base("osv", "https://storage.googleapis.com/osv-vulnerabilities")
    }

    fn debian(&self) -> String {
        match self {
            Self::Mirror(url) => format!("{url}/debian/tracker.json"),
            Self::Public => "https://security-tracker.debian.org/tracker/data/json".to_owned(),
        }
    }

    fn alpine(&self) -> String {
        self.base("alpine", "https://secdb.alpinelinux.org")
    }

    fn nvd(&self) -> String {
        self.base("nvd", "https://nvd.nist.gov/feeds/json/cve/2.0")
    }

    fn kev(&self) -> String {
        self.base("kev", "https://www.cisa.gov/sites/default/files/feeds")
    }

    fn epss(&self) -> String {
        self.base("epss", "https://epss.empiricalsecurity.com")
    }

    fn base(&self, folder: &str, public: &str) -> String {
        match self {
            Self::Mirror(url) => format!("{url}/{folder}"),
            Self::Public => public.to_owned(),
        }
    }
}

fn file(folder: &Path, name: &str, url: String, limit: u64, content: Content) -> FeedFile {
    let wanted = Wanted { url, path: folder.join(name), limit, content, version: None };
    FeedFile { name: name.to_owned(), optional: false, wanted, meta: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(files: &[FeedFile]) -> Vec<&str> {
        files.iter().map(|file| file.wanted.url.as_str()).collect()
    }

    #[test]
    fn only_ecosystems_that_are_known_become_paths() {
        let list = "Debian\nDebian:12\n../../etc\nRed Hat\nUbuntu\nLinux\nGIT\nWolfi\nnpm\nnpm\n";
        let mirror = Origin::parse("http://mirror.example/feeds/").unwrap();
        assert_eq!(
            urls(&mirror.osv_files(Path::new("/k"), list)),
            [
                "http://mirror.example/feeds/osv/Debian/all.zip",
                "http://mirror.example/feeds/osv/Red%20Hat/all.zip",
                "http://mirror.example/feeds/osv/Ubuntu/all.zip",
                "http://mirror.example/feeds/osv/Wolfi/all.zip",
                "http://mirror.example/feeds/osv/npm/all.zip",
            ]
        );
        let public = Origin::Public.osv_files(Path::new("/k"), list);
        assert!(!urls(&public).iter().any(|url| url.contains("Wolfi")));
        assert_eq!(public[1].wanted.path, Path::new("/k/osv/Red Hat/all.zip"));
    }

    #[test]
    fn the_public_feeds_have_their_publishers_addresses() {
        let files = Origin::Public.other_files(Path::new("/k"), 2026);
        let urls = urls(&files);
        for url in [
            "https://security-tracker.debian.org/tracker/data/json",
            "https://secdb.alpinelinux.org/v3.19/main.json",
            "https://secdb.alpinelinux.org/edge/community.json",
            "https://nvd.nist.gov/feeds/json/cve/2.0/nvdcve-2.0-2002.json.gz",
            "https://nvd.nist.gov/feeds/json/cve/2.0/nvdcve-2.0-2026.json.gz",
            "https://nvd.nist.gov/feeds/json/cve/2.0/nvdcve-2.0-modified.json.gz",
            "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json",
            "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz",
        ] {
            assert!(urls.contains(&url), "{url}");
        }
        assert!(!urls.iter().any(|url| url.contains("2027")));
    }

    #[test]
    fn folders_are_not_origins() {
        assert_eq!(Origin::parse("./public"), None);
        assert_eq!(Origin::parse("feeds"), None);
        assert_eq!(Origin::parse("public"), Some(Origin::Public));
    }
}
