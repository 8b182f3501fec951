//! What a change takes of the ways in, and whether it may be made without a confirmation.

use super::{Access, Doubt, Endpoint, LoginKind, RootKind, Way, Why};
use pasu_model::Text;
use serde::{Deserialize, Serialize};

/// What a change leaves and what it takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// Ways of before that are there after, as they are after.
    pub kept: Vec<Way>,
    /// Ways of before that are not.
    pub lost: Vec<Lost>,
    /// Where sshd waits, if none of the ports of before is among those after.
    pub moved: Option<PortMoved>,
    /// What is doubtful after and was not before.
    pub doubts: Vec<Doubt>,
    /// What follows.
    pub verdict: Verdict,
}

/// A way that a change takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// The way.
    pub way: Way,
    /// Whether it is surely lost; else it is no longer proven.
    pub surely: bool,
    /// Why.
    pub why: Why,
}

/// sshd waits elsewhere: a firewall, or whoever logs in, may not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortMoved {
    /// Where it waited.
    pub from: Vec<Endpoint>,
    /// Where it will.
    pub to: Vec<Endpoint>,
}

/// What follows from a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Somebody who gets in before gets in after.
    Held,
    /// Nobody is known to get in before: nothing can be proven.
    NothingBefore,
    /// Nobody who got in before is known to get in after.
    AllLost,
    /// Nobody who came over SSH is known to come in after; only the console is left.
    RemoteLost,
    /// Somebody gets in, but at another port.
    PortMoved,
}

impl Verdict {
    /// What to tell the administrator.
    #[must_use]
    pub fn sentence(self) -> Text {
        match self {
            Self::Held => Text::new(
                "지금 로그인해 root가 될 수 있는 방법이 바꾼 뒤에도 남아 있습니다.",
                "A way to log in and become root that works now still works afterwards.",
            ),
            Self::NothingBefore => Text::new(
                "지금 로그인해 root가 될 수 있는 방법을 하나도 증명하지 못했습니다. 확인을 기다리는 방식으로만 적용할 수 있습니다.",
                "No way to log in and become root could be proven even now; only a change that waits for a confirmation is possible.",
            ),
            Self::AllLost => Text::new(
                "바꾸고 나면 지금 로그인해 root가 될 수 있는 방법이 하나도 남지 않거나, 남는다는 것을 증명하지 못합니다.",
                "After the change no way to log in and become root is left, or none is proven to be.",
            ),
            Self::RemoteLost => Text::new(
                "바꾸고 나면 SSH로 들어와 root가 될 길이 없고 콘솔만 남습니다. 서버가 멀리 있으면 들어올 수 없게 됩니다.",
                "After the change nobody is proven to come in over SSH and become root; only the console is left, which may be far away.",
            ),
            Self::PortMoved => Text::new(
                "바꾸고 나면 sshd가 다른 포트나 주소에서 기다립니다. 방화벽이 그 포트를 막고 있으면 들어올 수 없습니다.",
                "After the change sshd waits at another port or address; a firewall that does not know it would keep everybody out.",
            ),
        }
    }
}

impl PortMoved {
    /// What to tell the administrator.
    #[must_use]
    pub fn sentence(&self) -> Text {
        let shown = |ends: &[Endpoint]| {
            let ends: Vec<String> = ends.iter().map(Endpoint::shown).collect();
            ends.join(", ")
        };
        let (from, to) = (shown(&self.from), shown(&self.to));
        Text::new(
            format!("sshd가 기다리는 곳이 {from}에서 {to}(으)로 바뀝니다."),
            format!("sshd waits at {to} instead of {from}."),
        )
    }
}

impl Lost {
    /// The way and why it is lost, in one sentence.
    #[must_use]
    pub fn sentence(&self) -> Text {
        let way = self.way.shown();
        let (ko, en) = if self.surely {
            ("더는 들어올 수 없습니다", "no longer works")
        } else {
            ("계속 들어올 수 있는지 증명하지 못합니다", "is no longer proven to work")
        };
        let why = &self.why.text;
        Text::new(format!("{}: {ko}. {}", way.ko, why.ko), format!("{} {en}. {}", way.en, why.en))
    }
}

impl Comparison {
    /// Whether the change may be made without a confirmation.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.verdict == Verdict::Held
    }
}

/// Holds the ways after a change against those before it.
#[must_use]
pub fn compare(before: &Access, after: &Access) -> Comparison {
    let (mut kept, mut lost) = (Vec::new(), Vec::new());
    for way in &before.ways {
        match after.ways.iter().find(|other| other.kinds() == way.kinds()) {
            Some(same) => kept.push(same.clone()),
            None => lost.push(lose(way, after)),
        }
    }
    let moved = moved(before, after);
    let is_new = |doubt: &&Doubt| !before.doubts.contains(doubt);
    let doubts = after.doubts.iter().filter(is_new).cloned().collect();
    let verdict = verdict(before, &kept, moved.is_some());
    Comparison { kept, lost, moved, doubts, verdict }
}

fn verdict(before: &Access, kept: &[Way], moved: bool) -> Verdict {
    let is_remote = |way: &Way| way.login.kind().is_remote();
    match () {
        () if before.ways.is_empty() => Verdict::NothingBefore,
        () if kept.is_empty() => Verdict::AllLost,
        () if before.has_remote() && !kept.iter().any(is_remote) => Verdict::RemoteLost,
        () if before.has_remote() && moved => Verdict::PortMoved,
        () => Verdict::Held,
    }
}

fn lose(way: &Way, after: &Access) -> Lost {
    let of = |doubt: &&Doubt| is_about(doubt, way.kinds());
    let doubt = after.doubts.iter().find(of);
    let refusal = after.refusals.iter().find(of);
    let is_gone = || {
        let name = &way.account;
        Why::new(format!("{name} 계정이 없어집니다."), format!("The account {name} is gone."))
    };
    let why = doubt.or(refusal).map_or_else(is_gone, |found| found.why.clone());
    Lost { way: way.clone(), surely: doubt.is_none(), why }
}

fn is_about(doubt: &Doubt, (account, login, root): (&str, LoginKind, RootKind)) -> bool {
    doubt.account.as_deref() == Some(account)
        && doubt.login == Some(login)
        && doubt.root == Some(root)
}

/// Whether none of the places of before is left. A further port, or one of several that goes, moves nobody.
fn moved(before: &Access, after: &Access) -> Option<PortMoved> {
    let (from, to) = (&before.endpoints, &after.endpoints);
    let covers = |new: &Endpoint, old: &Endpoint| {
        new.port == old.port && (new.address == old.address || new.address == "*")
    };
    let stays = from.iter().any(|old| to.iter().any(|new| covers(new, old)));
    let moved = !from.is_empty() && !to.is_empty() && !stays;
    moved.then(|| PortMoved { from: from.clone(), to: to.clone() })
}
