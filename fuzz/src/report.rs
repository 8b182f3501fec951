//! Readers of reports: what a run was kept as, and what other programs write.

use pasu_report::{read_any, read_inspection, read_trivy, write_inspection};

/// The document of an inspection. What is read can be written and read again.
pub fn inspection(data: &[u8]) {
    let _ = read_any(data);
    let Ok(read) = read_inspection(data) else { return };
    let mut out = Vec::new();
    assert!(write_inspection(&read, &mut out).is_ok());
    assert!(read_inspection(&out).is_ok());
    let _ = pasu_model::Changes::between(&read, &read);
}

/// Trivy's JSON. Compared with itself nothing of it is new or fixed.
pub fn trivy_report(data: &[u8]) {
    let _ = read_any(data);
    let Ok(run) = read_trivy(data) else { return };
    let inspection = pasu_model::Inspection::of_scan(run, None);
    let changes = pasu_model::Changes::between(&inspection, &inspection);
    assert!(changes.lives.iter().all(|life| life.tracked.accepted.is_some()));
}
