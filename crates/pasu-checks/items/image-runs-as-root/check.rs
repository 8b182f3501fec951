//! Images whose containers run as root: by the number that the user has in the image, not by the name.

use crate::cause::Cause;
use crate::host::Host;
use crate::host::image::{ImageFacts, Instruction, User, UserProblem};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// Programs by which start scripts give up the rights of root.
const DROPPERS: [&str; 7] =
    ["gosu", "su-exec", "setpriv", "s6-setuidgid", "chpst", "runuser", "setuidgid"];

/// The largest start script that is looked into, in bytes.
const MAX_SCRIPT: u64 = 256 << 10;

/// Who runs, and what the history and the start script say of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    user: User,
    /// The last step that sets another user, where the image ends as root all the same.
    undone: Option<(usize, String)>,
    /// By what the program that is started drops its rights, and in which file.
    drops: Option<(String, String)>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let image = host.image()?;
    let user = host.image_user(&image.config().user);
    let is_root = user.uid == Ok(0);
    Ok(Facts {
        undone: is_root.then(|| undone(host, image)).flatten(),
        drops: is_root.then(|| drops(host, image)).flatten(),
        user,
    })
}

fn undone(host: &Host, image: &ImageFacts) -> Option<(usize, String)> {
    let mut users = image.steps.iter().filter(|step| step.instruction == Instruction::User);
    let is_other = |written: &str| host.image_user(written).uid.is_ok_and(|uid| uid != 0);
    let last = users.rfind(|step| is_other(&step.text))?;
    Some((last.number, last.text.clone()))
}

/// Looks for a dropper in the command itself, and in the script that it starts.
fn drops(host: &Host, image: &ImageFacts) -> Option<(String, String)> {
    let names = |text: &str| {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c));
        let is_dropper = |word: &&str| DROPPERS.contains(word);
        words.into_iter().find(is_dropper).map(str::to_owned)
    };
    let command: Vec<&str> = image.command().collect();
    if let Some(tool) = names(&command.join(" ")) {
        return Some((tool, String::new()));
    }
    let name = command.first()?;
    let paths = match name.starts_with('/') {
        true => vec![(*name).to_owned()],
        false => {
            ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", ""]
                .iter()
                .map(|folder| format!("{folder}/{name}"))
                .collect()
        }
    };
    let (path, bytes) = paths.into_iter().find_map(|path| {
        let bytes = host.bytes(&path, MAX_SCRIPT).ok()??;
        Some((path, bytes))
    })?;
    let script = bytes.strip_prefix(b"#!")?;
    names(&String::from_utf8_lossy(script)).map(|tool| (tool, path))
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    let name = &facts.user.written;
    let at = |key: &'static str| {
        let reason = reason(key).arg("name", name);
        match facts.user.line {
            Some(line) => reason.line("/etc/passwd", line),
            None => reason,
        }
    };
    match &facts.user.uid {
        Ok(0) if name.is_empty() => judgement.bad(reason("unset")),
        Ok(0) => judgement.bad(at("is-root")),
        Ok(uid) => {
            judgement.good(at("unprivileged").arg("uid", uid));
            if !facts.user.numeric {
                judgement.note(reason("named").arg("uid", uid));
            }
        }
        Err(UserProblem::Unknown) => judgement.bad(at("unknown").file("/etc/passwd")),
        Err(UserProblem::OutOfRange) => judgement.bad(at("out-of-range")),
        Err(UserProblem::Unseen(cause)) => judgement.unseen(cause),
    }
    if let Some((step, name)) = &facts.undone {
        judgement.warn(reason("undone").arg("step", step).arg("name", name));
    }
    if let Some((tool, path)) = &facts.drops {
        let said = reason("drops").arg("tool", tool);
        judgement.warn(if path.is_empty() { said } else { said.file(path) });
    }
    judgement
}
