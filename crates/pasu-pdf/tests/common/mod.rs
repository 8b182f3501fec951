//! Books to print: an empty one, a usual one, and one as long as wanted.

#![allow(dead_code, reason = "each test uses some of them")]

use pasu_model::Lang;
use pasu_report::book::{
    Block, Book, Brand, Cell, Chapter, Chart, ChartKind, Column, ColumnKind, Cover, Fact, List,
    Note, Row, Table, Tone,
};

/// A book of these chapters.
pub fn book(lang: Lang, chapters: Vec<Chapter>) -> Book {
    let ko = lang == Lang::Ko;
    let pick = |korean: &str, english: &str| (if ko { korean } else { english }).to_owned();
    Book {
        lang,
        created: "2026-11-30T04:05:06Z".into(),
        brand: Brand {
            organisation: pick("한빛은행 정보보호부", "Hanbit Bank, Information Security"),
            logo: None,
            accent: None,
        },
        cover: Cover {
            title: pick("취약점 점검 결과 보고서", "Vulnerability Assessment Report"),
            subtitle: pick("web-01.example.kr (Debian 12)", "web-01.example.kr (Debian 12)"),
            facts: vec![
                Fact::new(pick("점검 대상", "Target"), "web-01.example.kr, 10.20.30.40"),
                Fact::new(pick("점검 일시", "Inspected"), "2026-11-30 13:05:06 +09:00"),
                Fact::new(
                    pick("점검 기준", "Guideline"),
                    pick(
                        "주요정보통신기반시설 기술적 취약점 분석·평가 방법 상세가이드 (2021)",
                        "KISA guide for critical infrastructure (2021)",
                    ),
                ),
                Fact::new(pick("점검 도구", "Tool"), "Pasu 0.5.0"),
                Fact::new(pick("점검자", "Inspected by"), "root (uid 0)"),
            ],
            warning: Some(pick(
                "/var/lib/docker를 읽을 권한이 없어 컨테이너 이미지 3개를 확인하지 못했습니다. root로 다시 점검하면 확인할 수 있습니다.",
                "Three container images could not be read, because /var/lib/docker may only be read by root.",
            )),
        },
        chapters,
    }
}

/// A book about a host as there are many.
pub fn usual(lang: Lang, rows: usize) -> Book {
    let ko = lang == Lang::Ko;
    let pick = |korean: &str, english: &str| (if ko { korean } else { english }).to_owned();
    let summary = Chapter {
        id: "summary",
        title: pick("점검 결과 요약", "Summary"),
        blocks: vec![
            Block::Paragraph(pick(
                "이 보고서는 web-01.example.kr에 대한 취약점 점검 결과입니다. 점검 항목 72개 가운데 41개가 양호, 18개가 취약으로 판정되었으며, 나머지는 담당자의 확인이 필요하거나 해당하지 않습니다. 설치된 패키지 412개에서는 알려진 취약점 230건이 발견되었고, 그 가운데 4건은 실제 공격에 쓰인 것으로 알려져 있습니다.",
                "This report says what an inspection of web-01.example.kr found. Of 72 items 41 are good and 18 are vulnerable; the others need a person to look or do not apply. The 412 packages have 230 known vulnerabilities, four of which are known to be exploited.",
            )),
            Block::Chart(Chart {
                title: pick("보안 점수와 판정", "Score and verdicts"),
                kind: ChartKind::Ring,
                series: vec![
                    (pick("양호", "Pass"), Tone::Good),
                    (pick("취약", "Fail"), Tone::Bad),
                    (pick("확인 필요", "Manual"), Tone::Warning),
                    (pick("해당 없음", "Not applicable"), Tone::Faint),
                ],
                rows: vec![(String::new(), vec![41.0, 18.0, 6.0, 7.0])],
                centre: Some(("72.5".into(), pick("점", "of 100"))),
            }),
            Block::Chart(Chart {
                title: pick("분류별 취약점 수", "Vulnerabilities by place"),
                kind: ChartKind::Bars,
                series: vec![
                    (pick("긴급", "Critical"), Tone::Alarm),
                    (pick("높음", "High"), Tone::Bad),
                    (pick("중간", "Medium"), Tone::Warning),
                    (pick("낮음", "Low"), Tone::Faint),
                ],
                rows: vec![
                    (pick("운영체제 패키지", "System packages"), vec![3.0, 27.0, 96.0, 60.0]),
                    (pick("애플리케이션", "Applications"), vec![1.0, 12.0, 20.0, 4.0]),
                    (pick("컨테이너 이미지", "Images"), vec![0.0, 2.0, 5.0, 0.0]),
                ],
                centre: None,
            }),
            Block::Note(Note {
                tone: Tone::Alarm,
                title: pick(
                    "실제 공격에 쓰인 취약점 4건이 있습니다",
                    "Four vulnerabilities are exploited",
                ),
                lines: vec![pick(
                    "CISA의 KEV 목록에 있는 취약점입니다. 다른 조치보다 먼저 처리하십시오.",
                    "They are in CISA's list of known exploited vulnerabilities. Fix these first.",
                )],
            }),
            Block::Heading { level: 2, text: pick("먼저 할 일", "What to do first") },
            Block::List(List {
                is_numbered: true,
                points: vec![
                    (
                        pick(
                            "openssl을 3.0.15-1~deb12u1로 올립니다.",
                            "Upgrade openssl to 3.0.15-1~deb12u1.",
                        ),
                        vec![
                            pick(
                                "취약점 7건이 사라지고, 그 가운데 1건은 실제 공격에 쓰입니다.",
                                "Seven vulnerabilities go away; one of them is exploited.",
                            ),
                            "apt-get update && apt-get install --only-upgrade openssl libssl3"
                                .into(),
                        ],
                    ),
                    (
                        pick(
                            "root 계정의 SSH 접속을 막습니다 (U-01).",
                            "Forbid root to log in by SSH (U-01).",
                        ),
                        vec![pick(
                            "/etc/ssh/sshd_config의 PermitRootLogin이 yes입니다.",
                            "PermitRootLogin is yes in /etc/ssh/sshd_config.",
                        )],
                    ),
                    (
                        pick(
                            "암호 최소 길이를 8자 이상으로 설정합니다 (U-02).",
                            "Ask for passwords of eight letters or more (U-02).",
                        ),
                        vec![],
                    ),
                ],
            }),
        ],
    };
    let items = Chapter {
        id: "items",
        title: pick("항목별 점검 결과", "Results by item"),
        blocks: vec![
            Block::Heading { level: 2, text: pick("1. 계정 관리", "1. Accounts") },
            Block::Table(items(lang)),
            Block::Heading { level: 2, text: pick("취약 항목 상세", "Failed items in detail") },
            Block::Heading { level: 3, text: pick("U-01 root 계정 원격접속 제한", "U-01 Remote login of root") },
            Block::Facts(vec![
                Fact::new(pick("판정", "Verdict"), pick("취약", "Fail")),
                Fact::new(pick("근거", "Evidence"), "/etc/ssh/sshd_config:32: PermitRootLogin yes"),
                Fact::new(pick("조치", "Remedy"), pick("PermitRootLogin을 no로 바꾸고 sshd를 다시 시작합니다.", "Set PermitRootLogin to no and restart sshd.")),
            ]),
            Block::Code("# /etc/ssh/sshd_config\nPermitRootLogin no\n    Match Address 10.0.0.0/8\n        PermitRootLogin prohibit-password".into()),
        ],
    };
    let packages = Chapter {
        id: "packages",
        title: pick("패키지 취약점", "Vulnerable packages"),
        blocks: vec![Block::Table(findings(lang, rows))],
    };
    book(lang, vec![summary, items, packages])
}

fn items(lang: Lang) -> Table {
    let ko = lang == Lang::Ko;
    let pick = |korean: &str, english: &str| (if ko { korean } else { english }).to_owned();
    let row = |code: &str, title: &str, weight: &str, verdict: (&str, Tone), evidence: &str| Row {
        cells: vec![
            Cell::new(code),
            Cell::new(title),
            Cell::new(weight),
            Cell::new(verdict.0).tone(verdict.1),
            Cell::new(evidence),
        ],
    };
    let (good, bad, manual) =
        (pick("양호", "Pass"), pick("취약", "Fail"), pick("확인 필요", "Manual"));
    let (high, middle) = (pick("상", "High"), pick("중", "Mid"));
    Table {
        id: "items-accounts".into(),
        caption: pick("계정 관리 점검 결과", "Results for accounts"),
        columns: vec![
            Column::new(pick("코드", "Code"), 1.0, ColumnKind::Code),
            Column::new(pick("점검 항목", "Item"), 3.0, ColumnKind::Text),
            Column::new(pick("중요도", "Weight"), 0.9, ColumnKind::Badge),
            Column::new(pick("판정", "Verdict"), 1.3, ColumnKind::Badge),
            Column::new(pick("근거", "Evidence"), 5.0, ColumnKind::Code),
        ],
        rows: vec![
            row(
                "U-01",
                &pick("root 계정 원격접속 제한", "Remote login of root"),
                &high,
                (&bad, Tone::Bad),
                "/etc/ssh/sshd_config:32: PermitRootLogin yes",
            ),
            row(
                "U-02",
                &pick("패스워드 복잡성 설정", "Complexity of passwords"),
                &high,
                (&bad, Tone::Bad),
                "/etc/security/pwquality.conf: minlen = 6\n/etc/pam.d/common-password:25: password requisite pam_pwquality.so retry=3",
            ),
            row(
                "U-03",
                &pick("계정 잠금 임계값 설정", "Locking of accounts"),
                &high,
                (&good, Tone::Good),
                "/etc/security/faillock.conf:19: deny = 5",
            ),
            row(
                "U-44",
                &pick("root 이외의 UID가 ‘0’ 금지", "No other account with uid 0"),
                &middle,
                (&manual, Tone::Warning),
                &pick(
                    "응용 계정 2개의 용도를 담당자가 확인해야 합니다.",
                    "A person has to say what two accounts are for.",
                ),
            ),
        ],
        empty: pick("점검한 항목이 없습니다.", "No item was checked."),
        is_long: false,
    }
}

/// A table of so many findings, with cells of three lines.
pub fn findings(lang: Lang, rows: usize) -> Table {
    let ko = lang == Lang::Ko;
    let pick = |korean: &str, english: &str| (if ko { korean } else { english }).to_owned();
    let words = [
        (pick("긴급", "Critical"), Tone::Alarm),
        (pick("높음", "High"), Tone::Bad),
        (pick("중간", "Medium"), Tone::Warning),
        (pick("낮음", "Low"), Tone::Faint),
    ];
    let row = |index: usize| {
        let (word, tone) = &words[index % 4];
        let id = format!("CVE-2026-{:05}", 10_000 + index);
        Row {
            cells: vec![
                Cell::new(&id).link(format!("https://nvd.nist.gov/vuln/detail/{id}")),
                Cell::new(word).tone(*tone).order(4.0 - (index % 4) as f64),
                Cell::new(format!("libexample{index}-common")),
                Cell::new(format!("1.{}.{}-1~deb12u{}", index % 40, index % 7, index % 3)),
                Cell::new(if index.is_multiple_of(5) {
                    pick("수정본 없음", "no fix")
                } else {
                    format!("1.{}.{}-1~deb12u{}", index % 40, index % 7 + 1, index % 3)
                }),
                Cell::new(format!("{:.1}", 3.0 + (index % 70) as f64 / 10.0)),
                Cell::new(pick(
                    &format!(
                        "경계를 넘는 읽기로 서비스가 중단될 수 있습니다. 원격의 공격자가 조작된 인증서를 보내 프로세스를 끝낼 수 있으며, 일부 구성에서는 메모리의 내용이 드러납니다 ({index})."
                    ),
                    &format!(
                        "An out-of-bounds read lets a remote attacker end the process by a crafted certificate; in some configurations contents of memory are disclosed ({index})."
                    ),
                )),
            ],
        }
    };
    Table {
        id: "findings".into(),
        caption: pick("패키지별 취약점", "Vulnerabilities by package"),
        columns: vec![
            Column::new(pick("취약점", "Vulnerability"), 2.2, ColumnKind::Code),
            Column::new(pick("심각도", "Severity"), 1.2, ColumnKind::Badge),
            Column::new(pick("패키지", "Package"), 2.0, ColumnKind::Code),
            Column::new(pick("설치 버전", "Installed"), 1.9, ColumnKind::Code),
            Column::new(pick("수정 버전", "Fixed"), 1.9, ColumnKind::Code),
            Column::new("CVSS", 0.9, ColumnKind::Number),
            Column::new(pick("설명", "Description"), 5.0, ColumnKind::Text),
        ],
        rows: (0..rows).map(row).collect(),
        empty: pick("발견된 취약점이 없습니다.", "No vulnerability was found."),
        is_long: true,
    }
}
