//! Logging in over SSH: which sshd is started, where it waits, whom it lets in and by what.

mod gates;
mod listening;
mod settings;

use super::pam::{Asked, Door};
use super::{Endpoint, Login, Person, Proof, Why, keys, pam};
use listening::Listening;
use pasu_checks::Host;
use pasu_checks::host::sshd::Daemon as Settings;
pub(super) use settings::Values;

/// The sshd of a target.
pub(super) struct Daemon {
    listening: Listening,
    settings: Option<Settings>,
}

/// The means of a method, found one by one.
struct Methods {
    key: Proof,
    file: String,
    password: Proof,
    interactive: Proof,
}

impl Daemon {
    pub(super) fn find(host: &Host) -> Self {
        let settings = host.sshd_daemons();
        let listening = Listening::find(host, settings.as_ref().ok().and_then(|all| all.first()));
        Self { listening, settings: settings.ok().and_then(|all| all.into_iter().next()) }
    }

    pub(super) fn endpoints(&self) -> Vec<Endpoint> {
        self.listening.endpoints.clone()
    }

    /// What is doubtful for all accounts.
    pub(super) fn doubts(&self) -> Vec<Why> {
        self.listening.doubts.clone()
    }

    /// Both ways in over SSH for one account.
    pub(super) fn logins(&self, person: &Person<'_>) -> Vec<(Login, Proof)> {
        let mut ports: Vec<u16> = self.listening.endpoints.iter().map(|at| at.port).collect();
        ports.sort_unstable();
        ports.dedup();
        let (key, file, password) = self.proofs(person, &ports);
        vec![
            (Login::SshKey { ports: ports.clone(), file }, key),
            (Login::SshPassword { ports }, password),
        ]
    }

    fn proofs(&self, person: &Person<'_>, ports: &[u16]) -> (Proof, String, Proof) {
        let both = |proof: Proof| (proof.clone(), String::new(), proof);
        let Some(settings) = &self.settings else { return both(self.listening.proof.clone()) };
        if let Proof::Refused(_) = self.listening.proof {
            return both(self.listening.proof.clone());
        }
        let config = match person.host.sshd_of(&person.account.name, settings) {
            Ok(config) => config,
            Err(cause) => return both(Proof::unread(&cause)),
        };
        let values = Values::of(&config, person, ports);
        let common = self
            .listening
            .proof
            .clone()
            .and(|| gates::admits(&values, person))
            .and(|| gates::free_session(&values))
            .and(|| person.lives());
        let methods = methods(&values, person);
        let key = common.clone().and(|| values.methods(&methods, true));
        let password = common.and(|| values.methods(&methods, false));
        (key, methods.file, password)
    }
}

/// What each method needs, with what PAM says after it.
fn methods(values: &Values<'_>, person: &Person<'_>) -> Methods {
    let with_pam = values.certainly("usepam", "yes") && pam::is_there(person.host);
    let asked = Asked { service: "sshd", who: person, caller: person, door: Door::Ssh };
    let admitted = |by_password: bool| {
        if with_pam { asked.admitted(by_password) } else { gates::without_pam(person) }
    };
    let (found, file) = keys::find(values, person);
    let key = values
        .every("pubkeyauthentication", |value| value == "yes")
        .and(|| gates::root_by_key(values, person))
        .and(|| found)
        .and(|| admitted(false));
    let right = || {
        if with_pam {
            asked.by_password()
        } else {
            person.has_password(false).and(|| person.ageless()).and(|| gates::without_pam(person))
        }
    };
    let empty = || {
        let permits = values.every("permitemptypasswords", |value| value == "yes");
        if matches!(permits, Proof::Proven) { Proof::Proven } else { person.has_password(false) }
    };
    let password = values
        .every("passwordauthentication", |value| value == "yes")
        .and(|| gates::root_by_password(values, person))
        .and(empty)
        .and(right);
    let interactive = values
        .every("kbdinteractiveauthentication", |value| value == "yes")
        .and(|| {
            Proof::of(with_pam, || {
                Why::new(
                    "키보드 대화형 인증은 UsePAM이 켜져 있어야 동작합니다.",
                    "Keyboard-interactive login works only with UsePAM.",
                )
            })
        })
        .and(|| gates::root_by_password(values, person))
        .and(empty)
        .and(right);
    Methods { key, file, password, interactive }
}

impl Values<'_> {
    /// Whether a list of `AuthenticationMethods` can be gone through, with a key or by passwords alone.
    fn methods(&self, methods: &Methods, with_key: bool) -> Proof {
        let possible = self.possible("authenticationmethods");
        let each = possible.iter().map(|value| {
            let lists: Vec<&str> = value.value.split_whitespace().collect();
            if lists.is_empty() || lists == ["any"] {
                let by_password = || methods.password.clone().or(|| methods.interactive.clone());
                return if with_key { methods.key.clone() } else { by_password() };
            }
            let none = Proof::Refused(
                Why::new(
                    format!(
                        "AuthenticationMethods {}에는 이 방법으로 끝나는 조합이 없습니다.",
                        value.value
                    ),
                    format!(
                        "No list of AuthenticationMethods {} can be completed this way.",
                        value.value
                    ),
                )
                .at(Some(value.place.clone())),
            );
            lists
                .iter()
                .filter(|list| list.split(',').any(|method| method == "publickey") == with_key)
                .map(|list| methods.list(list, &value.value))
                .fold(none, list_or)
        });
        Proof::all_of(each)
    }
}

/// The better of two lists; of two refusals the later, which says more than that there is no list.
fn list_or(best: Proof, list: Proof) -> Proof {
    match (&best, &list) {
        (Proof::Refused(_), Proof::Refused(_)) => list,
        _ => best.or(|| list),
    }
}

impl Methods {
    /// Every method of a list, one after the other.
    fn list(&self, list: &str, written: &str) -> Proof {
        let mut proof = Proof::Proven;
        for (at, method) in list.split(',').enumerate() {
            let name = method.split(':').next().unwrap_or_default();
            let again = list.split(',').take(at).any(|before| before == method);
            proof = proof.and(|| match name {
                "publickey" if !again => self.key.clone(),
                "password" => self.password.clone(),
                "keyboard-interactive" => self.interactive.clone(),
                _ => Proof::Doubtful(Why::new(
                    format!("AuthenticationMethods {written}의 {method}을(를) 통과할 수 있는지 알 수 없습니다."),
                    format!("Whether {method} of AuthenticationMethods {written} can be passed is not known."),
                )),
            });
        }
        proof
    }
}
