//! Names of images, as Docker reads them: `nginx` is `docker.io/library/nginx:latest`.

use crate::digest::Digest;
use crate::error::ImageError;
use oci_spec::distribution::Reference;

/// An image's name in a registry.
#[derive(Debug, Clone)]
pub(super) struct ImageName {
    reference: Reference,
    digest: Option<Digest>,
}

impl ImageName {
    /// Reads a name.
    ///
    /// # Errors
    ///
    /// What is no name; also an image's ID, which registries do not know.
    pub fn parse(text: &str) -> Result<Self, ImageError> {
        let hex = text.strip_prefix("sha256:").unwrap_or(text);
        if hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let looked = "; this is an image's ID, and registries know images by name".to_owned();
            return Err(ImageError::NotFound { reference: text.to_owned(), looked });
        }
        let wrong = |problem: &dyn std::fmt::Display| {
            let place = text.chars().take(300).collect::<String>();
            ImageError::malformed(place, format!("no name of an image: {problem}"))
        };
        let reference: Reference = text.parse().map_err(|error| wrong(&error))?;
        let digest = reference.digest().map(Digest::parse).transpose();
        Ok(Self { digest: digest.map_err(|error| wrong(&error))?, reference })
    }

    /// `docker.io`, `localhost:5000`.
    pub fn registry(&self) -> &str {
        self.reference.registry()
    }

    /// `library/nginx`.
    pub fn repository(&self) -> &str {
        self.reference.repository()
    }

    /// `docker.io/library/nginx`.
    pub fn repository_name(&self) -> String {
        format!("{}/{}", self.registry(), self.repository())
    }

    /// The digest of the manifest or index, where it is pinned.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// What stands for it in a request; a digest before a tag.
    pub fn version(&self) -> &str {
        self.reference.digest().or(self.reference.tag()).unwrap_or("latest")
    }

    /// `name:tag`, which a name that is pinned by digest alone does not have.
    pub fn repo_tags(&self) -> Vec<String> {
        let tag = self.reference.tag().filter(|_| self.digest.is_none());
        tag.map(|tag| format!("{}:{tag}", self.short())).into_iter().collect()
    }

    /// `name@digest`.
    pub fn repo_digests(&self, digest: &Digest) -> Vec<String> {
        vec![format!("{}@{digest}", self.short())]
    }

    /// The name without what Docker leaves out.
    fn short(&self) -> String {
        match (self.registry(), self.repository()) {
            ("docker.io", repository) => {
                repository.strip_prefix("library/").unwrap_or(repository).to_owned()
            }
            _ => self.repository_name(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ImageName;

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn names_are_completed_as_docker_does() {
        let pinned = format!("nginx:1@{DIGEST}");
        for (text, name, version, tags) in [
            ("nginx", "docker.io/library/nginx", "latest", vec!["nginx:latest"]),
            ("a/b:1", "docker.io/a/b", "1", vec!["a/b:1"]),
            ("index.docker.io/library/c", "docker.io/library/c", "latest", vec!["c:latest"]),
            ("localhost/d", "localhost/d", "latest", vec!["localhost/d:latest"]),
            ("localhost:5000/d/e:2", "localhost:5000/d/e", "2", vec!["localhost:5000/d/e:2"]),
            ("f.example/g", "f.example/g", "latest", vec!["f.example/g:latest"]),
            (pinned.as_str(), "docker.io/library/nginx", DIGEST, vec![]),
        ] {
            let parsed = ImageName::parse(text).unwrap();
            assert_eq!(parsed.repository_name(), name, "{text}");
            assert_eq!(parsed.version(), version, "{text}");
            assert_eq!(parsed.repo_tags(), tags, "{text}");
        }
        let pinned = ImageName::parse(&pinned).unwrap();
        let digest = pinned.digest().unwrap();
        assert_eq!(pinned.repo_digests(digest), [format!("nginx@{DIGEST}")]);
    }

    #[test]
    fn what_is_no_name_never_reaches_a_registry() {
        for text in
            ["", "Nginx", "a b", "-", "a:b:c", "a@sha256:00", "../x", "a/../b", "https://a/b"]
        {
            let error = ImageName::parse(text).unwrap_err().to_string();
            assert!(error.contains("no name of an image"), "{text}: {error}");
        }
        for id in [DIGEST, &DIGEST[7..]] {
            let error = ImageName::parse(id).unwrap_err().to_string();
            assert!(error.contains("an image's ID"), "{error}");
        }
    }
}
