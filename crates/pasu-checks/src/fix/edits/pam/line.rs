//! One line of PAM, taken apart so that a part can change and the rest stays byte by byte.

use crate::host::pam::Phase;

/// `auth  [success=1 default=ignore]  pam_unix.so nullok  # local`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PamLine {
    /// White space, the phase, and white space.
    head: String,
    control: String,
    gap: String,
    module: String,
    /// Each with the white space before it.
    arguments: Vec<(String, String)>,
    /// White space and a comment.
    tail: String,
}

impl PamLine {
    /// `None` for a comment, an `@include`, a line of another form or one that goes on in the next.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (code, _) = text.split_at(text.find('#').unwrap_or(text.len()));
        let body = code.trim_end();
        if body.ends_with('\\') {
            return None;
        }
        let tail = text.get(body.len()..)?.to_owned();
        let mut rest = body;
        let head = [space(&mut rest), word(&mut rest), space(&mut rest)].concat();
        Phase::of(head.trim().trim_start_matches('-'))?;
        let control = bracketed(&mut rest);
        let gap = space(&mut rest).to_owned();
        let module = word(&mut rest).to_owned();
        let mut arguments = Vec::new();
        while !rest.is_empty() {
            arguments.push((space(&mut rest).to_owned(), bracketed(&mut rest)));
        }
        (!module.is_empty()).then_some(Self { head, control, gap, module, arguments, tail })
    }

    pub(super) fn text(&self) -> String {
        let mut text = [&*self.head, &*self.control, &*self.gap, &*self.module].concat();
        for (space, argument) in &self.arguments {
            text.push_str(space);
            text.push_str(argument);
        }
        text + &self.tail
    }

    /// Another line that looks like this one: tabs where it has tabs, columns where it has columns.
    pub(super) fn written_like(
        &self,
        phase: Phase,
        control: &str,
        module: &str,
        arguments: &[String],
    ) -> String {
        let mut text = phase.to_string();
        let module_column = self.head.trim_start().len() + self.control.len() + self.gap.len();
        let columns = [
            (&self.head, self.head.trim_start().len(), control),
            (&self.gap, module_column, module),
        ];
        for (old, column, next) in columns {
            match () {
                () if old.contains('\t') => text.push('\t'),
                () if old.ends_with("  ") => {
                    text.push_str(&" ".repeat(column.saturating_sub(text.len()).max(1)));
                }
                () => text.push(' '),
            }
            text.push_str(next);
        }
        for argument in arguments {
            text.push(' ');
            text.push_str(argument);
        }
        text
    }

    pub(super) fn set_control(&mut self, control: &str) {
        control.clone_into(&mut self.control);
    }

    pub(super) fn set_arguments(&mut self, set: &[String], unset: &[String]) {
        let name = |word: &str| word.split('=').next().unwrap_or_default().to_owned();
        self.arguments.retain(|(_, word)| !unset.iter().any(|gone| *gone == name(word)));
        for new in set {
            let is_same = |(_, word): &&mut (String, String)| name(word) == name(new);
            // The last one counts; all of them say the same afterwards.
            let mut is_there = false;
            for (_, word) in self.arguments.iter_mut().filter(|word| is_same(word)) {
                is_there = true;
                new.clone_into(word);
            }
            if !is_there {
                self.arguments.push((" ".to_owned(), new.clone()));
            }
        }
    }

    /// Counts one line more, or less, in the jump of an answer.
    pub(super) fn count(&mut self, answer: &str, more: bool) {
        let Some(inside) =
            self.control.strip_prefix('[').and_then(|control| control.strip_suffix(']'))
        else {
            return;
        };
        let mut rest = inside;
        let mut new = String::from("[");
        while !rest.is_empty() {
            new.push_str(space(&mut rest));
            let pair = word(&mut rest);
            let number = pair.split_once('=').filter(|(name, _)| *name == answer);
            match number.and_then(|(_, number)| number.parse::<u32>().ok()) {
                Some(number) if more => {
                    new.push_str(&format!("{answer}={}", number.saturating_add(1)))
                }
                Some(..=1) => new.push_str(&format!("{answer}=ignore")),
                Some(number) => new.push_str(&format!("{answer}={}", number - 1)),
                None => new.push_str(pair),
            }
        }
        new.push(']');
        self.control = new;
    }
}

/// `success=1` of `[success=1 default=ignore]`.
pub(super) fn jumps_of(control: &str) -> Vec<(String, u32)> {
    let inside = control.strip_prefix('[').and_then(|control| control.strip_suffix(']'));
    let pairs = inside.unwrap_or_default().split_whitespace();
    pairs
        .filter_map(|pair| {
            let (answer, action) = pair.split_once('=')?;
            Some((answer.to_owned(), action.parse().ok().filter(|count| *count > 0)?))
        })
        .collect()
}

fn space<'a>(rest: &mut &'a str) -> &'a str {
    let end = rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len());
    let (space, next) = rest.split_at(end);
    *rest = next;
    space
}

fn word<'a>(rest: &mut &'a str) -> &'a str {
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let (word, next) = rest.split_at(end);
    *rest = next;
    word
}

/// A word, or `[…]` whole; `\]` is a bracket in it.
fn bracketed(rest: &mut &str) -> String {
    if rest.starts_with('[') {
        let mut escaped = false;
        let end = rest.char_indices().find(|(_, c)| {
            let is_end = *c == ']' && !escaped;
            escaped = *c == '\\';
            is_end
        });
        if let Some((end, _)) = end {
            let (found, next) = rest.split_at(end + 1);
            *rest = next;
            return found.to_owned();
        }
    }
    word(rest).to_owned()
}

#[cfg(test)]
mod tests {
    use super::PamLine;
    use crate::host::pam::Phase;

    #[test]
    fn what_is_not_changed_stays_byte_by_byte() {
        for text in [
            "auth\t[success=1 default=ignore]\tpam_unix.so nullok",
            "  -session   optional     pam_systemd.so   # comment\t",
            "auth required pam_exec.so [x=a b\\]c]  y ",
        ] {
            assert_eq!(PamLine::parse(text).unwrap().text(), text);
        }
        for text in ["# auth required pam_x.so", "@include x", "auth required \\", "auth required"]
        {
            assert_eq!(PamLine::parse(text), None, "{text}");
        }
    }

    #[test]
    fn one_part_changes() {
        let mut line = PamLine::parse(
            "auth  [success=2 new_authtok_reqd=2  default=1]  pam_x.so a b=1 b=2 # c",
        )
        .unwrap();
        line.count("success", true);
        line.count("default", false);
        line.set_arguments(&["b=3".to_owned(), "d".to_owned()], &["a".to_owned()]);
        assert_eq!(
            line.text(),
            "auth  [success=3 new_authtok_reqd=2  default=ignore]  pam_x.so b=3 b=3 d # c"
        );
        let like =
            PamLine::parse("auth        required                       pam_deny.so").unwrap();
        assert_eq!(
            like.written_like(Phase::Auth, "required", "pam_x.so", &["y".to_owned()]),
            "auth        required                       pam_x.so y"
        );
    }
}
