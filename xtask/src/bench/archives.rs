//! Saved images to measure with: a root file system, and an application on top of it.

use super::peers::debian;
use crate::process;
use anyhow::{Context, Result};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One image, saved in two ways.
pub struct Archives {
    /// What to call it in tables.
    pub name: String,
    /// As `docker save` writes it, layers uncompressed.
    pub docker: PathBuf,
    /// An OCI layout, layers gzipped, as registries have them: a folder, for Trivy reads no archive of one.
    pub oci: PathBuf,
}

/// Packages of an application, with old, published vulnerabilities.
const NODE: &[(&str, &str)] =
    &[("lodash", "4.17.4"), ("minimist", "1.2.0"), ("axios", "0.21.0"), ("ws", "7.4.0")];
const PYTHON: &[(&str, &str)] =
    &[("Django", "3.2.0"), ("requests", "2.19.0"), ("PyYAML", "5.3"), ("urllib3", "1.24.1")];

/// Makes the images of these trees, or of a Debian 12 tree that is made too, below `work`; what is there is used again.
pub fn make(trees: &[PathBuf], work: &Path) -> Result<Vec<Archives>> {
    let trees = if trees.is_empty() { vec![debian(work)?] } else { trees.to_vec() };
    let made = trees.iter().enumerate();
    made.map(|(number, tree)| {
        let name = tree.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let folder = work.join(format!("image-{number}-{name}"));
        image(name, tree, &folder)
    })
    .collect()
}

fn image(name: String, tree: &Path, folder: &Path) -> Result<Archives> {
    let (docker, oci) = (folder.join("docker.tar"), folder.join("oci"));
    if !docker.is_file() || !oci.join("index.json").is_file() {
        eprintln!("making an image of {name}");
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let app = folder.join("app");
        application(&app)?;
        let layers = [layer(tree, &folder.join("0.tar"))?, layer(&app, &folder.join("1.tar"))?];
        save_docker(folder, &layers, &docker)?;
        save_oci(folder, &layers, &oci)?;
        for layer in &layers {
            fs::remove_file(&layer.path)?;
        }
    }
    Ok(Archives { name, docker, oci })
}

/// A Node and a Python application.
fn application(folder: &Path) -> Result<()> {
    for (name, version) in NODE {
        let package = folder.join("srv/app/node_modules").join(name);
        fs::create_dir_all(&package)?;
        let text = json!({ "name": name, "version": version, "license": "MIT" });
        fs::write(package.join("package.json"), text.to_string())?;
    }
    for (name, version) in PYTHON {
        let package = folder
            .join("usr/local/lib/python3.11/site-packages")
            .join(format!("{name}-{version}.dist-info"));
        fs::create_dir_all(&package)?;
        let text = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
        fs::write(package.join("METADATA"), text)?;
    }
    Ok(())
}

/// A layer: its archive, and the digest of that.
struct Layer {
    path: PathBuf,
    digest: String,
}

fn layer(tree: &Path, path: &Path) -> Result<Layer> {
    let mut tar = Command::new("tar");
    tar.args(["--create", "--sort=name", "--numeric-owner", "--exclude=./proc/*"]);
    tar.args(["--exclude=./sys/*", "--exclude=./dev/*", "--file"]).arg(path);
    process::run(tar.arg("--directory").arg(tree).arg("."))?;
    Ok(Layer { path: path.to_path_buf(), digest: digest(path)? })
}

/// The SHA-256 of a file, in hexadecimal digits.
fn digest(path: &Path) -> Result<String> {
    let line = process::output(Command::new("sha256sum").arg(path))?;
    Ok(line.split(' ').next().unwrap_or_default().trim_start_matches('\\').to_owned())
}

/// The configuration, written into a folder; its digest.
fn configuration(folder: &Path, layers: &[Layer]) -> Result<String> {
    let diff_ids: Vec<String> =
        layers.iter().map(|layer| format!("sha256:{}", layer.digest)).collect();
    let config = json!({
        "architecture": "amd64", "os": "linux", "created": "2026-01-01T00:00:00Z",
        "config": { "Cmd": ["/bin/sh"], "Env": ["PATH=/usr/bin:/bin"] },
        "rootfs": { "type": "layers", "diff_ids": diff_ids },
        "history": [
            { "created": "2026-01-01T00:00:00Z", "created_by": "ADD rootfs.tar / # buildkit" },
            { "created": "2026-01-01T00:00:00Z", "created_by": "COPY app / # buildkit" },
        ],
    });
    let path = folder.join("config.json");
    fs::write(&path, config.to_string())?;
    digest(&path)
}

fn save_docker(folder: &Path, layers: &[Layer], archive: &Path) -> Result<()> {
    let stage = folder.join("docker");
    fs::create_dir_all(&stage)?;
    let config = configuration(&stage, layers)?;
    fs::rename(stage.join("config.json"), stage.join(format!("{config}.json")))?;
    let mut names = Vec::new();
    for layer in layers {
        let name = format!("{}/layer.tar", layer.digest);
        fs::create_dir_all(stage.join(&layer.digest))?;
        fs::hard_link(&layer.path, stage.join(&name))?;
        names.push(name);
    }
    let manifest = json!([{
        "Config": format!("{config}.json"), "RepoTags": ["bench:latest"], "Layers": names,
    }]);
    fs::write(stage.join("manifest.json"), manifest.to_string())?;
    pack(&stage, archive)
}

fn save_oci(folder: &Path, layers: &[Layer], stage: &Path) -> Result<()> {
    let blobs = stage.join("blobs/sha256");
    fs::create_dir_all(&blobs)?;
    let config = configuration(&blobs, layers)?;
    fs::rename(blobs.join("config.json"), blobs.join(&config))?;
    let descriptor = |kind: &str, digest: &str| -> Result<serde_json::Value> {
        let size = fs::metadata(blobs.join(digest))?.len();
        Ok(json!({ "mediaType": kind, "digest": format!("sha256:{digest}"), "size": size }))
    };
    let mut described = Vec::new();
    for layer in layers {
        process::run(Command::new("gzip").args(["--keep", "--no-name", "-6"]).arg(&layer.path))?;
        let mut packed = layer.path.clone().into_os_string();
        packed.push(".gz");
        let digest = digest(Path::new(&packed))?;
        fs::rename(&packed, blobs.join(&digest))?;
        described.push(descriptor("application/vnd.oci.image.layer.v1.tar+gzip", &digest)?);
    }
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": descriptor("application/vnd.oci.image.config.v1+json", &config)?,
        "layers": described,
    });
    let path = folder.join("manifest.json");
    fs::write(&path, manifest.to_string())?;
    let digest = digest(&path)?;
    fs::rename(&path, blobs.join(&digest))?;
    let index = json!({
        "schemaVersion": 2,
        "manifests": [descriptor("application/vnd.oci.image.manifest.v1+json", &digest)?],
    });
    fs::write(stage.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#)?;
    fs::write(stage.join("index.json"), index.to_string())
        .with_context(|| format!("cannot write {}", stage.display()))
}

/// Packs a folder into an archive, and removes it.
fn pack(stage: &Path, archive: &Path) -> Result<()> {
    let names = process::output(Command::new("ls").arg(stage))?;
    let mut tar = Command::new("tar");
    tar.args(["--create", "--hard-dereference", "--file"]).arg(archive);
    process::run(tar.arg("--directory").arg(stage).args(names.lines()))?;
    fs::remove_dir_all(stage).with_context(|| format!("cannot remove {}", stage.display()))
}

#[cfg(test)]
mod tests {
    use super::image;
    use crate::process;
    use std::process::Command;

    #[test]
    fn both_name_what_they_hold() {
        let folder = tempfile::tempdir().unwrap();
        let tree = folder.path().join("tree");
        std::fs::create_dir_all(tree.join("etc")).unwrap();
        std::fs::write(tree.join("etc/os-release"), "ID=debian\n").unwrap();
        let made = image("tree".into(), &tree, &folder.path().join("made")).unwrap();
        let docker = process::output(Command::new("tar").arg("-tf").arg(&made.docker)).unwrap();
        assert!(docker.contains("manifest.json"), "{docker}");
        assert_eq!(docker.matches("/layer.tar").count(), 2);
        let index = std::fs::read_to_string(made.oci.join("index.json")).unwrap();
        let blobs: Vec<_> =
            std::fs::read_dir(made.oci.join("blobs/sha256")).unwrap().flatten().collect();
        assert_eq!(blobs.len(), 4, "two layers, configuration and manifest: {blobs:?}");
        assert!(blobs.iter().any(|blob| index.contains(&*blob.file_name().to_string_lossy())));
    }
}
