//! Which nginx are here: those that run, those that units start, and those that lie where they are usually put.

use super::{Nginx, parse};
use crate::cause::Cause;
use crate::host::Host;
use crate::host::processes::Process;
use std::collections::BTreeMap;

/// Where builds keep their first file, with their prefix.
const USUAL: [(&str, &str); 5] = [
    ("/etc/nginx/nginx.conf", "/usr/share/nginx"),
    ("/usr/local/nginx/conf/nginx.conf", "/usr/local/nginx"),
    ("/usr/local/etc/nginx/nginx.conf", "/usr/local/nginx"),
    ("/opt/nginx/conf/nginx.conf", "/opt/nginx"),
    ("/usr/local/openresty/nginx/conf/nginx.conf", "/usr/local/openresty/nginx"),
];

/// Where programs lie.
const PROGRAMS: [&str; 8] = [
    "/usr/sbin/nginx",
    "/usr/bin/nginx",
    "/sbin/nginx",
    "/usr/local/sbin/nginx",
    "/usr/local/bin/nginx",
    "/usr/local/nginx/sbin/nginx",
    "/opt/nginx/sbin/nginx",
    "/usr/local/openresty/nginx/sbin/nginx",
];

/// The installations by their first file.
pub(in crate::host) fn read(host: &Host) -> Result<Vec<Nginx>, Cause> {
    let mut found: BTreeMap<String, (Option<String>, Vec<Process>)> = BTreeMap::new();
    if host.is_live() {
        let processes = host.processes()?;
        let mut last = None;
        for process in processes.iter().filter(|process| process.program() == "nginx") {
            let line = process.arguments.join(" ");
            // Workers follow their master and do not repeat its arguments.
            if !line.contains("worker process") && !line.contains("cache ") || last.is_none() {
                last = Some(path_of(&line, process.executable.as_deref()));
            }
            let Some((path, prefix)) = last.clone() else { continue };
            let entry = found.entry(path).or_default();
            entry.0 = entry.0.take().or(prefix);
            entry.1.push(process.clone());
        }
    }
    for unit in
        host.units()?.units.values().filter(|unit| unit.name.contains("nginx") && !unit.masked)
    {
        for value in host.unit_values(unit, "Service", "ExecStart")? {
            let line = value.value.trim_start_matches(['-', '@', '+', '!', ':']);
            let program = line.split_whitespace().next().unwrap_or_default();
            if program.rsplit('/').next() == Some("nginx") && host.file_followed(program)?.is_some()
            {
                let (path, prefix) = path_of(line, Some(program));
                let entry = found.entry(path).or_default();
                entry.0 = entry.0.take().or(prefix);
            }
        }
    }
    for (path, _) in USUAL {
        if !found.contains_key(path) && host.file(path)?.is_some() && is_installed(host, path)? {
            found.insert(path.to_owned(), (None, Vec::new()));
        }
    }
    Ok(found
        .into_iter()
        .map(|(path, (prefix, processes))| {
            let prefix = prefix.unwrap_or_else(|| usual_prefix(host, &path));
            let tree = parse::read(host, &path);
            Nginx { path, prefix, processes, tree }
        })
        .collect())
}

/// Settings may outlive a removed package: then neither a program nor a package is left.
fn is_installed(host: &Host, path: &str) -> Result<bool, Cause> {
    if path != "/etc/nginx/nginx.conf" {
        return Ok(true);
    }
    for program in PROGRAMS {
        if host.file_followed(program)?.is_some() {
            return Ok(true);
        }
    }
    let Ok(software) = host.software() else { return Ok(true) };
    let has_package = software.packages.iter().any(|package| package.name.contains("nginx"));
    Ok(has_package || software.packages.is_empty())
}

/// The first file and the prefix that a command line gives: `nginx: master process /usr/sbin/nginx -c /etc/x.conf`.
fn path_of(line: &str, program: Option<&str>) -> (String, Option<String>) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let option = |flag: &str| {
        words.iter().enumerate().find_map(|(at, word)| match word.strip_prefix(flag)? {
            "" => words.get(at + 1).copied(),
            rest => Some(rest),
        })
    };
    let prefix = option("-p").map(|prefix| prefix.trim_end_matches('/').to_owned());
    let of_program = program.and_then(|program| {
        let prefix = program.strip_suffix("/sbin/nginx")?;
        (!matches!(prefix, "" | "/usr" | "/usr/local")).then(|| prefix.to_owned())
    });
    let base = prefix.clone().or(of_program);
    let path = match (option("-c"), &base) {
        (Some(path), _) if path.starts_with('/') => path.to_owned(),
        (Some(path), Some(base)) => format!("{base}/{path}"),
        (Some(path), None) => format!("/etc/nginx/{path}"),
        (None, Some(base)) => format!("{base}/conf/nginx.conf"),
        (None, None) => "/etc/nginx/nginx.conf".to_owned(),
    };
    (path, base)
}

/// nginx.org builds with `/etc/nginx` as prefix, distributions with `/usr/share/nginx`.
fn usual_prefix(host: &Host, path: &str) -> String {
    if path == "/etc/nginx/nginx.conf" && matches!(host.file("/etc/nginx/html"), Ok(Some(_))) {
        return "/etc/nginx".to_owned();
    }
    let known = USUAL.iter().find(|(usual, _)| *usual == path);
    known.map_or_else(|| "/usr/share/nginx".to_owned(), |(_, prefix)| (*prefix).to_owned())
}

#[cfg(test)]
mod tests {
    use super::path_of;
    use crate::case::TestHost;

    #[test]
    fn the_command_line_names_the_file() {
        for (line, program, path) in [
            (
                "nginx: master process /usr/sbin/nginx -g daemon on; master_process on;",
                "/usr/sbin/nginx",
                "/etc/nginx/nginx.conf",
            ),
            ("nginx: master process nginx -c /srv/n.conf", "/usr/sbin/nginx", "/srv/n.conf"),
            ("/opt/n/sbin/nginx -p /opt/data/", "/opt/n/sbin/nginx", "/opt/data/conf/nginx.conf"),
            (
                "/usr/local/nginx/sbin/nginx",
                "/usr/local/nginx/sbin/nginx",
                "/usr/local/nginx/conf/nginx.conf",
            ),
        ] {
            assert_eq!(path_of(line, Some(program)).0, path, "{line}");
        }
    }

    #[test]
    fn two_that_run_are_two() {
        let host = TestHost::new()
            .live()
            .file("/etc/nginx/nginx.conf", "")
            .file("/srv/n.conf", "")
            .process(5, "nginx", 0, None)
            .process(6, "nginx", 0, None)
            .file("/proc/6/cmdline", "nginx: master process /usr/sbin/nginx -c /srv/n.conf")
            .host();
        let paths: Vec<_> =
            host.web().unwrap().nginx.iter().map(|nginx| nginx.path.clone()).collect();
        assert_eq!(paths, ["/etc/nginx/nginx.conf", "/srv/n.conf"]);
    }
}
