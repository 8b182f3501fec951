//! Lists of what a policy knows and accepts: `PATH reason`, with shell wildcards in the parts of the path.

use crate::host::path_matches;
use crate::params::Params;

/// The reason that the list of a parameter gives for a path; empty where it gives none. `None` where the path is not
/// on it.
pub(crate) fn reason_for<'a>(params: &'a Params, name: &str, path: &str) -> Option<&'a str> {
    params.list(name).find_map(|entry| {
        let entry = entry.trim();
        let (pattern, why) = entry.split_once(char::is_whitespace).unwrap_or((entry, ""));
        path_matches(pattern, path).then_some(why.trim())
    })
}
