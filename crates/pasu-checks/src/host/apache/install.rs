//! Which Apache are here: those that run, those that units start, and those that lie where they are usually put.

use super::merge::Merger;
use super::parse::{self, Start};
use super::{Apache, lexer};
use crate::cause::Cause;
use crate::host::Host;
use crate::host::processes::Process;
use std::collections::BTreeMap;

/// Where builds keep their first file, with `ServerRoot`.
const USUAL: [(&str, &str); 6] = [
    ("/etc/apache2/apache2.conf", "/etc/apache2"),
    ("/etc/httpd/conf/httpd.conf", "/etc/httpd"),
    ("/etc/apache2/httpd.conf", "/etc/apache2"),
    ("/usr/local/apache2/conf/httpd.conf", "/usr/local/apache2"),
    ("/usr/local/apache/conf/httpd.conf", "/usr/local/apache"),
    ("/opt/rh/httpd24/root/etc/httpd/conf/httpd.conf", "/opt/rh/httpd24/root/etc/httpd"),
];

const PROGRAMS: [&str; 4] =
    ["/usr/sbin/apache2", "/usr/sbin/httpd", "/sbin/httpd", "/usr/bin/httpd"];

/// What a command line says: its file, its root, names defined with `-D`.
#[derive(Default, Clone)]
struct Line {
    path: Option<String>,
    root: Option<String>,
    defines: Vec<String>,
}

/// The installations by their first file.
pub(in crate::host) fn read(host: &Host) -> Result<Vec<Apache>, Cause> {
    let mut found: BTreeMap<String, (Line, Vec<Process>)> = BTreeMap::new();
    if host.is_live() {
        for process in host.processes()?.iter() {
            if matches!(process.program(), "apache2" | "httpd") {
                let line = line_of(&process.arguments);
                let path = path_of(host, &line, process.executable.as_deref())?;
                let entry = found.entry(path).or_insert_with(|| (line, Vec::new()));
                entry.1.push(process.clone());
            }
        }
    }
    for (path, _) in USUAL {
        if !found.contains_key(path) && host.file(path)?.is_some() && is_installed(host, path)? {
            // SUSE's and Alpine's file has Debian's directory.
            found.insert(path.to_owned(), (Line::default(), Vec::new()));
        }
    }
    found
        .into_iter()
        .map(|(path, (line, processes))| apache(host, path, &line, processes))
        .collect()
}

fn apache(
    host: &Host,
    path: String,
    line: &Line,
    processes: Vec<Process>,
) -> Result<Apache, Cause> {
    let known = USUAL.iter().find(|(usual, _)| *usual == path).map(|(_, root)| (*root).to_owned());
    let of_file = || {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        folder.strip_suffix("/conf").unwrap_or(folder).to_owned()
    };
    let server_root = line.root.clone().or(known).unwrap_or_else(of_file);
    let mut variables = envvars(host, &format!("{server_root}/envvars"))?;
    variables.extend(line.defines.iter().map(|name| (name.clone(), String::new())));
    let version = version_of(host);
    let start = Start { path: path.clone(), server_root, variables, version };
    let mut config = parse::read(host, &start);
    let mut places_unseen = config.read_htaccess(host);
    let (places, limit) = Merger::places(&config);
    places_unseen.extend(limit);
    Ok(Apache { path, version, processes, config, places, places_unseen })
}

/// Settings may outlive a removed package: then neither a program nor a package is left.
fn is_installed(host: &Host, path: &str) -> Result<bool, Cause> {
    if !path.starts_with("/etc/") {
        return Ok(true);
    }
    for program in PROGRAMS {
        if host.file_followed(program)?.is_some() {
            return Ok(true);
        }
    }
    let Ok(software) = host.software() else { return Ok(true) };
    let is_server = |name: &str| matches!(name, "apache2" | "httpd" | "httpd-core" | "apache2-bin");
    let has_package = software.packages.iter().any(|package| is_server(&package.name));
    Ok(has_package || software.packages.is_empty())
}

/// `/usr/sbin/httpd -f /srv/httpd.conf -d /srv -D SSL -k start`.
fn line_of(arguments: &[String]) -> Line {
    let mut line = Line::default();
    let mut rest = arguments.iter().skip(1);
    while let Some(argument) = rest.next() {
        let Some(flag) = argument.get(..2) else { continue };
        let value = match argument.get(2..) {
            Some("") | None => rest.next().cloned(),
            Some(value) => Some(value.to_owned()),
        };
        match flag {
            "-f" => line.path = value,
            "-d" => line.root = value,
            "-D" => line.defines.extend(value),
            _ => {}
        }
    }
    line
}

fn path_of(host: &Host, line: &Line, program: Option<&str>) -> Result<String, Cause> {
    let of_program = program
        .and_then(|program| program.strip_suffix("/bin/httpd"))
        .filter(|root| *root != "/usr");
    let root = line.root.as_deref().or(of_program);
    match (&line.path, root) {
        (Some(path), _) if path.starts_with('/') => return Ok(path.clone()),
        (Some(path), Some(root)) => return Ok(format!("{root}/{path}")),
        (None, Some(root)) => {
            let name = if host.file(&format!("{root}/apache2.conf"))?.is_some() {
                "apache2.conf"
            } else {
                "conf/httpd.conf"
            };
            return Ok(format!("{root}/{name}"));
        }
        _ => {}
    }
    for (path, root) in USUAL {
        if host.file(path)?.is_some() {
            return Ok(line
                .path
                .as_ref()
                .map_or_else(|| path.to_owned(), |given| format!("{root}/{given}")));
        }
    }
    Ok("/etc/httpd/conf/httpd.conf".to_owned())
}

/// Debian's start script gives `export APACHE_LOG_DIR=/var/log/apache2$SUFFIX` to the settings.
fn envvars(host: &Host, path: &str) -> Result<BTreeMap<String, String>, Cause> {
    let mut variables: BTreeMap<String, String> = BTreeMap::new();
    let Some(file) = host.text(path)? else { return Ok(variables) };
    for (_, line) in file.settings() {
        let default =
            line.strip_prefix(": ${").and_then(|rest| rest.strip_suffix('}')?.split_once(":="));
        let pair =
            default.or_else(|| line.strip_prefix("export ").unwrap_or(line).trim().split_once('='));
        let Some((name, value)) = pair else { continue };
        if name.contains(|c: char| !c.is_ascii_alphanumeric() && c != '_') || value.contains("##") {
            continue;
        }
        let value = value.trim().trim_matches(['"', '\'']).replace("$SUFFIX", "");
        let value = lexer::expanded(&value, |name| match name {
            "SUFFIX" => Some(String::new()),
            _ => variables.get(name).cloned(),
        });
        variables.insert(name.to_owned(), value);
    }
    Ok(variables)
}

/// `1:2.4.62-1~deb12u2` of the package.
fn version_of(host: &Host) -> Option<(u32, u32, u32)> {
    let software = host.software().ok()?;
    let names = ["apache2", "httpd", "apache2-bin", "httpd-core"];
    let package = names.iter().find_map(|name| software.package(name))?;
    let version = package.version.split(':').next_back()?;
    let mut numbers = version.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().ok());
    Some((numbers.next()??, numbers.next()??, numbers.next().flatten().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use crate::case::TestHost;

    #[test]
    fn variables_of_the_start_script_are_put_in() {
        let host = TestHost::new()
            .file("/etc/apache2/envvars", "# x\nSUFFIX=\nexport APACHE_RUN_USER=www-data\nexport APACHE_LOG_DIR=/var/log/apache2$SUFFIX\n: ${A:=b}\n")
            .file("/etc/apache2/apache2.conf", "User ${APACHE_RUN_USER}\nErrorLog ${APACHE_LOG_DIR}/error.log\nX ${A}\nIncludeOptional no/*.conf\n")
            .host();
        let web = host.web().unwrap();
        let config = &web.apache[0].config;
        assert_eq!(config.server_value(0, "user").unwrap().value(), "www-data");
        assert_eq!(
            config.server_value(0, "errorlog").unwrap().value(),
            "/var/log/apache2/error.log"
        );
        assert_eq!(config.server_value(0, "x").unwrap().value(), "b");
    }

    #[test]
    fn a_running_one_names_its_file() {
        let host = TestHost::new()
            .live()
            .process(4, "httpd", 0, None)
            .file("/proc/4/cmdline", "/usr/sbin/httpd\0-f\0/srv/h.conf\0-DSSL\0")
            .file("/srv/h.conf", "<IfDefine SSL>\nServerRoot /srv/\nInclude conf.d\n</IfDefine>\n")
            .file("/srv/conf.d/a", "Listen 81\n")
            .host();
        let web = host.web().unwrap();
        assert_eq!(web.apache[0].path, "/srv/h.conf");
        assert_eq!(web.apache[0].config.server_value(0, "listen").unwrap().value(), "81");
    }
}
