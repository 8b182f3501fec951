//! WordPress: `wp-includes/version.php`:
//!
//! ```text
//! $wp_version = '6.4.3';
//! $wp_db_version = 56657;
//! ```

use super::product::{Grammar, Mark, Product};
use super::version::Version;
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::PackageSet;

/// The largest `version.php`; real ones have about 1 KB.
const MAX_FILE: u64 = 1 << 20;

const PRODUCT: Product = Product {
    name: "wordpress",
    cpes: &[("wordpress", "wordpress")],
    files: &[],
    version: Mark::After("$wp_version = '"),
    also: &["$wp_db_version"],
    without: &[],
    grammar: Grammar::new(2, &[("-RC", "rc"), ("-beta", "beta"), ("-alpha-", "alpha")]),
};

/// WordPress by its version file.
pub struct WordPress;

impl Detector for WordPress {
    fn id(&self) -> &'static str {
        "software/wordpress"
    }

    fn scope(&self) -> Scope {
        Scope::Installed
    }

    fn interest(&self) -> Interest {
        Interest { path_ends: &["wp-includes/version.php"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        if file.open()?.size() > MAX_FILE {
            return Err(DetectError::Limit(format!("larger than {MAX_FILE} bytes")));
        }
        let text = String::from_utf8_lossy(file.bytes()?);
        let assigned = |name: &str| {
            let values = text.lines().filter_map(|line| line.trim().strip_prefix(name));
            values.filter_map(|rest| rest.trim_start().strip_prefix('=')).map(str::trim).next()
        };
        let (Some(version), Some(_)) = (assigned("$wp_version"), assigned("$wp_db_version")) else {
            return Ok(Vec::new());
        };
        let line = format!("$wp_version = {}", version.trim_end_matches(';'));
        let number = version.trim_start_matches(['\'', '"']);
        let Some(version) = Version::parse(number, &PRODUCT.grammar) else {
            return Ok(Vec::new());
        };
        Ok(vec![super::found(file, &PRODUCT, &version, &line)])
    }
}
