//! Which products a file may be, by its name alone.

use super::product::{Name, Product};
use super::products::PRODUCTS;

/// The products whose files are called so; for all but a handful of files on a machine there are none.
pub fn candidates(file: &str) -> impl Iterator<Item = &'static Product> {
    PRODUCTS.iter().filter(move |product| product.files.iter().any(|name| name.fits(file)))
}

/// The numbers of the version in a file's name: 3 and 11 in `libpython3.11.so.1.0`.
pub fn series(file: &str) -> Vec<u32> {
    let name = file.split(".so").next().unwrap_or(file);
    let numbers = name.trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = numbers.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(numbers.len());
    let numbers = numbers.get(..end).unwrap_or_default().split('.');
    numbers.map_while(|number| number.parse().ok()).collect()
}

impl Name {
    fn fits(&self, file: &str) -> bool {
        match self {
            Self::Program(name) => file.strip_prefix(name).is_some_and(is_version),
            Self::Library(name) => file.strip_prefix(name).is_some_and(is_library),
        }
    }
}

/// Nothing, or a version with or without a hyphen before it: `8.2`, `-1.25.3`.
fn is_version(rest: &str) -> bool {
    let number = rest.strip_prefix('-').unwrap_or(rest);
    rest.is_empty()
        || (number.starts_with(|c: char| c.is_ascii_digit())
            && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}

/// `.so`, `.so.1.1`, `3.11.so.1.0`, `-d21001fc.so.1.1`.
fn is_library(rest: &str) -> bool {
    let Some((before, after)) = rest.split_once(".so") else { return false };
    !before.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && after.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::{candidates, series};

    #[test]
    fn names_say_the_series() {
        assert_eq!(series("libpython3.6m.so.1.0"), [3, 6]);
        assert_eq!(series("python3.11"), [3, 11]);
        assert!(series("redis-server").is_empty());
    }

    #[test]
    fn names_choose_products() {
        for (file, expected) in [
            ("nginx", "nginx"),
            ("nginx-1.25.3", "nginx"),
            ("php-fpm8.2", "php"),
            ("libphp8.2.so", "php"),
            ("python3.11", "python"),
            ("libpython3.11.so.1.0", "python"),
            ("libcrypto-d21001fc.so.1.1", "openssl"),
            ("libcurl-gnutls.so.4.8.0", "libcurl"),
            ("libjvm.so", "openjdk oracle-jdk"),
            ("mysqld", "mariadb mysql"),
            ("nginx.conf", ""),
            ("nginx-module", ""),
            ("libcryptopp.so.8", ""),
            ("libcrypto.so.3.hmac", ""),
            ("sshd_config", ""),
        ] {
            let found: Vec<&str> = candidates(file).map(|product| product.name).collect();
            assert_eq!(found.join(" "), expected, "{file}");
        }
    }
}
