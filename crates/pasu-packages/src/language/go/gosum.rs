//! `go.sum`, one line a module version and hash:
//!
//! ```text
//! golang.org/x/sys v0.5.0 h1:MUK/U/4lj1t1oPg0HfuXDN/Z1wv31ZJ/YcPiGccS4DU=
//! golang.org/x/sys v0.5.0/go.mod h1:oPkhp1MJrh7nUepCBck5+mAzfO9JrbApNNgaTdGDITg=
//! ```

use std::collections::BTreeMap;

/// The modules whose content was fetched, each in the version that stands last, which is the highest: `go mod tidy`
/// sorts them. Lines that hash only a `go.mod` say nothing of what is built, and lines of another form are Go's to
/// complain about.
pub(super) fn modules(text: &str) -> BTreeMap<&str, &str> {
    text.lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let module = (words.next()?, words.next()?);
            words.next().filter(|hash| hash.starts_with("h1:"))?;
            Some(module)
        })
        .filter(|(_, version)| !version.ends_with("/go.mod"))
        .collect()
}
