//! What is a secret, and above all what is none.

use super::{Secret, in_text, of_pair, shown};

fn named(name: &str) -> Option<Secret> {
    Some(Secret::Named(name.to_owned()))
}

fn token(issuer: &str) -> Option<Secret> {
    Some(Secret::Token(issuer.to_owned()))
}

#[test]
fn variables_are_secrets_by_name_or_by_form() {
    let github = format!("ghp_{}", "a1B2".repeat(9));
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abcdefghijklmnopqrstuvwxyz012";
    for (name, value, secret) in [
        ("DB_PASSWORD", "hunter2", named("DB_PASSWORD")),
        ("PGPASSWORD", "hunter2", named("PGPASSWORD")),
        ("MYSQL_PWD", "hunter2", named("MYSQL_PWD")),
        ("dbPassword", "hunter2", named("dbPassword")),
        ("POSTGRES_PASSWORD", "changeme", named("POSTGRES_PASSWORD")),
        ("ROOT_PASSWORD", "1234", named("ROOT_PASSWORD")),
        ("API_KEY", "abc123def", named("API_KEY")),
        ("AWS_SECRET_ACCESS_KEY", "/abc+def=", named("AWS_SECRET_ACCESS_KEY")),
        ("SECRET_KEY_BASE", "f00dbabe", named("SECRET_KEY_BASE")),
        ("NPM_TOKEN", "abcdefgh", named("NPM_TOKEN")),
        ("AWS_ACCESS_KEY_ID", "AKIAQ7WERTYUIOPASDF2", token("AWS")),
        ("X", &github, token("GitHub")),
        ("X", jwt, token("JWT")),
        ("DATABASE_URL", "postgres://app:hunter2@db/x", Some(Secret::Url)),
        (
            "JAVA_OPTS",
            "-Xmx1g -Dspring.datasource.password=hunter2",
            named("spring.datasource.password"),
        ),
        // None of these is one.
        ("DB_PASSWORD_FILE", "/run/secrets/db", None),
        ("DB_PASSWORD", "/run/secrets/db", None),
        ("DB_PASSWORD", "", None),
        ("DB_PASSWORD", "${DB_PASSWORD}", None),
        ("DB_PASSWORD", "$PW", None),
        ("DB_PASSWORD", "<password>", None),
        ("DB_PASSWORD", "xxxxxxxx", None),
        ("MYSQL_ALLOW_EMPTY_PASSWORD", "yes", None),
        ("MYSQL_RANDOM_ROOT_PASSWORD", "1", None),
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE", None),
        ("KEY_ID", "abc", None),
        ("GPG_KEY", "E3FF2839C048B25C084DEBE9B26995E310250568", None),
        ("NGINX_GPGKEY", "573BFD6B3D8FBC641079A6ABABF5BD827BD9BF62", None),
        ("GPG_KEYS", "0BA5 BFA1", None),
        ("SIGNING_KEY", "E3FF2839C048B25C084DEBE9B26995E310250568", None),
        ("NEXT_PUBLIC_API_KEY", "abc123def", None),
        ("TOKENIZERS_PARALLELISM", "false", None),
        ("MAX_TOKEN", "4096", None),
        ("TOKEN_TTL", "3600", None),
        ("PWD", "/app", None),
        ("OLDPWD", "/app", None),
        ("PATH", "/usr/local/bin:/usr/bin", None),
        ("HOME", "/root", None),
        ("PYTHON_SHA256", "d8dede5005564b408ba50317108b765ed9c3c510342a598f9fd42681cbe0648b", None),
        ("HTTP_PROXY", "http://proxy:3128", None),
        ("GIT_URL", "ssh://git@github.com/x/y", None),
        ("DATABASE_URL", "postgres://app:${PW}@db/x", None),
        ("COMPASS", "north", None),
        ("BYPASS", "1", None),
        ("KEYBOARD", "us", None),
    ] {
        assert_eq!(of_pair(name, value), secret, "{name}={value}");
    }
}

#[test]
fn commands_are_read_for_what_they_are_given() {
    for (text, masked) in [
        ("export PASSWORD=hunter2 && make", "export PASSWORD=*** && make"),
        ("PGPASSWORD='hunter2' psql -c x", "PGPASSWORD='***' psql -c x"),
        ("curl -fsS -u admin:hunter2 http://x/y", "curl -fsS -u admin:*** http://x/y"),
        ("curl -uadmin:hunter2 http://x", "curl -uadmin:*** http://x"),
        ("curl --user \"admin:hunter2\" x", "curl --user \"admin:***\" x"),
        ("curl -H 'Authorization: Bearer abcdefgh1234' x", "curl -H 'Authorization: Bearer ***' x"),
        ("curl -H \"PRIVATE-TOKEN: abcdefgh12345\" x", "curl -H \"PRIVATE-TOKEN: ***\" x"),
        ("git clone https://bob:hunter2@git.example/x", "git clone https://bob:***@git.example/x"),
        ("echo 'root:hunter2' | chpasswd", "echo 'root:***' | chpasswd"),
        ("echo hunter2 | passwd --stdin root", "echo *** | passwd --stdin root"),
        ("mysql -uroot -phunter2 -e x", "mysql -uroot -p*** -e x"),
        ("sshpass -p hunter2 ssh x", "sshpass -p *** ssh x"),
        ("docker login -u a -p hunter2 x", "docker login -u a -p *** x"),
        (
            "sh -c \"mysqladmin --password=hunter2 ping\"",
            "sh -c \"mysqladmin --password=*** ping\"",
        ),
        ("app --token hunter2 run", "app --token *** run"),
        (
            "npm config set //registry.npmjs.org/:_authToken=hunter2",
            "npm config set //registry.npmjs.org/:_authToken=***",
        ),
        ("[\"app\", \"--password=hunter2\"]", "[\"app\", \"--password=***\"]"),
        ("a PASSWORD=one; b TOKEN=two", "a PASSWORD=***; b TOKEN=***"),
        ("비밀번호는 PASSWORD=가나다 끝", "비밀번호는 PASSWORD=*** 끝"),
    ] {
        let hits = in_text(text);
        let hit = hits.first().unwrap_or_else(|| panic!("nothing in {text}"));
        assert_eq!(shown(text, &hits, hit), masked);
    }
}

#[test]
fn commands_of_official_images_hold_none() {
    for text in [
        "adduser --disabled-password --gecos '' app",
        "useradd -p '*' app",
        "curl -fsSL --user-agent x https://example.com/a:b",
        "curl -u \"$USER:$PASSWORD\" x",
        "curl -u user x",
        "git clone git@github.com:x/y.git && git clone ssh://git@x/y",
        "git clone https://$TOKEN@github.com/x/y",
        "git clone https://x-access-token:${TOKEN}@github.com/x/y",
        "mysql -u root -p mydb",
        "echo \"root:$PASSWORD\" | chpasswd",
        "chown -R www-data:www-data /var/www",
        "gpg --batch --keyserver hkps://keys.openpgp.org --recv-keys \"$GPG_KEY\"",
        "GPG_KEYS=ABF5BD827BD9BF62 make",
        "set -eux; passwd -l root; docker-php-ext-install -j4 pdo",
        "./configure --with-password-argon2 --enable-token=yes",
        "grep -q 'password: ask' /etc/x",
        "echo 'mariadb-server' mysql-server/root_password password 'unused' | debconf-set-selections",
        "openssl req -passout pass: -keyout /tmp/k",
        "echo '-----BEGIN PRIVATE KEY-----'",
        "printf 'token: '",
        "run --password --verbose",
        "--mount=type=secret,id=npm_token cat /run/secrets/npm_token",
        "SECRET_KEY_BASE=dummy bin/rails assets:precompile",
    ] {
        let hits = in_text(text);
        assert!(hits.is_empty(), "{text}: {hits:?}");
    }
}

#[test]
fn keys_are_found_and_never_shown() {
    let text = format!(
        "echo \"-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\" > /k",
        "MIIE".repeat(60)
    );
    let hits = in_text(&text);
    assert_eq!(hits.len(), 1);
    assert_eq!(hits[0].secret, Secret::PrivateKey);
    let shown = shown(&text, &hits, &hits[0]);
    assert!(!shown.contains("MIIE") && shown.contains("***-----END"), "{shown}");
}

#[test]
fn hostile_texts_neither_panic_nor_take_long() {
    let long =
        ["://a:b@", "=", "'", "\"", "\\", "PASSWORD=", "-----BEGIN ", ": ", "eyJ", "|", "가="]
            .map(|piece| piece.repeat(20_000));
    for text in &long {
        let hits = in_text(text);
        assert!(hits.len() <= super::MAX_HITS);
        for hit in &hits {
            assert!(shown(text, &hits, hit).len() < 4096);
        }
    }
}

/// Put together here, so that nobody who looks for secrets in this file finds one.
#[test]
fn every_issuer_is_known_by_the_form_of_its_keys() {
    for (issuer, prefix, length) in [
        ("AWS", "AKIA", 16),
        ("AWS", "ASIA", 16),
        ("GitHub", "ghp_", 36),
        ("GitHub", "gho_", 36),
        ("GitHub", "ghu_", 36),
        ("GitHub", "ghs_", 36),
        ("GitHub", "ghr_", 36),
        ("GitHub", "github_pat_", 40),
        ("GitLab", "glpat-", 20),
        ("GitLab", "gldt-", 20),
        ("Slack", "xoxb-", 20),
        ("Slack", "xoxp-", 20),
        ("Slack", "xapp-", 20),
        ("Slack", "hooks.slack.com/services/", 30),
        ("Stripe", "sk_live_", 16),
        ("Stripe", "rk_live_", 16),
        ("Google", "AIza", 35),
        ("npm", "npm_", 36),
        ("PyPI", "pypi-AgEIcHlwaS5vcmc", 50),
        ("Docker Hub", "dckr_pat_", 20),
        ("SendGrid", "SG.", 60),
        ("OpenAI", "sk-proj-", 40),
        ("Anthropic", "sk-ant-", 40),
        ("Hugging Face", "hf_", 34),
        ("DigitalOcean", "dop_v1_", 64),
        ("Azure", "AccountKey=", 60),
        ("HashiCorp Vault", "hvs.", 24),
        ("Shopify", "shpat_", 32),
    ] {
        let body = |length: usize| "Q7W2E".chars().cycle().take(length).collect::<String>();
        let key = format!("{prefix}{}", body(length));
        assert_eq!(of_pair("X", &key), token(issuer), "{prefix}");
        assert_eq!(of_pair("X", &format!("a {key}\n")), token(issuer), "{prefix}");
        let short = format!("{prefix}{}", body(length - 1));
        let example = format!("{prefix}{}EXAMPLE", body(length - 7));
        for other in [short, format!("x{key}"), example] {
            assert_ne!(of_pair("X", &other), token(issuer), "{other}");
        }
    }
}

#[test]
fn every_option_that_takes_a_secret_is_known() {
    for option in [
        "--password",
        "--passwd",
        "--passphrase",
        "--token",
        "--secret",
        "--api-key",
        "--apikey",
        "--access-token",
        "--auth-token",
        "--client-secret",
        "--secret-key",
        "--http-password",
        "--ftp-password",
        "--proxy-password",
        "--db-password",
        "--admin-password",
        "--registry-token",
        "-storepass",
        "-keypass",
        "-passphrase",
    ] {
        assert_eq!(super::masked(&format!("x {option} hunter2 y")), format!("x {option} *** y"));
    }
    for (command, masked) in [
        ("curl -U joe:hunter2 x", "curl -U joe:*** x"),
        ("curl --proxy-user joe:hunter2 x", "curl --proxy-user joe:*** x"),
        ("podman login -p hunter2 x", "podman login -p *** x"),
        ("buildah login -p hunter2 x", "buildah login -p *** x"),
        ("skopeo login -p hunter2 x", "skopeo login -p *** x"),
        ("crane auth login -p hunter2 x", "crane auth login -p *** x"),
        ("helm registry login -p hunter2 x", "helm registry login -p *** x"),
        ("redis-cli -a hunter2 ping", "redis-cli -a *** ping"),
        ("mysqladmin -phunter2 x", "mysqladmin -p*** x"),
        ("mysqldump -phunter2 x", "mysqldump -p*** x"),
        ("mariadb -phunter2 x", "mariadb -p*** x"),
        ("mariadb-admin -phunter2 x", "mariadb-admin -p*** x"),
        // Of other programs they mean something else.
        ("mkdir -p hunter2", "mkdir -p hunter2"),
        ("ls -a hunter2", "ls -a hunter2"),
        ("id -u joe:hunter2", "id -u joe:hunter2"),
    ] {
        assert_eq!(super::masked(command), masked);
    }
}

#[test]
fn every_word_of_a_name_counts() {
    for name in [
        "PASSWORD",
        "DB_PASSWD",
        "A_PASSPHRASE",
        "PASSCODE",
        "A_SECRET",
        "SECRETS",
        "A_TOKEN",
        "APIKEY",
        "APITOKEN",
        "AUTHTOKEN",
        "ACCESSTOKEN",
        "SECRETKEY",
        "CREDENTIALS",
        "AUTHKEY",
        "DB_PASS",
        "PASS",
        "DB_PWD",
        "MYAPIKEY",
        "MYSECRETKEY",
        "MYSTOREPASS",
        "MYPASSWD",
        "requirePassword",
        "API_KEY",
        "ACCESS_KEY",
        "SECRET_KEY",
        "PRIVATE_KEY",
        "ENCRYPTION_KEY",
        "SIGNING_KEY",
        "AUTH_KEY",
        "MASTER_KEY",
        "DEPLOY_KEY",
        "ACCOUNT_KEY",
        "STORAGE_KEY",
        "SSH_KEY",
        "JWT_KEY",
        "LICENSE_KEY",
        "SERVICE_KEY",
        "SESSION_KEY",
    ] {
        assert_eq!(of_pair(name, "hunter2x"), named(name));
        for about in ["FILE", "PATH", "ID", "URL", "URI", "TTL", "LENGTH", "ALGORITHM", "ENABLED"] {
            assert_eq!(of_pair(&format!("{name}_{about}"), "hunter2x"), None, "{name}_{about}");
        }
    }
    for about in [
        "FILE",
        "FILES",
        "PATH",
        "DIR",
        "DIRECTORY",
        "FOLDER",
        "ID",
        "IDS",
        "NAME",
        "NAMES",
        "URL",
        "URI",
        "ENDPOINT",
        "HOST",
        "PORT",
        "TTL",
        "TIMEOUT",
        "EXPIRY",
        "EXPIRES",
        "EXPIRATION",
        "AGE",
        "LENGTH",
        "LEN",
        "MIN",
        "MAX",
        "SIZE",
        "TYPE",
        "HEADER",
        "ALGORITHM",
        "ALG",
        "ISSUER",
        "AUDIENCE",
        "COUNT",
        "LIMIT",
        "ENABLED",
        "DISABLED",
        "POLICY",
        "PROVIDER",
        "STORE",
        "VERSION",
        "FINGERPRINT",
        "MODE",
        "FORMAT",
        "FIELD",
        "PREFIX",
        "SUFFIX",
        "REQUIRED",
        "DAYS",
        "REF",
        "ARN",
        "MOUNT",
        "USER",
        "USERNAME",
        "SCOPE",
        "CHECK",
        "AUTHENTICATION",
    ] {
        assert_eq!(of_pair(&format!("TOKEN_{about}"), "hunter2x"), None, "TOKEN_{about}");
    }
    for public in
        ["PUBLIC", "GPG", "PGP", "GPGKEY", "PUBKEY", "KEYSERVER", "KEYRING", "PUBLISHABLE"]
    {
        assert_eq!(of_pair(&format!("{public}_API_KEY"), "hunter2x"), None, "{public}");
    }
    for other in ["KEY", "SORT_KEY", "PRIMARY_KEY", "PWD", "OLD_PWD", "COMPASS", "AUTHOR"] {
        assert_eq!(of_pair(other, "hunter2x"), None, "{other}");
    }
    assert_eq!(of_pair("MAX_TOKEN", "1234567"), None, "a number of tokens");
    assert_eq!(of_pair("A_TOKEN", "12345678"), named("A_TOKEN"));
}

#[test]
fn a_token_may_stand_in_the_place_of_a_urls_user() {
    for (url, masked) in [
        ("https://a1b2c3d4e5f6g7h8i9j0@git.example/x", "https://***@git.example/x"),
        ("https://a1b2c3d4e5f6g7h8i9j@git.example/x", "https://a1b2c3d4e5f6g7h8i9j@git.example/x"),
        (
            "https://abcdefghijklmnopqrstuvwxyz@git.example/x",
            "https://abcdefghijklmnopqrstuvwxyz@git.example/x",
        ),
        ("https://git.example/x:hunter2@y", "https://git.example/x:hunter2@y"),
        ("https://git.example?a:hunter2@y", "https://git.example?a:hunter2@y"),
        ("'https://joe:hunter2@git.example'", "'https://joe:***@git.example'"),
    ] {
        assert_eq!(super::masked(url), masked);
    }
}
