//! The products that are recognised by their executables. Each comment quotes the bytes of a real build.

use super::product::{Grammar, Mark, Name, Product};
use Name::{Library, Program};

/// `17.0.10+7`, `1.8.0_392-b08`.
const JAVA: Grammar = Grammar::new(1, &[("_", "update")]);

/// Every product.
pub const PRODUCTS: &[Product] = &[
    // nginx version: nginx/1.22.1
    Product {
        name: "nginx",
        cpes: &[("f5", "nginx"), ("nginx", "nginx"), ("f5", "nginx_open_source")],
        files: &[Program("nginx"), Program("nginx-debug")],
        version: Mark::After("nginx version: nginx/"),
        also: &[],
        without: &[],
        grammar: Grammar::PLAIN,
    },
    // Apache/2.4.57 (Unix)
    Product {
        name: "httpd",
        cpes: &[("apache", "http_server")],
        files: &[Program("httpd"), Program("apache2"), Program("httpd.worker")],
        version: Mark::After("Apache/"),
        also: &["Server built"],
        without: &[],
        grammar: Grammar::PLAIN,
    },
    // X-Powered-By: PHP/8.2.7
    Product {
        name: "php",
        cpes: &[("php", "php")],
        files: &[
            Program("php"),
            Program("php-cgi"),
            Program("php-fpm"),
            Program("phpdbg"),
            Library("libphp"),
            Library("mod_php"),
        ],
        version: Mark::After("X-Powered-By: PHP/"),
        also: &[],
        without: &[],
        grammar: Grammar::new(3, &[("RC", "rc"), ("beta", "beta"), ("alpha", "alpha")]),
    },
    // 7.0.15 beside the versions since which each command exists: 2.6.0, 6.2.0
    Product {
        name: "redis",
        cpes: &[("redis", "redis"), ("redislabs", "redis")],
        files: &[Program("redis-server"), Program("redis-sentinel")],
        version: Mark::Highest(&[2, 3, 4, 5, 6, 7, 8]),
        also: &["redis_version:%s"],
        without: &["valkey_version", "KeyDB"],
        grammar: Grammar::PLAIN,
    },
    // 8.0.1, and 7.2.4 as the Redis version it is compatible with
    Product {
        name: "valkey",
        cpes: &[("lfprojects", "valkey")],
        files: &[Program("valkey-server"), Program("valkey-sentinel")],
        version: Mark::Highest(&[7, 8, 9]),
        also: &["valkey_version:%s"],
        without: &[],
        grammar: Grammar::new(3, &[("-rc", "rc")]),
    },
    // postgres (PostgreSQL) 15.6
    Product {
        name: "postgresql",
        cpes: &[("postgresql", "postgresql")],
        files: &[Program("postgres"), Program("postmaster")],
        version: Mark::After("postgres (PostgreSQL) "),
        also: &[],
        without: &[],
        grammar: Grammar::new(1, &[("beta", "beta"), ("rc", "rc"), ("alpha", "alpha")]),
    },
    // 10.11.6-MariaDB
    Product {
        name: "mariadb",
        cpes: &[("mariadb", "mariadb")],
        files: &[Program("mariadbd"), Program("mysqld"), Program("mariadbd-debug")],
        version: Mark::Before("-MariaDB"),
        also: &[],
        without: &[],
        grammar: Grammar::PLAIN,
    },
    // 8.0.36
    Product {
        name: "mysql",
        cpes: &[("oracle", "mysql"), ("oracle", "mysql_server"), ("mysql", "mysql")],
        files: &[Program("mysqld"), Program("mysqld-debug")],
        version: Mark::Highest(&[5, 8, 9]),
        also: &["sha256_password", "MySQL"],
        without: &["MariaDB", "Percona"],
        grammar: Grammar::PLAIN,
    },
    // node.js/v18.20.4
    Product {
        name: "node.js",
        cpes: &[("nodejs", "node.js")],
        files: &[Program("node"), Program("nodejs"), Library("libnode")],
        version: Mark::After("node.js/v"),
        also: &[],
        without: &[],
        grammar: Grammar::new(3, &[("-rc.", "rc")]),
    },
    // 3.11.2, beside 3.2.0 as a version of the Unicode data
    Product {
        name: "python",
        cpes: &[("python", "python")],
        files: &[Program("python"), Library("libpython")],
        version: Mark::Highest(&[2, 3]),
        also: &["PYTHONHOME", "%.80s (%.80s) %.80s"],
        without: &["PyPy"],
        grammar: Grammar::new(3, &[("rc", "rc"), ("b", "beta"), ("a", "alpha")]),
    },
    // OpenJDK 64-Bit Server VM (17.0.10+7) for linux-amd64 JRE (17.0.10+7), built on …
    Product {
        name: "openjdk",
        cpes: &[("oracle", "openjdk")],
        files: &[Library("libjvm")],
        version: Mark::After(" JRE ("),
        also: &["OpenJDK 64-Bit Server VM"],
        without: &["Java HotSpot(TM)"],
        grammar: JAVA,
    },
    // Java HotSpot(TM) 64-Bit Server VM (25.391-b13) for linux-amd64 JRE (1.8.0_391-b13), built on …
    Product {
        name: "oracle-jdk",
        cpes: &[("oracle", "jdk"), ("oracle", "jre")],
        files: &[Library("libjvm")],
        version: Mark::After(" JRE ("),
        also: &["Java HotSpot(TM) 64-Bit Server VM"],
        without: &[],
        grammar: JAVA,
    },
    // OpenSSL 3.0.13 30 Jan 2024
    Product {
        name: "openssl",
        cpes: &[("openssl", "openssl")],
        files: &[Program("openssl"), Library("libcrypto"), Library("libssl")],
        version: Mark::AfterWithDate("OpenSSL "),
        also: &[],
        without: &[],
        grammar: Grammar {
            numbers: 3,
            letters: true,
            updates: &[("-alpha", "alpha"), ("-beta", "beta"), ("-pre", "pre")],
            required: false,
        },
    },
    // OpenSSH_9.2p1
    Product {
        name: "openssh",
        cpes: &[("openbsd", "openssh")],
        files: &[Program("sshd"), Program("sshd-session"), Program("ssh")],
        version: Mark::After("OpenSSH_"),
        also: &[],
        without: &[],
        grammar: Grammar { numbers: 2, letters: false, updates: &[("p", "p")], required: true },
    },
    // curl/7.88.1
    Product {
        name: "curl",
        cpes: &[("haxx", "curl")],
        files: &[Program("curl")],
        version: Mark::After("curl/"),
        also: &[],
        without: &[],
        grammar: Grammar::PLAIN,
    },
    // libcurl/7.88.1
    Product {
        name: "libcurl",
        cpes: &[("haxx", "libcurl"), ("haxx", "curl")],
        files: &[Library("libcurl")],
        version: Mark::After("libcurl/"),
        also: &[],
        without: &[],
        grammar: Grammar::PLAIN,
    },
    // lighttpd/1.4.69 (ssl) - a light and fast webserver
    Product {
        name: "lighttpd",
        cpes: &[("lighttpd", "lighttpd")],
        files: &[Program("lighttpd")],
        version: Mark::After("lighttpd/"),
        also: &[],
        without: &[],
        grammar: Grammar::PLAIN,
    },
    // memcached 1.6.18
    Product {
        name: "memcached",
        cpes: &[("memcached", "memcached")],
        files: &[Program("memcached")],
        version: Mark::After("memcached "),
        also: &[],
        without: &[],
        grammar: Grammar::PLAIN,
    },
];
