//! Owner, mode and access list of `/etc/sudoers`. What the rules allow is told of; it decides nothing here.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::sudoers::{SudoDefault, SudoRule};
use crate::judgement::{Judgement, reason};
use crate::kinds::file_mode::{self, Limit};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// How many rules are kept to be told of.
const MAX_TOLD: usize = 200;

/// The main file, what it includes, and the rules that give much.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    main: file_mode::Facts,
    included: file_mode::Facts,
    rules: Vec<SudoRule>,
    defaults: Vec<SudoDefault>,
    /// Why no rule could be read, or not all.
    rules_unread: Option<Cause>,
    unread: Vec<Cause>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let main = ["/etc/sudoers".to_owned(), "/usr/etc/sudoers".to_owned()];
    let mut facts = Facts {
        main: file_mode::collect(host, &main)?,
        included: file_mode::Facts { files: Vec::new(), unseen: Vec::new() },
        rules: Vec::new(),
        defaults: Vec::new(),
        rules_unread: None,
        unread: Vec::new(),
    };
    match host.sudoers() {
        Ok(sudoers) => {
            let included: Vec<String> =
                sudoers.files.iter().filter(|path| !main.contains(path)).cloned().collect();
            facts.included = file_mode::collect(host, &included)?;
            let gives_much = |rule: &&SudoRule| rule.no_password || rule.all_commands;
            facts.rules = sudoers.rules.iter().filter(gives_much).take(MAX_TOLD).cloned().collect();
            facts.defaults = sudoers
                .defaults
                .iter()
                .filter(|line| asks_nothing(line))
                .take(MAX_TOLD)
                .cloned()
                .collect();
            facts.unread = sudoers.unseen;
        }
        Err(cause) => facts.rules_unread = Some(cause),
    }
    Ok(facts)
}

fn asks_nothing(line: &SudoDefault) -> bool {
    line.settings.iter().any(|setting| setting == "!authenticate")
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    if facts.main.files.is_empty() && facts.main.unseen.is_empty() {
        return Judgement::not_applicable(reason("absent").file("/etc/sudoers"));
    }
    let limit = Limit { owners: vec!["root".to_owned()], mode: 0o640 };
    let mut judgement = file_mode::judge(&facts.main, &limit);
    for found in &facts.included.files {
        if !file_mode::deviations(found, &limit).is_empty() {
            judgement.warn(
                reason("include-mode")
                    .arg("owner", &found.owner)
                    .arg("mode", found.file.octal())
                    .file(&found.file.path),
            );
        }
    }
    tell_rules(facts, &mut judgement);
    for cause in facts.unread.iter().chain(&facts.included.unseen) {
        let told = reason("include-unread").arg("detail", &cause.detail);
        judgement.warn(told.at(cause.place.clone()));
    }
    if let Some(cause) = &facts.rules_unread {
        let told = reason("rules-unread").arg("detail", &cause.detail);
        judgement.warn(told.at(cause.place.clone()));
    }
    judgement
}

fn tell_rules(facts: &Facts, judgement: &mut Judgement) {
    for line in &facts.defaults {
        let excerpt = format!("Defaults{} {}", line.scope, line.settings.join(", "));
        judgement.warn(reason("no-authentication").line(&line.path, line.line).excerpt(&excerpt));
    }
    for rule in &facts.rules {
        let key = if rule.no_password { "no-password" } else { "all-commands" };
        let told = reason(key)
            .arg("who", rule.who.join(", "))
            .line(&rule.path, rule.line)
            .excerpt(&rule.text);
        if rule.no_password {
            judgement.warn(told);
        } else {
            judgement.note(told);
        }
    }
}
