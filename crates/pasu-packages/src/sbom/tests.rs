use super::{SbomError, SbomKind, read};
use pasu_model::{Inventory, OsFamily, PackageType};

/// `trivy image --format cyclonedx` of a Debian image with a Node.js project, shortened.
const TRIVY: &str = r#"{
  "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
  "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
  "metadata": {"component": {"bom-ref": "r", "type": "container", "name": "shop:1", "purl": "pkg:oci/shop@sha256%3Aabc"}},
  "components": [
    {"bom-ref": "os", "type": "operating-system", "name": "debian", "version": "12.11",
     "properties": [{"name": "aquasecurity:trivy:Type", "value": "debian"}]},
    {"bom-ref": "lock", "type": "application", "name": "app/package-lock.json"},
    {"type": "library", "name": "libssl3", "version": "3.0.15-1~deb12u1",
     "supplier": {"name": "Debian OpenSSL Team"},
     "licenses": [{"license": {"id": "Apache-2.0"}}, {"license": {"name": "other"}}],
     "purl": "pkg:deb/debian/libssl3@3.0.15-1~deb12u1?arch=amd64&distro=debian-12.11",
     "properties": [{"name": "aquasecurity:trivy:PkgType", "value": "debian"},
       {"name": "aquasecurity:trivy:SrcName", "value": "openssl"},
       {"name": "aquasecurity:trivy:SrcVersion", "value": "3.0.15"},
       {"name": "aquasecurity:trivy:SrcRelease", "value": "1~deb12u1"}]},
    {"type": "library", "name": "login", "version": "1:4.13+dfsg1-1",
     "purl": "pkg:deb/debian/login@4.13%2Bdfsg1-1?arch=amd64&distro=debian-12.11&epoch=1"},
    {"type": "library", "group": "@babel", "name": "core", "version": "7.1.0",
     "purl": "pkg:npm/%40babel/core@7.1.0",
     "properties": [{"name": "aquasecurity:trivy:PkgType", "value": "npm"}]},
    {"type": "library", "group": "org.slf4j", "name": "slf4j-api", "version": "1.7.36",
     "purl": "pkg:maven/org.slf4j/slf4j-api@1.7.36",
     "properties": [{"name": "aquasecurity:trivy:FilePath", "value": "app/lib/slf4j-api-1.7.36.jar"}],
     "components": [{"type": "library", "name": "nested", "purl": "pkg:maven/org.example/nested@1"}]},
    {"type": "library", "group": "org.slf4j", "name": "slf4j-api", "version": "1.7.36",
     "purl": "pkg:maven/org.slf4j/slf4j-api@1.7.36",
     "properties": [{"name": "aquasecurity:trivy:FilePath", "value": "app/lib/slf4j-api-1.7.36.jar"}]}
  ]
}"#;

fn names(inventory: &Inventory) -> Vec<(PackageType, String)> {
    let name = |kind, package: &pasu_model::Package| {
        (kind, format!("{} {}", package.name, package.version))
    };
    inventory
        .sets
        .iter()
        .flat_map(|set| set.packages.iter().map(|package| name(set.kind, package)))
        .collect()
}

fn expected(list: &[(PackageType, &str)]) -> Vec<(PackageType, String)> {
    list.iter().map(|(kind, name)| (*kind, (*name).to_owned())).collect()
}

#[test]
fn cyclonedx_of_trivy() {
    let (kind, inventory) = read(TRIVY.as_bytes()).unwrap();
    assert_eq!(kind, SbomKind::CycloneDx);
    let os = inventory.os.as_ref().unwrap();
    assert_eq!((os.family, os.version.as_str()), (OsFamily::Debian, "12.11"));
    assert_eq!(
        names(&inventory),
        expected(&[
            (PackageType::Dpkg, "libssl3 3.0.15-1~deb12u1"),
            (PackageType::Dpkg, "login 1:4.13+dfsg1-1"),
            (PackageType::Npm, "@babel/core 7.1.0"),
            (PackageType::Jar, "org.example:nested 1"),
            (PackageType::Jar, "org.slf4j:slf4j-api 1.7.36"),
        ])
    );
    let libssl = &inventory.sets[0].packages[0];
    assert_eq!(libssl.source_or_self(), ("openssl", "3.0.15-1~deb12u1"));
    assert_eq!(libssl.arch.as_deref(), Some("amd64"));
    assert_eq!(libssl.licenses, ["Apache-2.0", "other"]);
    assert_eq!(inventory.sets[0].target, "");
    assert_eq!(inventory.sets[2].target, "Java");
    assert_eq!(
        inventory.sets[2].packages[1].path.as_deref(),
        Some("/app/lib/slf4j-api-1.7.36.jar")
    );
    assert_eq!(inventory.unseen, []);
}

/// `syft -o spdx-json` of a Rocky Linux image, shortened: the distribution and the source stand in the package URL.
#[test]
fn spdx_of_syft() {
    let text = r#"{"spdxVersion": "SPDX-2.3", "name": "rocky", "packages": [
      {"name": "bind-libs", "SPDXID": "SPDXRef-1", "versionInfo": "32:9.16.23-18.el9", "licenseDeclared": "NOASSERTION",
       "supplier": "Organization: Rocky Enterprise Software Foundation",
       "externalRefs": [
        {"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a:isc:bind:9.16.23:*:*:*:*:*:*:*"},
        {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
         "referenceLocator": "pkg:rpm/rocky/bind-libs@9.16.23-18.el9?arch=x86_64&distro=rocky-9.4&epoch=32&upstream=bind-9.16.23-18.el9.src.rpm"}]},
      {"name": "rocky", "SPDXID": "SPDXRef-2", "primaryPackagePurpose": "CONTAINER", "versionInfo": "sha256:1"}
    ]}"#;
    let (kind, inventory) = read(text.as_bytes()).unwrap();
    assert_eq!(kind, SbomKind::Spdx);
    let os = inventory.os.as_ref().unwrap();
    assert_eq!((os.family, os.version.as_str()), (OsFamily::Rocky, "9.4"));
    assert_eq!(names(&inventory), expected(&[(PackageType::Rpm, "bind-libs 32:9.16.23-18.el9")]));
    let package = &inventory.sets[0].packages[0];
    assert_eq!(package.source_or_self(), ("bind", "32:9.16.23-18.el9"));
    assert_eq!(package.maintainer.as_deref(), Some("Rocky Enterprise Software Foundation"));
}

#[test]
fn spdx_tag_value() {
    let text = "SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nDocumentComment: <text>two\nPackageName: no\n</text>\n\n\
        PackageName: alpine\nSPDXID: SPDXRef-os\nPackageVersion: 3.19.1\nPrimaryPackagePurpose: OPERATING-SYSTEM\n\n\
        PackageName: musl\nPackageVersion: 1.2.4-r2\nPackageSourceInfo: <text>built package from: musl 1.2.4-r2</text>\n\
        PackageLicenseDeclared: MIT\nExternalRef: PACKAGE-MANAGER purl pkg:apk/alpine/musl@1.2.4-r2?arch=x86_64&distro=3.19.1\n";
    let (kind, inventory) = read(text.as_bytes()).unwrap();
    assert_eq!(kind, SbomKind::Spdx);
    assert_eq!(inventory.os.as_ref().map(|os| os.family), Some(OsFamily::Alpine));
    assert_eq!(names(&inventory), expected(&[(PackageType::Apk, "musl 1.2.4-r2")]));
    assert_eq!(inventory.sets[0].packages[0].source_or_self(), ("musl", "1.2.4-r2"));
}

#[test]
fn malformed_components_are_said_and_the_others_kept() {
    let text = r#"{"bomFormat": "CycloneDX", "components": [
      {"type": "library", "name": 5},
      {"type": "library", "name": "x", "purl": "no purl"},
      {"type": "library", "name": "y", "version": "1"},
      {"type": "application", "name": "nginx", "version": "1.18.0", "cpe": "cpe:2.3:a:f5:nginx:1.18.0:*:*:*:*:*:*:*"}
    ]}"#;
    let (_, inventory) = read(text.as_bytes()).unwrap();
    let mut places: Vec<&str> =
        inventory.unseen.iter().map(|unseen| unseen.path.as_str()).collect();
    places.sort_unstable();
    assert_eq!(places, ["components[0]", "components[1]"]);
    assert_eq!(
        names(&inventory),
        expected(&[(PackageType::Binary, "nginx 1.18.0"), (PackageType::Unknown, "y 1")])
    );
}

/// Whether an error is the one to expect.
type IsExpected = fn(&SbomError) -> bool;

#[test]
fn what_is_no_bill_is_refused() {
    let cases: [(&str, IsExpected); 9] = [
        ("", |e| matches!(e, SbomError::NotRecognised)),
        ("{}", |e| matches!(e, SbomError::NotRecognised)),
        ("{", |e| matches!(e, SbomError::Json(_))),
        ("hello\nworld", |e| matches!(e, SbomError::NotRecognised)),
        ("<bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\"/>", |e| {
            matches!(e, SbomError::Unsupported(_))
        }),
        (r#"{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"}"#, |e| {
            matches!(e, SbomError::Unsupported(_))
        }),
        (r#"{"spdxVersion": "SPDX-1.2"}"#, |e| matches!(e, SbomError::Unsupported(_))),
        (r#"{"bomFormat": "CycloneDX", "components": 1}"#, |e| matches!(e, SbomError::Json(_))),
        ("SPDXVersion: SPDX-2.2\nComment: <text>never ends", |e| {
            matches!(e, SbomError::TagValue { line: 2, .. })
        }),
    ];
    for (text, is_expected) in cases {
        let error = read(text.as_bytes()).unwrap_err();
        assert!(is_expected(&error), "{text}: {error:?}");
    }
}

#[test]
fn depth_is_limited() {
    let deep = r#"{"bomFormat":"CycloneDX","components":["#.to_owned()
        + &r#"{"components":["#.repeat(10_000);
    assert!(matches!(read(deep.as_bytes()), Err(SbomError::Json(_))));
}
