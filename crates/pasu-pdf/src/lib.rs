//! The report as a PDF: a small flow layout of our own over krilla, which writes the document.
