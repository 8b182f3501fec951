//! Whether two containers did the same: a pure comparison of what was seen.

use super::log::is_alarm;
use pasu_model::{Observed, StartTest, StartVerdict, Text};

/// From here on, ports are what the kernel gives to a program that takes any (`net.ipv4.ip_local_port_range`).
const ANY_PORT: u16 = 32_768;

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Point {
    /// Whether it runs on.
    Running,
    /// How it ended.
    ExitStatus,
    Memory,
    Ports,
    Health,
    Log,
}

/// Compares what both did within `seconds`.
#[must_use]
pub fn judge(original: Observed, patched: Observed, seconds: u64) -> StartTest {
    let differences = differences(&original, &patched);
    let mut reasons: Vec<Text> = differences.into_iter().map(|(_, text)| text).collect();
    let verdict = if !reasons.is_empty() {
        StartVerdict::Different
    } else if let Some(reason) = untestable(&original) {
        reasons.push(reason);
        StartVerdict::NotTestable
    } else {
        StartVerdict::Same
    };
    if verdict == StartVerdict::Same {
        reasons.extend(remarks(&original, &patched));
    }
    StartTest { verdict, reasons, seconds, original: Some(original), patched: Some(patched) }
}

/// What is left of a difference when further runs of the original are known: where those differ from each other, too, it
/// says nothing of the patch. One point in which they agree is enough for it to stay.
#[must_use]
pub fn weigh(test: StartTest, others: &[Observed]) -> StartTest {
    let (StartVerdict::Different, Some(original), Some(patched)) =
        (test.verdict, &test.original, &test.patched)
    else {
        return test;
    };
    let all = differences(original, patched);
    let runs: Vec<&Observed> = std::iter::once(original).chain(others).collect();
    let is_unsteady = |point: Point| {
        runs.iter().enumerate().any(|(index, one)| {
            runs.iter().skip(index + 1).any(|other| is_other(point, one, other))
        })
    };
    let (unsteady, steady): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|(point, _)| is_unsteady(*point));
    if unsteady.is_empty() {
        return test;
    }
    let names: Vec<Text> = unsteady.iter().map(|(point, _)| point.name()).collect();
    let ko: Vec<&str> = names.iter().map(|name| &*name.ko).collect();
    let en: Vec<&str> = names.iter().map(|name| &*name.en).collect();
    let remark = Text::new(
        format!("원본 자체가 실행할 때마다 다릅니다: {}", ko.join(", ")),
        format!("the original itself differs from run to run in {}", en.join(", ")),
    );
    let verdict =
        if steady.is_empty() { StartVerdict::NotTestable } else { StartVerdict::Different };
    let texts = |points: Vec<(Point, Text)>| points.into_iter().map(|(_, text)| text);
    let reasons = texts(steady).chain([remark]).chain(texts(unsteady)).collect();
    StartTest { verdict, reasons, ..test }
}

/// Whether two runs of the same image differ in a point.
fn is_other(point: Point, one: &Observed, other: &Observed) -> bool {
    let has = |one, other| differences(one, other).iter().any(|(found, _)| *found == point);
    match point {
        // A check that has not spoken yet in one of them is late, and nothing more.
        Point::Health => has(one, other) && has(other, one),
        _ => has(one, other) || has(other, one),
    }
}

impl Point {
    fn name(self) -> Text {
        let (ko, en) = match self {
            Self::Running => ("계속 실행되는지 여부", "whether it runs on"),
            Self::ExitStatus => ("종료 상태", "its exit status"),
            Self::Memory => ("메모리 사용", "the memory that it needs"),
            Self::Ports => ("열린 포트", "its listening ports"),
            Self::Health => ("HEALTHCHECK 결과", "its health check"),
            Self::Log => ("로그의 오류", "the errors of its log"),
        };
        Text::new(ko, en)
    }
}

fn differences(original: &Observed, patched: &Observed) -> Vec<(Point, Text)> {
    let mut all = Vec::new();
    if original.running != patched.running || original.exit_code != patched.exit_code {
        let is_end = original.running == patched.running;
        all.push((
            if is_end { Point::ExitStatus } else { Point::Running },
            Text::new(
                format!("원본: {} · 패치: {}", end(original, true), end(patched, true)),
                format!("original: {} · patched: {}", end(original, false), end(patched, false)),
            ),
        ));
    }
    if original.out_of_memory != patched.out_of_memory {
        let text = Text::new("메모리 사용이 다릅니다", "one of them ran out of memory");
        all.push((Point::Memory, text));
    }
    if let (Some(old), Some(new)) = (&original.ports, &patched.ports)
        && only(old, new) != only(new, old)
    {
        let (old, new) = (list(old), list(new));
        let text = Text::new(
            format!("열린 포트가 다릅니다: 원본 {old} · 패치 {new}"),
            format!("listening ports differ: original {old} · patched {new}"),
        );
        all.push((Point::Ports, text));
    }
    // A check that has not spoken yet of the original says nothing against one that has.
    let is_early = original.health.as_deref() == Some("starting")
        && patched.health.as_deref() == Some("healthy");
    if original.health != patched.health && !is_early {
        let word = |health: &Option<String>| health.clone().unwrap_or_else(|| "-".to_owned());
        let (old, new) = (word(&original.health), word(&patched.health));
        let text = Text::new(
            format!("HEALTHCHECK 결과가 다릅니다: 원본 {old} · 패치 {new}"),
            format!("the health check differs: original {old} · patched {new}"),
        );
        all.push((Point::Health, text));
    }
    let new: Vec<&String> =
        patched.log.iter().filter(|line| !original.log.contains(line)).collect();
    if let Some(line) = new.iter().find(|line| is_alarm(line)) {
        let text = Text::new(
            format!("패치한 이미지에서만 나온 오류 로그: {line}"),
            format!("only the patched image logs: {line}"),
        );
        all.push((Point::Log, text));
    }
    all
}

/// The ports that the other one does not have. Those that the kernel chooses differ from start to start: only how many
/// they are counts.
fn only<'a>(ports: &'a [String], other: &[String]) -> Vec<&'a str> {
    let is_any = |number: &str| number.parse().is_ok_and(|number: u16| number >= ANY_PORT);
    let mut only: Vec<&str> = ports
        .iter()
        .filter(|port| !other.contains(port))
        .map(|port| match port.split_once('/') {
            Some((kind, number)) if is_any(number) => kind,
            _ => port,
        })
        .collect();
    only.sort_unstable();
    only
}

/// Why the test says nothing, where both ended badly.
fn untestable(original: &Observed) -> Option<Text> {
    if original.out_of_memory {
        return Some(Text::new(
            "원본도 시험의 메모리 한도를 넘습니다",
            "the original, too, needs more memory than the test gives",
        ));
    }
    let code = original.exit_code.filter(|code| *code != 0 && !original.running)?;
    Some(Text::new(
        format!(
            "원본도 상태 {code}(으)로 끝납니다. --start-env 또는 --start-arg가 필요할 수 있습니다"
        ),
        format!(
            "the original, too, ends with status {code}; it may need --start-env or --start-arg"
        ),
    ))
}

fn remarks(original: &Observed, patched: &Observed) -> Vec<Text> {
    let mut all = Vec::new();
    if original.ports.is_none() || patched.ports.is_none() {
        all.push(Text::new(
            "열린 포트는 볼 수 없었습니다",
            "listening ports could not be seen: the engine's processes are not visible from here",
        ));
    }
    if original.log != patched.log {
        all.push(Text::new(
            "로그의 첫 줄들이 다르지만 오류는 아닙니다",
            "the first lines of the logs differ, but not by an error",
        ));
    }
    if original.health.as_deref() == Some("starting") {
        all.push(Text::new(
            "HEALTHCHECK 결과가 아직 나오지 않았습니다. --start-time을 늘리세요",
            "the health check has not spoken yet; a longer --start-time would let it",
        ));
    }
    all
}

fn end(observed: &Observed, korean: bool) -> String {
    match (observed.running, observed.exit_code, korean) {
        (true, _, true) => "실행 중".to_owned(),
        (true, _, false) => "running".to_owned(),
        (false, code, true) => format!("종료 상태 {}", code.unwrap_or(-1)),
        (false, code, false) => format!("exit status {}", code.unwrap_or(-1)),
    }
}

fn list(ports: &[String]) -> String {
    if ports.is_empty() { "-".to_owned() } else { ports.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::{judge, weigh};
    use pasu_model::{Observed, StartVerdict};

    fn server() -> Observed {
        Observed {
            running: true,
            ports: Some(vec!["tcp/80".into()]),
            log: vec!["ready".into()],
            ..Observed::default()
        }
    }

    fn ended(code: i64) -> Observed {
        Observed { exit_code: Some(code), ports: Some(Vec::new()), ..Observed::default() }
    }

    #[track_caller]
    fn check(original: Observed, patched: Observed, expected: StartVerdict, word: &str) {
        let test = judge(original, patched, 5);
        let said: Vec<&str> = test.reasons.iter().map(|reason| &*reason.en).collect();
        assert_eq!(test.verdict, expected, "{said:?}");
        assert!(
            word.is_empty() && said.is_empty() || said.iter().any(|it| it.contains(word)),
            "{said:?}"
        );
    }

    #[test]
    fn what_a_user_would_notice_is_a_difference() {
        use StartVerdict::{Different, NotTestable, Same};
        check(server(), server(), Same, "");
        check(server(), ended(1), Different, "patched: exit status 1");
        check(ended(0), ended(0), Same, "");
        check(ended(3), ended(3), NotTestable, "--start-env");
        let closed = Observed { ports: Some(Vec::new()), ..server() };
        check(server(), closed, Different, "original tcp/80 · patched -");
        let any = |ports: &[&str]| Observed {
            ports: Some(ports.iter().map(|port| (*port).to_owned()).collect()),
            ..server()
        };
        let (one, other) = (["tcp/7199", "tcp/40001"], ["tcp/58231", "tcp/7199"]);
        check(any(&one), any(&other), Same, "");
        check(any(&one), any(&one[..1]), Different, "patched tcp/7199");
        check(any(&one), any(&["tcp/7199", "udp/58231"]), Different, "udp/58231");
        let early = Observed { health: Some("starting".into()), ..server() };
        let sick = Observed { health: Some("unhealthy".into()), ..server() };
        let well = Observed { health: Some("healthy".into()), ..server() };
        check(early.clone(), well.clone(), Same, "has not spoken yet");
        check(well.clone(), early, Different, "health check");
        check(well, sick, Different, "health check");
        let banner = Observed { log: vec!["version".into()], ..server() };
        check(server(), banner, Same, "logs differ");
        let alarm = Observed { log: vec!["cannot load module".into()], ..server() };
        check(server(), alarm.clone(), Different, "cannot load");
        check(alarm, server(), Same, "logs differ");
        let blind = Observed { ports: None, ..server() };
        check(server(), blind, Same, "not visible");
        let big = Observed { out_of_memory: true, ..ended(137) };
        check(big.clone(), big, NotTestable, "memory");
    }

    #[test]
    fn what_differs_between_runs_of_the_original_says_nothing_of_the_patch() {
        use StartVerdict::{Different, NotTestable, Same};
        #[track_caller]
        fn held(runs: &[&Observed], patched: &Observed, expected: StartVerdict, word: &str) {
            let others: Vec<Observed> = runs[1..].iter().map(|run| (*run).clone()).collect();
            let test = weigh(judge(runs[0].clone(), patched.clone(), 5), &others);
            assert_eq!(test.verdict, expected, "{:?}", test.reasons);
            let said = test.reasons.first().map_or("", |reason| &*reason.en);
            assert!(said.contains(word), "{said}");
        }
        let unsteady = "itself differs from run to run in its exit status";
        held(&[&ended(3), &ended(3), &ended(9)], &ended(4), NotTestable, unsteady);
        held(&[&ended(3), &ended(3)], &ended(4), Different, "patched: exit status 4");
        held(&[&server(), &ended(3)], &ended(4), NotTestable, "whether it runs on");
        // Random in one point, and another point in which it never was.
        held(&[&ended(3), &ended(9)], &server(), Different, "patched: running");
        let alarm = |line: &str| Observed { log: vec![line.into()], ..ended(0) };
        let late = Observed { exit_code: Some(1), ..alarm("cannot load") };
        held(&[&alarm("up"), &ended(7)], &late, Different, "only the patched image logs");
        held(&[&alarm("error a"), &alarm("error b")], &alarm("error c"), NotTestable, "its log");
        let port = Observed { ports: Some(vec!["tcp/81".into()]), ..server() };
        held(&[&server(), &port], &server(), Same, "");
        let health = |word: &str| Observed { health: Some(word.into()), ..server() };
        let (well, sick, early) = (health("healthy"), health("unhealthy"), health("starting"));
        held(&[&well, &early], &sick, Different, "health check");
        held(&[&well, &sick], &sick, NotTestable, "its health check");
    }
}
