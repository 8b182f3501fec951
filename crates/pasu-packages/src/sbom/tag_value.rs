//! SPDX 2.x, tag-value: one `Tag: value` a line, `<text>…</text>` around values of several lines; `PackageName` begins a
//! package.

use super::SbomError;
use super::component::Collector;
use super::spdx::{self, Entry, ExternalRef};

/// Reads all packages.
pub(super) fn read(bytes: &[u8], collector: &mut Collector) -> Result<(), SbomError> {
    let text = std::str::from_utf8(bytes).map_err(|_| SbomError::NotRecognised)?;
    let mut package: Option<(usize, Entry)> = None;
    let mut version_seen = false;
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let Some((tag, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        if let Some(begin) = value.strip_prefix("<text>")
            && !begin.contains("</text>")
        {
            let ended = lines.by_ref().any(|(_, line)| line.contains("</text>"));
            if !ended {
                return Err(SbomError::TagValue {
                    line: index + 1,
                    problem: "`<text>` without an end",
                });
            }
        }
        match tag.trim() {
            "SPDXVersion" if value.starts_with("SPDX-2.") => version_seen = true,
            "SPDXVersion" => {
                return Err(SbomError::Unsupported(value.chars().take(40).collect()));
            }
            "PackageName" => {
                finish(package.take(), collector)?;
                package = Some((index + 1, Entry { name: value.to_owned(), ..Entry::default() }));
            }
            // What follows belongs to a file or a snippet.
            "FileName" | "SnippetSPDXID" => finish(package.take(), collector)?,
            tag => {
                if let Some((_, entry)) = &mut package {
                    set(entry, tag, value);
                }
            }
        }
    }
    finish(package, collector)?;
    if version_seen { Ok(()) } else { Err(SbomError::NotRecognised) }
}

/// Hands a package over.
fn finish(package: Option<(usize, Entry)>, collector: &mut Collector) -> Result<(), SbomError> {
    let Some((line, entry)) = package else { return Ok(()) };
    collector.count()?;
    spdx::add(entry, format!("line {line}"), collector);
    Ok(())
}

/// Sets the field of a tag.
fn set(entry: &mut Entry, tag: &str, value: &str) {
    let plain = value.strip_prefix("<text>").unwrap_or(value);
    let plain = plain.strip_suffix("</text>").unwrap_or(plain);
    match tag {
        "PackageVersion" => entry.version_info = plain.to_owned(),
        "PackageLicenseDeclared" => entry.license_declared = plain.to_owned(),
        "PackageSupplier" => entry.supplier = plain.to_owned(),
        "PackageSourceInfo" => entry.source_info = plain.to_owned(),
        "PrimaryPackagePurpose" => entry.primary_package_purpose = plain.to_owned(),
        // `ExternalRef: PACKAGE-MANAGER purl pkg:npm/lodash@4.17.15`
        "ExternalRef" => {
            let mut words = plain.split_whitespace().skip(1);
            if let (Some(kind), Some(locator)) = (words.next(), words.next()) {
                entry.external_refs.push(ExternalRef {
                    reference_type: kind.to_owned(),
                    reference_locator: locator.to_owned(),
                });
            }
        }
        _ => {}
    }
}
