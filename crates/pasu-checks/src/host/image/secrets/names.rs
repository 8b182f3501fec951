//! What things are called whose values are secrets.

/// Words that name a secret alone.
const WORDS: [&str; 14] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "PASSCODE",
    "SECRET",
    "SECRETS",
    "TOKEN",
    "APIKEY",
    "APITOKEN",
    "AUTHTOKEN",
    "ACCESSTOKEN",
    "SECRETKEY",
    "CREDENTIALS",
    "AUTHKEY",
];

/// Words that name one at the end of another name: `DB_PASS`, `MYSQL_PWD`.
const LAST: [&str; 2] = ["PASS", "PWD"];

/// Ends of words written together: `PGPASSWORD`, `requirePass`.
const ENDS: [&str; 5] = ["PASSWORD", "PASSWD", "APIKEY", "SECRETKEY", "STOREPASS"];

/// What stands before `KEY` where it is a secret.
const KEYS: [&str; 16] = [
    "API",
    "ACCESS",
    "SECRET",
    "PRIVATE",
    "ENCRYPTION",
    "SIGNING",
    "AUTH",
    "MASTER",
    "DEPLOY",
    "ACCOUNT",
    "STORAGE",
    "SSH",
    "JWT",
    "LICENSE",
    "SERVICE",
    "SESSION",
];

/// What a name ends with that speaks *about* a secret: where it lies, how long it is, who issues it.
const ABOUT: [&str; 56] = [
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
];

/// Words of keys that everybody may know.
const PUBLIC: [&str; 8] =
    ["PUBLIC", "GPG", "PGP", "GPGKEY", "PUBKEY", "KEYSERVER", "KEYRING", "PUBLISHABLE"];

/// Whether a name says that its value is a secret; the value only matters where a fingerprint may stand.
pub(super) fn is_secret(name: &str, value: &str) -> bool {
    let words = words(name);
    let Some(last) = words.last() else { return false };
    if ABOUT.contains(&last.as_str()) {
        return false;
    }
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if has(&WORDS) || words.iter().any(|word| ENDS.iter().any(|end| word.ends_with(end))) {
        // A number of tokens is no token.
        let counts =
            last == "TOKEN" && value.len() < 8 && value.bytes().all(|b| b.is_ascii_digit());
        return !counts;
    }
    if LAST.contains(&last.as_str()) {
        return words.len() > 1 && words.concat() != "OLDPWD" || last == "PASS";
    }
    let is_key = |pair: &[String]| pair[1] == "KEY" && KEYS.contains(&pair[0].as_str());
    words.windows(2).any(is_key) && !has(&PUBLIC) && !is_fingerprint(value)
}

/// The words of `DB_PASSWORD`, `dbPassword`, `db.password`, in capitals.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut was_lower = false;
    for letter in name.chars() {
        let begins = !letter.is_ascii_alphanumeric() || (letter.is_ascii_uppercase() && was_lower);
        if begins && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_ascii_alphanumeric() {
            word.push(letter.to_ascii_uppercase());
        }
        was_lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Fingerprints of public keys, as official images have them: 8, 16, 32 or 40 hexadecimal digits in capitals.
fn is_fingerprint(value: &str) -> bool {
    let is_one = |word: &str| {
        let word = word.strip_prefix("0x").unwrap_or(word);
        matches!(word.len(), 8 | 16 | 32 | 40)
            && word.bytes().all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte))
    };
    !value.is_empty() && value.split_whitespace().all(is_one)
}
