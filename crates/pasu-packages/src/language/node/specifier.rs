//! What stands after a dependency's name: a version, `npm:lodash@4.17.20`, an address, a path.

/// Splits `name@rest` and `@scope/name@rest` at the `@` that ends the name.
pub(super) fn split_name(text: &str) -> Option<(&str, &str)> {
    let first = text.chars().next()?;
    let at = text.get(first.len_utf8()..)?.find('@')? + first.len_utf8();
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The name and version that a place in the npm registry says: `npm:lodash@4.17.20`, or the address of a tarball such
/// as `https://registry.npmjs.org/@babel/core/-/core-7.1.0.tgz`.
pub(super) fn registry_package(specifier: &str) -> Option<(String, &str)> {
    if let Some(alias) = specifier.strip_prefix("npm:") {
        let (name, version) = split_name(alias)?;
        return Some((name.to_owned(), version));
    }
    tarball(specifier)
}

/// Name and version out of the address of a registry's tarball.
pub(super) fn tarball(address: &str) -> Option<(String, &str)> {
    let (_, path) = address.split_once("://")?;
    let path = path.split(['?', '#']).next()?;
    let (before, file) = path.rsplit_once("/-/")?;
    let mut folders = before.rsplit('/');
    let bare = folders.next()?;
    let version = file.strip_suffix(".tgz")?.strip_prefix(bare)?.strip_prefix('-')?;
    let scope = folders.next().map(|scope| scope.replace("%40", "@"));
    let name = match scope.filter(|scope| scope.starts_with('@')) {
        Some(scope) => format!("{scope}/{bare}"),
        None => bare.replace("%2f", "/").replace("%2F", "/"),
    };
    Some((name, version))
}

/// Whether a specifier points at a folder of this project rather than at something fetched.
pub(super) fn is_local(specifier: &str) -> bool {
    let archive = [".tgz", ".tar.gz", ".tar"].iter().any(|end| specifier.ends_with(end));
    let folder = ["link:", "portal:", "workspace:", "file:", "./", "../", "/"]
        .iter()
        .any(|start| specifier.starts_with(start));
    folder && !archive
}

#[cfg(test)]
mod tests {
    use super::{registry_package, split_name};

    #[test]
    fn names_end_at_the_second_at_of_a_scope() {
        let cases = [
            ("lodash@4.17.20", Some(("lodash", "4.17.20"))),
            ("@babel/core@npm:^7", Some(("@babel/core", "npm:^7"))),
            ("a@npm:b@1.0.0", Some(("a", "npm:b@1.0.0"))),
            ("lodash", None),
            ("@babel/core", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(split_name(text), expected, "{text}");
        }
    }

    #[test]
    fn aliases_and_tarballs_name_the_real_package() {
        let cases = [
            ("npm:debug@4.3.4", Some(("debug", "4.3.4"))),
            ("npm:@babel/core@7.1.0", Some(("@babel/core", "7.1.0"))),
            ("https://registry.npmjs.org/ms/-/ms-2.1.2.tgz", Some(("ms", "2.1.2"))),
            ("https://r.example/npm/@a/b/-/b-1.0.0-rc.1.tgz#sha", Some(("@a/b", "1.0.0-rc.1"))),
            ("https://r.example/@a%2fb/-/b-1.0.0.tgz", None),
            ("git+ssh://git@github.com/a/b.git#0123", None),
            ("1.0.0", None),
        ];
        for (specifier, expected) in cases {
            let found = registry_package(specifier);
            let found = found.as_ref().map(|(name, version)| (name.as_str(), *version));
            assert_eq!(found, expected, "{specifier}");
        }
    }
}
