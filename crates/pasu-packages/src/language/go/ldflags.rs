//! The version that a build stamped into a program by `-ldflags "-X main.version=1.2.3"`, for main modules whose
//! version Go itself does not know.

/// The stamped version of a module, if exactly one is plausible: a variable called `version` or `ver` with a semantic
/// version in it, first below the module's `cmd`, then in a package whose name says so, then anywhere.
pub(super) fn version(module: &str, flags: &str) -> Option<String> {
    let stamps: Vec<(String, String)> = assignments(&words(flags))
        .into_iter()
        .filter(|(variable, value)| is_version_variable(variable) && is_semantic(value))
        .collect();
    let command = format!("{module}/cmd/");
    let ranks: [&dyn Fn(&str) -> bool; 3] =
        [&|variable| variable.starts_with(&command), &is_version_package, &|_| true];
    for rank in ranks {
        let mut found: Vec<&str> = stamps
            .iter()
            .filter(|(variable, _)| rank(variable))
            .map(|(_, value)| value.as_str())
            .collect();
        found.dedup();
        match found.as_slice() {
            [] => {}
            [one] => return Some((*one).to_owned()),
            _ => return None,
        }
    }
    None
}

/// The `-X` assignments, in the three forms the linker takes: `-X a=b`, `-X=a=b`, `-Xa=b`.
fn assignments(words: &[String]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(rest) = word.strip_prefix("-X").or_else(|| word.strip_prefix("--X")) else {
            continue;
        };
        let assignment = match rest.strip_prefix('=').unwrap_or(rest) {
            "" => words.next().map(String::as_str).unwrap_or_default(),
            here => here,
        };
        if let Some((variable, value)) = assignment.split_once('=') {
            found.push((variable.to_owned(), value.to_owned()));
        }
    }
    found
}

/// Words as a shell splits them, quotes taken off.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = None::<String>;
    let mut quote = None;
    for character in text.chars() {
        match quote {
            Some(open) if character == open => quote = None,
            None if matches!(character, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            None if character.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}

fn is_version_variable(variable: &str) -> bool {
    let variable = variable.to_ascii_lowercase();
    variable.ends_with(".version") || variable.ends_with(".ver")
}

/// Whether the last part of the variable's package has a name of those that carry a program's own version.
fn is_version_package(variable: &str) -> bool {
    let last = variable.rsplit('/').next().unwrap_or_default();
    let package = last.split('.').next().unwrap_or_default().to_ascii_lowercase();
    matches!(package.as_str(), "main" | "common" | "version" | "cmd")
}

/// One to three numbers, then perhaps a pre-release and build metadata; a leading `v` may be there.
fn is_semantic(version: &str) -> bool {
    let version = version.strip_prefix('v').unwrap_or(version);
    let end = version.find(['-', '+']).unwrap_or(version.len());
    let (numbers, rest) = version.split_at_checked(end).unwrap_or((version, ""));
    let parts: Vec<&str> = numbers.split('.').collect();
    let is_number = |part: &&str| {
        !part.is_empty()
            && part.chars().all(|c| c.is_ascii_digit())
            && (*part == "0" || !part.starts_with('0'))
    };
    let is_rest = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
    (1..=3).contains(&parts.len())
        && parts.iter().all(is_number)
        && rest.chars().all(is_rest)
        && rest.len() != 1
        && (rest.is_empty() || parts.len() == 3)
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn stamped_versions_are_found() {
        for (flags, expected) in [
            ("-s -w -X main.version=1.2.3", Some("1.2.3")),
            ("-X=main.version=v1.2.3-rc.1+b", Some("v1.2.3-rc.1+b")),
            ("-X 'main.Version=1.2.3' -extldflags '-static'", Some("1.2.3")),
            ("-X \"github.com/acme/app/internal/app.ver=0.76.0\"", Some("0.76.0")),
            ("-X main.version=dev", None),
            ("-X main.commit=1.2.3", None),
            ("-X main.version=01.2.3", None),
            ("-X a/x.version=1.0.0 -X b/x.version=2.0.0", None),
            ("-X a/x.version=1.0.0 -X a/version.Version=2.0.0", Some("2.0.0")),
            (
                "-X a/version.Version=2.0.0 -X github.com/acme/app/cmd/app/x.Version=3.0.0",
                Some("3.0.0"),
            ),
            ("-X", None),
            ("-X 'main.version=1", Some("1")),
            ("", None),
        ] {
            assert_eq!(version("github.com/acme/app", flags).as_deref(), expected, "{flags}");
        }
    }
}
