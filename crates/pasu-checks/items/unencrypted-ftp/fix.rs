//! TLS demanded by the daemon's own settings, with a certificate that is there. None is ever made here.

use super::{Demand, Facts};
use crate::fix::{Anchor, Edit, Fix, SettingEdit, Syntax, ftp};
use crate::judgement::reason;
use crate::params::Params;

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut fix = Fix::new();
    let mut block = ProFtpd::default();
    for demand in facts.demands.iter().filter(|demand| !demand.missing.is_empty()) {
        let daemon = &demand.daemon;
        // Pure-FTPd reads its one file only.
        let is_given = facts.has_given && daemon != "pure-ftpd" && !demand.has_certificate;
        match daemon.as_str() {
            "vsftpd" => vsftpd(&mut fix, demand, is_given.then_some(params)),
            "proftpd" => block.take(&mut fix, demand, is_given),
            "pure-ftpd" => {
                let place = demand.place.as_ref();
                ftp::pure_ftpd(&mut fix, facts.pure_ftpd.as_ref(), place, ("TLS", "3"));
            }
            _ => {
                fix.leave(reason("no-tls-there").arg("daemon", daemon));
                continue;
            }
        }
        let has_certificate = demand.has_certificate || is_given;
        fix.need(reason("certificate").arg("daemon", daemon), has_certificate);
        fix.consent(reason("clients-need-tls").arg("daemon", daemon));
    }
    block.write(&mut fix, params);
    fix
}

fn vsftpd(fix: &mut Fix, demand: &Demand, given: Option<&Params>) {
    let Some(path) = &demand.path else {
        return fix.leave(reason("fix-no-settings").arg("name", "vsftpd"));
    };
    if let Some(params) = given {
        for (key, name) in [("rsa_cert_file", "certificate"), ("rsa_private_key_file", "key")] {
            fix.edit(SettingEdit::new(path, Syntax::Tight, key, params.text(name)));
        }
    }
    for (key, value) in demand.missing.iter().filter_map(|setting| setting.split_once('=')) {
        fix.edit(SettingEdit::new(path, Syntax::Tight, key, value));
    }
}

/// What is added for all servers of ProFTPD.
#[derive(Default)]
struct ProFtpd {
    path: Option<String>,
    directives: Vec<String>,
    is_given: bool,
}

impl ProFtpd {
    /// Directives that say otherwise are changed where they stand; what no directive says is added once for all.
    fn take(&mut self, fix: &mut Fix, demand: &Demand, is_given: bool) {
        let Some(path) = &demand.path else {
            return fix.leave(reason("fix-no-settings").arg("name", "proftpd"));
        };
        for (place, directive) in &demand.wrong {
            fix.restate(Some(place), directive);
        }
        let said: Vec<&String> = demand.wrong.iter().map(|(_, directive)| directive).collect();
        for directive in demand.missing.iter().filter(|directive| !said.contains(directive)) {
            if !self.directives.contains(directive) {
                self.directives.push(directive.clone());
            }
        }
        self.path = Some(path.clone());
        self.is_given |= is_given;
    }

    fn write(self, fix: &mut Fix, params: &Params) {
        let mut directives = self.directives;
        if self.is_given {
            directives.push(format!("TLSRSACertificateFile {}", params.text("certificate")));
            directives.push(format!("TLSRSACertificateKeyFile {}", params.text("key")));
        }
        let Some(path) = self.path.filter(|_| !directives.is_empty()) else { return };
        let mut lines = vec!["<IfModule mod_tls.c>".to_owned(), "  <Global>".to_owned()];
        lines.extend(directives.into_iter().map(|directive| format!("    {directive}")));
        lines.extend(["  </Global>".to_owned(), "</IfModule>".to_owned()]);
        fix.edit(Edit::Insert { path, at: Anchor::End, lines });
    }
}
