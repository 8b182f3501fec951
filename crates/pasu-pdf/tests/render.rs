//! What is in the documents: read back by poppler's programs.

#![expect(clippy::print_stderr, reason = "a test that looks at nothing says so")]

mod common;
#[path = "../../pasu-report/tests/common/mod.rs"]
mod reports;

mod render {
    mod content;
    mod hostile;
    mod layout;
    mod poppler;
    mod properties;
    mod report;
}
