//! What is found of Tomcat in the layouts of Debian, Red Hat and an archive.

use crate::case::TestHost;
use crate::host::tomcat::Tomcat;
use std::sync::Arc;

const SERVER: &str = "<Server><GlobalNamingResources><Resource name='UserDatabase' \
    type='org.apache.catalina.UserDatabase' pathname='conf/tomcat-users.xml'/></GlobalNamingResources>\
    <Service><Engine name='Catalina'><Host name='localhost' appBase='webapps'/></Engine></Service></Server>";

fn bases(host: TestHost) -> (Vec<String>, Arc<Tomcat>) {
    let tomcat = host.host().tomcat().unwrap();
    (tomcat.instances.iter().map(|instance| instance.base.clone()).collect(), tomcat)
}

#[test]
fn debian_links_its_settings() {
    let (bases, tomcat) = bases(
        TestHost::new()
            .file("/etc/tomcat10/server.xml", SERVER)
            .file(
                "/etc/tomcat10/tomcat-users.xml",
                "<tomcat-users><user username='a' roles='x,manager-gui'/></tomcat-users>",
            )
            .file(
                "/etc/tomcat10/Catalina/localhost/manager.xml",
                "<Context docBase='/usr/share/tomcat10-admin/manager'/>",
            )
            .file("/usr/share/tomcat10-admin/manager/WEB-INF/web.xml", "<web-app/>")
            .file("/var/lib/tomcat10/webapps/ROOT/META-INF/context.xml", "<Context/>")
            .link("/var/lib/tomcat10/conf", "/etc/tomcat10")
            .directory("/usr/share/tomcat10/bin"),
    );
    assert_eq!(bases, ["/var/lib/tomcat10"]);
    let instance = &tomcat.instances[0];
    assert_eq!(instance.conf, "/etc/tomcat10");
    assert!(instance.unseen.is_empty() && tomcat.unseen.is_empty());
    let names: Vec<&str> = instance.applications.iter().map(|app| app.name.as_str()).collect();
    assert_eq!(names, ["manager", "ROOT"]);
    let [users] = instance.users.as_slice() else { panic!("{:?}", instance.users) };
    assert!(users.used);
    assert_eq!(users.users()[0].admin_roles(), ["manager-gui"]);
}

#[test]
fn red_hat_links_the_home() {
    let (bases, tomcat) = bases(
        TestHost::new()
            .file("/etc/tomcat/server.xml", SERVER)
            .link("/usr/share/tomcat/conf", "/etc/tomcat")
            .link("/usr/share/tomcat/webapps", "/var/lib/tomcat/webapps")
            .file("/var/lib/tomcat/webapps/app.war", "")
            .file("/var/lib/tomcat/webapps/ROOT/WEB-INF/web.xml", "<web-app/>"),
    );
    assert_eq!(bases, ["/usr/share/tomcat"]);
    let packed: Vec<bool> = tomcat.instances[0].applications.iter().map(|app| app.packed).collect();
    assert_eq!(packed, [false, true]);
}

#[test]
fn a_unit_and_a_process_name_their_base() {
    let unit = "[Service]\nEnvironment=\"CATALINA_BASE=/data/shop\" JAVA_OPTS=-x\nExecStart=/opt/t/bin/startup.sh\n";
    let host = TestHost::new()
        .live()
        .process(9, "java", 91, None)
        .file("/proc/9/cmdline", "/usr/bin/java\0-Dcatalina.base=/data/run/\0-Dwhere=/data/users\0org.apache.catalina.startup.Bootstrap\0start\0")
        .file("/data/run/conf/server.xml", "<Server><Realm className='org.apache.catalina.realm.MemoryRealm' pathname='${where}/u.xml'/></Server>")
        .file("/data/users/u.xml", "<tomcat-users>")
        .file("/etc/systemd/system/shop.service", unit)
        .file("/data/shop/conf/server.xml", SERVER);
    let (bases, tomcat) = bases(host);
    assert_eq!(bases, ["/data/run", "/data/shop"]);
    assert_eq!(tomcat.instances[0].process.as_ref().unwrap().uid, 91);
    // The file that the realm reads is damaged.
    assert_eq!(tomcat.instances[0].unseen.len(), 1);
}

#[test]
fn nothing_is_no_instance() {
    assert!(bases(TestHost::new()).0.is_empty());
}
