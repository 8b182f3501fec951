//! An instruction of an image's history for a reader.

/// The instruction without what builders put around it. Secrets in it were masked when the image was read.
pub(crate) fn plain(created_by: &str) -> &str {
    let text = created_by.trim_end_matches(" # buildkit");
    text.strip_prefix("/bin/sh -c #(nop) ").unwrap_or(text).trim()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn what_builders_add_is_left_out() {
        assert_eq!(plain("/bin/sh -c #(nop)  CMD [\"sh\"]"), "CMD [\"sh\"]");
        assert_eq!(plain("COPY . /srv # buildkit"), "COPY . /srv");
    }
}
