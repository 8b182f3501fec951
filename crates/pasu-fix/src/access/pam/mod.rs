//! What PAM says to somebody whose password or key is right: its stacks, gone through with the answers that each module
//! gives to this account. A module whose answer cannot be known is tried with every answer.

mod lists;
mod modules;

use super::{Person, Proof, Why};
use pasu_checks::Host;
use pasu_checks::host::pam::{Action, Answer, PamEntry, PamStack, Phase};
use pasu_checks::host::shadow::Ageing;
use std::path::Path;

/// How many modules of unknown answer a stack may have to be gone through with all of them.
const MAX_UNKNOWN: u32 = 5;

/// What a module whose answer is not known may say.
const POSSIBLE: [Answer; 3] = ["success", "perm_denied", "ignore"];

/// From where somebody asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// The machine's own screen and keyboard.
    Console,
    /// The network.
    Ssh,
    /// A session that is there already: su and sudo.
    Terminal,
}

/// A question to a service.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) service: &'a str,
    /// The account that is to be used.
    pub(super) who: &'a Person<'a>,
    /// The account that asks.
    pub(super) caller: &'a Person<'a>,
    pub(super) door: Door,
}

/// What a module says.
pub(super) enum Said {
    /// This, and why, where it is a refusal.
    Is(Answer, Option<Why>),
    /// Nobody can tell.
    Unknown(Why),
}

/// Whether the target has PAM at all.
pub(super) fn is_there(host: &Host) -> bool {
    ["/etc/pam.d", "/usr/lib/pam.d", "/etc/pam.conf"]
        .iter()
        .any(|path| host.system().exists(Path::new(path)))
}

impl Asked<'_> {
    /// By a right password: who it is, whether the account may be used, and the session.
    pub(super) fn by_password(self) -> Proof {
        if !is_there(self.who.host) {
            return self
                .who
                .has_password(false)
                .and(|| self.who.lives())
                .and(|| self.who.ageless());
        }
        self.phase(Phase::Auth).and(|| self.admitted(true))
    }

    /// Without a password, as after a key: whether the account may be used, and the session.
    pub(super) fn admitted(self, by_password: bool) -> Proof {
        if !is_there(self.who.host) {
            return self.who.lives();
        }
        self.phase(Phase::Account)
            .and(|| if by_password { Proof::Proven } else { self.must_not_change() })
            .and(|| self.phase(Phase::Session))
    }

    /// Who comes by a key and must change the password first needs the old one, and a terminal.
    fn must_not_change(&self) -> Proof {
        if self.who.ageing() != Ageing::MustChange || self.ignores_ageing() {
            return Proof::Proven;
        }
        let name = &self.who.account.name;
        self.who.has_password(false).and(|| {
            Proof::Doubtful(self.who.in_shadow(Why::new(
                format!("{name} 계정은 로그인할 때 비밀번호부터 바꿔야 합니다. 지금 비밀번호를 모르면 키로도 들어올 수 없습니다."),
                format!("{name} must change the password at the next login; without the present one, a key does not help."),
            )))
        })
    }

    fn ignores_ageing(&self) -> bool {
        let stack = self.stack(Phase::Account).ok().flatten();
        stack
            .is_some_and(|stack| stack.modules("pam_unix").all(|entry| entry.has("no_pass_expiry")))
    }

    /// The service's stack, or that of `other` where it has none for this phase.
    fn stack(&self, phase: Phase) -> Result<Option<PamStack>, pasu_checks::Cause> {
        let host = self.who.host;
        match host.pam(self.service, phase)? {
            Some(stack) if !stack.entries.is_empty() => Ok(Some(stack)),
            _ => host.pam("other", phase),
        }
    }

    fn phase(&self, phase: Phase) -> Proof {
        let stack = match self.stack(phase) {
            Ok(Some(stack)) if !stack.entries.is_empty() => stack,
            // Nothing to do at the beginning of a session is no refusal.
            Ok(_) if phase == Phase::Session => return Proof::Proven,
            Ok(_) => {
                let service = self.service;
                return Proof::Refused(Why::new(
                    format!("PAM에 {service} 서비스의 {phase} 설정이 없습니다."),
                    format!("PAM has no {phase} stack for the service {service}."),
                ));
            }
            Err(cause) => return Proof::unread(&cause),
        };
        let said: Vec<Said> = stack.entries.iter().map(|entry| self.answer(entry, phase)).collect();
        self.decide(&stack, &said)
    }

    /// Goes through the stack once for every combination of unknown answers.
    fn decide(&self, stack: &PamStack, said: &[Said]) -> Proof {
        let is_unknown = |said: &&Said| matches!(said, Said::Unknown(_));
        let unknown = u32::try_from(said.iter().filter(is_unknown).count()).unwrap_or(u32::MAX);
        let doubt = || {
            let first = said.iter().find_map(|said| match said {
                Said::Unknown(why) => Some(why.clone()),
                Said::Is(..) => None,
            });
            first.map_or(Proof::Proven, Proof::Doubtful)
        };
        if unknown > MAX_UNKNOWN {
            return doubt();
        }
        let base = POSSIBLE.len();
        let runs = base.pow(unknown);
        let mut passed = 0;
        for run in 0..runs {
            let answers = assigned(said, run, base);
            passed += usize::from(goes_through(stack, &answers));
        }
        match passed {
            0 => Proof::Refused(self.refusal(stack, said, &assigned(said, 0, base))),
            _ if passed == runs => Proof::Proven,
            _ => doubt(),
        }
    }

    /// Why a stack refuses: what the first module says whose answer makes it fail.
    fn refusal(&self, stack: &PamStack, said: &[Said], answers: &[Answer]) -> Why {
        let outcome = stack.run(|entry| answer_of(stack, answers, entry));
        let failing = |at: &&usize| {
            let action = stack.entries[**at].control.action(answers[**at]);
            matches!(action, Action::Bad | Action::Die)
        };
        let refusing = |at: &&usize| !matches!(answers[**at], "success" | "ignore");
        // A `pam_deny` at the end only carries out what an earlier module said.
        let earlier = outcome
            .asked
            .iter()
            .find(|at| refusing(at) && matches!(&said[**at], Said::Is(_, Some(_))));
        let at = earlier.or_else(|| outcome.asked.iter().find(failing)).or(outcome.asked.last());
        let service = self.service;
        let Some(at) = at.copied() else {
            return Why::new(
                format!("PAM의 {service} 설정은 아무도 통과시키지 않습니다."),
                format!("The stack of PAM for {service} lets nobody through."),
            );
        };
        let entry = &stack.entries[at];
        if let Said::Is(_, Some(why)) = &said[at] {
            let place = why.place.clone().or_else(|| Some(entry.place.clone()));
            return why.clone().at(place);
        }
        let module = &entry.module;
        Why::new(
            format!("PAM의 {service} 설정이 이 줄({module})에서 거부합니다. 줄의 순서나 건너뛰는 수가 맞지 않을 수 있습니다."),
            format!("The stack of PAM for {service} refuses at this line ({module}); its order or a jump may be wrong."),
        )
        .at(Some(entry.place.clone()))
    }
}

/// The answers of one run, whose number tells those of the unknown modules.
fn assigned(said: &[Said], mut run: usize, base: usize) -> Vec<Answer> {
    let mut next = || {
        let answer = POSSIBLE[run % base];
        run /= base;
        answer
    };
    said.iter()
        .map(|said| match said {
            Said::Is(answer, _) => answer,
            Said::Unknown(_) => next(),
        })
        .collect()
}

fn goes_through(stack: &PamStack, answers: &[Answer]) -> bool {
    let outcome = stack.run(|entry| answer_of(stack, answers, entry));
    outcome.success
        // A session in which every module is passed over has nothing against it.
        || stack.phase == Phase::Session && outcome.asked.iter().all(|at| {
            let action = stack.entries[*at].control.action(answers[*at]);
            !matches!(action, Action::Bad | Action::Die | Action::Jump(_))
        })
}

fn answer_of(stack: &PamStack, answers: &[Answer], entry: &PamEntry) -> Answer {
    let at = stack.entries.iter().position(|known| std::ptr::eq(known, entry));
    at.and_then(|at| answers.get(at)).copied().unwrap_or("perm_denied")
}
