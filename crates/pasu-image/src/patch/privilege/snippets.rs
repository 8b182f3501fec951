//! How an image is run with little: texts for Docker Compose and Kubernetes.

use std::fmt::Write;

/// How an image is run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Running<'a> {
    /// Its name.
    pub image: &'a str,
    /// Whether it has that name already; else the text begins with the command that gives it.
    pub is_named: bool,
    /// User and group by number; `None` where it must be root.
    pub user: Option<(u32, u32)>,
    /// Folders that are in memory.
    pub tmpfs: &'a [String],
    /// Capabilities that are left: `NET_BIND_SERVICE`.
    pub capabilities: &'a [String],
    /// Whether it listens on a port below 1024: only root may, unless a setting of the network's says otherwise.
    pub has_low_port: bool,
}

/// The setting that lets every user listen on every port. Docker sets it by itself since 20.10, in a network of the
/// container's own; Kubernetes does not, and counts it among those that are safe.
const PORT_START: &str = "net.ipv4.ip_unprivileged_port_start";

/// The command by which the image comes to its name.
fn naming(running: &Running<'_>) -> String {
    if running.is_named {
        return String::new();
    }
    format!("# docker tag IMAGE_ID {}\n", running.image)
}

/// A service for Docker Compose.
#[must_use]
pub fn compose(running: &Running<'_>) -> String {
    let mut text = naming(running);
    let _ = writeln!(text, "services:\n  app:\n    image: {}", quoted(running.image));
    if let Some((uid, gid)) = running.user {
        let _ = writeln!(text, "    user: \"{uid}:{gid}\"");
    }
    text.push_str("    read_only: true\n    cap_drop:\n      - ALL\n");
    list(&mut text, "    cap_add:", "      ", running.capabilities);
    text.push_str("    security_opt:\n      - no-new-privileges:true\n");
    let owner = running.user.map(|(uid, gid)| format!(":mode=1777,uid={uid},gid={gid}"));
    let owner = owner.unwrap_or_default();
    // Compose puts variables in where it reads a dollar sign.
    let path = |path: &String| path.replace('$', "$$");
    let tmpfs: Vec<String> =
        running.tmpfs.iter().map(|folder| format!("{}{owner}", path(folder))).collect();
    list(&mut text, "    tmpfs:", "      ", &tmpfs);
    if running.has_low_port && running.user.is_some() {
        let _ = writeln!(text, "    sysctls:\n      {PORT_START}: \"0\"");
    }
    text
}

/// A pod for Kubernetes.
#[must_use]
pub fn kubernetes(running: &Running<'_>) -> String {
    let mut text = naming(running);
    text.push_str(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: app\nspec:\n  automountServiceAccountToken: false\n  securityContext:\n",
    );
    match running.user {
        Some((uid, gid)) => {
            let _ = writeln!(
                text,
                "    runAsNonRoot: true\n    runAsUser: {uid}\n    runAsGroup: {gid}\n    fsGroup: {gid}"
            );
        }
        None => text.push_str("    runAsNonRoot: false\n"),
    }
    text.push_str("    seccompProfile:\n      type: RuntimeDefault\n");
    if running.has_low_port && running.user.is_some() {
        let _ = writeln!(text, "    sysctls:\n      - name: {PORT_START}\n        value: \"0\"");
    }
    let _ =
        writeln!(text, "  containers:\n    - name: app\n      image: {}", quoted(running.image));
    text.push_str("      securityContext:\n        readOnlyRootFilesystem: true\n        allowPrivilegeEscalation: false\n        capabilities:\n          drop:\n            - ALL\n");
    list(&mut text, "          add:", "            ", running.capabilities);
    if running.tmpfs.is_empty() {
        return text;
    }
    text.push_str("      volumeMounts:\n");
    for (number, path) in running.tmpfs.iter().enumerate() {
        let _ =
            writeln!(text, "        - name: tmp{number}\n          mountPath: {}", quoted(path));
    }
    text.push_str("  volumes:\n");
    for number in 0..running.tmpfs.len() {
        let _ = writeln!(text, "    - name: tmp{number}\n      emptyDir:\n        medium: Memory");
    }
    text
}

fn list(text: &mut String, head: &str, indent: &str, words: &[String]) {
    if words.is_empty() {
        return;
    }
    let _ = writeln!(text, "{head}");
    for word in words {
        let _ = writeln!(text, "{indent}- {}", quoted(word));
    }
}

/// A double-quoted scalar of YAML, which JSON's strings are.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Running, compose, kubernetes};
    use serde_json::{Value, json};

    fn yaml(text: &str) -> Value {
        serde_saphyr::from_str(text).unwrap()
    }

    #[test]
    fn what_is_not_needed_is_not_there() {
        let tmpfs = ["/run".to_owned()];
        let running = Running {
            image: "web:1",
            is_named: true,
            user: Some((33, 33)),
            tmpfs: &tmpfs,
            capabilities: &[],
            has_low_port: true,
        };
        let text = compose(&running);
        assert!(text.starts_with("services:\n"), "{text}");
        assert!(
            text.contains("user: \"33:33\"\n    read_only: true\n    cap_drop:\n      - ALL\n")
        );
        assert!(
            text.contains("    tmpfs:\n      - \"/run:mode=1777,uid=33,gid=33\"\n")
                && !text.contains("cap_add")
        );
        let text = kubernetes(&running);
        assert!(text.contains("runAsUser: 33") && text.contains("ip_unprivileged_port_start"));
        assert!(text.contains("mountPath: \"/run\"") && text.contains("medium: Memory"));
        let root = Running { image: "web:1", ..Running::default() };
        assert!(
            kubernetes(&root).contains("runAsNonRoot: false")
                && !kubernetes(&root).contains("volumes")
        );
    }
    #[test]
    fn both_are_yaml_with_everything_that_takes_rights_away() {
        let tmpfs = ["/run".to_owned(), "/var/a \"b\" $c".to_owned()];
        let running = Running {
            image: "registry:5000/web:1",
            is_named: false,
            user: Some((10001, 10001)),
            tmpfs: &tmpfs,
            capabilities: &[],
            has_low_port: true,
        };
        for text in [compose(&running), kubernetes(&running)] {
            assert!(text.starts_with("# docker tag IMAGE_ID registry:5000/web:1\n"), "{text}");
        }
        let spec = &yaml(&kubernetes(&running))["spec"];
        assert_eq!(spec["automountServiceAccountToken"], false);
        let pod = json!({
            "runAsNonRoot": true, "runAsUser": 10001, "runAsGroup": 10001, "fsGroup": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
            "sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}],
        });
        assert_eq!(spec["securityContext"], pod);
        let container = &spec["containers"][0];
        let rights = json!({
            "readOnlyRootFilesystem": true, "allowPrivilegeEscalation": false,
            "capabilities": {"drop": ["ALL"]},
        });
        assert_eq!(container["securityContext"], rights);
        assert_eq!(container["image"], running.image);
        for (number, path) in tmpfs.iter().enumerate() {
            let mount = &container["volumeMounts"][number];
            assert_eq!(mount["mountPath"], **path);
            assert_eq!(mount["name"], spec["volumes"][number]["name"]);
            assert_eq!(spec["volumes"][number]["emptyDir"], json!({"medium": "Memory"}));
        }
        let service = &yaml(&compose(&running))["services"]["app"];
        let all = json!({
            "image": running.image, "user": "10001:10001", "read_only": true, "cap_drop": ["ALL"],
            "security_opt": ["no-new-privileges:true"],
            "tmpfs": tmpfs.clone().map(|path| path.replace("$c", "$$c") + ":mode=1777,uid=10001,gid=10001"),
            "sysctls": {"net.ipv4.ip_unprivileged_port_start": "0"},
        });
        assert_eq!(*service, all);
    }
}
