//! `META-INF/MANIFEST.MF`, the main section:
//!
//! ```text
//! Implementation-Vendor-Id: org.springframework
//! Implementation-Version: 5.
//!  3.4
//! ```
//!
//! A line that begins with a space continues the one before; the main section ends at the first empty line.

/// The attributes that say what an archive is; empty where absent.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// `Implementation-Vendor-Id`.
    pub vendor_id: String,
    /// `Implementation-Version`.
    pub version: String,
    /// `Bundle-Version`.
    pub bundle_version: String,
    /// Whether `Created-By` names Maven.
    pub by_maven: bool,
}

impl Manifest {
    /// Reads the main section. A line without a colon says nothing and is passed over.
    pub fn parse(text: &str) -> Self {
        let mut manifest = Self::default();
        for (name, value) in attributes(text) {
            let value = value.trim().to_owned();
            match name.to_ascii_lowercase().as_str() {
                "implementation-vendor-id" => manifest.vendor_id = value,
                "implementation-version" => manifest.version = value,
                "bundle-version" => manifest.bundle_version = value,
                "created-by" => manifest.by_maven = value.contains("Maven"),
                _ => {}
            }
        }
        manifest
    }
}

fn attributes(text: &str) -> Vec<(String, String)> {
    let mut attributes: Vec<(String, String)> = Vec::new();
    let lines = text.lines().skip_while(|line| line.trim().is_empty());
    for line in lines.take_while(|line| !line.is_empty()) {
        if let Some(more) = line.strip_prefix(' ') {
            if let Some((_, value)) = attributes.last_mut() {
                value.push_str(more);
            }
        } else if let Some((name, value)) = line.split_once(':') {
            attributes.push((name.trim().to_owned(), value.to_owned()));
        }
    }
    attributes
}

#[cfg(test)]
mod tests {
    use super::Manifest;

    /// Excerpt of log4j-core-2.17.1.jar, as maven-bundle-plugin writes it.
    const LOG4J: &str = "Manifest-Version: 1.0\r\nCreated-By: Apache Maven 3.8.4\r\nImplementation-Title: Apache Log4j Core\r\nImplementation-Version: 2.17\r\n .1\r\nBundle-Version: 2.17.1\r\n\r\nName: org/apache/\r\nImplementation-Version: 9\r\n";

    #[test]
    fn continued_lines_are_joined_and_sections_kept_apart() {
        let manifest = Manifest::parse(LOG4J);
        assert!(manifest.by_maven);
        assert_eq!(manifest.bundle_version, "2.17.1");
        assert_eq!(manifest.version, "2.17.1");
    }

    #[test]
    fn junk_says_nothing() {
        assert_eq!(Manifest::parse(" starts with a continuation\nno colon\n"), Manifest::default());
        assert_eq!(Manifest::parse(""), Manifest::default());
    }
}
