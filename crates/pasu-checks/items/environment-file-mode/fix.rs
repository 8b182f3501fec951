//! Files lose what lets others write, and get their account as owner. An account can lead its files anywhere by links:
//! what it does not own there is none of this item's, and devices never are.

use super::{Facts, OpenFile};
use crate::fix::{AttributesEdit, Fix};
use crate::host::FileKind;
use crate::judgement::reason;
use crate::kinds::file_mode::consent_to_lost_entries;
use crate::params::Params;

pub fn plan(facts: &Facts, _params: &Params) -> Fix {
    let mut fix = Fix::new();
    for open in &facts.open.kept {
        let path = &open.file.path;
        if open.file.kind == FileKind::Symlink {
            fix.leave(reason("foreign-link").arg("owner", &open.owner).file(path));
        } else if open.file.kind == FileKind::Other || (open.chosen && !is_own(open)) {
            fix.leave(reason("elsewhere").arg("account", &open.account).file(path));
        } else {
            close(&mut fix, open);
        }
    }
    fix
}

/// The account's own, wherever it is.
fn is_own(open: &OpenFile) -> bool {
    !open.foreign && open.owner == open.account && open.account != "root"
}

fn close(fix: &mut Fix, open: &OpenFile) {
    let path = &open.file.path;
    if open.foreign {
        fix.consent(reason("read-first").arg("owner", &open.owner).file(path));
    }
    if open.chosen {
        fix.consent(reason("shared").arg("account", &open.account).file(path));
    }
    consent_to_lost_entries(fix, &open.file, 0o7755);
    fix.edit(AttributesEdit {
        path: path.clone(),
        owner: open.foreign.then(|| open.account.clone()),
        limit: Some(0o7755),
        limit_acl: true,
        ..AttributesEdit::default()
    });
}
