//! An image with its packages and what the advisories say of them.

use crate::commands::image::gather::ImageGather;
use crate::commands::image::look::Look;
use crate::database::Chosen;
use anyhow::{Context, Result};
use pasu_advisory::matching;
use pasu_image::Image;
use pasu_image::source::{self, SourceOptions};
use pasu_image::tree::ImageSystem;
use pasu_model::{FindingSet, ImageInfo, OperatingSystem, Severity, Unseen};
use pasu_packages::{InventoryOptions, LayerScanner};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

/// An image with its packages and what the advisories say of them.
pub struct Judged {
    pub system: ImageSystem,
    pub info: ImageInfo,
    pub os: Option<OperatingSystem>,
    pub sets: Vec<FindingSet>,
    pub unseen: Vec<Unseen>,
}

/// Judges images, all by the same measure.
pub struct Judge<'a> {
    /// What findings are named after.
    target: &'a str,
    chosen: &'a Chosen,
    options: InventoryOptions,
    gather: ImageGather,
}

impl<'a> Judge<'a> {
    pub fn new(target: &'a str, chosen: &'a Chosen, deadline: Option<Instant>) -> Result<Self> {
        let options = InventoryOptions { deadline, ..InventoryOptions::installed() };
        let gather = ImageGather { packages: LayerScanner::new(&options)?, checks: false };
        Ok(Self { target, chosen, options, gather })
    }

    /// Finds an image in the sources of the options.
    pub fn find(&self, reference: &str, options: &SourceOptions) -> Result<Image> {
        Ok(source::find(reference, options, &self.gather)?)
    }

    /// Opens an archive.
    pub fn open(&self, path: &Path) -> Result<Image> {
        self.open_named(path, None)
    }

    /// Opens an archive, and takes of several images the one of a name.
    pub fn open_named(&self, path: &Path, name: Option<&str>) -> Result<Image> {
        let options = SourceOptions { deadline: self.options.deadline, ..SourceOptions::default() };
        Ok(source::open_input(path, name, &options, &self.gather)?)
    }

    /// Reads an image and judges its packages.
    pub fn judge(&self, image: &Image) -> Result<Judged> {
        let (system, looked) = Look::alone(&self.options, &self.gather).with_tree(image)?;
        let info = looked.info(image);
        let found = looked.found;
        let os = found.os.clone();
        let mut unseen = found.unseen.clone();
        let matched = matching::find(&self.chosen.database, found, self.target)
            .with_context(|| self.chosen.name())?;
        unseen.extend(matched.unseen);
        Ok(Judged { system, info, os, sets: matched.sets, unseen })
    }
}

impl Judged {
    /// How many findings of each severity.
    pub fn counts(&self) -> BTreeMap<Severity, usize> {
        let mut counts = BTreeMap::new();
        for finding in self.sets.iter().flat_map(|set| &set.findings) {
            *counts.entry(finding.severity).or_default() += 1;
        }
        counts
    }
}
