//! Goes through a stack as Linux-PAM does, with given answers of its modules.

use super::{Action, PamEntry, PamStack};

/// What a module answers, by the name that pam.conf(5) gives it: `success`, `auth_err`, `ignore`.
pub type Answer = &'static str;

/// How a stack ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it lets through.
    pub success: bool,
    /// Positions of the modules that were asked, in order.
    pub asked: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Impression {
    None,
    Positive,
    Negative,
}

impl PamStack {
    /// How the stack ends when each module answers what `answer` says.
    ///
    /// The end of a substack ends that substack alone, and a jump passes over a substack as over one module.
    pub fn run(&self, answer: impl Fn(&PamEntry) -> Answer) -> Outcome {
        let mut asked = Vec::new();
        let mut impression = Impression::None;
        let mut status: Answer = "must_fail";
        // What was thought when the substack of each level began, to which a reset goes back.
        let mut begun: Vec<(Impression, Answer)> = vec![(impression, status)];
        let mut at = 0;
        while let Some(entry) = self.entries.get(at) {
            let level = entry.level as usize;
            begun.truncate(level + 1);
            if entry.module.is_empty() {
                begun.push((impression, status));
                at += 1;
                continue;
            }
            asked.push(at);
            let said = answer(entry);
            match entry.control.action(said) {
                Action::Ignore => {}
                Action::Reset => {
                    (impression, status) =
                        begun.get(level).copied().unwrap_or((Impression::None, "must_fail"));
                }
                action @ (Action::Ok | Action::Done) => {
                    let counts = impression == Impression::None
                        || impression == Impression::Positive && status == "success";
                    if counts && said != "ignore" {
                        if said == "success" {
                            impression = Impression::Positive;
                        }
                        status = said;
                    }
                    if impression == Impression::Positive && action == Action::Done {
                        at = self.end_of_level(at);
                    }
                }
                action @ (Action::Bad | Action::Die) => {
                    if impression != Impression::Negative {
                        impression = Impression::Negative;
                        status = if said == "ignore" { "must_fail" } else { said };
                    }
                    if action == Action::Die {
                        at = self.end_of_level(at);
                    }
                }
                Action::Jump(count) => match self.jump(at, count) {
                    Some(to) => at = to,
                    None => {
                        impression = Impression::Negative;
                        status = "must_fail";
                        at = self.end_of_level(at);
                    }
                },
            }
            at += 1;
        }
        let success = impression == Impression::Positive && status == "success";
        Outcome { success, asked }
    }

    /// The last entry of the substack in which one lies.
    fn end_of_level(&self, at: usize) -> usize {
        let level = self.entries.get(at).map_or(0, |entry| entry.level);
        let rest = self.entries.iter().skip(at + 1);
        at + rest.take_while(|entry| entry.level >= level).count()
    }

    /// The last entry that a jump passes over; `None` where it leads out of its stack.
    pub(crate) fn jump(&self, from: usize, count: u32) -> Option<usize> {
        let level = self.entries.get(from)?.level;
        let mut at = from;
        for _ in 0..count {
            self.entries.get(at + 1).filter(|entry| entry.level >= level)?;
            at += 1;
            while self.entries.get(at + 1).is_some_and(|entry| entry.level > level) {
                at += 1;
            }
        }
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::Answer;
    use crate::case::TestHost;
    use crate::host::pam::Phase;

    /// Modules named in `refuse` refuse, `ignore` is ignored, everything else succeeds.
    fn run(text: &str, refuse: &[&str]) -> (bool, usize) {
        let host = TestHost::new()
            .file("/etc/pam.d/x", text)
            .file("/etc/pam.d/sub", "auth sufficient pam_a.so\nauth required pam_b.so\n")
            .host();
        let stack = host.pam("x", Phase::Auth).unwrap().unwrap();
        let outcome = stack.run(|entry| -> Answer {
            if refuse.iter().any(|name| entry.is(name)) { "auth_err" } else { "success" }
        });
        (outcome.success, outcome.asked.len())
    }

    #[test]
    fn jumps_pass_over_the_denial_of_debian() {
        let text = "auth [success=1 default=ignore] pam_unix.so\nauth requisite pam_deny.so\nauth required pam_permit.so\n";
        assert_eq!(run(text, &["pam_deny"]), (true, 2));
        assert_eq!(run(text, &["pam_deny", "pam_unix"]), (false, 2));
        // One too far leads out of the stack.
        assert_eq!(run(&text.replace("=1", "=3"), &["pam_deny"]), (false, 1));
    }

    #[test]
    fn the_end_of_a_substack_is_not_the_end() {
        let text = "auth substack sub\nauth required pam_c.so\n";
        assert_eq!(run(text, &[]), (true, 2));
        assert_eq!(run(text, &["pam_c"]), (false, 2));
        let included = text.replace("substack", "include");
        assert_eq!(run(&included, &["pam_c"]), (true, 1));
        let jumped = format!("auth [success=1 default=ignore] pam_x.so\n{text}");
        assert_eq!(run(&jumped, &["pam_a", "pam_b"]), (true, 2));
    }

    #[test]
    fn what_was_required_before_still_counts() {
        let text = "auth required pam_a.so\nauth sufficient pam_b.so\nauth required pam_deny.so\n";
        assert_eq!(run(text, &["pam_deny"]), (true, 2));
        assert!(!run(text, &["pam_a", "pam_deny"]).0);
        assert!(!run("auth optional pam_a.so\n", &["pam_a"]).0);
    }
}
