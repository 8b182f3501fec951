//! From what was typed to an image.

use crate::args::SourceArgs;
use anyhow::{Context, Result, bail};
use pasu_image::layer::Gather;
use pasu_image::source::{self, Secret, SourceOptions};
use pasu_image::{Image, ImageError};
use pasu_model::Text;
use std::io::Read;
use std::path::Path;
use std::time::Instant;

/// The longest password that is read from standard input, in bytes.
const MAX_PASSWORD: u64 = 64 << 10;

/// How sources are asked.
pub fn options(args: &SourceArgs, deadline: Option<Instant>) -> Result<SourceOptions> {
    let usual = SourceOptions::default();
    Ok(SourceOptions {
        sources: if args.image_src.is_empty() { usual.sources } else { args.image_src.clone() },
        platform: args.platform.clone(),
        insecure: args.insecure,
        username: args.username.clone(),
        password: if args.password_stdin { Some(password()?) } else { args.password.clone() },
        registry_token: args.registry_token.clone(),
        docker_host: args.docker_host.clone(),
        ca_file: args.ca_file.clone(),
        deadline,
    })
}

fn password() -> Result<Secret> {
    let mut text = String::new();
    std::io::stdin()
        .take(MAX_PASSWORD)
        .read_to_string(&mut text)
        .context("cannot read the password from standard input")?;
    Ok(Secret::new(text.trim_end_matches(['\n', '\r'])))
}

/// Why the images of an engine or store are not in a list, and what to do.
pub fn unlisted(problem: &ImageError) -> Text {
    let hint = match problem {
        ImageError::Denied { .. } => " (root 권한으로 다시 실행하십시오: sudo)",
        _ => "",
    };
    Text::new(
        format!("일부 이미지의 목록을 읽지 못했습니다: {problem}{hint}"),
        format!("some images could not be listed: {problem}"),
    )
}

/// Finds the image that was asked for: in an archive or layout folder, of which the name chooses one where there are
/// several, or by its name.
pub fn image(
    input: Option<&Path>,
    name: Option<&str>,
    args: &SourceArgs,
    options: &SourceOptions,
    gather: &dyn Gather,
) -> Result<Image> {
    match (input, name) {
        (Some(path), _) if path == Path::new("-") && args.password_stdin => {
            bail!("standard input cannot be both the password and the image")
        }
        (Some(path), name) => Ok(source::open_input(path, name, options, gather)?),
        (None, Some(reference)) => Ok(source::find(reference, options, gather)?),
        (None, None) => bail!("no image was named; hint: pasu image NAME, or --input FILE"),
    }
}
