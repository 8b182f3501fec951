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
