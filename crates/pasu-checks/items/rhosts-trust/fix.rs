//! Lines that trust everybody become comments, and files get the mode with which they are still obeyed.
//!
//! The C library ignores a file that is a link, has several names, belongs to somebody else, or that others may write:
//! with another owner or mode its lines would begin to count. Such a file goes away instead.

use super::{Facts, TrustFile};
use crate::fix::{AttributesEdit, Edit, Fix};
use crate::judgement::reason;
use crate::params::Params;
use pasu_model::Place;

pub fn plan(facts: &Facts, _params: &Params) -> Fix {
    let mut fix = Fix::new();
    if facts.services.iter().any(|(_, state)| state.is_used()) {
        for trust in &facts.unsafe_files.kept {
            mend(&mut fix, trust);
        }
    }
    fix
}

fn mend(fix: &mut Fix, trust: &TrustFile) {
    let file = &trust.file;
    if trust.is_link || trust.foreign || file.links > 1 || file.is_writable_by_others() {
        fix.consent(reason("ignored").file(&trust.name));
        fix.edit(Edit::Remove { path: trust.name.clone() });
        return;
    }
    if !trust.plus.is_empty() {
        fix.consent(reason("relied-on").arg("count", trust.plus.len()).file(&file.path));
    }
    for (line, _) in &trust.plus {
        fix.comment_out(Some(&Place::File { path: file.path.clone(), line: Some(*line) }));
    }
    // The file is read with the rights of its account, which must go on reading what root wrote.
    let reads_as_other = file.uid == 0 && trust.account != "root";
    fix.edit(AttributesEdit {
        path: file.path.clone(),
        owner: reads_as_other.then(|| trust.account.clone()),
        limit: Some(0o600),
        limit_acl: true,
        ..AttributesEdit::default()
    });
}
