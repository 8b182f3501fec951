//! `--skip-dirs` and `--skip-files`: paths or globs, relative to the target's root.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use std::path::Path;

/// Patterns of paths to leave out.
pub struct SkipList(GlobSet);

impl SkipList {
    /// Leaves nothing out.
    pub fn none() -> Self {
        Self(GlobSet::empty())
    }

    /// Compiles patterns such as `usr/share`, `/opt/**/cache`, `./node_modules`; `*` does not cross a `/`.
    pub fn new(patterns: &[String]) -> Result<Self, globset::Error> {
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            let bare = pattern.trim_start_matches("./").trim_matches('/');
            if !bare.is_empty() {
                set.add(GlobBuilder::new(bare).literal_separator(true).build()?);
            }
        }
        Ok(Self(set.build()?))
    }

    /// Whether an absolute path inside the target is left out.
    pub fn has(&self, path: &Path) -> bool {
        !self.0.is_empty() && self.0.is_match(path.strip_prefix("/").unwrap_or(path))
    }
}

#[cfg(test)]
mod tests {
    use super::SkipList;
    use std::path::Path;

    #[test]
    fn patterns_are_relative_to_the_root() {
        let list =
            SkipList::new(&["/usr/share".into(), "**/testdata".into(), "./opt/*/cache/".into()])
                .unwrap();
        for (path, skipped) in [
            ("/usr/share", true),
            ("/home/usr/share", false),
            ("/a/b/testdata", true),
            ("/opt/x/cache", true),
            ("/opt/x/y/cache", false),
        ] {
            assert_eq!(list.has(Path::new(path)), skipped, "{path}");
        }
        assert!(SkipList::new(&["a[".into()]).is_err());
    }
}
