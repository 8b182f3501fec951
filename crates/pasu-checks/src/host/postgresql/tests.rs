//! Clusters in the layouts of Debian and Red Hat.

use crate::case::TestHost;

#[test]
fn debian_with_includes_and_alter_system() {
    let host = TestHost::new()
        .file(
            "/etc/postgresql/15/main/postgresql.conf",
            "data_directory = '/var/lib/postgresql/15/main'\nhba_file='/etc/postgresql/15/main/pg_hba.conf'\nport=1\n#log_statement = 'all'\ninclude_dir = 'conf.d'\n",
        )
        .file("/etc/postgresql/15/main/conf.d/a.conf", "PORT = 2\nlog_statement = ddl\ninclude 'a.conf'\n")
        .file("/etc/postgresql/15/main/conf.d/.b.conf", "port=9\n")
        .file("/var/lib/postgresql/15/main/postgresql.auto.conf", "log_statement = 'none'\n")
        .file("/etc/postgresql/15/main/pg_hba.conf", "local all all peer\nhost all all 0.0.0.0 \\\n0.0.0.0 MD5\nnonsense\n")
        .host();
    let found = host.postgresql().unwrap();
    let [cluster] = found.clusters.as_slice() else { panic!("{found:?}") };
    assert_eq!((cluster.value("port", ""), cluster.value("log_statement", "")), ("2", "none"));
    assert_eq!(cluster.version, Some(15));
    assert_eq!(cluster.hba.len(), 2);
    assert!(cluster.hba[1].is_open() && cluster.hba[1].method == "md5");
    // The file that includes itself, and the damaged line.
    assert_eq!(cluster.all_unseen().count(), 2);
}

#[test]
fn a_running_server_tells_its_files() {
    let host = TestHost::new()
        .live()
        .process(5, "postgres", 26, None)
        .file("/proc/5/cmdline", "/usr/bin/postgres\0-D\0/data\0-clisten_addresses=*\0--port=7\0")
        .process(6, "postgres", 26, None)
        .file("/proc/6/cmdline", "postgres: checkpointer \0")
        .file("/data/postgresql.conf", "listen_addresses = 'localhost'\n")
        .file("/data/pg_hba.conf", "")
        .file("/data/PG_VERSION", "16\n")
        .host();
    let found = host.postgresql().unwrap();
    let [cluster] = found.clusters.as_slice() else { panic!("{found:?}") };
    assert_eq!((cluster.value("listen_addresses", ""), cluster.value("port", "")), ("*", "7"));
    assert_eq!((cluster.process, cluster.version), (Some((5, 26)), Some(16)));
    assert!(cluster.all_unseen().next().is_none() && found.unseen.is_empty());
}

#[test]
fn a_data_directory_that_may_not_be_entered_is_unseen() {
    let host = TestHost::new().file("/var/lib/pgsql/data/postgresql.conf", "");
    assert_eq!(host.host().postgresql().unwrap().clusters.len(), 1);
}
