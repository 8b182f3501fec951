//! CPE 2.3 names of applications.

use super::version::Version;

/// The names under which the NVD may file a version of a product.
pub fn names(products: &[(&str, &str)], version: &Version) -> Vec<String> {
    let update = match version.update.as_str() {
        "" => "*".to_owned(),
        update => escape(update),
    };
    let mut names = Vec::new();
    for (vendor, product) in products {
        for base in bases(version) {
            let base = escape(&base);
            names.push(format!("cpe:2.3:a:{vendor}:{product}:{base}:{update}:*:*:*:*:*:*"));
        }
    }
    names
}

/// The version's own numbers, and for Java before 9 the second of them alone: the NVD files `1.8.0_392` under `1.8.0`
/// for Oracle's JDK and under `8` for OpenJDK, with `update392` in both.
fn bases(version: &Version) -> Vec<String> {
    let mut bases = vec![version.base.clone()];
    if let Some(major) =
        version.base.strip_prefix("1.").filter(|_| version.update.starts_with("update"))
    {
        bases.extend(major.split('.').next().map(str::to_owned));
    }
    bases
}

/// Escapes what is not a plain character of a CPE formatted string.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.to_ascii_lowercase().chars() {
        if !character.is_ascii_alphanumeric() && !matches!(character, '.' | '-' | '_') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{Version, names};

    fn version(base: &str, update: &str) -> Version {
        Version { base: base.into(), suffix: String::new(), update: update.into() }
    }

    #[test]
    fn names_have_thirteen_parts() {
        assert_eq!(
            names(&[("openbsd", "openssh")], &version("9.2", "p1")),
            ["cpe:2.3:a:openbsd:openssh:9.2:p1:*:*:*:*:*:*"]
        );
        assert_eq!(
            names(&[("f5", "nginx"), ("nginx", "nginx")], &version("1.25.3", "")),
            [
                "cpe:2.3:a:f5:nginx:1.25.3:*:*:*:*:*:*:*",
                "cpe:2.3:a:nginx:nginx:1.25.3:*:*:*:*:*:*:*"
            ]
        );
        assert_eq!(
            names(&[("oracle", "openjdk")], &version("1.8.0", "update392")),
            [
                "cpe:2.3:a:oracle:openjdk:1.8.0:update392:*:*:*:*:*:*",
                "cpe:2.3:a:oracle:openjdk:8:update392:*:*:*:*:*:*"
            ]
        );
    }
}
