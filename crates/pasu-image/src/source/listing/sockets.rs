//! Engines of which there is a socket, and whose images were not found.

use crate::error::ImageError;
use std::path::Path;

/// Where containerd listens, and that of k3s, RKE2 and k0s.
const CONTAINERD: [&str; 3] = [
    "/run/containerd/containerd.sock",
    "/run/k3s/containerd/containerd.sock",
    "/run/k0s/containerd.sock",
];
const CRIO: &str = "/run/crio/crio.sock";
/// What is there where others than Docker give images to containerd: Kubernetes and nerdctl.
const USERS: [&str; 2] = ["/var/lib/kubelet", "/var/lib/nerdctl"];
/// Stores of the containerd that Docker runs with.
const DOCKERS: [&str; 2] = ["/var/lib/containerd", "/var/lib/docker/containerd/daemon"];

/// A containerd that listens and whose store is nowhere: a machine that has one is not a machine without images.
pub(super) fn containerd_without_store(exists: impl Fn(&Path) -> bool) -> Option<ImageError> {
    let socket = CONTAINERD.into_iter().find(|socket| exists(Path::new(socket)))?;
    let problem = "containerd listens here, and its store was not found; hint: set CONTAINERD_ADDRESS to this socket, and \
                   run as root"
        .to_owned();
    Some(ImageError::Unsupported { place: socket.to_owned(), problem })
}

/// CRI-O keeps images in root's storage, which others do not look at.
pub(super) fn crio_of_root(is_root: bool, exists: impl Fn(&Path) -> bool) -> Option<ImageError> {
    let problem = "no permission to read CRI-O's images; hint: run as root".to_owned();
    let is_hidden = !is_root && exists(Path::new(CRIO));
    is_hidden.then(|| ImageError::Denied { place: CRIO.to_owned(), problem })
}

/// Whether a store that may not be read is that of the containerd under Docker, which tells of its images itself.
pub(super) fn is_under_docker(error: &ImageError, exists: impl Fn(&Path) -> bool) -> bool {
    let ImageError::Denied { place, .. } = error else { return false };
    let is_dockers = DOCKERS.iter().any(|root| Path::new(place).starts_with(root));
    is_dockers && !USERS.iter().any(|path| exists(Path::new(path)))
}

#[cfg(test)]
mod tests {
    use super::{containerd_without_store, crio_of_root, is_under_docker};
    use crate::error::ImageError;
    use std::path::Path;

    #[test]
    fn a_machine_with_a_socket_is_not_one_without_images() {
        let only = |socket: &'static str| move |path: &Path| path == Path::new(socket);
        let containerd = "/run/k3s/containerd/containerd.sock";
        let error = containerd_without_store(only(containerd)).unwrap();
        assert!(error.to_string().starts_with(containerd), "{error}");
        assert!(containerd_without_store(|_| false).is_none());
        let crio = only("/run/crio/crio.sock");
        assert!(matches!(crio_of_root(false, crio), Some(ImageError::Denied { .. })));
        assert!(crio_of_root(true, crio).is_none() && crio_of_root(false, |_| false).is_none());
    }

    #[test]
    fn what_docker_tells_of_is_not_missed_and_what_kubernetes_has_is() {
        let denied = |place: &str| ImageError::Denied { place: place.into(), problem: "".into() };
        let nothing = |_: &Path| false;
        assert!(is_under_docker(&denied("/var/lib/containerd/x/meta.db"), nothing));
        assert!(!is_under_docker(&denied("/var/lib/rancher/k3s/agent/containerd"), nothing));
        let kubelet = |path: &Path| path == Path::new("/var/lib/kubelet");
        assert!(!is_under_docker(&denied("/var/lib/containerd"), kubelet));
    }
}
