//! What was looked at and how, what verdicts and the score mean, and what the method cannot see.

use super::title;
use crate::book::contents::Contents;
use crate::book::{Block, Cell, Chapter, Column, ColumnKind, List, Row, Table, Tone};
use crate::safe_text::clip;
use pasu_model::{Lang, Part, PartReport, PartState};

pub(super) fn chapter(contents: &Contents<'_>) -> Chapter {
    let heading = |ko, en| Block::Heading { level: 2, text: contents.pick(ko, en).to_owned() };
    let blocks = vec![
        heading("점검한 것", "What was looked at"),
        Block::Table(parts(contents)),
        heading("점검 방법", "How"),
        points(contents, &HOW),
        heading("점수 계산", "The score"),
        points(contents, &SCORE),
        heading("이 점검의 한계", "What this method does not see"),
        points(contents, &LIMITS),
    ];
    let title = title(contents, "점검 방법과 판정 기준", "method");
    Chapter { id: "method", title, blocks }
}

/// Korean and English, one point each.
type Points = [(&'static str, &'static str)];

const HOW: [(&str, &str); 4] = [
    (
        "보안 설정: 설정 파일, 파일 권한, 계정, 실행 중인 서비스를 읽어 점검 기준의 항목마다 판정합니다. 판정에 쓴 값과 위치를 현황에 남깁니다.",
        "Security settings: configuration files, modes, accounts and running services are read, and each item of the guideline is judged by them. The values and places that decided are recorded as evidence.",
    ),
    (
        "소프트웨어 패키지: 패키지 관리자의 기록, 개발 언어의 잠금 파일과 설치된 모듈, 패키지 관리자 밖의 실행 파일에서 이름과 버전을 읽어 취약점 정보와 대조합니다. 배포판 패키지는 그 배포판의 보안 공지로 판정합니다.",
        "Software packages: names and versions are read from the package manager's records, from lock files and installed modules, and from programs outside packages, and compared with advisories. The distribution's own advisories decide for its packages.",
    ),
    (
        "컨테이너 이미지: 이미지를 실행하지 않고 레이어를 읽어 같은 방법으로 점검합니다.",
        "Container images: the layers are read without running the image, and looked at in the same way.",
    ),
    (
        "점검은 읽기만 하며 대상 시스템의 파일과 설정을 바꾸지 않습니다.",
        "An inspection only reads: it changes no file or setting of the target.",
    ),
];

const SCORE: [(&str, &str); 3] = [
    (
        "배점은 중요도 상 3점, 중 2점, 하 1점입니다. 점수 = 양호 항목의 배점 합 ÷ (양호 + 취약 항목의 배점 합) × 100.",
        "An item of high importance is 3 points, medium 2, low 1. Score = points of passed items / points of passed and failed items × 100.",
    ),
    (
        "해당없음은 계산에서 뺍니다. 수동점검과 점검불가도 점수에서 빼되, 모두 취약이라고 볼 때의 최저 점수를 함께 적습니다.",
        "Items that do not apply are left out. So are manual and blocked ones, but the score that would be if all of them were bad is given beside it.",
    ),
    (
        "예외 승인한 항목은 점수에서 취약으로 계산합니다. 패키지와 이미지의 취약점은 점수에 들어가지 않습니다.",
        "Accepted items count as failed. Vulnerabilities of packages and images are not part of the score.",
    ),
];

const LIMITS: [(&str, &str); 5] = [
    (
        "알려진 취약점만 찾습니다. 취약점 정보의 기준일 뒤에 공개된 취약점과 공개되지 않은 취약점은 나오지 않습니다.",
        "Only known vulnerabilities are found: none that was published after the advisories' dates, and none that nobody published.",
    ),
    (
        "패키지의 버전으로 판정합니다. 취약한 기능을 실제로 쓰는지, 외부에서 닿을 수 있는지는 판정하지 않습니다.",
        "Versions decide. Whether the vulnerable function is in use or can be reached from outside is not judged.",
    ),
    (
        "자체 개발한 프로그램의 결함은 점검하지 않습니다.",
        "Flaws of software that was written in house are not looked for.",
    ),
    (
        "점검한 시각의 상태입니다. 그 뒤에 바뀐 것은 반영되지 않습니다.",
        "It is the state at the time of the inspection; later changes are not in it.",
    ),
    (
        "모의해킹이 아니며, 네트워크 장비와 관리 절차는 점검 대상이 아닙니다.",
        "It is no penetration test, and covers neither network devices nor procedures.",
    ),
];

fn points(contents: &Contents<'_>, points: &Points) -> Block {
    let points = points.iter().map(|(ko, en)| (contents.pick(ko, en).to_owned(), Vec::new()));
    Block::List(List { is_numbered: false, points: points.collect() })
}

/// What became of each part.
fn parts(contents: &Contents<'_>) -> Table {
    let rows = Part::ALL.into_iter().map(|part| {
        let (state, tone, why) = match contents.inspection.part(part) {
            Some(report) => told(contents, report),
            None => (contents.pick("점검하지 않음", "not part of it"), Tone::Faint, String::new()),
        };
        let name = Cell::new(part.text().get(contents.lang));
        Row { cells: vec![name, Cell::new(state).tone(tone), Cell::new(why)] }
    });
    Table {
        id: "parts".to_owned(),
        caption: contents.pick("점검 부분과 상태", "The parts and what became of them").to_owned(),
        columns: vec![
            Column::new(contents.pick("부분", "Part"), 2.0, ColumnKind::Text),
            Column::new(contents.pick("상태", "State"), 1.6, ColumnKind::Badge),
            Column::new(contents.pick("설명", "Why"), 4.0, ColumnKind::Text),
        ],
        rows: rows.collect(),
        empty: String::new(),
        is_long: false,
    }
}

fn told<'a>(contents: &Contents<'a>, report: &PartReport) -> (&'a str, Tone, String) {
    let (state, tone) = match report.state {
        PartState::Whole => (contents.pick("모두 확인", "seen in full"), Tone::Good),
        PartState::Incomplete => {
            (contents.pick("일부 확인 못함", "not seen in full"), Tone::Warning)
        }
        PartState::Failed => (contents.pick("점검하지 못함", "could not be made"), Tone::Alarm),
        PartState::LeftOut => (contents.pick("제외함", "left out"), Tone::Faint),
        PartState::Absent => (contents.pick("해당 없음", "nothing there"), Tone::Faint),
    };
    let mut why: Vec<String> =
        report.why.iter().map(|why| clip(why.get(contents.lang), 400)).collect();
    if report.millis > 0 {
        let seconds = report.millis as f64 / 1000.0;
        why.push(match contents.lang {
            Lang::Ko => format!("{seconds:.1}초 걸림"),
            Lang::En => format!("took {seconds:.1} s"),
        });
    }
    (state, tone, why.join(", "))
}
