//! An image as data: `[case.image]`, in the words of its configuration.
//!
//! ```toml
//! [case.image]
//! tags = ["shop:1.2"]
//! created = "2026-11-01T00:00:00Z"
//! history = ["ADD rootfs.tar /", "- CMD [\"sh\"]"]     # steps that made no layer begin with `- `
//! [case.image.config]
//! User = "app"
//! Env = ["PATH=/usr/bin"]
//! [[case.image.removed]]
//! path = "/root/.netrc"
//! content = "machine x login y password z"
//! layer = 1
//! by = 2
//! ```

use super::layers::RemovedTable;
use crate::host::image::ImageFacts;
use pasu_model::{ContainerConfig, HistoryEntry, ImageConfig, ImageInfo, ImageLayer, RootFs};
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ImageTable {
    tags: Vec<String>,
    digests: Vec<String>,
    created: Option<String>,
    history: Vec<String>,
    config: ContainerConfig,
    /// Files of its layers that are not in its tree any more.
    pub(super) removed: Vec<RemovedTable>,
}

impl ImageTable {
    pub(super) fn facts(&self) -> ImageFacts {
        let history: Vec<HistoryEntry> = self
            .history
            .iter()
            .map(|line| HistoryEntry {
                created_by: line.strip_prefix("- ").unwrap_or(line).to_owned(),
                empty_layer: line.starts_with("- "),
                ..HistoryEntry::default()
            })
            .collect();
        let made = history.iter().filter(|entry| !entry.empty_layer);
        let layers: Vec<ImageLayer> = made
            .enumerate()
            .map(|(number, entry)| ImageLayer {
                diff_id: format!("sha256:{number:064}"),
                created_by: entry.created_by.clone(),
                ..ImageLayer::default()
            })
            .collect();
        let diff_ids = layers.iter().map(|layer| layer.diff_id.clone()).collect();
        ImageFacts::new(&ImageInfo {
            id: format!("sha256:{:064}", 0),
            repo_tags: self.tags.clone(),
            repo_digests: self.digests.clone(),
            size: 0,
            config: ImageConfig {
                created: self.created.clone(),
                config: self.config.clone(),
                history,
                rootfs: RootFs { kind: "layers".to_owned(), diff_ids },
                ..ImageConfig::default()
            },
            layers,
        })
    }
}
