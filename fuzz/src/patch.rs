//! Targets of `pasu-image`'s patching: package files, their scripts, and indexes of mirrors.

use pasu_image::patch::layer::{judged_script, read_apk_control, read_control, read_data};
use std::io::{self, Read};

/// A package of Debian: what it says of itself, and its files.
pub fn debian_package(data: &[u8]) {
    let _ = read_control(data);
    let _ = read_data(data, |item| {
        assert!(!item.item.path.starts_with(b"/") && !item.item.path.starts_with(b"../"));
        // What a bomb unpacks to is the limits' business; here it would only take time.
        io::copy(&mut item.content.take(1 << 20), &mut io::sink()).map(drop)
    });
}

/// A package of Alpine.
pub fn alpine_package(data: &[u8]) {
    let _ = read_apk_control(data);
}

/// A maintainer's script.
pub fn maintainer_script(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = judged_script(text, &["configure", "1.0-1"]);
    }
}
