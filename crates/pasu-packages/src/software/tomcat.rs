//! Apache Tomcat: `lib/catalina.jar` of an unpacked distribution, which holds
//! `org/apache/catalina/util/ServerInfo.properties`:
//!
//! ```text
//! server.info=Apache Tomcat/10.1.18
//! server.number=10.1.18.0
//! ```

use super::product::{Grammar, Mark, Product};
use super::version::Version;
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::PackageSet;
use pasu_system::Cursor;
use std::io::{BufReader, Read};
use zip::result::ZipError;

/// What the version is read from.
const ENTRY: &str = "org/apache/catalina/util/ServerInfo.properties";
/// The largest `ServerInfo.properties`; real ones have about 1 KB.
const MAX_ENTRY: u64 = 64 << 10;
/// The largest `catalina.jar`; real ones have about 2 MB.
const MAX_JAR: u64 = 16 << 20;

const PRODUCT: Product = Product {
    name: "tomcat",
    cpes: &[("apache", "tomcat")],
    files: &[],
    version: Mark::After("Apache Tomcat/"),
    also: &[],
    without: &[],
    grammar: Grammar::new(
        3,
        &[("-M", "milestone"), (".M", "milestone"), ("-RC", "rc"), (".RC", "rc")],
    ),
};

/// Tomcat by its server library.
pub struct Tomcat;

impl Detector for Tomcat {
    fn id(&self) -> &'static str {
        "software/tomcat"
    }

    fn scope(&self) -> Scope {
        Scope::Installed
    }

    fn interest(&self) -> Interest {
        Interest { names: &["catalina.jar"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        if file.open()?.size() > MAX_JAR {
            return Err(DetectError::Limit(format!("larger than {MAX_JAR} bytes")));
        }
        let Some(text) = server_info(file)? else { return Ok(Vec::new()) };
        let mut lines = text.lines().filter_map(|line| line.split_once('='));
        let info =
            lines.find(|(name, _)| name.trim() == "server.info").map(|(_, value)| value.trim());
        let number = info.and_then(|info| info.strip_prefix("Apache Tomcat/"));
        let version = number.and_then(|number| Version::parse(number, &PRODUCT.grammar));
        let (Some(info), Some(version)) = (info, version) else { return Ok(Vec::new()) };
        Ok(vec![super::found(file, &PRODUCT, &version, info)])
    }
}

fn server_info(file: &TargetFile<'_>) -> Result<Option<String>, DetectError> {
    let reader = BufReader::new(Cursor::new(file.open()?));
    let mut zip = zip::ZipArchive::new(reader).map_err(DetectError::malformed)?;
    let entry = match zip.by_name(ENTRY) {
        Ok(entry) => entry,
        Err(ZipError::FileNotFound) => return Ok(None),
        Err(error) => return Err(DetectError::malformed(error)),
    };
    let mut text = Vec::new();
    entry.take(MAX_ENTRY).read_to_end(&mut text)?;
    Ok(Some(String::from_utf8_lossy(&text).into_owned()))
}
