//! One rule of sudo taken apart: for which hosts, as whom, with which tags, which commands (sudoers(5)).
//!
//! ```text
//! kim, %wheel ALL = (root) NOPASSWD: /bin/a, PASSWD: ALL : web1 = ALL
//! ```

/// Words before a colon that are tags.
const TAGS: [&str; 16] = [
    "NOPASSWD",
    "PASSWD",
    "NOEXEC",
    "EXEC",
    "SETENV",
    "NOSETENV",
    "LOG_INPUT",
    "NOLOG_INPUT",
    "LOG_OUTPUT",
    "NOLOG_OUTPUT",
    "MAIL",
    "NOMAIL",
    "FOLLOW",
    "NOFOLLOW",
    "INTERCEPT",
    "NOINTERCEPT",
];

/// Words before `=` that say something of a command.
const OPTIONS: [&str; 9] =
    ["ROLE", "TYPE", "PRIVS", "LIMITPRIVS", "TIMEOUT", "CWD", "CHROOT", "NOTBEFORE", "NOTAFTER"];

/// One command of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grant {
    /// The hosts, as written.
    pub(super) hosts: Vec<String>,
    /// As whom; `None` where no parentheses say it.
    pub(super) runas: Option<Vec<String>>,
    /// Whether a password is asked, where a tag says it.
    pub(super) password: Option<bool>,
    /// Whether the command may start no other, or only at some time.
    pub(super) bound: bool,
    /// The command, with a `!` where it is refused.
    pub(super) command: String,
}

/// The commands of a rule, in order.
pub(super) fn grants(rule: &str) -> Vec<Grant> {
    let (mut hosts, mut rest) = match rule.split_once('=') {
        Some((left, right)) => (hosts_of(left, true), right),
        None => return Vec::new(),
    };
    let mut found = Vec::new();
    loop {
        let end = end_of_part(rest);
        commands(rest.get(..end).unwrap_or_default(), &hosts, &mut found);
        let Some((left, right)) = rest.get(end + 1..).and_then(|next| next.split_once('=')) else {
            return found;
        };
        hosts = hosts_of(left, false);
        rest = right;
    }
}

/// Where the colon stands that begins other hosts, or the end.
fn end_of_part(text: &str) -> usize {
    let (mut depth, mut quoted, mut word) = (0_u32, false, String::new());
    let mut before = ' ';
    for (at, character) in text.char_indices() {
        match character {
            '"' if before != '\\' => quoted = !quoted,
            _ if quoted => {}
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                word.clear();
            }
            ':' if depth == 0 && before != '\\' => {
                if !TAGS.contains(&word.trim()) {
                    return at;
                }
                word.clear();
            }
            ',' => word.clear(),
            _ if character.is_whitespace()
                && !word.trim().is_empty()
                && !TAGS.contains(&word.trim()) =>
            {
                word.clear();
            }
            _ => word.push(character),
        }
        before = character;
    }
    text.len()
}

/// The words after the users; all of them after a colon.
fn hosts_of(left: &str, has_users: bool) -> Vec<String> {
    let spaced = left.replace(',', " , ");
    let mut lists: Vec<Vec<String>> = Vec::new();
    let mut joins = false;
    for word in spaced.split_whitespace() {
        match (word, lists.last_mut()) {
            (",", _) => {
                joins = true;
                continue;
            }
            (_, Some(list)) if joins || list.last().is_some_and(|last| last == "!") => {
                list.push(word.to_owned());
            }
            _ => lists.push(vec![word.to_owned()]),
        }
        joins = false;
    }
    let first = usize::from(has_users);
    lists.into_iter().nth(first).unwrap_or_default()
}

fn commands(text: &str, hosts: &[String], found: &mut Vec<Grant>) {
    let (mut runas, mut password, mut bound) = (None, None, false);
    for part in split(text) {
        let mut rest = part.trim();
        if let Some(inside) = rest.strip_prefix('(') {
            let (inside, after) = inside.split_once(')').unwrap_or((inside, ""));
            let users = inside.split(':').next().unwrap_or_default();
            let users = users.split(',').map(str::trim).filter(|user| !user.is_empty());
            runas = Some(users.map(str::to_owned).collect::<Vec<_>>());
            rest = after.trim_start();
        }
        loop {
            let end = rest.find([':', '=', ' ', '\t']).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            let after = after.trim_start();
            match (after.strip_prefix(':'), after.strip_prefix('=')) {
                (Some(after), _) if TAGS.contains(&word) => {
                    match word {
                        "NOPASSWD" => password = Some(false),
                        "PASSWD" => password = Some(true),
                        "NOEXEC" => bound = true,
                        "EXEC" => bound = false,
                        _ => {}
                    }
                    rest = after.trim_start();
                }
                (_, Some(after)) if OPTIONS.contains(&word) => {
                    bound |= matches!(word, "CHROOT" | "NOTBEFORE" | "NOTAFTER" | "TIMEOUT");
                    let end = after.find(char::is_whitespace).unwrap_or(after.len());
                    rest = after[end..].trim_start();
                }
                _ => break,
            }
        }
        if rest.is_empty() {
            continue;
        }
        found.push(Grant {
            hosts: hosts.to_vec(),
            runas: runas.clone(),
            password,
            bound,
            command: rest.to_owned(),
        });
    }
}

/// Parts between commas, but for those in parentheses, in quotes or after a `\`.
fn split(text: &str) -> Vec<String> {
    let (mut parts, mut depth, mut quoted, mut before) = (vec![String::new()], 0_u32, false, ' ');
    for character in text.chars() {
        match character {
            '"' if before != '\\' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            ',' if !quoted && depth == 0 && before != '\\' => {
                parts.push(String::new());
                before = character;
                continue;
            }
            _ => {}
        }
        before = character;
        if let Some(last) = parts.last_mut() {
            last.push(character);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::grants;

    fn shown(rule: &str) -> Vec<String> {
        grants(rule)
            .into_iter()
            .map(|grant| {
                format!(
                    "{}|{}|{}|{}|{}",
                    grant.hosts.join("+"),
                    grant.runas.map_or("-".into(), |runas| runas.join("+")),
                    grant.password.map_or("-".into(), |asks| asks.to_string()),
                    grant.bound,
                    grant.command
                )
            })
            .collect()
    }

    #[test]
    fn rules_are_taken_apart() {
        for (rule, expected) in [
            ("root ALL=(ALL:ALL) ALL", vec!["ALL|ALL|-|false|ALL"]),
            ("%wheel\tALL=(ALL)\tNOPASSWD: ALL", vec!["ALL|ALL|false|false|ALL"]),
            ("kim ALL=NOPASSWD :ALL", vec!["ALL|-|false|false|ALL"]),
            (
                "kim, %w web1, web2 = (root, op) NOPASSWD: /bin/a -x, PASSWD: SETENV: !/bin/b : db = (op) ALL",
                vec![
                    "web1+web2|root+op|false|false|/bin/a -x",
                    "web1+web2|root+op|true|false|!/bin/b",
                    "db|op|-|false|ALL",
                ],
            ),
            ("kim ALL=(:docker) NOEXEC: NOTAFTER=2030010100Z ALL", vec!["ALL||-|true|ALL"]),
            ("kim ALL", vec![]),
            ("kim ALL=", vec![]),
        ] {
            let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
            assert_eq!(shown(rule), expected, "{rule}");
        }
    }
}
