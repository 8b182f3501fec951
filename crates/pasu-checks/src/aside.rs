//! Items that say nothing about the tree of an image: they are in the result, as not applicable and with the reason, so
//! that nobody has to wonder whether they were forgotten.

use crate::guideline::{Entry, HostOnly};
use crate::host::Host;
use crate::judgement::{Judgement, reason};
use std::collections::BTreeMap;

/// The entries that do not apply to the target, by code. All do unless it is an image.
pub(crate) fn set_aside<'a>(host: &Host, entries: &[&'a Entry]) -> BTreeMap<&'a str, Judgement> {
    let Ok(image) = host.image() else { return BTreeMap::new() };
    let starts_services = image.starts_services();
    let why = |entry: &&'a Entry| {
        let reason = match entry.host_only {
            Some(HostOnly::Services) if starts_services => None,
            Some(why) => Some(reason(why.key())),
            None => None,
        };
        let reason = reason.or_else(|| lacking(host, &entry.image_needs));
        reason.map(|reason| (entry.code.as_str(), Judgement::not_applicable(reason)))
    };
    entries.iter().filter_map(why).collect()
}

/// The first path that is surely not there: what could not be seen may be, and the item then says so itself.
fn lacking(host: &Host, paths: &[String]) -> Option<crate::judgement::Reason> {
    let path =
        paths.iter().find(|path| host.file_followed(path).is_ok_and(|found| found.is_none()))?;
    Some(reason("image-lacks").arg("path", path))
}
