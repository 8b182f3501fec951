//! The same document in SPDX's line form, `Tag: value`.

use super::schema::{Document, Package};
use std::io::{self, Write};

/// Writes the document.
pub(crate) fn write(document: &Document<'_>, out: &mut dyn Write) -> io::Result<()> {
    tag(out, "SPDXVersion", document.spdx_version)?;
    tag(out, "DataLicense", document.data_license)?;
    tag(out, "SPDXID", document.spdx_id)?;
    tag(out, "DocumentName", document.name)?;
    tag(out, "DocumentNamespace", &document.document_namespace)?;
    for creator in &document.creation_info.creators {
        tag(out, "Creator", creator)?;
    }
    tag(out, "Created", &document.creation_info.created)?;
    text(out, "CreatorComment", &document.creation_info.comment)?;
    for package in &document.packages {
        writeln!(out)?;
        write_package(package, out)?;
    }
    for license in &document.has_extracted_licensing_infos {
        writeln!(out)?;
        tag(out, "LicenseID", &license.license_id)?;
        text(out, "ExtractedText", &license.extracted_text)?;
        tag(out, "LicenseName", &license.name)?;
    }
    writeln!(out)?;
    for edge in &document.relationships {
        let ends = [&edge.spdx_element_id, edge.relationship_type, &edge.related_spdx_element];
        tag(out, "Relationship", &ends.join(" "))?;
    }
    Ok(())
}

fn write_package(package: &Package<'_>, out: &mut dyn Write) -> io::Result<()> {
    tag(out, "PackageName", package.name)?;
    tag(out, "SPDXID", &package.spdx_id)?;
    if let Some(version) = package.version_info {
        tag(out, "PackageVersion", version)?;
    }
    if let Some(supplier) = &package.supplier {
        tag(out, "PackageSupplier", supplier)?;
    }
    tag(out, "PackageDownloadLocation", package.download_location)?;
    // The JSON form spells with an underscore what the tag-value form spells with a hyphen.
    let purpose = package.primary_package_purpose.replace('_', "-");
    tag(out, "PrimaryPackagePurpose", &purpose)?;
    tag(out, "FilesAnalyzed", "false")?;
    for checksum in &package.checksums {
        let value = format!("{}: {}", checksum.algorithm, checksum.checksum_value);
        tag(out, "PackageChecksum", &value)?;
    }
    if !package.source_info.is_empty() {
        text(out, "PackageSourceInfo", &package.source_info)?;
    }
    tag(out, "PackageLicenseConcluded", package.license_concluded)?;
    tag(out, "PackageLicenseDeclared", &package.license_declared)?;
    tag(out, "PackageCopyrightText", package.copyright_text)?;
    for reference in &package.external_refs {
        let parts =
            [reference.reference_category, reference.reference_type, &reference.reference_locator];
        tag(out, "ExternalRef", &parts.join(" "))?;
    }
    Ok(())
}

/// One line. A line break in foreign text would begin a tag of its own.
fn tag(out: &mut dyn Write, name: &str, value: &str) -> io::Result<()> {
    writeln!(out, "{name}: {}", one_line(value))
}

/// A value between marks, which it cannot hold itself.
fn text(out: &mut dyn Write, name: &str, value: &str) -> io::Result<()> {
    writeln!(out, "{name}: <text>{}</text>", one_line(value).replace("</text>", "</ text>"))
}

/// The value without control characters.
fn one_line(value: &str) -> String {
    value.replace(|c: char| c.is_control(), " ")
}
