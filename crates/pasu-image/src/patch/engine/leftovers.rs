//! Takes away what runs made at an engine: containers with their volumes, then images, found by label.

use super::owner::{LABEL, is_over};
use super::session::Session;
use crate::error::ImageError;
use bollard::query_parameters::{
    ListContainersOptionsBuilder, ListImagesOptionsBuilder, RemoveContainerOptionsBuilder,
    RemoveImageOptionsBuilder,
};
use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How often it is tried: an engine takes a moment to end a build whose client is gone.
const ROUNDS: u32 = 20;

/// How long it is waited between two rounds.
const PAUSE: Duration = Duration::from_millis(250);

/// Takes away what killed runs left behind.
pub fn sweep(session: &Session<'_>) -> Result<(), ImageError> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let found = found(session)?;
    for thing in &found {
        if is_over(&thing.owner, now.saturating_sub(thing.created)) {
            remove(session, &|owner| owner == thing.owner)?;
        }
    }
    Ok(())
}

/// Takes away everything of the owners that are meant.
pub fn remove(session: &Session<'_>, is_meant: &dyn Fn(&str) -> bool) -> Result<(), ImageError> {
    let mut last = None;
    for round in 0..ROUNDS {
        if round > 0 {
            std::thread::sleep(PAUSE);
        }
        let mut left = found(session)?;
        left.retain(|thing| is_meant(&thing.owner));
        if left.is_empty() {
            return Ok(());
        }
        for thing in left {
            match take(session, &thing) {
                Ok(()) | Err(ImageError::NotFound { .. }) => {}
                Err(error) => last = Some(error),
            }
        }
    }
    Err(last.unwrap_or_else(|| ImageError::Unreachable {
        place: session.engine.place().to_owned(),
        problem: format!("something with the label {LABEL} cannot be removed"),
    }))
}

/// Something at an engine that a run made.
struct Thing {
    id: String,
    is_container: bool,
    owner: String,
    /// Seconds since 1970.
    created: i64,
}

/// Everything with the label, containers first: images that they use cannot go.
fn found(session: &Session<'_>) -> Result<Vec<Thing>, ImageError> {
    let client = session.engine.client();
    let filters = HashMap::from([("label", vec![LABEL])]);
    let options = ListContainersOptionsBuilder::default().all(true).filters(&filters).build();
    let containers = session.ask_last("containers", client.list_containers(Some(options)))?;
    let options = ListImagesOptionsBuilder::default().all(true).filters(&filters).build();
    let images = session.ask_last("images", client.list_images(Some(options)))?;
    let containers = containers.into_iter().filter_map(|container| {
        Some(Thing {
            id: container.id?,
            is_container: true,
            owner: container.labels?.remove(LABEL)?,
            created: container.created.unwrap_or_default(),
        })
    });
    let mut images: Vec<Thing> = images
        .into_iter()
        .filter_map(|mut image| {
            let owner = image.labels.remove(LABEL)?;
            Some(Thing { id: image.id, is_container: false, owner, created: image.created })
        })
        .collect();
    // Those built on others first.
    images.sort_by_key(|image| std::cmp::Reverse(image.created));
    Ok(containers.chain(images).collect())
}

fn take(session: &Session<'_>, thing: &Thing) -> Result<(), ImageError> {
    let client = session.engine.client();
    if thing.is_container {
        // With the volumes that it alone has.
        let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
        let removed = client.remove_container(&thing.id, Some(options));
        return session.ask_last(&thing.id, removed);
    }
    let options = RemoveImageOptionsBuilder::default().force(true).build();
    session.ask_last(&thing.id, client.remove_image(&thing.id, Some(options), None)).map(drop)
}
