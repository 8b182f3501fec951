//! What fixes of items about web servers have in common.

use super::edit::{AttributesEdit, Edit, Fix};
use super::statement::{ApacheChange, NginxChange, XmlChange};
use crate::host::FileFacts;
use crate::host::web::{Handle, Runner, ServerFacts, Spot, WebFacts};
use crate::judgement::reason;
use crate::kinds::file_mode::OwnedFile;

/// Plans for every finding of every server; a server whose settings change reads them again.
pub(crate) fn each(facts: &WebFacts, mut plan: impl FnMut(&ServerFacts, &Spot, &mut Fix)) -> Fix {
    let mut fix = Fix::new();
    for server in &facts.servers {
        let before = fix.edits.len();
        for spot in &server.spots {
            plan(server, spot, &mut fix);
        }
        if fix.edits.len() == before {
            continue;
        }
        if server.product == "Tomcat" {
            fix.leave(reason("web-restart").file(&server.path));
        } else if let Some(unit) = &server.unit {
            fix.edit(Edit::Reload { unit: unit.clone() });
        }
    }
    fix
}

/// The directive that says what was found gets other arguments.
pub(crate) fn set(fix: &mut Fix, spot: &Spot, arguments: &str) {
    match &spot.handle {
        Some(Handle::Nginx(at)) => {
            let change = NginxChange::Arguments(arguments.to_owned());
            fix.edit(Edit::Nginx { at: at.clone(), change });
        }
        Some(Handle::Apache(at)) => {
            let change = ApacheChange::Arguments(arguments.to_owned());
            fix.edit(Edit::Apache { at: at.clone(), change });
        }
        _ => {}
    }
}

/// A directive of Apache or an element of Tomcat's files is commented out.
pub(crate) fn comment_out(fix: &mut Fix, handle: &Handle) {
    match handle.clone() {
        Handle::Apache(at) => fix.edit(Edit::Apache { at, change: ApacheChange::CommentOut }),
        Handle::Xml(at) => fix.edit(Edit::Xml { at, change: XmlChange::CommentOut }),
        // None of nginx needs it.
        Handle::Nginx(_) => {}
    }
}

/// A line of `Options` that was found no longer gives these.
pub(crate) fn without_options(fix: &mut Fix, spot: &Spot, names: &[&str]) {
    if let Some(Handle::Apache(at)) = &spot.handle {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let change = ApacheChange::WithoutOptions { names, instead: None };
        fix.edit(Edit::Apache { at: at.clone(), change });
    }
}

/// Statements are added to the blocks of nginx that the finding is about.
pub(crate) fn add(fix: &mut Fix, spot: &Spot, statements: &str) {
    for handle in &spot.near {
        if let Handle::Nginx(at) = handle {
            let change = NginxChange::Add(statements.to_owned());
            fix.edit(Edit::Nginx { at: at.clone(), change });
        }
    }
}

/// Lines for the whole of an Apache are added where its distribution has such lines.
pub(crate) fn add_to_apache(fix: &mut Fix, server: &ServerFacts, lines: Vec<String>) {
    let Some(home) = &server.home else { return };
    fix.edit(Edit::Insert { path: home.path.clone(), at: super::Anchor::End, lines });
    if let Some((path, target)) = &home.link {
        fix.edit(Edit::Symlink { path: path.clone(), target: target.clone() });
    }
}

/// Takes everybody's rights to a file away whom its daemon is not, so that the daemon can still read it: by its owner,
/// else by its group, which the daemon's takes the place of where only everybody's bits let it in.
pub(crate) fn keep_readable(file: &FileFacts, runner: &Runner, limit: u32) -> Edit {
    let mut edit = AttributesEdit {
        path: file.path.clone(),
        limit: Some(limit),
        limit_acl: true,
        ..AttributesEdit::default()
    };
    let by_group = file.mode & limit & 0o040 != 0;
    if runner.uid != 0 && file.uid != runner.uid {
        if by_group {
            edit.group = (file.gid != runner.gid).then(|| runner.gid.to_string());
        } else {
            edit.owner = Some(runner.uid.to_string());
        }
    }
    edit.into()
}

/// A file with secrets of a daemon brought within a mode. Where a person owned it, a person has to agree.
pub(crate) fn hide(
    fix: &mut Fix,
    OwnedFile { file, owner }: &OwnedFile,
    runner: Option<&Runner>,
    mode: u32,
) {
    if file.bits_beyond(mode) == 0 && file.grants_beyond(mode).next().is_none() {
        return;
    }
    let Some(runner) = runner else {
        return fix.leave(reason("fix-no-runner").file(&file.path));
    };
    for grant in file.grants_beyond(mode) {
        fix.consent(reason("fix-acl-goes").arg("who", &grant.who).file(&file.path));
    }
    let edit = keep_readable(file, runner, mode);
    if let Edit::Attributes(AttributesEdit { owner: Some(_), .. }) = &edit
        && file.uid != 0
    {
        fix.consent(reason("fix-owner-loses").arg("name", owner).file(&file.path));
    }
    fix.edit(edit);
}

#[cfg(test)]
mod tests {
    use crate::case::TestHost;
    use crate::catalogue::Catalogue;
    use crate::fix::{Choice, PlanRequest, plan};
    use crate::guideline::Guideline;
    use crate::policy::Policy;
    use pasu_model::{PlanStatus, Target, TargetKind, Tool};

    const NGINX: &str =
        "http { server { autoindex on; ssi on; location ~ \\.php$ { fastcgi_pass x; } } }\n";
    const APACHE: &str = "ServerRoot /etc/httpd\nDocumentRoot /srv\n<Directory /srv>\n  Options All\n</Directory>\nAlias /manual /usr/share/httpd/manual\nIncludeOptional conf.d/*.conf\n";
    const WEB_XML: &str = "<web-app>\n<servlet><servlet-name>s</servlet-name><servlet-class>org.apache.catalina.ssi.SSIServlet</servlet-class></servlet>\n<servlet-mapping><servlet-name>s</servlet-name><url-pattern>*.shtml</url-pattern></servlet-mapping>\n</web-app>\n";

    fn text(host: &crate::host::Host, path: &str) -> String {
        host.text(path).unwrap().unwrap().lines.join("\n")
    }

    #[test]
    fn items_that_change_the_same_line_do_not_contradict_each_other() {
        let host = TestHost::new()
            .file("/etc/nginx/nginx.conf", NGINX)
            .file("/etc/httpd/conf/httpd.conf", APACHE)
            .file("/var/lib/tomcat10/conf/server.xml", "<Server><Host name='a'/></Server>")
            .file("/var/lib/tomcat10/conf/web.xml", WEB_XML)
            .host();
        let catalogue = Catalogue::load().unwrap();
        let items = [
            "web-default-files",
            "web-directory-listing",
            "web-link-following",
            "web-needless-script-mapping",
            "web-no-error-pages",
            "web-server-header",
            "web-ssi-enabled",
            "web-unlimited-request-size",
            "web-unrestricted-cgi",
            "web-virtual-directory",
        ];
        let choice =
            |item: &&str| Choice { item: (*item).to_owned(), accepted: true, values: Vec::new() };
        let planned = plan(PlanRequest {
            host: &host,
            catalogue: &catalogue,
            guideline: &Guideline::load("kisa-2026").unwrap().unwrap(),
            policy: &Policy::default(),
            choices: items.iter().map(choice).collect(),
            target: Target { kind: TargetKind::Host, name: "x".to_owned() },
            machine: None,
            made: String::new(),
            tool: Tool { name: "pasu".to_owned(), version: "0".to_owned() },
        })
        .unwrap();
        let open: Vec<_> = planned
            .plan
            .items
            .iter()
            .filter(|item| item.status != PlanStatus::Planned)
            .map(|item| (&item.item, item.status))
            .collect();
        assert_eq!(open, []);
        let apache = text(&planned.after, "/etc/httpd/conf/httpd.conf");
        assert!(apache.contains("\n  Options SymLinksIfOwnerMatch\n"), "{apache}");
        assert!(apache.contains("\n# Alias /manual"), "{apache}");
        let nginx = text(&planned.after, "/etc/nginx/nginx.conf");
        assert!(nginx.contains("autoindex off; ssi off; location ~ \\.php$ { try_files $uri =404; fastcgi_pass x; } } }"), "{nginx}");
        assert_eq!(nginx.matches("server_tokens off;").count(), 1);
        let xml = text(&planned.after, "/var/lib/tomcat10/conf/web.xml");
        assert_eq!(xml.matches("<!-- <servlet-mapping>").count(), 1, "{xml}");
        let server = text(&planned.after, "/var/lib/tomcat10/conf/server.xml");
        assert_eq!(server.matches("<Valve").count(), 1, "{server}");
    }
}
