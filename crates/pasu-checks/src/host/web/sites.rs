//! What each server listens to, whether with TLS, and whether it sends plain requests to HTTPS.

use crate::host::apache::{Apache, Config};
use crate::host::nginx::{Block, Nginx, Tree};
use crate::host::web::Handle;
use pasu_model::Place;

/// A server of nginx or a virtual host of Apache.
#[derive(Debug, Clone)]
pub struct Site {
    /// `server example.com`, `VirtualHost *:80 (example.com)`.
    pub scope: String,
    /// The names that it answers to.
    pub names: Vec<String>,
    /// Where it begins.
    pub place: Place,
    /// The block of nginx, for a fix.
    pub head: Option<Handle>,
    /// Whether others reach it without TLS.
    pub is_plain: bool,
    /// Whether it is reached with TLS.
    pub is_tls: bool,
    /// Whether only this machine reaches it.
    pub is_local: bool,
    /// `None` where all plain requests are sent to HTTPS or refused; else where some are answered.
    pub answers_plain: Option<Place>,
    /// Whether a certificate is named, where TLS is on.
    pub has_certificate: bool,
}

/// The servers of an nginx.
#[must_use]
pub fn of_nginx(nginx: &Nginx) -> Vec<Site> {
    let tree = &nginx.tree;
    let is_ssl = |word: &String| word == "ssl" || word == "quic";
    let secured: Vec<&str> = tree
        .servers()
        .filter_map(|at| tree.blocks.get(at))
        .flat_map(|block| block.all("listen"))
        .filter(|listen| listen.arguments.iter().any(is_ssl))
        .map(|listen| listen.value())
        .collect();
    tree.servers().filter_map(|at| nginx_site(tree, at, &secured)).collect()
}

fn nginx_site(tree: &Tree, at: usize, secured: &[&str]) -> Option<Site> {
    let block = tree.blocks.get(at)?;
    let is_old_tls = tree.effective(at, "ssl").is_some_and(|ssl| ssl.value() == "on");
    // Without any, nginx listens to port 80.
    let mut addresses: Vec<&str> = block.all("listen").map(|listen| listen.value()).collect();
    if addresses.is_empty() {
        addresses.push("80");
    }
    let is_tls = |address: &&str| is_old_tls || secured.contains(address);
    let names = block.all("server_name").flat_map(|names| names.arguments.clone()).collect();
    Some(Site {
        scope: tree.named(at),
        names,
        place: block.place(),
        head: Some(Handle::Nginx(block.head())),
        is_plain: addresses.iter().any(|address| !is_tls(address) && !is_local(address)),
        is_tls: addresses.iter().any(is_tls),
        is_local: addresses.iter().all(|address| is_local(address)),
        answers_plain: nginx_answer(tree, at),
        has_certificate: tree.effective(at, "ssl_certificate").is_some()
            || block.own("ssl_reject_handshake").is_some(),
    })
}

/// `127.0.0.1:8080`, `[::1]:80`, `localhost`, `unix:/run/x.sock`.
fn is_local(address: &str) -> bool {
    ["127.", "[::1]", "localhost", "unix:"].iter().any(|start| address.starts_with(start))
}

/// `return 301 https://$host$request_uri;`, `return 444;`, `rewrite ^ https://$host$request_uri permanent;`.
fn turns_away(block: &Block) -> bool {
    let returns = block.own("return").is_some_and(|found| {
        let is_refusal = found.value().starts_with('4') && found.arguments.len() == 1;
        is_refusal || found.arguments.iter().any(|word| word.starts_with("https://"))
    });
    let rewrites = block.all("rewrite").any(|rewrite| match rewrite.arguments.as_slice() {
        [pattern, target, ..] => target.starts_with("https://") && takes_all(pattern),
        _ => false,
    });
    let denies = block.all("deny").any(|deny| deny.value() == "all")
        && block.own("allow").is_none()
        && block.own("satisfy").is_none();
    returns || rewrites || denies
}

/// Whether a regular expression takes every path.
fn takes_all(pattern: &str) -> bool {
    let bare: String =
        pattern.chars().filter(|c| !matches!(c, '^' | '$' | '(' | ')' | '/' | '?')).collect();
    matches!(bare.as_str(), "" | ".*" | ".+")
}

fn nginx_answer(tree: &Tree, at: usize) -> Option<Place> {
    let block = tree.blocks.get(at)?;
    if turns_away(block) {
        return None;
    }
    let children = || tree.blocks.iter().filter(|child| child.parent == Some(at));
    let by_scheme = children().any(|child| {
        let condition = child.arguments.join(" ");
        let asks = ["$scheme", "$https", "$server_port", "$ssl_protocol"];
        child.name == "if" && turns_away(child) && asks.iter().any(|name| condition.contains(name))
    });
    if by_scheme {
        return None;
    }
    let mut locations = children().filter(|child| child.name == "location");
    let is_root = |child: &Block| child.arguments.last().is_some_and(|path| path == "/");
    if !children().any(|child| child.name == "location" && is_root(child)) {
        return Some(block.place());
    }
    let answers = |child: &&Block| {
        let is_acme = child.arguments.iter().any(|word| word.contains("well-known"));
        !is_acme && !turns_away(child)
    };
    locations.find(answers).map(Block::place)
}

/// The servers of an Apache that answer some port.
#[must_use]
pub fn of_apache(apache: &Apache) -> Vec<Site> {
    let config = &apache.config;
    let served = config.servers().filter(|at| config.is_served(*at));
    served.filter_map(|at| apache_site(config, at)).collect()
}

fn apache_site(config: &Config, at: usize) -> Option<Site> {
    let section = config.sections.get(at)?;
    let is_on = |found: &&crate::host::apache::Directive| found.is("on") || found.is("optional");
    let is_tls = config.server_value(at, "sslengine").filter(is_on).is_some();
    let addresses: Vec<&str> = if at == 0 {
        config.everywhere("listen").map(|(_, listen)| listen.value()).collect()
    } else {
        section.arguments.iter().map(String::as_str).collect()
    };
    let is_local = !addresses.is_empty() && addresses.iter().all(|address| is_local(address));
    let names = ["servername", "serveralias"];
    let names = names.into_iter().flat_map(|name| section.all(name));
    Some(Site {
        scope: config.named(at),
        names: names.flat_map(|names| names.arguments.clone()).collect(),
        place: section.place(),
        head: None,
        is_plain: !is_tls && !is_local,
        is_tls,
        is_local,
        answers_plain: (!apache_turns_away(config, at)).then(|| section.place()),
        has_certificate: config.server_value(at, "sslcertificatefile").is_some()
            || config.everywhere("mdomain").next().is_some()
            || config.everywhere("mdcertificatefile").next().is_some(),
    })
}

/// `Redirect permanent / https://example.com/`, or `RewriteRule ^ https://%{SERVER_NAME}%{REQUEST_URI} [R]`.
fn apache_turns_away(config: &Config, at: usize) -> bool {
    let Some(section) = config.sections.get(at) else { return false };
    let is_https = |word: &String| word.to_ascii_lowercase().starts_with("https://");
    let redirects = ["redirect", "redirectpermanent", "redirectmatch"].iter().any(|name| {
        section.all(name).any(|found| {
            let path = found.arguments.iter().rev().nth(1);
            found.arguments.last().is_some_and(is_https) && path.is_some_and(|path| takes_all(path))
        })
    });
    if redirects {
        return true;
    }
    if !section.own("rewriteengine").is_some_and(|engine| engine.is("on")) {
        return false;
    }
    let mut narrows = false;
    for directive in &section.directives {
        match directive.name.as_str() {
            // These ask for the scheme, for names of the host itself, or leave the paths of certificates out.
            "rewritecond" => {
                let subject = directive.value().to_ascii_uppercase();
                let known = ["HTTPS", "SERVER_PORT", "REQUEST_SCHEME", "SERVER_NAME"];
                let is_acme = directive.text.contains("well-known");
                narrows |= !is_acme && !known.iter().any(|name| subject.contains(name));
            }
            "rewriterule" => {
                let [pattern, target, ..] = directive.arguments.as_slice() else { continue };
                if is_https(target) && takes_all(pattern) && !narrows {
                    return true;
                }
                narrows = false;
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::takes_all;

    #[test]
    fn patterns_that_take_every_path() {
        for pattern in ["^", "/", ".*", "^(.*)$", "^/?(.*)", "^/(.*)$", "(.*)"] {
            assert!(takes_all(pattern), "{pattern}");
        }
        for pattern in ["^/admin", "/x", "^/(a.*)$"] {
            assert!(!takes_all(pattern), "{pattern}");
        }
    }
}
