//! What goes wrong.

/// Why there is no PDF.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// The brand's logo is not what its name says.
    #[error("the logo cannot be read as {format}: {cause}")]
    Logo {
        /// PNG, JPEG or SVG.
        format: &'static str,
        /// What the reader said.
        cause: String,
    },
    /// The brand's logo would make every report heavy.
    #[error("the logo is too big: {size}, at most {most}")]
    LogoSize {
        /// What it has.
        size: String,
        /// What it may have.
        most: &'static str,
    },
    /// One of our own fonts.
    #[error("the font {0} cannot be read")]
    Font(&'static str),
    /// The document itself.
    #[error("the PDF cannot be written: {0}")]
    Write(String),
}
