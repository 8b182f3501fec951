//! What an organisation sets in `pasu.toml` besides its audits: how its reports look, and how long runs are kept.

use crate::commands::target::policy_path;
use anyhow::{Context, Result, bail};
use pasu_report::book::{Brand, Logo};
use pasu_store::Keep;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The largest settings file that is read, in bytes.
const MAX_FILE: u64 = pasu_checks::MAX_POLICY;
/// The largest logo, in bytes.
const MAX_LOGO: u64 = 4 << 20;

/// What is set.
#[derive(Debug, Default)]
pub struct Settings {
    /// How reports look.
    pub brand: Brand,
    /// How long runs are kept.
    pub runs: RunSettings,
}

/// `[runs]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RunSettings {
    /// So many of each target; 0 is any number.
    pub keep: usize,
    /// None older than so many days; 0 is without end.
    pub keep_days: u32,
}

impl Default for RunSettings {
    /// More than a year of daily runs: an auditor asks for the last twelve months.
    fn default() -> Self {
        Self { keep: 500, keep_days: 0 }
    }
}

impl From<RunSettings> for Keep {
    fn from(set: RunSettings) -> Self {
        Self {
            runs: Some(set.keep).filter(|runs| *runs > 0),
            days: Some(set.keep_days).filter(|days| *days > 0),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Read by audits.
    #[serde(default, rename = "audit")]
    _audit: Option<IgnoredAny>,
    #[serde(default)]
    report: ReportTable,
    #[serde(default)]
    runs: RunSettings,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ReportTable {
    organisation: String,
    logo: Option<PathBuf>,
    accent: Option<String>,
}

impl Settings {
    /// Reads the file that is named, else the usual one if it is there.
    ///
    /// # Errors
    /// A file that cannot be read, a key that nobody knows, a logo or colour that is none; with its place.
    pub fn read(named: Option<&Path>) -> Result<Self> {
        let Some(path) = policy_path(named) else { return Ok(Self::default()) };
        let shown = path.display();
        let text = String::from_utf8(bytes(&path, MAX_FILE)?)
            .ok()
            .with_context(|| format!("{shown}: not UTF-8"))?;
        let file: File = toml::from_str(&text).with_context(|| format!("{shown}"))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let brand = brand(file.report, folder).with_context(|| format!("{shown}: report"))?;
        Ok(Self { brand, runs: file.runs })
    }
}

fn brand(table: ReportTable, folder: &Path) -> Result<Brand> {
    Ok(Brand {
        organisation: pasu_report::printable(&table.organisation),
        logo: table.logo.map(|path| logo(&folder.join(path))).transpose()?,
        accent: table.accent.as_deref().map(colour).transpose()?,
    })
}

/// Reads a logo; its first bytes say what it is.
fn logo(path: &Path) -> Result<Logo> {
    let shown = path.display();
    let bytes = bytes(path, MAX_LOGO)?;
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Ok(Logo::Png(bytes));
    }
    if bytes.starts_with(b"\xff\xd8\xff") {
        return Ok(Logo::Jpeg(bytes));
    }
    match String::from_utf8(bytes) {
        Ok(text) if text.contains("<svg") => Ok(Logo::Svg(text)),
        _ => bail!("{shown}: a logo is a PNG, JPEG or SVG file"),
    }
}

/// `#0b5fff`.
fn colour(text: &str) -> Result<[u8; 3]> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
    let is_hex = |digits: &&str| digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let value = digits.filter(is_hex).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let Some(value) = value else { bail!("accent: {text:?} is no colour such as \"#0b5fff\"") };
    let [_, red, green, blue] = value.to_be_bytes();
    Ok([red, green, blue])
}

/// A file's bytes, at most so many.
fn bytes(path: &Path, most: u64) -> Result<Vec<u8>> {
    let shown = path.display();
    let file = std::fs::File::open(path).with_context(|| format!("cannot read {shown}"))?;
    if !file.metadata().with_context(|| format!("cannot read {shown}"))?.is_file() {
        bail!("{shown}: not a regular file");
    }
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes).with_context(|| format!("cannot read {shown}"))?;
    if bytes.len() as u64 > most {
        bail!("{shown}: larger than the {most} bytes that it may have");
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::Settings;
    use pasu_report::book::Logo;
    use std::fs;

    fn read(text: &str) -> Result<Settings, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pasu.toml");
        fs::write(folder.path().join("logo.svg"), "<svg xmlns='x'/>").unwrap();
        fs::write(folder.path().join("logo.txt"), "no picture").unwrap();
        fs::write(&path, text).unwrap();
        Settings::read(Some(&path)).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn a_company_sets_its_name_logo_and_colour() {
        let settings = read(
            "[audit]\nguideline = \"kisa-2026\"\n[report]\norganisation = \"가나 주식회사\"\nlogo = \"logo.svg\"\naccent = \"#0b5fff\"\n[runs]\nkeep = 3\n",
        )
        .unwrap();
        assert_eq!(settings.brand.organisation, "가나 주식회사");
        assert_eq!(settings.brand.accent, Some([0x0b, 0x5f, 0xff]));
        assert!(matches!(settings.brand.logo, Some(Logo::Svg(_))));
        assert_eq!((settings.runs.keep, settings.runs.keep_days), (3, 0));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, said) in [
            ("[report]\ncompany = \"x\"\n", "company"),
            ("[report]\naccent = \"blue\"\n", "accent: \"blue\" is no colour"),
            ("[report]\naccent = \"#+12345\"\n", "is no colour"),
            ("[report]\nlogo = \"logo.txt\"\n", "logo.txt: a logo is a PNG, JPEG or SVG file"),
            ("[report]\nlogo = \"none.png\"\n", "none.png"),
            ("[runs]\nkeep = -1\n", "keep"),
            ("[other]\n", "other"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains("pasu.toml") && error.contains(said), "{text}: {error}");
        }
    }
}
