//! An engine's errors in this crate's words.

use crate::error::ImageError;
use bollard::errors::Error;

/// How much of an engine's own message is shown, in characters.
const MAX_MESSAGE: usize = 500;

/// Says what an engine answered; `what` is what it was asked for.
pub(super) fn from_engine(place: &str, what: &str, error: &Error) -> ImageError {
    let place = format!("{place}: {what}");
    match error {
        Error::DockerResponseServerError { status_code, message } => {
            let message = shown(message);
            match status_code {
                404 => ImageError::NotFound {
                    reference: what.to_owned(),
                    looked: format!("; {message}"),
                },
                401 | 403 => ImageError::Denied { place, problem: message },
                _ => ImageError::Unreachable {
                    place,
                    problem: format!("the engine answers {status_code}: {message}"),
                },
            }
        }
        Error::RequestTimeoutError => unanswered(place),
        Error::JsonDataError { .. } | Error::JsonSerdeError { .. } => {
            ImageError::malformed(place, format!("the engine's answer is malformed: {error}"))
        }
        error => ImageError::Unreachable { place, problem: chain(error) },
    }
}

/// The engine did not answer in time.
pub(super) fn unanswered(place: String) -> ImageError {
    ImageError::Unreachable { place, problem: "the engine does not answer".to_owned() }
}

/// One line of an engine's message.
pub(super) fn shown(message: &str) -> String {
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().filter(|char| !char.is_control()).take(MAX_MESSAGE).collect()
}

/// An error with its causes: the outer ones of HTTP clients say nothing.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    shown(&text)
}
