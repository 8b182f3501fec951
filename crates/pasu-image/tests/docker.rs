//! The same cases through a Docker engine: `cargo nextest run -p pasu-image --run-ignored only docker`. It loads images
//! named `pasu-case`, and removes them and their containers again.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod cases;
mod common;

use cases::{Case, Docker};
use common::TestImage;
use std::collections::HashMap;
use std::io::Read;
use std::process::{Command, Stdio};

/// What Docker puts into every container.
const DOCKERS: [&str; 13] = [
    ".dockerenv",
    "dev/",
    "dev/console",
    "dev/pts/",
    "dev/shm/",
    "etc/",
    "etc/hostname",
    "etc/hosts",
    "etc/mtab",
    "etc/resolv.conf",
    "proc/",
    "sys/",
    "./",
];

fn docker(arguments: &[&str], input: Option<&[u8]>) -> Result<Vec<u8>, String> {
    let mut child = Command::new("docker")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let mut stdin = child.stdin.take().unwrap();
    let input = input.unwrap_or_default().to_vec();
    let writer = std::thread::spawn(move || drop(std::io::Write::write_all(&mut stdin, &input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// What a container of the image would see.
fn exported(image: &TestImage) -> Result<String, String> {
    docker(&["load", "-q"], Some(&image.docker()))?;
    let created = docker(&["create", "pasu-case", "sh"], None)?;
    let id = String::from_utf8(created).unwrap().trim().to_owned();
    let bytes = docker(&["export", &id], None);
    docker(&["rm", "-f", &id], None).unwrap();
    docker(&["rmi", "-f", "pasu-case"], None).unwrap();
    let bytes = bytes?;
    let mut archive = tar::Archive::new(bytes.as_slice());
    // What a path is, for hard links to it.
    let mut ends: HashMap<Vec<u8>, String> = HashMap::new();
    let mut lines = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let raw = entry.path_bytes().into_owned();
        let name = common::shown(&raw);
        let link = entry.link_name_bytes().map(|link| link.into_owned()).unwrap_or_default();
        let end = match entry.header().entry_type() {
            tar::EntryType::Directory => String::new(),
            tar::EntryType::Regular => {
                let mut content = Vec::new();
                entry.read_to_end(&mut content).unwrap();
                "=".to_owned() + &common::shown(&content)
            }
            tar::EntryType::Link => ends[&link].clone(),
            tar::EntryType::Symlink => "->".to_owned() + &common::shown(&link),
            _ => "?".to_owned(),
        };
        lines.push(name + &end);
        ends.insert(raw, end);
    }
    lines.retain(|line| {
        !DOCKERS.contains(&line.split(['=', '?']).next().unwrap())
            && !line.starts_with("etc/mtab->")
    });
    lines.sort();
    Ok(lines.join(" "))
}

fn compare(case: &Case) -> Result<(), String> {
    let image = case
        .layers
        .iter()
        .cloned()
        .fold(TestImage::new().tag("pasu-case:latest"), TestImage::layer);
    let outcome = exported(&image);
    let expected = match case.docker {
        Docker::Same => Some(case.tree),
        Docker::Other(tree) => Some(tree),
        Docker::Refuses => None,
    };
    if outcome.as_deref().ok() == expected {
        return Ok(());
    }
    Err(format!("{}:\n  docker {outcome:?}\n  expected {expected:?}\n", case.name))
}

#[test]
#[ignore = "needs a Docker engine"]
fn docker_makes_the_same_trees() {
    let wrong: String = cases::all().iter().filter_map(|case| compare(case).err()).collect();
    assert!(wrong.is_empty(), "{wrong}");
}
