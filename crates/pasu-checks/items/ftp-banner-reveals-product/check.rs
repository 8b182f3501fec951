//! Whether the greeting of FTP daemons names the product or its version.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::ftp::{FtpUse, tell_use};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// Words that name a product, in lower case.
const PRODUCTS: [&str; 7] =
    ["vsftpd", "proftpd", "pure-ftpd", "pureftpd", "wu-ftpd", "wu-2", "ftpd"];

/// How many characters of a greeting are kept.
const MAX_TEXT: usize = 2000;

/// The daemons, and the greetings of those in use.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    daemons: Vec<FtpUse>,
    greetings: Vec<Greeting>,
    unseen: Vec<Cause>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Greeting {
    daemon: String,
    shown: Shown,
    by: By,
    place: Option<Place>,
}

/// What makes the greeting what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum By {
    /// No setting: the place is the file or the head of the server's section.
    Nothing,
    /// A setting that holds the text.
    Setting,
    /// A setting that names a file.
    File,
}

/// What a stranger sees.
#[derive(Debug, Serialize, Deserialize)]
enum Shown {
    /// The daemon's own, which names it.
    BuiltIn,
    /// Nothing of the product.
    Neutral,
    /// A text of the administrator's.
    Text(String),
    /// What a setting makes of it.
    Unknown(String),
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let daemons = host.ftp_daemons()?;
    let mut facts = Facts { daemons, greetings: Vec::new(), unseen: Vec::new() };
    for daemon in facts.daemons.iter().filter(|daemon| daemon.state.is_used()) {
        match greetings(host, &daemon.name) {
            Ok(found) => facts.greetings.extend(found),
            Err(cause) => facts.unseen.push(cause),
        }
    }
    Ok(facts)
}

fn greetings(host: &Host, daemon: &str) -> Result<Vec<Greeting>, Cause> {
    let shown = match daemon {
        "vsftpd" => vsftpd(host)?,
        "proftpd" => proftpd(host)?,
        "pure-ftpd" => {
            let read = host.pure_ftpd()?;
            let shown = match read.option("FortunesFile") {
                Some(said) => {
                    (Shown::Unknown("FortunesFile".to_owned()), By::File, said.place.clone())
                }
                None => (Shown::BuiltIn, By::Nothing, None),
            };
            vec![shown]
        }
        _ => vec![(Shown::BuiltIn, By::Nothing, None)],
    };
    let greeting = |(shown, by, place)| Greeting { daemon: daemon.to_owned(), shown, by, place };
    Ok(shown.into_iter().map(greeting).collect())
}

type Found = (Shown, By, Option<Place>);

/// `banner_file` wins over `ftpd_banner`; an empty one is none.
fn vsftpd(host: &Host) -> Result<Vec<Found>, Cause> {
    let mut found = Vec::new();
    for instance in host.vsftpd()? {
        found.push(match (instance.text("banner_file"), instance.text("ftpd_banner")) {
            (Some(file), _) => (text_of(host, &file.value)?, By::File, file.place.clone()),
            (None, Some(said)) => {
                (Shown::Text(said.value.clone()), By::Setting, said.place.clone())
            }
            (None, None) => (Shown::BuiltIn, By::Nothing, instance.place()),
        });
    }
    Ok(found)
}

/// `ServerIdent off` shows the address only; `on` without a text is the default.
fn proftpd(host: &Host) -> Result<Vec<Found>, Cause> {
    let read = host.proftpd()?;
    let mut found = Vec::new();
    for server in read.servers() {
        let ident = read.value(&server, "serverident");
        found.push(match ident {
            Some(directive) if !directive.is_on() => {
                (Shown::Neutral, By::Setting, Some(directive.place.clone()))
            }
            Some(directive) => {
                let text = directive.arguments.get(1).filter(|text| !text.is_empty());
                let shown = text.map_or(Shown::BuiltIn, |text| Shown::Text(text.clone()));
                (shown, By::Setting, Some(directive.place.clone()))
            }
            None => (Shown::BuiltIn, By::Nothing, server.place.clone().or_else(|| read.place())),
        });
        let file = read.value(&server, "displayconnect");
        if let Some((directive, path)) = file.and_then(|it| Some((it, it.arguments.first()?)))
            && host.file_followed(path)?.is_some()
        {
            found.push((text_of(host, path)?, By::File, Some(directive.place.clone())));
        }
    }
    Ok(found)
}

fn text_of(host: &Host, path: &str) -> Result<Shown, Cause> {
    let Some(file) = host.text(path)? else {
        return Err(Cause::malformed(path, None, "the file of the greeting is not there"));
    };
    Ok(Shown::Text(file.lines.join(" ").chars().take(MAX_TEXT).collect()))
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    for Greeting { daemon, shown, place, .. } in &facts.greetings {
        let said = |key: &'static str| reason(key).arg("daemon", daemon).at(place.clone());
        match shown {
            Shown::BuiltIn => judgement.bad(said("greeting-built-in")),
            Shown::Neutral => judgement.good(said("greeting-neutral")),
            Shown::Unknown(setting) => {
                judgement.ask(said("greeting-unknown").arg("setting", setting));
            }
            Shown::Text(text) => match revealed(text) {
                Some(what) => {
                    judgement.bad(said("greeting-reveals").arg("what", what).excerpt(text));
                }
                None => judgement.good(said("greeting-neutral").excerpt(text)),
            },
        }
    }
    for cause in &facts.unseen {
        judgement.unseen(cause);
    }
    tell_use(&mut judgement, &facts.daemons, None);
    judgement
}

/// The product's name or a version in a text.
fn revealed(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let product = PRODUCTS.iter().find(|product| lower.contains(**product));
    product.map(|product| (*product).to_owned()).or_else(|| {
        let words = lower.split(|c: char| !c.is_ascii_alphanumeric() && c != '.');
        words.map(|word| word.trim_matches('.')).find(|word| is_version(word)).map(str::to_owned)
    })
}

/// `3.0.5` or `v1.3`, and neither an address nor a date.
fn is_version(word: &str) -> bool {
    let parts: Vec<&str> = word.trim_start_matches('v').split('.').collect();
    let is_number = |part: &str| part.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
    let is_year = parts.first().is_some_and(|first| first.len() == 4);
    matches!(parts.len(), 2 | 3) && parts.iter().all(|part| is_number(part)) && !is_year
}
