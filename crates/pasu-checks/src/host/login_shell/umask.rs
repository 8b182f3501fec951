//! Masks as `umask` takes them: octal, or letters as `chmod` does.

/// The mask in octal digits after `umask TEXT`; `None` where it cannot be known. Letters begin from the mask before,
/// where that is known, and otherwise must say all three digits.
#[must_use]
pub fn applied(text: &str, before: Option<&str>) -> Option<String> {
    let mask = match parse_octal(text) {
        Some(mask) => mask,
        None => symbolic(text, before.and_then(parse_octal))?,
    };
    Some(format!("{mask:03o}"))
}

/// `022`, `0022`, `0o22`; at most four digits.
#[must_use]
pub fn parse_octal(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("0o").unwrap_or(text);
    let is_octal = !digits.is_empty() && digits.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    let mask = u32::from_str_radix(digits, 8).ok().filter(|mask| *mask <= 0o7777)?;
    is_octal.then_some(mask & 0o777)
}

/// `u=rwx,g=rx,o=`, `g-w`: what is allowed, the opposite of a mask.
fn symbolic(text: &str, before: Option<u32>) -> Option<u32> {
    let mut allowed = !before.unwrap_or(0) & 0o777;
    let mut known = if before.is_some() { 0o777 } else { 0 };
    for clause in text.split(',') {
        let at = clause.find(['=', '+', '-'])?;
        let (who, rest) = clause.split_at(at);
        let (operator, permissions) = rest.split_at(1);
        let digits = digits_of(who)?;
        let mut bits = 0;
        for permission in permissions.chars() {
            bits |= match permission {
                'r' => 0o444,
                'w' => 0o222,
                'x' => 0o111,
                'X' | 's' | 't' => 0,
                _ => return None,
            };
        }
        let bits = bits & digits;
        match operator {
            "=" => {
                allowed = allowed & !digits | bits;
                known |= digits;
            }
            "+" => {
                allowed |= bits;
                known |= bits;
            }
            _ => {
                allowed &= !bits;
                known |= bits;
            }
        }
    }
    // Whether the group and others may write is what counts.
    (known & 0o022 == 0o022).then_some(!allowed & 0o777)
}

fn digits_of(who: &str) -> Option<u32> {
    if who.is_empty() {
        return Some(0o777);
    }
    who.chars().try_fold(0, |digits, one| {
        Some(
            digits
                | match one {
                    'u' => 0o700,
                    'g' => 0o070,
                    'o' => 0o007,
                    'a' => 0o777,
                    _ => return None,
                },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::applied;

    #[test]
    fn masks_are_octal_or_letters() {
        for (text, before, mask) in [
            ("022", None, Some("022")),
            ("0027", None, Some("027")),
            ("77", None, Some("077")),
            ("u=rwx,g=rx,o=rx", None, Some("022")),
            ("u=rwx,g=rx,o=", Some("000"), Some("027")),
            ("g-w", Some("002"), Some("022")),
            ("g-w", None, None),
            ("go-w", None, Some("022")),
            ("a=rx", None, Some("222")),
            ("098", None, None),
            ("77777", None, None),
            ("x", Some("022"), None),
        ] {
            assert_eq!(applied(text, before).as_deref(), mask, "{text}");
        }
    }
}
