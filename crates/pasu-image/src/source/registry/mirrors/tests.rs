use super::endpoints;
use crate::error::ImageError;
use crate::source::registry::credentials::Login;
use crate::source::registry::endpoint::Endpoint;
use crate::source::registry::places::Places;
use crate::source::registry::reference::ImageName;
use crate::source::{Secret, SourceOptions};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A machine whose configuration lies in a folder.
struct Machine {
    folder: TempDir,
    places: Places,
}

impl Machine {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        let at = |path: &str| folder.path().join(path);
        for (path, text) in files {
            fs::create_dir_all(at(path).parent().unwrap()).unwrap();
            fs::write(at(path), text).unwrap();
        }
        let places = Places {
            logins: vec![at("config.json")],
            helpers: Vec::new(),
            docker: Some(at("daemon.json")),
            containers: vec![at("registries.conf"), at("registries.conf.d")],
            containerd: vec![at("containerd")],
            certificates: vec![at("certs.d")],
        };
        Self { folder, places }
    }

    fn ask(&self, name: &str, options: &SourceOptions) -> Result<Vec<Endpoint>, ImageError> {
        endpoints(&self.places, &ImageName::parse(name).unwrap(), options)
    }

    /// The addresses in order; `!` where TLS may be missing.
    fn addresses(&self, name: &str) -> Vec<String> {
        let all = self.ask(name, &SourceOptions::default()).unwrap();
        let shown = all.iter().map(|endpoint| {
            let Endpoint { host, base, repository, .. } = endpoint;
            let scheme = if endpoint.plain { "http://" } else { "" };
            let mark = if endpoint.insecure { "!" } else { "" };
            format!("{mark}{scheme}{host}{base}/{repository}")
        });
        shown.collect()
    }

    fn problem(&self, name: &str) -> String {
        let error = self.ask(name, &SourceOptions::default()).unwrap_err().to_string();
        error.replace(self.folder.path().to_str().unwrap(), "")
    }
}

const NGINX: &str = "registry-1.docker.io/v2/library/nginx";

#[test]
fn a_machine_without_configuration_asks_the_registry_alone() {
    let machine = Machine::new(&[]);
    assert_eq!(machine.addresses("nginx"), [NGINX]);
    assert_eq!(machine.addresses("a.example:5000/b/c"), ["a.example:5000/v2/b/c"]);
}

#[test]
fn mirrors_of_docker_are_docker_hubs_alone() {
    let machine = Machine::new(&[(
        "daemon.json",
        r#"{"registry-mirrors": ["https://one.example", "http://two.example:5000/"],
            "insecure-registries": ["own.example:5000", "two.example:5000"], "debug": true}"#,
    )]);
    let expected =
        ["one.example/v2/library/nginx", "!http://two.example:5000/v2/library/nginx", NGINX];
    assert_eq!(machine.addresses("nginx"), expected);
    assert_eq!(machine.addresses("own.example:5000/a"), ["!own.example:5000/v2/a"]);
    assert_eq!(machine.addresses("own.example/a"), ["own.example/v2/a"]);
    let machine = Machine::new(&[("daemon.json", r#"{"registry-mirrors": ["https://u:p@a"]}"#)]);
    assert!(machine.problem("nginx").starts_with("/daemon.json: registry-mirrors: "));
}

#[test]
fn registries_of_podman_are_moved_mirrored_and_blocked() {
    let machine = Machine::new(&[
        (
            "registries.conf",
            r#"
            unqualified-search-registries = ["docker.io"]
            [[registry]]
            prefix = "example.com"
            location = "moved.example.net/all"
            [[registry]]
            prefix = "example.com/team"
            [[registry.mirror]]
            location = "mirror.example.net/team"
            insecure = true
            [[registry.mirror]]
            location = "digests.example.net"
            pull-from-mirror = "digest-only"
            [[registry]]
            location = "docker.io"
            insecure = true
            [[registry]]
            prefix = "*.corp.example"
            location = "corp.example"
            "#,
        ),
        (
            "registries.conf.d/50-blocked.conf",
            "[[registry]]\nprefix = 'evil.example'\nblocked = true",
        ),
        ("registries.conf.d/50-hub.conf", "[[registry]]\nlocation = 'docker.io'"),
        ("registries.conf.d/README", "not read"),
    ]);
    assert_eq!(machine.addresses("example.com/a/b"), ["moved.example.net/v2/all/a/b"]);
    assert_eq!(
        machine.addresses("example.com/team/b"),
        ["!mirror.example.net/v2/team/b", "example.com/v2/team/b"]
    );
    assert_eq!(
        machine.addresses(&format!("example.com/team/b@{DIGEST}")),
        ["!mirror.example.net/v2/team/b", "digests.example.net/v2/b", "example.com/v2/team/b"]
    );
    assert_eq!(machine.addresses("example.com/teams/b"), ["moved.example.net/v2/all/teams/b"]);
    assert_eq!(machine.addresses("example.com.evil/a"), ["example.com.evil/v2/a"]);
    assert_eq!(machine.addresses("a.corp.example/b"), ["corp.example/v2/b"]);
    assert_eq!(machine.addresses("nginx"), [NGINX], "the later file replaces the earlier");
    let error = machine.ask("evil.example/a", &SourceOptions::default()).unwrap_err();
    assert!(matches!(error, ImageError::Denied { .. }), "{error}");
    assert!(error.to_string().contains("blocked in"), "{error}");
    let machine = Machine::new(&[("registries.conf", "[[registry]")]);
    assert!(machine.problem("a.example/b").starts_with("/registries.conf: "));
}

#[test]
fn hosts_of_containerd_come_in_the_order_of_their_file() {
    let machine = Machine::new(&[
        (
            "containerd/docker.io/hosts.toml",
            r#"
            server = "https://origin.example"
            [host."https://z.example"]
              capabilities = ["pull", "resolve"]
              ca = "z.pem"
            [host."http://a.example:5000"]
              skip_verify = true
              client = [["a.cert", "/a.key"]]
            [host."https://only.example/path"]
              capabilities = ["pull"]
            [host."https://push.example"]
              capabilities = ["push"]
            [host."https://p.example/v2/proxy"]
              override_path = true
            "#,
        ),
        ("containerd/own.example_5000_/hosts.toml", "server = 'http://own.example:5000'"),
        ("containerd/_default/hosts.toml", "[host.'https://any.example']"),
    ]);
    let mirrors = [
        "z.example/v2/library/nginx",
        "!http://a.example:5000/v2/library/nginx",
        "p.example/v2/proxy/library/nginx",
        "origin.example/v2/library/nginx",
    ];
    assert_eq!(machine.addresses("nginx"), mirrors);
    let pinned = machine.addresses(&format!("nginx@{DIGEST}"));
    assert_eq!(pinned[2], "only.example/path/v2/library/nginx");
    let all = machine.ask("nginx", &SourceOptions::default()).unwrap();
    let folder = machine.folder.path().join("containerd/docker.io");
    assert_eq!(all[0].trust.authorities, [folder.join("z.pem")]);
    assert_eq!(all[1].trust.client, Some((folder.join("a.cert"), "/a.key".into())));
    assert_eq!(all[0].namespace.as_deref(), Some("docker.io"));
    assert_eq!(all[3].namespace, None);
    assert_eq!(machine.addresses("own.example:5000/a"), ["http://own.example:5000/v2/a"]);
    let any = ["any.example/v2/a", "other.example/v2/a"];
    assert_eq!(machine.addresses("other.example/a"), any);
}

#[test]
fn a_mirror_is_told_its_own_login_and_never_the_typed_one() {
    let machine = Machine::new(&[
        ("daemon.json", r#"{"registry-mirrors": ["https://m.example", "https://n.example"]}"#),
        (
            "config.json",
            r#"{"auths": {"m.example": {"auth": "bTpvbmU="},
                "https://index.docker.io/v1/": {"auth": "aHViOnR3bw=="}}}"#,
        ),
    ]);
    let password = |username: &str, password: &str| Login::Password {
        username: username.into(),
        password: Secret::new(password),
    };
    let logins = |options: &SourceOptions| -> Vec<Login> {
        machine.ask("nginx", options).unwrap().into_iter().map(|at| at.login.login).collect()
    };
    let typed = SourceOptions {
        username: Some("typed".into()),
        password: Some(Secret::new("three")),
        ..SourceOptions::default()
    };
    let mirrors = [password("m", "one"), Login::Nobody];
    let expected = |own: Login| [&mirrors[..], &[own]].concat();
    assert_eq!(logins(&SourceOptions::default()), expected(password("hub", "two")));
    assert_eq!(logins(&typed), expected(password("typed", "three")));
}

#[test]
fn certificates_for_a_host_are_those_in_its_folder() {
    let machine = Machine::new(&[
        ("certs.d/a.example:5000/ca.crt", ""),
        ("certs.d/a.example:5000/more.crt", ""),
        ("certs.d/a.example:5000/client.cert", ""),
        ("certs.d/a.example:5000/client.key", ""),
        ("certs.d/a.example:5000/alone.cert", ""),
        ("certs.d/a.example/other.crt", ""),
    ]);
    let options = SourceOptions { ca_file: Some("/typed.pem".into()), ..SourceOptions::default() };
    let trust = machine.ask("a.example:5000/b", &options).unwrap().remove(0).trust;
    let folder = machine.folder.path().join("certs.d/a.example:5000");
    let authorities = [folder.join("ca.crt"), folder.join("more.crt"), "/typed.pem".into()];
    assert_eq!(trust.authorities, authorities);
    assert_eq!(trust.client, Some((folder.join("client.cert"), folder.join("client.key"))));
    let trust = machine.ask("b.example/b", &SourceOptions::default()).unwrap().remove(0).trust;
    assert_eq!(trust.authorities, Vec::<&Path>::new());
}
