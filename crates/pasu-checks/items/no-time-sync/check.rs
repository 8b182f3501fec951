//! Whether one program keeps the clock right: in use, told a server, and synchronised where that can be asked.

mod fix;

pub use fix::plan;

use crate::cause::{Cause, CauseKind};
use crate::host::services::ServiceState;
use crate::host::{Host, KeyValue, ToolAnswer, time_sync};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// Programs of `services.toml`, each with the units that start it at boot.
const PROVIDERS: [(&str, &[&str]); 3] = [
    ("chrony", &["chronyd.service", "chrony.service"]),
    ("ntpd", &["ntpd.service", "ntp.service", "ntpsec.service", "openntpd.service"]),
    ("timesyncd", &["systemd-timesyncd.service"]),
];

/// Programs that set the clock from a hypervisor or by PTP.
const OTHERS: [&str; 5] = ["vmtoolsd", "VBoxService", "ptp4l", "phc2sys", "timemaster"];

/// Seconds within which a program that was started finds its servers.
const SETTLING: i64 = 600;

/// Who keeps the clock right.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    container: bool,
    live: bool,
    providers: Vec<Provider>,
    /// Programs of [`OTHERS`] that run.
    others: Vec<String>,
    unseen: Vec<Cause>,
    /// The first program that is installed and could be switched on, where none is.
    spare: Option<Spare>,
}

/// A program that is installed and not in use.
#[derive(Debug, Serialize, Deserialize)]
struct Spare {
    name: String,
    unit: String,
    has_sources: bool,
    file: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Provider {
    name: String,
    state: ServiceState,
    at_boot: bool,
    sources: Result<Vec<KeyValue>, Cause>,
    /// What its tool says; `None` where it does not run.
    clock: Option<Result<Clock, Cause>>,
    /// For how many seconds it runs, where that can be seen.
    age: Option<i64>,
    /// The unit that starts it.
    unit: Option<String>,
    /// The file of its settings.
    file: Option<String>,
}

/// What is known of the clock.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Clock {
    synchronised: bool,
    /// Milliseconds; `None` where the tool does not say.
    offset: Option<f64>,
    detail: String,
    place: Place,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let mut facts = Facts {
        container: host.is_container(),
        live: host.is_live(),
        providers: Vec::new(),
        others: Vec::new(),
        unseen: Vec::new(),
        spare: None,
    };
    if facts.container {
        return Ok(facts);
    }
    for (name, units) in PROVIDERS {
        let state = host.service(name)?;
        facts.unseen.extend(state.unseen.iter().cloned());
        if state.is_used() {
            facts.providers.push(provider(host, name, units, state)?);
        }
    }
    if facts.providers.is_empty() {
        facts.spare = spare(host)?;
    }
    if facts.live {
        let processes = host.processes()?;
        let runs = |name: &str| processes.iter().any(|process| process.program() == name);
        facts.others =
            OTHERS.iter().filter(|name| runs(name)).map(|name| (*name).to_owned()).collect();
    }
    Ok(facts)
}

fn provider(
    host: &Host,
    name: &str,
    units: &[&str],
    state: ServiceState,
) -> Result<Provider, Cause> {
    let known = host.units()?;
    let at_boot = units.iter().any(|unit| known.named(unit).is_some_and(|unit| known.starts(unit)));
    let clock = (host.is_live() && state.is_running()).then(|| clock(host, name));
    let sources = time_sync::sources(host, name);
    let unit = installed(host, units)?;
    let file = time_sync::main_file(host, name);
    let age = if clock.is_some() { age(host, name)? } else { None };
    Ok(Provider { name: name.to_owned(), state, at_boot, sources, clock, age, unit, file })
}

/// Since when a program runs, by field 22 of `/proc/PID/stat` in hundredths of a second after the start of the machine.
fn age(host: &Host, name: &str) -> Result<Option<i64>, Cause> {
    let number = |text: &str| text.split('.').next().and_then(|whole| whole.parse::<i64>().ok());
    let programs: &[&str] = match name {
        "chrony" => &["chronyd"],
        "ntpd" => &["ntpd"],
        _ => &["systemd-timesyncd"],
    };
    let processes = host.processes()?;
    let Some(own) = processes.iter().find(|it| programs.contains(&it.program())) else {
        return Ok(None);
    };
    let first = |path: &str| Ok(host.text(path)?.and_then(|file| file.lines.first().cloned()));
    let (stat, uptime) = (first(&format!("/proc/{}/stat", own.pid))?, first("/proc/uptime")?);
    // `1383 (chronyd) S 1 …`: the name may hold anything.
    let started = stat
        .as_deref()
        .and_then(|stat| stat.rsplit_once(") ")?.1.split_whitespace().nth(19).and_then(number));
    let up = uptime.as_deref().and_then(|line| line.split_whitespace().next().and_then(number));
    Ok(started.zip(up).map(|(started, up)| up - started / 100))
}

/// The first of these units that is there and may be started.
fn installed(host: &Host, names: &[&str]) -> Result<Option<String>, Cause> {
    let known = host.units()?;
    let units = names.iter().filter_map(|name| known.named(name));
    let usable = |unit: &&crate::host::units::Unit| !unit.masked && !unit.path.is_empty();
    Ok(units.filter(|unit| !unit.is_script).find(usable).map(|unit| unit.name.clone()))
}

fn spare(host: &Host) -> Result<Option<Spare>, Cause> {
    for (name, units) in PROVIDERS {
        let Some(unit) = installed(host, units)? else { continue };
        let has_sources = time_sync::sources(host, name).is_ok_and(|sources| !sources.is_empty());
        let file = time_sync::main_file(host, name);
        return Ok(Some(Spare { name: name.to_owned(), unit, has_sources, file }));
    }
    Ok(None)
}

fn clock(host: &Host, name: &str) -> Result<Clock, Cause> {
    let own = match name {
        "chrony" => {
            host.tool_if_any("chronyc", &["-n", "tracking"])?.map(|answer| tracking(&answer))
        }
        "ntpd" => host.tool_if_any("ntpq", &["-pn"])?.map(|answer| peers(&answer)),
        _ => None,
    };
    if let Some(clock) = own {
        return Ok(clock);
    }
    let answer = host.tool("timedatectl", &["show", "--property=NTPSynchronized"])?;
    let text = answer.text();
    let said = text.lines().find_map(|line| line.trim().strip_prefix("NTPSynchronized="));
    let Some(said) = said else {
        return Err(Cause {
            place: Some(answer.place()),
            ..Cause::new(CauseKind::Malformed, "no NTPSynchronized")
        });
    };
    Ok(Clock {
        synchronised: said == "yes",
        offset: None,
        detail: format!("NTPSynchronized={said}"),
        place: answer.place(),
    })
}

/// `Leap status     : Normal`, `System time     : 0.000006523 seconds slow of NTP time`.
fn tracking(answer: &ToolAnswer) -> Clock {
    let text = answer.text();
    let value = |key: &str| {
        let found = text
            .lines()
            .find_map(|line| line.split_once(':').filter(|(name, _)| name.trim() == key));
        found.map(|(_, value)| value.trim()).unwrap_or_default()
    };
    let stratum: u32 = value("Stratum").parse().unwrap_or_default();
    let leap = value("Leap status");
    let seconds = value("System time")
        .split_whitespace()
        .next()
        .and_then(|number| number.parse::<f64>().ok());
    let is_leap = leap == "Normal" || leap == "Insert second" || leap == "Delete second";
    Clock {
        synchronised: is_leap && (1..16).contains(&stratum),
        offset: seconds.map(|seconds| seconds.abs() * 1000.0),
        detail: format!("stratum {stratum}, {leap}"),
        place: answer.place(),
    }
}

/// `*10.0.0.1 .GPS. 1 u 33 64 377 0.5 -0.123 0.05`: the asterisk is at the peer that is followed, `o` where it also
/// gives pulses; the ninth column is the offset in milliseconds.
fn peers(answer: &ToolAnswer) -> Clock {
    let text = answer.text();
    let chosen = text.lines().skip(2).find(|line| line.starts_with(['*', 'o']));
    let offset = chosen.and_then(|line| line.split_whitespace().nth(8)?.parse::<f64>().ok());
    Clock {
        synchronised: chosen.is_some(),
        offset: offset.map(f64::abs),
        detail: "no peer is followed".to_owned(),
        place: answer.place(),
    }
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    if facts.container {
        return Judgement::not_applicable(reason("container"));
    }
    let mut judgement = Judgement::new();
    for cause in &facts.unseen {
        judgement.unseen(cause);
    }
    if facts.providers.is_empty() && facts.unseen.is_empty() {
        if facts.others.is_empty() {
            judgement.bad(reason("none"));
        } else {
            judgement.ask(reason("hypervisor").arg("name", facts.others.join(", ")));
        }
    }
    if facts.providers.len() > 1 {
        let names: Vec<&str> = facts.providers.iter().map(|one| one.name.as_str()).collect();
        judgement.warn(reason("several").arg("names", names.join(", ")));
    }
    for provider in &facts.providers {
        judge_sources(provider, params, &mut judgement);
        if facts.live {
            judge_clock(provider, params, &mut judgement);
        }
    }
    if !facts.live && !facts.providers.is_empty() {
        judgement.warn(reason("not-seen-running"));
    }
    judgement
}

fn judge_sources(provider: &Provider, params: &Params, judgement: &mut Judgement) {
    let name = &provider.name;
    let sources = match &provider.sources {
        Ok(sources) => sources,
        Err(cause) => return judgement.unseen(cause),
    };
    let Some(first) = sources.first() else {
        return judgement.bad(reason("no-sources").arg("name", name));
    };
    let allowed: Vec<&str> = params.list("allowed_servers").collect();
    let is_allowed =
        |source: &&KeyValue| allowed.is_empty() || allowed.contains(&source.value.as_str());
    for source in sources.iter().filter(|source| !is_allowed(source)) {
        judgement.bad(reason("not-allowed").arg("source", &source.value).at(source.place.clone()));
    }
    let shown: Vec<&str> = sources.iter().take(8).map(|source| source.value.as_str()).collect();
    if sources.iter().all(|source| is_allowed(&source)) {
        let said = reason("configured").arg("name", name).arg("sources", shown.join(", "));
        judgement.good(said.at(first.place.clone()));
    }
}

fn judge_clock(provider: &Provider, params: &Params, judgement: &mut Judgement) {
    let name = &provider.name;
    let clock = match &provider.clock {
        None => return judgement.bad(reason("not-running").arg("name", name)),
        Some(Err(cause)) => return judgement.unseen(cause),
        Some(Ok(clock)) => clock,
    };
    if !provider.at_boot {
        judgement.warn(reason("not-at-boot").arg("name", name));
    }
    if let Some(age) = provider.age.filter(|age| !clock.synchronised && *age < SETTLING) {
        let said = reason("not-yet").arg("name", name).arg("seconds", age);
        return judgement.ask(said.arg("detail", &clock.detail).at(clock.place.clone()));
    }
    if !clock.synchronised {
        let said = reason("not-synchronised").arg("detail", &clock.detail);
        return judgement.bad(said.at(clock.place.clone()));
    }
    let max = params.integer("max_offset_ms");
    let offset =
        clock.offset.map_or_else(|| "unknown".to_owned(), |offset| format!("{offset:.3} ms"));
    let said = |key: &'static str| {
        reason(key).arg("offset", &offset).arg("max", max).at(clock.place.clone())
    };
    // Whole milliseconds are enough to compare.
    let is_off = clock
        .offset
        .is_some_and(|offset| offset > f64::from(i32::try_from(max).unwrap_or(i32::MAX)));
    if is_off { judgement.bad(said("offset")) } else { judgement.good(said("synchronised")) }
}
