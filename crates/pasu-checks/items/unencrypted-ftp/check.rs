//! Whether an FTP daemon accepts sessions without TLS.

mod fix;
pub use fix::plan;

use crate::cause::Cause;
use crate::host::FileKind;
use crate::host::Host;
use crate::host::ftp::pure_ftpd::Home;
use crate::host::ftp::{DAEMONS, FtpUse, tell_use};
use crate::host::sockets::Protocol;
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// The certificate that vsftpd looks for where nothing names one.
const VSFTPD_CERTIFICATE: &str = "/usr/share/ssl/certs/vsftpd.pem";

/// The certificate and key that Pure-FTPd is built with.
const PURE_FTPD_CERTIFICATE: &str = "/etc/ssl/private/pure-ftpd.pem";

/// The daemons, what those in use lack to demand TLS, and other holders of the port.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    daemons: Vec<FtpUse>,
    demands: Vec<Demand>,
    others: Vec<(String, String)>,
    /// Whether the certificate and the key of the parameters are there.
    has_given: bool,
    pure_ftpd: Option<Home>,
    unseen: Vec<Cause>,
}

/// What one daemon, or one server of it, lacks; nothing where it demands TLS.
#[derive(Debug, Serialize, Deserialize)]
struct Demand {
    daemon: String,
    missing: Vec<String>,
    place: Option<Place>,
    /// The file in which what is missing is added.
    path: Option<String>,
    /// Whether its settings name a certificate that is there.
    has_certificate: bool,
    /// Directives that say otherwise, with what they must say.
    wrong: Vec<(Place, String)>,
}

pub fn collect(host: &Host, params: &Params) -> Result<Facts, Cause> {
    let daemons = host.ftp_daemons()?;
    let others = others(host)?;
    let given = ["certificate", "key"].map(|name| params.text(name));
    let mut facts = Facts {
        daemons,
        demands: Vec::new(),
        others,
        has_given: given.iter().all(|path| is_file(host, path)),
        pure_ftpd: host.pure_ftpd_home().unwrap_or_default(),
        unseen: Vec::new(),
    };
    for daemon in facts.daemons.iter().filter(|daemon| daemon.state.is_used()) {
        match demands(host, &daemon.name) {
            Ok(found) => facts.demands.extend(found),
            Err(cause) => facts.unseen.push(cause),
        }
    }
    Ok(facts)
}

/// Programs on TCP port 21 that are no daemon known here, and not the super-servers, whose entries are seen apart.
fn others(host: &Host) -> Result<Vec<(String, String)>, Cause> {
    if !host.is_live() {
        return Ok(Vec::new());
    }
    let processes = host.processes()?;
    let mut found = Vec::new();
    for listener in host.listeners()?.iter() {
        if listener.port != 21 || listener.protocol != Protocol::Tcp {
            continue;
        }
        let holder = processes.iter().find(|process| listener.pids.contains(&process.pid));
        let Some(program) = holder.map(|process| process.program()) else { continue };
        let is_known = DAEMONS.iter().any(|name| program.starts_with(name))
            || program.ends_with("inetd")
            || ["systemd", "in.ftpd", "in.proftpd"].contains(&program);
        if !is_known {
            found.push((listener.shown(), program.to_owned()));
        }
    }
    Ok(found)
}

/// Whether a path is a file; links are followed, as certificates often are links.
fn is_file(host: &Host, path: &str) -> bool {
    let found = path.starts_with('/').then(|| host.file_followed(path).ok().flatten());
    found.flatten().is_some_and(|facts| facts.kind == FileKind::File)
}

fn demands(host: &Host, daemon: &str) -> Result<Vec<Demand>, Cause> {
    let demand = |missing, place, has_certificate| Demand {
        daemon: daemon.to_owned(),
        missing,
        place,
        path: None,
        has_certificate,
        wrong: Vec::new(),
    };
    Ok(match daemon {
        "vsftpd" => vsftpd(host)?,
        "proftpd" => proftpd(host)?,
        "pure-ftpd" => {
            let read = host.pure_ftpd()?;
            let tls = read.option("TLS");
            // 1 offers it, 2 demands it for control, 3 for data too.
            let is_forced = tls.is_some_and(|said| said.value == "3");
            let missing = if is_forced { Vec::new() } else { vec!["TLS 3".to_owned()] };
            let place = tls.and_then(|said| said.place.clone());
            vec![demand(missing, place, is_file(host, PURE_FTPD_CERTIFICATE))]
        }
        _ => vec![demand(vec!["SFTP".to_owned()], None, false)],
    })
}

fn vsftpd(host: &Host) -> Result<Vec<Demand>, Cause> {
    let mut found = Vec::new();
    for instance in host.vsftpd()? {
        let mut needed = vec!["ssl_enable", "force_local_logins_ssl", "force_local_data_ssl"];
        if instance.flag("anonymous_enable")?.0 {
            needed.extend(["allow_anon_ssl", "force_anon_logins_ssl", "force_anon_data_ssl"]);
        }
        let mut missing = Vec::new();
        let mut place = None;
        for name in needed {
            let (is_set, at) = instance.flag(name)?;
            if !is_set {
                missing.push(format!("{name}=YES"));
                place = place.or_else(|| at.cloned());
            }
        }
        let place = place.or_else(|| instance.place());
        let certificate = instance.text("rsa_cert_file").map(|said| said.value.as_str());
        found.push(Demand {
            daemon: "vsftpd".to_owned(),
            missing,
            place,
            path: (!instance.path.is_empty()).then(|| instance.path.clone()),
            has_certificate: is_file(host, certificate.unwrap_or(VSFTPD_CERTIFICATE)),
            wrong: Vec::new(),
        });
    }
    Ok(found)
}

fn proftpd(host: &Host) -> Result<Vec<Demand>, Cause> {
    let read = host.proftpd()?;
    let mut found = Vec::new();
    for server in read.servers() {
        let mut missing = Vec::new();
        let mut place = server.place.clone();
        let mut wrong = Vec::new();
        for (name, shown) in [("tlsengine", "TLSEngine on"), ("tlsrequired", "TLSRequired on")] {
            let directive = read.value(&server, name);
            let is_both = directive.is_some_and(|it| {
                it.arguments.first().is_some_and(|value| value.eq_ignore_ascii_case("ctrl+data"))
            });
            if !directive.is_some_and(|it| it.is_on()) && !is_both {
                missing.push(shown.to_owned());
                place = place.or_else(|| directive.map(|it| it.place.clone()));
                wrong.extend(directive.map(|it| (it.place.clone(), shown.to_owned())));
            }
        }
        let certificate = read.value(&server, "tlsrsacertificatefile");
        let certificate = certificate.and_then(|it| it.arguments.first());
        found.push(Demand {
            daemon: "proftpd".to_owned(),
            missing,
            place,
            path: (!read.path.is_empty()).then(|| read.path.clone()),
            has_certificate: certificate.is_some_and(|path| is_file(host, path)),
            wrong,
        });
    }
    Ok(found)
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    for Demand { daemon, missing, place, .. } in &facts.demands {
        let said = |key: &'static str| reason(key).arg("daemon", daemon).at(place.clone());
        if missing.is_empty() {
            judgement.good(said("tls-forced"));
        } else {
            judgement.bad(said("plain-accepted").arg("settings", missing.join(", ")));
        }
    }
    for (what, program) in &facts.others {
        judgement.ask(reason("other-on-port").arg("what", what).arg("program", program));
    }
    for cause in &facts.unseen {
        judgement.unseen(cause);
    }
    tell_use(&mut judgement, &facts.daemons, None);
    judgement
}
