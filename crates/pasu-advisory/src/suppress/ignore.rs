//! One entry of an ignore file.

use super::package_pattern::PackagePattern;
use globset::GlobSet;
use jiff::civil::Date;
use pasu_model::PurlParts;
use std::sync::Arc;

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// Whatever has the identifier.
    Anything,
    /// Vulnerabilities alone.
    Vulnerabilities,
    /// What an audit found alone.
    Misconfigurations,
}

/// One entry of an ignore file.
#[derive(Debug)]
pub(super) struct Ignore {
    pub about: About,
    pub file: Arc<str>,
    /// Line of the entry, counted from 1.
    pub line: usize,
    /// As written.
    pub id: String,
    /// Files it is limited to; everywhere if absent.
    pub paths: Option<GlobSet>,
    /// Packages it is limited to; all if empty.
    pub packages: Vec<PackagePattern>,
    /// From this day on it holds no more.
    pub expires: Option<Date>,
    /// The reason given.
    pub statement: String,
}

impl Ignore {
    /// Whether it holds on a day.
    pub(super) fn holds(&self, today: Date) -> bool {
        self.expires.is_none_or(|expires| today < expires)
    }

    /// Whether it covers a package in one of the files (the record it stands in, its own file). A package without a
    /// package URL is not covered by an entry for certain packages.
    pub(super) fn covers(&self, files: &[&str], package: Option<&PurlParts>) -> bool {
        let path_fits =
            self.paths.as_ref().is_none_or(|paths| files.iter().any(|file| paths.is_match(file)));
        let package_fits = self.packages.is_empty()
            || package.is_some_and(|package| {
                self.packages.iter().any(|pattern| pattern.matches(package))
            });
        path_fits && package_fits
    }
}
