//! What a document with one root is about: a machine and the images of its engine, or one target alone.

use crate::{Audited, sources};
use pasu_model::{
    Audit, InspectedImage, Inspection, Misconfigurations, PartReport, PartState, Run, TargetKind,
};
use std::borrow::Cow;

/// What a document describes.
pub(crate) struct Targets<'a> {
    /// The machine, or the one target there is.
    pub(crate) root: &'a Run,
    /// Whether somebody looked at the root's packages. Where not, `root` is no more than its name.
    pub(crate) is_listed: bool,
    /// An audit of the root.
    pub(crate) audited: Option<Audited<'a>>,
    /// The images on the machine.
    pub(crate) images: Vec<Image<'a>>,
    /// Parts of which nothing or not everything was seen.
    pub(crate) unseen: Vec<&'a PartReport>,
}

/// An image on the machine.
pub(crate) struct Image<'a> {
    /// Its name, made unique among the images of the document.
    pub(crate) key: String,
    pub(crate) run: &'a Run,
    pub(crate) audited: Option<Audited<'a>>,
}

impl<'a> Targets<'a> {
    /// One target alone.
    pub(crate) fn only(run: &'a Run, audited: Option<Audited<'a>>) -> Self {
        Self { root: run, is_listed: true, audited, images: Vec::new(), unseen: Vec::new() }
    }

    /// Everything of an inspection.
    pub(crate) fn of(inspection: &'a Inspection, parts: &'a Parts<'a>) -> Self {
        let mut images: Vec<Image<'a>> = Vec::new();
        for (image, found) in inspection.images.iter().zip(&parts.found_in_images) {
            let name = &image.run.target.name;
            let is_used = |key: &str| images.iter().any(|image| image.key == key);
            let numbered = (2..).map(|number| format!("{name}#{number}"));
            let mut keys = std::iter::once(name.clone()).chain(numbered);
            let key = keys.find(|key| !is_used(key)).unwrap_or_default();
            let audited = audited(image.audit.as_ref(), found.as_ref());
            images.push(Image { key, run: &image.run, audited });
        }
        let is_unseen = |part: &&PartReport| {
            matches!(part.state, PartState::Failed | PartState::Incomplete) && part.why.is_some()
        };
        Self {
            root: &parts.machine,
            is_listed: inspection.packages.is_some(),
            audited: audited(inspection.audit.as_ref(), parts.found.as_ref()),
            images,
            unseen: inspection.parts.iter().filter(is_unseen).collect(),
        }
    }

    /// All scans that were made: the root's, then the images'.
    pub(crate) fn runs(&self) -> impl Iterator<Item = &'a Run> {
        let root = self.is_listed.then_some(self.root);
        root.into_iter().chain(self.images.iter().map(|image| image.run))
    }

    /// Which advisories decided, as [`sources::phrase`] says it; each phrase once.
    pub(crate) fn advisories(&self) -> String {
        let mut phrases: Vec<String> = Vec::new();
        for phrase in self.runs().map(sources::phrase) {
            if !phrases.contains(&phrase) {
                phrases.push(phrase);
            }
        }
        if phrases.is_empty() {
            return "none; nobody looked at packages".to_owned();
        }
        phrases.join(" / ")
    }

    /// The parts that were not seen, a sentence each: `images: no right to open the engine's socket`.
    pub(crate) fn unseen_parts(&self, lang: pasu_model::Lang) -> impl Iterator<Item = String> {
        self.unseen.iter().filter_map(move |report| {
            Some(format!("{}: {}", report.part.key(), report.why.as_ref()?.get(lang)))
        })
    }
}

fn audited<'a>(
    audit: Option<&'a Audit>,
    found: Option<&'a Misconfigurations>,
) -> Option<Audited<'a>> {
    Some(Audited { audit: audit?, found: found? })
}

/// What the documents of an inspection borrow besides the inspection.
pub(crate) struct Parts<'a> {
    machine: Cow<'a, Run>,
    found: Option<Misconfigurations>,
    found_in_images: Vec<Option<Misconfigurations>>,
}

impl<'a> Parts<'a> {
    pub(crate) fn of(inspection: &'a Inspection) -> Self {
        let in_image = |image: &InspectedImage| image.audit.as_ref().map(Misconfigurations::of);
        Self {
            machine: match &inspection.packages {
                Some(run) => Cow::Borrowed(run),
                None => Cow::Owned(unlisted(inspection)),
            },
            found: inspection.audit.as_ref().map(Misconfigurations::of),
            found_in_images: inspection.images.iter().map(in_image).collect(),
        }
    }
}

/// The only image of an inspection of nothing else.
pub(crate) fn only_image(inspection: &Inspection) -> Option<&InspectedImage> {
    match inspection.images.as_slice() {
        [image] if inspection.packages.is_none() && inspection.audit.is_none() => {
            (inspection.target.kind == TargetKind::Image).then_some(image)
        }
        _ => None,
    }
}

/// A machine of which nobody looked at the packages.
fn unlisted(inspection: &Inspection) -> Run {
    Run {
        tool: inspection.tool.clone(),
        started: inspection.started.clone(),
        target: inspection.target.clone(),
        os: inspection.os.clone(),
        os_end_of_life: false,
        database: None,
        sets: Vec::new(),
        unseen: Vec::new(),
        left_out: Vec::new(),
        narrowed: Vec::new(),
        suppressed: Vec::new(),
        unmatched: Vec::new(),
        image: None,
    }
}
