//! Turns a run into bytes, one file or folder a format.
//!
//! Every format is a pure function of the [`Run`] and the [`RenderOptions`]: no clock, no environment, no file. The same
//! input gives the same bytes, so a stored run can be rendered again years later. What a format does not see: how the
//! target was reached, where the bytes go, and whether somebody looks at a terminal.

mod actions;
mod audit;
pub mod book;
mod changes;
mod content_id;
mod csv;
mod cyclonedx;
mod fix;
mod format;
mod graph;
mod html;
mod image_name;
mod images;

mod inspection;
mod junit;
mod license;
mod markdown;
mod order;
mod pasu;
mod patch;
mod place;
mod safe_text;
mod sarif;
mod sources;
mod spdx;
mod summary;
mod table;
mod targets;
mod trivy;
mod whole;
mod words;

pub use actions::{
    Action, ActionKind, ItemStep, OPEN_DOORS, Reason, Step, StepKind, first_actions, first_steps,
};
pub use audit::{AUDIT_SCHEMA, AuditFormat, render_audit, render_audit_summary};
pub use book::{BookOptions, book};
pub use changes::{ChangesFormat, Comparison, render_changes, render_lives};
pub use csv::render_csv;
pub use fix::{FIX_PLAN_SCHEMA, render_fix_history, render_fix_plan, render_fix_record};
pub use format::{Audited, Format, RenderOptions, render, render_audited};
pub use html::render_html;
pub use images::{render_images, render_images_json};
pub use inspection::{
    AnyError, INSPECTION_SCHEMA, InspectionError, read_any, read_inspection, write_inspection,
};
pub use markdown::render_markdown;
pub use pasu::{PasuError, read_pasu};
pub use patch::{IMAGE_PATCH_SCHEMA, render_image_patch};
pub use safe_text::{clean as printable, wrap as wrapped};
pub use summary::{Kept, render_summary};
pub use trivy::{PlaceError, TrivyError, read_trivy};
pub use whole::{book_of, render_inspection};
