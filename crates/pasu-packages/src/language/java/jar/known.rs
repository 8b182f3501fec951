//! Groups of artifacts whose archives do not state theirs: those built by Gradle or Ant, which write no
//! `pom.properties`. Spring Boot applications consist of little else.
//!
//! Two things must agree: the whole artifact name and a directory of classes in the archive.

/// Artifacts of one group and the directory that each of them has.
struct Known {
    group: &'static str,
    directory: &'static str,
    artifacts: &'static [&'static str],
}

/// The group of an artifact that holds classes where this group's artifacts hold theirs.
pub fn group(artifact: &str, has_directory: &dyn Fn(&str) -> bool) -> Option<&'static str> {
    let mut known = KNOWN.iter().filter(|known| known.artifacts.contains(&artifact));
    known.find(|known| has_directory(known.directory)).map(|known| known.group)
}

const KNOWN: &[Known] = &[
    Known {
        group: "org.springframework",
        directory: "org/springframework/",
        artifacts: &[
            "spring-aop",
            "spring-aspects",
            "spring-beans",
            "spring-context",
            "spring-context-support",
            "spring-core",
            "spring-expression",
            "spring-jcl",
            "spring-jdbc",
            "spring-jms",
            "spring-messaging",
            "spring-orm",
            "spring-oxm",
            "spring-r2dbc",
            "spring-tx",
            "spring-web",
            "spring-webflux",
            "spring-webmvc",
            "spring-websocket",
        ],
    },
    Known {
        group: "org.springframework.boot",
        directory: "org/springframework/boot/",
        artifacts: &[
            "spring-boot",
            "spring-boot-actuator",
            "spring-boot-actuator-autoconfigure",
            "spring-boot-autoconfigure",
            "spring-boot-devtools",
            "spring-boot-loader",
        ],
    },
    Known {
        group: "org.springframework.security",
        directory: "org/springframework/security/",
        artifacts: &[
            "spring-security-acl",
            "spring-security-cas",
            "spring-security-config",
            "spring-security-core",
            "spring-security-crypto",
            "spring-security-ldap",
            "spring-security-messaging",
            "spring-security-oauth2-client",
            "spring-security-oauth2-core",
            "spring-security-oauth2-jose",
            "spring-security-oauth2-resource-server",
            "spring-security-saml2-service-provider",
            "spring-security-web",
        ],
    },
    Known {
        group: "org.apache.tomcat.embed",
        directory: "org/apache/",
        artifacts: &["tomcat-embed-core", "tomcat-embed-jasper", "tomcat-embed-websocket"],
    },
    Known {
        group: "org.bouncycastle",
        directory: "org/bouncycastle/",
        artifacts: &[
            "bcpg-jdk15on",
            "bcpg-jdk18on",
            "bcpkix-jdk15on",
            "bcpkix-jdk18on",
            "bcprov-jdk14",
            "bcprov-jdk15",
            "bcprov-jdk15on",
            "bcprov-jdk15to18",
            "bcprov-jdk16",
            "bcprov-jdk18on",
            "bctls-jdk15on",
            "bctls-jdk18on",
        ],
    },
    Known {
        group: "org.ow2.asm",
        directory: "org/objectweb/asm/",
        artifacts: &["asm", "asm-analysis", "asm-commons", "asm-tree", "asm-util"],
    },
    Known { group: "com.squareup.okhttp3", directory: "okhttp3/", artifacts: &["okhttp"] },
    Known { group: "com.squareup.okio", directory: "okio/", artifacts: &["okio", "okio-jvm"] },
    Known { group: "org.jetbrains.kotlin", directory: "kotlin/", artifacts: &["kotlin-stdlib"] },
    Known {
        group: "io.projectreactor.netty",
        directory: "reactor/netty/",
        artifacts: &["reactor-netty-core", "reactor-netty-http"],
    },
    Known { group: "org.postgresql", directory: "org/postgresql/", artifacts: &["postgresql"] },
    Known { group: "mysql", directory: "com/mysql/", artifacts: &["mysql-connector-java"] },
    Known { group: "com.mysql", directory: "com/mysql/", artifacts: &["mysql-connector-j"] },
    Known { group: "com.h2database", directory: "org/h2/", artifacts: &["h2"] },
    Known {
        group: "org.elasticsearch",
        directory: "org/elasticsearch/",
        artifacts: &["elasticsearch"],
    },
    Known {
        group: "org.apache.kafka",
        directory: "org/apache/kafka/",
        artifacts: &["connect-runtime", "kafka-clients"],
    },
    Known {
        group: "org.apache.lucene",
        directory: "org/apache/lucene/",
        artifacts: &["lucene-core", "lucene-queryparser", "lucene-replicator"],
    },
    Known { group: "org.apache.solr", directory: "org/apache/solr/", artifacts: &["solr-core"] },
    Known {
        group: "org.apache.poi",
        directory: "org/apache/poi/",
        artifacts: &["poi", "poi-ooxml", "poi-scratchpad"],
    },
    Known { group: "com.graphql-java", directory: "graphql/", artifacts: &["graphql-java"] },
];
