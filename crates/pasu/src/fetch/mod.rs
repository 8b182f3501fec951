//! Fetching files over HTTP: conditional, resumable, retried, within limits, and never over a good file but whole.
//!
//! It knows URLs, files and how feeds are laid out on a server; what is in them is the business of `pasu-advisory`.
//! Trust comes from elsewhere too: a feed's from TLS, the database's from its signature.

mod client;
mod content;
mod download;
mod feeds;
mod layout;
mod record;
mod retry;

pub use client::Client;
pub use content::Content;
pub use download::{Outcome, Wanted, fetch};
pub use feeds::fetch_all;
pub use layout::Origin;

/// A URL as it may be shown and kept: without the name and password before the host.
pub fn shown(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.find(['/', '?', '#']).map_or((rest, ""), |at| rest.split_at(at));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

/// Whether an argument is a URL we can fetch.
pub fn is_url(text: &str) -> bool {
    let starts = |prefix: &str| {
        text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    starts("http://") || starts("https://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_url_has_no_password() {
        for (url, expected) in [
            ("https://u:p@mirror.example/a@b", "https://mirror.example/a@b"),
            ("https://mirror.example:8443/x?y", "https://mirror.example:8443/x?y"),
            ("http://u:p/@h", "http://u:p/@h"),
            ("https://a@b@mirror.example", "https://mirror.example"),
            ("feeds", "feeds"),
        ] {
            assert_eq!(shown(url), expected);
        }
    }

    #[test]
    fn urls_are_told_from_folders() {
        assert!(is_url("http://x/") && is_url("HTTPS://x/"));
        assert!(
            !is_url("ftp://x/") && !is_url("feeds") && !is_url("https") && !is_url("한국어한국어")
        );
    }
}
