//! Poppler's programs, `apt-get install poppler-utils`. In CI a missing one fails the test; elsewhere the test says that
//! it looked at nothing.

use std::process::Command;

/// A word on a page, in points from the page's top left.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    pub page: usize,
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
    pub text: String,
}

/// A document in a file that goes away with this.
pub struct File(std::path::PathBuf);

impl File {
    /// Writes it; none where poppler is missing.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        if Command::new("pdftotext").arg("-v").output().is_err() {
            assert!(std::env::var_os("CI").is_none(), "pdftotext is missing");
            eprintln!("left out: pdftotext is missing; hint: apt-get install poppler-utils");
            return None;
        }
        use std::sync::atomic::{AtomicUsize, Ordering};
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("pasu-pdf-{}-{count}.pdf", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, bytes).expect("a file");
        Some(Self(path))
    }

    /// What a program says of it.
    pub fn ask(&self, program: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(program);
        command.args(arguments).arg(&self.0);
        if program == "pdftotext" {
            command.arg("-");
        }
        let output = command.output().expect("a program of poppler");
        assert!(output.status.success(), "{output:?}");
        // `pdfinfo` cuts long text in the middle of a letter.
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Its text in the order of the document.
    pub fn text(&self) -> String {
        self.ask("pdftotext", &["-raw"])
    }

    /// Its text without any white space.
    pub fn letters(&self) -> String {
        letters(&self.text())
    }

    /// Its words, and where they are.
    pub fn words(&self) -> Vec<Word> {
        let mut page = 0;
        let mut words = Vec::new();
        for line in self.ask("pdftotext", &["-bbox"]).lines().map(str::trim) {
            page += usize::from(line.starts_with("<page "));
            if let Some(rest) = line.strip_prefix("<word ") {
                words.push(word(page, rest));
            }
        }
        words
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A text without white space.
pub fn letters(text: &str) -> String {
    text.split_whitespace().collect()
}

/// `xMin="54.0" yMin="64.1" xMax="110.2" yMax="74.4">words</word>`
fn word(page: usize, line: &str) -> Word {
    let number = |name: &str| -> f32 {
        let value = line.split(&format!("{name}=\"")).nth(1).expect(name);
        value.split('"').next().expect(name).parse().expect(name)
    };
    let text = line.split('>').nth(1).expect("text").split("</").next().expect("text");
    Word {
        page,
        left: number("xMin"),
        top: number("yMin"),
        right: number("xMax"),
        bottom: number("yMax"),
        text: text.to_owned(),
    }
}
