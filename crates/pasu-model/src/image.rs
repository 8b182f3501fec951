//! What a run says about a container image.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A container image.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ImageInfo {
    /// Digest of its configuration, `sha256:…`.
    pub id: String,
    /// Names with a tag under which the engine or archive has it: `nginx:1.27`.
    pub repo_tags: Vec<String>,
    /// Names with the digest of the manifest: `nginx@sha256:…`.
    pub repo_digests: Vec<String>,
    /// Bytes of all layers, uncompressed where that is known.
    pub size: u64,
    /// Its configuration.
    pub config: ImageConfig,
    /// Its layers, the lowest first.
    pub layers: Vec<ImageLayer>,
}

impl ImageInfo {
    /// The first name that it has; empty without one.
    #[must_use]
    pub fn reference(&self) -> &str {
        self.repo_tags.first().or(self.repo_digests.first()).map_or("", String::as_str)
    }
}

/// A layer of an image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageLayer {
    /// Digest of the blob as a registry has it; empty where nobody says it.
    pub digest: String,
    /// Digest of the uncompressed archive.
    pub diff_id: String,
    /// Bytes of the uncompressed archive; 0 where unknown.
    pub size: u64,
    /// The instruction of the history that made it; empty where the history says nothing.
    pub created_by: String,
}

/// The configuration of an image (OCI image specification, "Image Configuration"; Docker's image specification 1.3).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageConfig {
    /// CPU architecture in Go's words: `amd64`.
    pub architecture: String,
    /// Variant of the architecture: `v8`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub variant: String,
    /// Operating system in Go's words: `linux`.
    pub os: String,
    /// When it was made, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// Who made it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub author: String,
    /// Version of Docker, in images of old.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub docker_version: String,
    /// The container that its last layer was made from, in images of old (Docker).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub container: String,
    /// How its containers run.
    #[serde(deserialize_with = "null_is_default")]
    pub config: ContainerConfig,
    /// Its layers.
    pub rootfs: RootFs,
    /// How it was made, step by step.
    #[serde(deserialize_with = "null_is_default", skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<HistoryEntry>,
}

/// How containers of an image run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct ContainerConfig {
    /// The image that the last step was built on (Docker).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub image: String,
    /// User or user:group, by name or number; empty is root.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// Ports to publish: `80/tcp`.
    #[serde(deserialize_with = "null_is_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub exposed_ports: BTreeMap<String, serde_json::Value>,
    /// Environment, `NAME=value`.
    #[serde(deserialize_with = "null_is_default", skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// Program that is run with [`ContainerConfig::cmd`].
    #[serde(deserialize_with = "null_is_default", skip_serializing_if = "Vec::is_empty")]
    pub entrypoint: Vec<String>,
    /// Program or arguments.
    #[serde(deserialize_with = "null_is_default", skip_serializing_if = "Vec::is_empty")]
    pub cmd: Vec<String>,
    /// Folders that are volumes.
    #[serde(deserialize_with = "null_is_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub volumes: BTreeMap<String, serde_json::Value>,
    /// Where the program starts.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub working_dir: String,
    /// Labels.
    #[serde(deserialize_with = "null_is_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Signal that ends it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stop_signal: String,
    /// How its health is asked (Docker).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthcheck: Option<Healthcheck>,
    /// Instructions for images built on it (Docker).
    #[serde(deserialize_with = "null_is_default", skip_serializing_if = "Vec::is_empty")]
    pub on_build: Vec<String>,
    /// Shell of shell-form instructions (Docker).
    #[serde(deserialize_with = "null_is_default", skip_serializing_if = "Vec::is_empty")]
    pub shell: Vec<String>,
}

/// How the health of a container is asked; times in nanoseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Healthcheck {
    /// `["NONE"]`, `["CMD", …]` or `["CMD-SHELL", command]`.
    #[serde(deserialize_with = "null_is_default", skip_serializing_if = "Vec::is_empty")]
    pub test: Vec<String>,
    /// Between two tries.
    #[serde(skip_serializing_if = "is_zero")]
    pub interval: i64,
    /// For one try.
    #[serde(skip_serializing_if = "is_zero")]
    pub timeout: i64,
    /// Before failures count.
    #[serde(skip_serializing_if = "is_zero")]
    pub start_period: i64,
    /// Failures until it counts as unhealthy.
    #[serde(skip_serializing_if = "is_zero")]
    pub retries: i64,
}

/// The layers of a configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RootFs {
    /// `layers`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Digests of the uncompressed layers, the lowest first.
    #[serde(deserialize_with = "null_is_default")]
    pub diff_ids: Vec<String>,
}

/// One step of an image's history.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HistoryEntry {
    /// When, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// The instruction.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub created_by: String,
    /// Who.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub author: String,
    /// A remark.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub comment: String,
    /// It changed only the configuration.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub empty_layer: bool,
}

impl ImageConfig {
    /// The instruction that made each layer, the lowest first; as many as there are layers. Where history and layers do
    /// not fit together nothing is said.
    #[must_use]
    pub fn created_by(&self) -> Vec<&str> {
        let count = self.rootfs.diff_ids.len();
        let steps: Vec<&str> = self
            .history
            .iter()
            .filter(|step| !step.empty_layer)
            .map(|step| step.created_by.as_str())
            .collect();
        if steps.len() == count { steps } else { vec![""; count] }
    }

    /// How many of its layers, from the lowest on, are those of the image that it was built on; 0 where the history does
    /// not tell. Images end with what they start (`CMD`, `ENTRYPOINT`): one in the middle is the end of another image.
    #[must_use]
    pub fn base_layers(&self) -> usize {
        let own = self.history.iter().rposition(|step| !step.empty_layer).unwrap_or(0);
        let is_end = |step: &HistoryEntry| {
            let text = step.created_by.trim_start_matches("/bin/sh -c #(nop)").trim_start();
            step.empty_layer && (text.starts_with("CMD") || text.starts_with("ENTRYPOINT"))
        };
        let below = self.history.get(..own).unwrap_or_default();
        let Some(end) = below.iter().rposition(is_end) else { return 0 };
        let base = below[..end].iter().filter(|step| !step.empty_layer).count();
        if self.created_by().iter().all(|step| step.is_empty()) { 0 } else { base }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(value: &i64) -> bool {
    *value == 0
}

/// Go writes empty lists and maps as `null`.
fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::ImageConfig;

    #[test]
    fn nulls_of_go_are_empty_and_history_is_laid_beside_layers() {
        let text = r#"{"architecture":"amd64","os":"linux","config":{"Env":null,"Cmd":["sh"],"Volumes":null,
            "Labels":null,"Healthcheck":null,"User":""},"rootfs":{"type":"layers","diff_ids":["a","b"]},
            "history":[{"created_by":"ADD rootfs"},{"created_by":"CMD sh","empty_layer":true},{"created_by":"RUN x"}]}"#;
        let config: ImageConfig = serde_json::from_str(text).unwrap();
        assert_eq!(config.created_by(), ["ADD rootfs", "RUN x"]);
        assert_eq!(config.config.cmd, ["sh"]);
        let none: ImageConfig =
            serde_json::from_str(r#"{"config":null,"history":null,"rootfs":{"diff_ids":["a"]}}"#)
                .unwrap();
        assert_eq!(none.created_by(), [""]);
    }

    #[test]
    fn the_base_ends_where_the_history_starts_a_program() {
        for (history, layers, base) in [
            (
                r#"[{"created_by":"ADD rootfs"},{"created_by":"CMD [\"bash\"]","empty_layer":true},
                {"created_by":"RUN x"},{"created_by":"ENTRYPOINT x","empty_layer":true}]"#,
                2,
                1,
            ),
            (
                r#"[{"created_by":"ADD a"},{"created_by":"RUN b"},
                {"created_by":"/bin/sh -c #(nop)  CMD [\"sh\"]","empty_layer":true},
                {"created_by":"ENV a=b","empty_layer":true},{"created_by":"COPY c"}]"#,
                3,
                2,
            ),
            (r#"[{"created_by":"ADD a"},{"created_by":"CMD sh","empty_layer":true}]"#, 1, 0),
            (
                r#"[{"created_by":"ADD a"},{"created_by":"CMD sh","empty_layer":true},{"created_by":"RUN x"}]"#,
                7,
                0,
            ),
            ("[]", 2, 0),
        ] {
            let ids: Vec<String> = (0..layers).map(|number| format!("\"{number}\"")).collect();
            let text =
                format!(r#"{{"history":{history},"rootfs":{{"diff_ids":[{}]}}}}"#, ids.join(","));
            let config: ImageConfig = serde_json::from_str(&text).unwrap();
            assert_eq!(config.base_layers(), base, "{history}");
        }
    }
}
