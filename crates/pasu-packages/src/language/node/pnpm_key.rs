//! The keys of `packages` in a `pnpm-lock.yaml`, whose form changed with almost every version of the file.

use super::specifier::split_name;

/// How keys are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyStyle {
    /// 5.x: `/@babel/core/7.1.0`, `/react-dom/17.0.2_react@17.0.2`.
    Slashes,
    /// 6.0: `/@babel/core@7.1.0`, `/react-dom@17.0.2(react@17.0.2)`.
    SlashAt,
    /// 9.0: `@babel/core@7.1.0`, `react-dom@17.0.2(react@17.0.2)`.
    At,
}

impl KeyStyle {
    /// The style of a `lockfileVersion`; `None` if it is older or newer than those that are read.
    pub(super) fn of(version: &str) -> Option<Self> {
        let major = version.split('.').next()?;
        Some(match major {
            "5" => Self::Slashes,
            "6" | "7" => Self::SlashAt,
            "9" => Self::At,
            _ => return None,
        })
    }

    /// Name and version of a key, without the peers it was resolved with. The version may be an address.
    pub(super) fn parse(self, key: &str) -> Option<(&str, &str)> {
        match self {
            Self::Slashes => slashes(key),
            Self::SlashAt => {
                let (_, rest) = key.split_once('/')?;
                split_name(without_peers(rest))
            }
            Self::At => split_name(without_peers(key)),
        }
    }

    /// The key that a dependency of a package or of the project points at, given its name there and what stands for
    /// its version: a bare version, or a whole key where the real name is another.
    pub(super) fn key(self, name: &str, reference: &str) -> [String; 2] {
        let usual = match self {
            Self::Slashes => format!("/{name}/{reference}"),
            Self::SlashAt => format!("/{name}@{reference}"),
            Self::At => format!("{name}@{reference}"),
        };
        [usual, reference.to_owned()]
    }
}

/// `17.0.2(react@17.0.2)` -> `17.0.2`.
fn without_peers(text: &str) -> &str {
    text.split('(').next().unwrap_or(text)
}

/// `/name/version_peers` and `registry.example/name/version`.
fn slashes(key: &str) -> Option<(&str, &str)> {
    // Before the first slash stands the registry if it is not the default one.
    let (_, rest) = key.split_once('/')?;
    let scope = if rest.starts_with('@') { rest.find('/')? + 1 } else { 0 };
    let end = scope + rest.get(scope..)?.find('/')?;
    let version = rest.get(end + 1..)?;
    Some((rest.get(..end)?, version.split(['_', '/']).next()?))
}

#[cfg(test)]
mod tests {
    use super::KeyStyle::{At, SlashAt, Slashes};

    #[test]
    fn every_version_writes_its_keys_otherwise() {
        let cases = [
            (Slashes, "/lodash/4.17.20", Some(("lodash", "4.17.20"))),
            (Slashes, "/@babel/core/7.1.0", Some(("@babel/core", "7.1.0"))),
            (Slashes, "/react-dom/17.0.2_react@17.0.2", Some(("react-dom", "17.0.2"))),
            (Slashes, "/@a/b/1.0.0_@c/d@2.0.0", Some(("@a/b", "1.0.0"))),
            (Slashes, "/foo/1.0.0/bar@2.0.0", Some(("foo", "1.0.0"))),
            (Slashes, "registry.npmjs.org/ms/2.0.0", Some(("ms", "2.0.0"))),
            (Slashes, "/lodash", None),
            (SlashAt, "/lodash@4.17.20", Some(("lodash", "4.17.20"))),
            (SlashAt, "/@babel/core@7.1.0(a@1.0.0)(b@2.0.0)", Some(("@babel/core", "7.1.0"))),
            (SlashAt, "lodash", None),
            (At, "react-dom@17.0.2(react@17.0.2)", Some(("react-dom", "17.0.2"))),
            (At, "@a/b@file:c", Some(("@a/b", "file:c"))),
            (At, "lodash", None),
        ];
        for (style, key, expected) in cases {
            assert_eq!(style.parse(key), expected, "{key}");
        }
    }
}
