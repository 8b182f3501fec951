//! Settings of the kernel: in a file that is read last, wherever else they are set, and in the running kernel.

use super::setting;
use crate::fix::draft::{Draft, Trouble};
use crate::fix::edit::{SettingEdit, Syntax};
use pasu_model::FixEffect;

/// Read after the distributions' own files. `/etc/sysctl.conf` is read after it by `sysctl --system`, and is edited
/// where it sets the key.
const OURS: &str = "/etc/sysctl.d/99-pasu.conf";

pub(super) fn draw(
    draft: &mut Draft<'_>,
    key: &str,
    value: &str,
    item: &str,
) -> Result<(), Trouble> {
    let mut later = vec!["/etc/sysctl.conf".to_owned()];
    let names = draft.host.list("/etc/sysctl.d")?;
    let after = |name: &&String| name.as_str() > "99-pasu.conf" && name.ends_with(".conf");
    later.extend(names.iter().filter(after).map(|name| format!("/etc/sysctl.d/{name}")));
    for path in later {
        let sets = draft.host.text(&path)?.is_some_and(|file| {
            file.settings().any(|(_, line)| {
                line.split('=').next().is_some_and(|name| {
                    name.trim().trim_start_matches('-').replace('/', ".") == key
                })
            })
        });
        if sets {
            setting::draw(draft, &SettingEdit::new(&path, Syntax::Equals, key, value), item)?;
        }
    }
    setting::draw(draft, &SettingEdit::new(OURS, Syntax::Equals, key, value), item)?;
    if draft.host.is_live() {
        let path = format!("/proc/sys/{}", key.replace('.', "/"));
        if let Some(now) = draft.host.text(&path)?.and_then(|file| file.lines.first().cloned()) {
            let before = now.trim().to_owned();
            if before != value {
                let effect =
                    FixEffect::Sysctl { key: key.to_owned(), before, value: value.to_owned() };
                draft.effect(effect, item);
            }
        }
    }
    Ok(())
}
