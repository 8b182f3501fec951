//! Which part of the feeds a database keeps.

use super::vulnerable_names;
use crate::bucket::Bucket;
use crate::cpe::Configuration;
use crate::feeds::detail::DetailLimits;

/// Which part of the feeds a database keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// Everything.
    Everything,
    /// What the snapshot inside the program holds: releases that still get updates somewhere, the languages most
    /// servers run, programs that Pasu recognises outside packages; descriptions and links cut short.
    Snapshot,
}

/// Buckets of the snapshot.
const SNAPSHOT_BUCKETS: [&str; 31] = [
    "debian 11",
    "debian 12",
    "debian 13",
    "ubuntu 20.04",
    "ubuntu 22.04",
    "ubuntu 24.04",
    "ubuntu-pro 18.04",
    "ubuntu-pro 20.04",
    "ubuntu-pro 22.04",
    "ubuntu 18.04",
    "alpine 3.18",
    "alpine 3.19",
    "alpine 3.20",
    "alpine 3.21",
    "alpine edge",
    "redhat 8",
    "redhat 9",
    "redhat 10",
    "rocky 8",
    "rocky 9",
    "alma 8",
    "alma 9",
    "alma 10",
    "npm",
    "pypi",
    "go",
    "maven",
    "crates",
    "rubygems",
    "packagist",
    "nuget",
];

/// Products of the snapshot, as `vendor:product` of the NVD's CPE dictionary.
const SNAPSHOT_PRODUCTS: [&str; 30] = [
    "f5:nginx",
    "nginx:nginx",
    "f5:nginx_open_source",
    "apache:http_server",
    "apache:tomcat",
    "php:php",
    "redis:redis",
    "redislabs:redis",
    "postgresql:postgresql",
    "oracle:mysql",
    "oracle:mysql_server",
    "mysql:mysql",
    "mariadb:mariadb",
    "nodejs:node.js",
    "nodejs:nodejs",
    "python:python",
    "oracle:openjdk",
    "oracle:jdk",
    "oracle:jre",
    "openssl:openssl",
    "openbsd:openssh",
    "haxx:curl",
    "haxx:libcurl",
    "wordpress:wordpress",
    "lighttpd:lighttpd",
    "haproxy:haproxy",
    "memcached:memcached",
    "mongodb:mongodb",
    "valkey-io:valkey",
    "lfprojects:valkey",
];

impl Selection {
    /// Whether a bucket is kept.
    #[must_use]
    pub fn keeps_bucket(self, bucket: &Bucket) -> bool {
        self == Self::Everything || SNAPSHOT_BUCKETS.contains(&bucket.key.as_str())
    }

    pub(super) fn keeps_configurations(self, trees: &[Configuration]) -> bool {
        let wanted = |key: String| SNAPSHOT_PRODUCTS.contains(&key.as_str());
        !trees.is_empty()
            && (self == Self::Everything
                || vulnerable_names(trees).map(super::product_key).any(wanted))
    }

    pub(super) const fn detail_limits(self) -> DetailLimits {
        match self {
            Self::Everything => DetailLimits { description: 4000, references: 12 },
            Self::Snapshot => DetailLimits { description: 320, references: 1 },
        }
    }
}
