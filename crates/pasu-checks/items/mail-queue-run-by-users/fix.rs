//! The tools closed to others; `restrictqrun` for Sendmail.

use super::Facts;
use crate::fix::{AttributesEdit, Edit, Fix};
use crate::params::Params;

pub fn plan(facts: &Facts, _params: &Params) -> Fix {
    let mut fix = Fix::new();
    for tool in facts.tools.iter().flatten() {
        fix.edit(AttributesEdit {
            path: tool.path.clone(),
            limit: Some(0o7776),
            drop_acl: tool.acl.iter().any(|grant| grant.permissions & 1 != 0),
            ..AttributesEdit::default()
        });
    }
    if let Some(Ok(sendmail)) = &facts.sendmail
        && !sendmail.has_privacy("restrictqrun")
    {
        fix.edit(Edit::SendmailPrivacy { flags: vec!["restrictqrun".to_owned()] });
    }
    fix
}
