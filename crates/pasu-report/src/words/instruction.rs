//! An instruction of an image's history for a reader, without the secrets that builders write into it.
//!
//! `ARG` and `ENV` values stand in the history in the clear: `|1 NPM_TOKEN=abc /bin/sh -c npm ci`.

/// What the names of secrets hold.
const SECRET: [&str; 9] =
    ["pass", "pwd", "token", "secret", "key", "credential", "auth", "private", "login"];

/// The instruction without what builders put around it, secrets masked.
pub(crate) fn plain(created_by: &str) -> String {
    let text = created_by.trim_end_matches(" # buildkit");
    let text = text.strip_prefix("/bin/sh -c #(nop) ").unwrap_or(text).trim();
    let mut hides_next = false;
    let words: Vec<String> = text
        .split(' ')
        .map(|word| {
            let shown =
                if hides_next && !word.is_empty() { "***".to_owned() } else { masked(word) };
            hides_next = is_flag(word);
            shown
        })
        .collect();
    words.join(" ")
}

/// `NAME=***` where the name is one of a secret, `https://***@host` where a login stands in an address.
fn masked(word: &str) -> String {
    if let Some((name, value)) = word.split_once('=')
        && !value.is_empty()
        && is_secret(name)
    {
        return format!("{name}=***");
    }
    match word.split_once("://") {
        Some((scheme, rest)) => {
            let end = rest.find('/').unwrap_or(rest.len());
            match rest[..end].rfind('@') {
                Some(at) => format!("{scheme}://***{}", &rest[at..]),
                None => word.to_owned(),
            }
        }
        None => word.to_owned(),
    }
}

/// `--password`, whose value is the next word.
fn is_flag(word: &str) -> bool {
    word.starts_with("--") && !word.contains('=') && is_secret(word)
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn secrets_of_the_history_are_not_shown() {
        for (created_by, shown) in [
            ("/bin/sh -c #(nop)  CMD [\"sh\"]", "CMD [\"sh\"]"),
            ("COPY . /srv # buildkit", "COPY . /srv"),
            ("|1 NPM_TOKEN=abc /bin/sh -c npm ci", "|1 NPM_TOKEN=*** /bin/sh -c npm ci"),
            ("ENV DB_PASSWORD=hunter2", "ENV DB_PASSWORD=***"),
            ("RUN curl --password hunter2 x", "RUN curl --password *** x"),
            ("RUN git clone https://me:pw@host/a.git", "RUN git clone https://***@host/a.git"),
            ("RUN curl https://host/a@b", "RUN curl https://host/a@b"),
        ] {
            assert_eq!(plain(created_by), shown);
        }
    }
}
