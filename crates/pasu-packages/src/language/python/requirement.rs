//! One requirement of PEP 508, as far as it says which version is installed: `name[extra] == 1.0 ; marker`.

/// Name and version of a requirement that allows exactly one version; `None` for a range, an address or no requirement.
pub(super) fn pinned(requirement: &str) -> Option<(&str, &str)> {
    let requirement = requirement.split(';').next()?.trim();
    let name = name(requirement)?;
    let rest = requirement.get(name.len()..)?.trim_start();
    let rest = match rest.strip_prefix('[') {
        Some(extras) => extras.split_once(']')?.1.trim_start(),
        None => rest,
    };
    let rest = match rest.strip_prefix('(') {
        Some(inner) => inner.split_once(')')?.0.trim(),
        None => rest,
    };
    let version = rest.strip_prefix("==")?;
    // `===` compares the text itself.
    let version = version.strip_prefix('=').unwrap_or(version).trim();
    // What follows the version are options such as `--hash=sha256:…`.
    let version = version.split_whitespace().next()?;
    Some((name, version))
}

/// The name that a requirement begins with.
pub(super) fn name(requirement: &str) -> Option<&str> {
    let requirement = requirement.trim_start();
    let outside = |c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    let name = requirement.get(..requirement.find(outside).unwrap_or(requirement.len()))?;
    (!name.is_empty() && !name.starts_with('-')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::pinned;

    #[test]
    fn only_one_exact_version_is_a_package() {
        let cases = [
            ("requests==2.31.0", Some(("requests", "2.31.0"))),
            (
                "requests [socks, tests] == 2.31.0 ; python_version<'4'",
                Some(("requests", "2.31.0")),
            ),
            ("Django (==4.2)", Some(("Django", "4.2"))),
            ("a===1.0-local", Some(("a", "1.0-local"))),
            ("zope.interface==6.0 --hash=sha256:00", Some(("zope.interface", "6.0"))),
            ("requests>=2.0", None),
            ("requests", None),
            ("requests==2.0,!=2.1", Some(("requests", "2.0,!=2.1"))),
            ("pip @ https://example.org/pip-1.0.zip", None),
            ("./folder", None),
            ("-e .", None),
            ("a[b==1", None),
            ("", None),
        ];
        for (requirement, expected) in cases {
            assert_eq!(pinned(requirement), expected, "{requirement}");
        }
    }
}
