//! What a maintainer script would do in an upgrade, found without running it.
//!
//! The script is read like a shell reads it. What follows from its arguments (`configure 1.0-1`), from versions compared
//! with them, and from files that the image has or has not, is decided; every other condition counts as both true and
//! false. What is left are the commands that could be executed. This is an over-approximation: a command that would not
//! be executed may be named, but none that would be is left out, short of words made at run time (`eval` and the like
//! are commands, and named).

mod lexer;
mod run;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use run::{Command, World, commands};

/// The commands that a script could execute when nothing is known of the image; `None` if it is not to be understood.
#[must_use]
pub fn judged_script(script: &str, arguments: &[&str]) -> Option<Vec<String>> {
    struct Nothing;

    impl World for Nothing {
        fn compare(&self, _a: &str, _operator: &str, _b: &str) -> Option<bool> {
            None
        }

        fn file(&self, _what: char, _path: &str) -> Option<bool> {
            None
        }

        fn program(&self, _name: &str) -> Option<bool> {
            None
        }
    }

    let found = commands(script, arguments, &[], &Nothing)?;
    Some(found.into_iter().map(|command| command.shown).collect())
}
