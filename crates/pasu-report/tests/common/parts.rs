//! The guideline's part, fixes and a patched image of an inspection.

use super::run;
use pasu_model::{
    AbsentChapter, AcceptedRisk, Answer, Audit, Evidence, FileState, FixAuthor, FixEffect, FixEnd,
    FixOutcome, FixPlan, FixRecord, FixRequest, FixState, GuidelineInfo, IMAGE_PATCH_SCHEMA,
    ImagePatch, Importance, ItemResult, Message, Observed, OpenReason, PatchFinding, PatchOutcome,
    PatchRoute, PatchUpgrade, PatchedImage, Place, PlanRisk, PlannedFile, PreviousAudit, Score,
    Severity, StartTest, StartVerdict, Target, TargetKind, Text, Tool, Verdict, Weight,
    WrittenImage,
};
use std::collections::BTreeMap;

/// Code, slug, chapter, category, importance, verdict, title: Korean and English.
type Line = (
    &'static str,
    &'static str,
    &'static str,
    (&'static str, &'static str),
    Importance,
    Verdict,
    (&'static str, &'static str),
);

const ACCOUNT: (&str, &str) = ("계정관리", "Account management");
const FILES: (&str, &str) = ("파일 및 디렉터리 관리", "Files and directories");
const SERVICES: (&str, &str) = ("서비스 관리", "Services");
const PATCHES: (&str, &str) = ("패치 관리", "Patches");
const LOGS: (&str, &str) = ("로그 관리", "Logs");
const WEB: (&str, &str) = ("서비스 관리", "Services");

#[rustfmt::skip]
const ITEMS: [Line; 24] = [
    ("U-01", "root-remote-login", "unix", ACCOUNT, Importance::High, Verdict::Fail, ("root 계정 원격 접속 제한", "Remote login of root")),
    ("U-02", "weak-password-policy", "unix", ACCOUNT, Importance::High, Verdict::Fail, ("비밀번호 관리정책 설정", "Password policy")),
    ("U-03", "no-account-lockout", "unix", ACCOUNT, Importance::High, Verdict::Pass, ("계정 잠금 임계값 설정", "Lockout of accounts")),
    ("U-04", "unshadowed-password", "unix", ACCOUNT, Importance::High, Verdict::Pass, ("비밀번호 파일 보호", "Protection of the password file")),
    ("U-05", "extra-uid-zero", "unix", ACCOUNT, Importance::High, Verdict::Pass, ("root 이외의 UID가 0인 계정 금지", "Accounts with UID 0 besides root")),
    ("U-06", "unrestricted-su", "unix", ACCOUNT, Importance::High, Verdict::Manual, ("사용자 계정 su 기능 제한", "Use of su")),
    ("U-07", "unneeded-account", "unix", ACCOUNT, Importance::Low, Verdict::Manual, ("불필요한 계정 제거", "Accounts that are not needed")),
    ("U-12", "no-session-timeout", "unix", ACCOUNT, Importance::Low, Verdict::Fail, ("세션 종료 시간 설정", "Timeout of sessions")),
    ("U-14", "current-directory-in-root-path", "unix", FILES, Importance::High, Verdict::Pass, ("root 홈, 패스 디렉터리 권한 및 패스 설정", "PATH of root")),
    ("U-15", "unowned-file", "unix", FILES, Importance::High, Verdict::Blocked, ("파일 및 디렉터리 소유자 설정", "Files without an owner")),
    ("U-16", "passwd-file-mode", "unix", FILES, Importance::High, Verdict::Pass, ("/etc/passwd 파일 소유자 및 권한 설정", "Mode of /etc/passwd")),
    ("U-18", "shadow-file-mode", "unix", FILES, Importance::High, Verdict::Fail, ("/etc/shadow 파일 소유자 및 권한 설정", "Mode of /etc/shadow")),
    ("U-23", "needless-setuid", "unix", FILES, Importance::High, Verdict::Fail, ("SUID, SGID, Sticky bit 설정 파일 점검", "Needless setuid files")),
    ("U-25", "world-writable-file", "unix", FILES, Importance::High, Verdict::Pass, ("world writable 파일 점검", "Files that all may write")),
    ("U-30", "lax-umask", "unix", FILES, Importance::Medium, Verdict::Fail, ("UMASK 설정 관리", "Umask")),
    ("U-34", "finger-service", "unix", SERVICES, Importance::High, Verdict::Pass, ("Finger 서비스 비활성화", "The finger service")),
    ("U-36", "r-services", "unix", SERVICES, Importance::High, Verdict::Pass, ("r 계열 서비스 비활성화", "The r services")),
    ("U-52", "telnet-service", "unix", SERVICES, Importance::Medium, Verdict::NotApplicable, ("Telnet 서비스 비활성화", "The telnet service")),
    ("U-58", "unneeded-snmp", "unix", SERVICES, Importance::Medium, Verdict::NotApplicable, ("불필요한 SNMP 서비스 구동 점검", "SNMP that is not needed")),
    ("U-64", "pending-security-patches", "unix", PATCHES, Importance::High, Verdict::Fail, ("주기적 보안 패치 및 벤더 권고사항 적용", "Pending security patches")),
    ("U-65", "no-time-sync", "unix", LOGS, Importance::Medium, Verdict::Pass, ("NTP 및 시각 동기화 설정", "Synchronised time")),
    ("U-66", "incomplete-logging", "unix", LOGS, Importance::Medium, Verdict::Manual, ("정책에 따른 시스템 로깅 설정", "Logging by policy")),
    ("WEB-04", "web-directory-listing", "web", WEB, Importance::High, Verdict::Fail, ("웹 서비스 디렉터리 리스팅 방지 설정", "Directory listings")),
    ("WEB-16", "web-server-header", "web", WEB, Importance::Medium, Verdict::Pass, ("웹 서비스 헤더 정보 노출 제한", "The server's header")),
];

/// 24 items: 11 pass (U-07 by a person's answer), 8 fail (U-23 is accepted), 2 are not applicable, 2 manual, 1 blocked.
pub fn audit() -> Audit {
    let mut results: Vec<ItemResult> = ITEMS.iter().map(result).collect();
    results[6].verdict = Verdict::Pass;
    results[6].checked = Some(Verdict::Manual);
    results[6].answer = Some(Answer {
        verdict: Verdict::Pass,
        reason: "인사 명단과 대조함".to_owned(),
        by: "김보안".to_owned(),
        at: "2026-11-01T00:00:00Z".to_owned(),
        until: "2027-03-31".to_owned(),
    });
    results[12].accepted = Some(AcceptedRisk {
        reason: "백업 프로그램이 필요로 함".to_owned(),
        until: "2027-01-01".to_owned(),
        source: "/etc/pasu/pasu.toml".to_owned(),
    });
    Audit {
        tool: Tool { name: "pasu".to_owned(), version: "0.1.0".to_owned() },
        started: "2026-11-30T03:00:00Z".to_owned(),
        target: Target { kind: TargetKind::Host, name: "web01".to_owned() },
        os: run().os,
        guideline: GuidelineInfo {
            id: "kisa-2026".to_owned(),
            name: Text::new(
                "KISA 주요정보통신기반시설 기술적 취약점 분석·평가 방법 상세가이드 (2026)",
                "KISA critical infrastructure vulnerability assessment guide (2026)",
            ),
            source: "https://www.kisa.or.kr/2060204/form?postSeq=22".to_owned(),
        },
        policy: Some("/etc/pasu/pasu.toml".to_owned()),
        as_root: true,
        results,
        absent: vec![AbsentChapter {
            id: "dbms".to_owned(),
            name: Text::new("DBMS", "Databases"),
            items: 26,
        }],
        previous: Some(PreviousAudit {
            started: "2026-10-25T03:00:00Z".to_owned(),
            score: Score::default(),
            verdicts: BTreeMap::from([("U-02".to_owned(), Verdict::Pass)]),
        }),
    }
}

/// The configuration of an image: it runs as root and has no health check.
pub fn image_audit(name: &str) -> Audit {
    let mut audit = audit();
    audit.target = Target { kind: TargetKind::Image, name: name.to_owned() };
    audit.guideline = GuidelineInfo {
        id: "pasu-image".to_owned(),
        name: Text::new("Pasu 컨테이너 이미지 점검 기준", "Pasu's rules for container images"),
        source: "https://example.org/pasu".to_owned(),
    };
    let category = ("이미지 구성", "Image configuration");
    audit.results = [
        (
            "IMG-01",
            "image-runs-as-root",
            "image",
            category,
            Importance::High,
            Verdict::Fail,
            ("root로 실행", "Runs as root"),
        ),
        (
            "IMG-02",
            "image-no-healthcheck",
            "image",
            category,
            Importance::Low,
            Verdict::Fail,
            ("상태 확인 없음", "No health check"),
        ),
        (
            "IMG-03",
            "image-ssh-server",
            "image",
            category,
            Importance::Medium,
            Verdict::Pass,
            ("SSH 서버", "SSH server"),
        ),
    ]
    .iter()
    .map(result)
    .collect();
    audit.absent.clear();
    audit.previous = None;
    audit
}

fn result(line: &Line) -> ItemResult {
    let (code, item, chapter, category, importance, verdict, title) = *line;
    let (weight, ko, en) = match verdict {
        Verdict::Pass => (Weight::Good, "기준을 충족합니다", "the item holds"),
        Verdict::Fail => (Weight::Bad, "기준에 맞지 않는 값입니다", "the value breaks the item"),
        Verdict::NotApplicable => {
            (Weight::Note, "서비스를 사용하지 않습니다", "the service is not in use")
        }
        Verdict::Manual => (Weight::Ask, "담당자가 확인해야 합니다", "a person has to look at it"),
        Verdict::Blocked => (Weight::Unseen, "읽을 권한이 없습니다", "no right to read it"),
    };
    let message = |key: &str, ko: String, en: String| Message {
        key: key.to_owned(),
        args: BTreeMap::new(),
        text: Text::new(ko, en),
    };
    let key = if verdict == Verdict::Blocked { "unseen-permission" } else { "decided" };
    let reason = message(key, format!("{code}: {ko}"), format!("{code}: {en}"));
    let place = Place::File { path: format!("/etc/sample/{item}.conf"), line: Some(3) };
    ItemResult {
        code: code.to_owned(),
        item: item.to_owned(),
        chapter: chapter.to_owned(),
        title: Text::new(title.0, title.1),
        category: Text::new(category.0, category.1),
        importance,
        verdict,
        checked: None,
        evidence: vec![
            Evidence {
                weight,
                message: reason.clone(),
                place: Some(place),
                excerpt: Some(format!("Setting{} yes", code.replace('-', ""))),
                part: None,
            },
            Evidence {
                weight: Weight::Note,
                message: message(
                    "version",
                    "배포판 기본 설정".to_owned(),
                    "the distribution's own setting".to_owned(),
                ),
                place: Some(Place::Command { line: format!("show {item}") }),
                excerpt: None,
                part: None,
            },
        ],
        reason,
        more_evidence: 2,
        threat: Text::new("위협", "threat"),
        trivy: None,
        remedy: Text::new(
            format!("{code}의 설정 파일을 고치고 서비스를 다시 읽게 합니다."),
            format!("Change the file of {code} and have the service read it again."),
        ),
        answer: None,
        expired_answer: None,
        accepted: None,
    }
}

fn plan() -> FixPlan {
    let state = |mode: &str| FileState {
        kind: "file".to_owned(),
        mode: mode.to_owned(),
        owner: "root".to_owned(),
        group: "root".to_owned(),
        sha256: String::new(),
        target: None,
        acl: Vec::new(),
    };
    FixPlan {
        schema_version: 1,
        tool: Tool { name: "pasu".to_owned(), version: "0.1.0".to_owned() },
        target: Target { kind: TargetKind::Host, name: "web01".to_owned() },
        machine: None,
        made: "2026-11-20T01:00:00Z".to_owned(),
        guideline: "kisa-2026".to_owned(),
        request: FixRequest::default(),
        items: Vec::new(),
        files: vec![PlannedFile {
            path: "/etc/hosts".to_owned(),
            items: vec!["hosts-file-mode".to_owned()],
            before: Some(state("0666")),
            after: Some(state("0644")),
            diff: String::new(),
        }],
        effects: vec![FixEffect::Reload { unit: "ssh.service".to_owned() }],
        risk: PlanRisk::Safe,
        digest: "0".repeat(64),
    }
}

/// A fix that was carried out.
pub fn applied_fix() -> FixRecord {
    FixRecord {
        id: "20261120-010203".to_owned(),
        started: "2026-11-20T01:02:03Z".to_owned(),
        by: FixAuthor {
            login: "kim".to_owned(),
            account: "root".to_owned(),
            terminal: Some("pts/0".to_owned()),
            from: Some("203.0.113.9".to_owned()),
            connection: None,
        },
        state: FixState::Applied,
        plan: plan(),
        outcomes: vec![FixOutcome {
            code: "U-19".to_owned(),
            item: "hosts-file-mode".to_owned(),
            end: FixEnd::Fixed,
            verdict: Some(Verdict::Pass),
            why: None,
        }],
        notes: Vec::new(),
        undone_because: None,
        conflicts: Vec::new(),
        confirm_until: None,
    }
}

/// A fix that undid itself.
pub fn undone_fix() -> FixRecord {
    let mut record = applied_fix();
    record.id = "20261119-220000".to_owned();
    record.started = "2026-11-19T22:00:00Z".to_owned();
    record.state = FixState::Undone;
    record.outcomes[0].end = FixEnd::Undone;
    record.outcomes[0].verdict = Some(Verdict::Fail);
    record.undone_because =
        Some(Text::new("ssh가 더 이상 듣지 않았습니다", "ssh no longer listened"));
    record
}

/// An image that was patched.
pub fn patched_image() -> ImagePatch {
    let observed =
        Observed { running: true, ports: Some(vec!["tcp/80".to_owned()]), ..Observed::default() };
    let finding = |id: &str, why| PatchFinding {
        id: id.to_owned(),
        severity: Severity::High,
        package: "libssl3".to_owned(),
        version: "3.0.15-1~deb12u1".to_owned(),
        path: String::new(),
        fixed_versions: vec!["3.0.17-1~deb12u1".to_owned()],
        why,
    };
    ImagePatch {
        schema_version: IMAGE_PATCH_SCHEMA,
        tool: Tool { name: "pasu".to_owned(), version: "0.1.0".to_owned() },
        started: "2026-11-28T05:00:00Z".to_owned(),
        route: PatchRoute::Engine,
        outcome: PatchOutcome::Patched,
        image: PatchedImage {
            name: "shop:1.3".to_owned(),
            id: format!("sha256:{}", "c".repeat(64)),
            pinned: "shop@sha256:cc".to_owned(),
            size: 120_400_000,
            layers: 2,
        },
        os: run().os,
        os_end_of_life: false,
        database: None,
        upgrades: vec![PatchUpgrade {
            package: "libssl3".to_owned(),
            from: "3.0.15-1~deb12u1".to_owned(),
            to: "3.0.17-1~deb12u1".to_owned(),
            fixes: vec!["CVE-2026-31337".to_owned()],
            source: "Debian-Security".to_owned(),
        }],
        new_packages: Vec::new(),
        notes: Vec::new(),
        dockerfile: None,
        start_test: Some(StartTest {
            verdict: StartVerdict::Same,
            reasons: Vec::new(),
            seconds: 10,
            original: Some(observed.clone()),
            patched: Some(observed),
        }),
        privilege: None,
        before: BTreeMap::from([(Severity::Critical, 2), (Severity::High, 3)]),
        after: Some(BTreeMap::from([(Severity::High, 2)])),
        fixed: vec![finding("CVE-2026-31337", None), finding("CVE-2026-20001", None)],
        open: vec![
            finding("CVE-2026-4242", Some(OpenReason::WillNotFix)),
            finding("CVE-2026-9999", Some(OpenReason::NoFix)),
        ],
        introduced: Vec::new(),
        written: Some(WrittenImage {
            id: format!("sha256:{}", "d".repeat(64)),
            file: Some("/srv/patched.tar".to_owned()),
            tags: vec!["shop:1.3-patched".to_owned()],
            size: 124_000_000,
            added: 3_600_000,
            labels: BTreeMap::new(),
        }),
        unseen: Vec::new(),
    }
}
