//! Trivy's environment variables: it reads each of its flags, `--ignore-unfixed`, also from `TRIVY_IGNORE_UNFIXED`. The
//! commands that Trivy has too read them for the flags that Trivy has too; what is typed wins, then a variable of Pasu's
//! own, then Trivy's. As there, an empty variable is none.

use super::scan::parse_switch;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, Command, Error};
use std::env::var_os;
use std::ffi::OsString;

/// The commands that Trivy has too.
const COMMANDS: &[&str] = &["image", "rootfs", "fs", "repo", "sbom"];

/// Flags that Trivy takes before its commands, too, and whether a value follows.
const EARLY: &[(&str, bool)] = &[
    ("-q", false),
    ("--quiet", false),
    ("-d", false),
    ("--debug", false),
    ("--insecure", false),
    ("-c", true),
    ("--config", true),
    ("--cache-dir", true),
    ("--timeout", true),
    ("--cacert", true),
];

/// Flags of those commands, and other names of them, that Trivy does not have.
const OWN: &[&str] = &[
    "all",
    "no-verify",
    "no-cache",
    "clear-cache",
    "cache-size",
    "ca-file",
    "cross-file-systems",
    "lang",
    "db",
];

const HELP: &str = "Flags that Trivy has too are also read from its environment variables: --severity from TRIVY_SEVERITY.";

/// The command line with flags behind the command that stand before it, as in `trivy --quiet image web:1.4`: Trivy takes
/// some at both places.
pub fn in_order(command: &Command, typed: Vec<OsString>) -> Vec<OsString> {
    let mut at = 1;
    while let Some(word) = typed.get(at).and_then(|word| word.to_str()) {
        let name = word.split_once('=').map_or(word, |(name, _)| name);
        let Some((_, has_value)) = EARLY.iter().find(|(early, _)| *early == name) else { break };
        at += 1 + usize::from(*has_value && name == word);
    }
    let named = typed.get(at).and_then(|word| command.find_subcommand(word));
    if at == 1 || named.is_none_or(|named| !COMMANDS.contains(&named.get_name())) {
        return typed;
    }
    let (early, rest) = typed.split_at(at);
    [&early[..1], &rest[..1], &early[1..], &rest[1..]].concat()
}

/// The command line, each flag with the variable of Trivy's that is set for it.
pub fn with_variables(command: Command, typed: &[OsString]) -> Command {
    match scan(&command, typed).map(|scan| scan.get_name().to_owned()) {
        Some(name) => {
            let read = |scan: Command| scan.mut_args(from_variable).after_help(HELP);
            command.mut_subcommand(name, read)
        }
        None => command,
    }
}

/// Says in an error which variable it came from, and takes secrets out. `command` is the one without variables.
pub fn explain(mut error: Error, command: &Command, typed: &[OsString]) -> Error {
    let scan = scan(command, typed);
    let args: Vec<&Arg> = scan.unwrap_or(command).get_arguments().collect();
    let named: Vec<&Arg> = args.into_iter().filter(|arg| is_named(&error, arg)).collect();
    if named.iter().any(|arg| arg.is_hide_env_values_set()) {
        error.insert(ContextKind::InvalidValue, ContextValue::String("***".to_owned()));
    }
    let same = command.clone().try_get_matches_from(typed);
    if scan.is_none() || same.is_err_and(|same| same.to_string() == error.to_string()) {
        return error;
    }
    let tip =
        |name: String| StyledStr::from(format!("it was read from the environment variable {name}"));
    let tips: Vec<StyledStr> = named.into_iter().filter_map(variable).map(tip).collect();
    if !tips.is_empty() {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    }
    error
}

/// The command that reads variables, if one was typed. The commands below `image` are Pasu's own.
fn scan<'a>(command: &'a Command, typed: &[OsString]) -> Option<&'a Command> {
    let scan = command.find_subcommand(typed.get(1)?)?;
    let is_own = typed.get(2).is_some_and(|below| scan.find_subcommand(below).is_some());
    (COMMANDS.contains(&scan.get_name()) && !is_own).then_some(scan)
}

fn from_variable(arg: Arg) -> Arg {
    let Some(name) = variable(&arg) else { return arg };
    // Help goes on showing the variables of Pasu's own alone.
    let is_hidden = arg.get_env().is_none();
    let arg = arg.env(name).hide_env(is_hidden);
    match arg.get_action() {
        ArgAction::SetTrue => arg.value_parser(parse_switch),
        _ => arg,
    }
}

/// The variable of Trivy's that says something about a flag here and now.
fn variable(arg: &Arg) -> Option<String> {
    if arg.get_env().is_some_and(|own| var_os(own).is_some()) {
        return None;
    }
    let names = arg.get_long().into_iter().chain(arg.get_all_aliases().into_iter().flatten());
    names
        .filter(|name| !OWN.contains(name))
        .map(|name| format!("TRIVY_{}", name.replace('-', "_").to_ascii_uppercase()))
        .find(|name| var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Whether an error is about a flag: it names it as `--severity <LIST>`.
fn is_named(error: &Error, arg: &Arg) -> bool {
    let is_it = |text: &str| {
        let name = text.strip_prefix("--").and_then(|text| text.split([' ', '=', '[']).next());
        name.is_some() && name == arg.get_long()
    };
    [ContextKind::InvalidArg, ContextKind::PriorArg].iter().any(|kind| match error.get(*kind) {
        Some(ContextValue::String(text)) => is_it(text),
        Some(ContextValue::Strings(texts)) => texts.iter().any(|text| is_it(text)),
        _ => false,
    })
}
