//! The keys of `pasu.inspection/1`.

use crate::pasu::mirror::{Convert, mirror, same, says_nothing};
use crate::pasu::v1::{OperatingSystem, Run, Target, Tool};
use pasu_model as model;

same!(
    // These have a serialised form of their own in the model, which is published too.
    model::Audit,
    model::FixRecord,
    model::ImagePatch,
    model::Part,
    model::PartState,
    model::Text,
);

mirror!(
    /// An inspection.
    Inspection = model::Inspection {
        tool: Tool,
        started: String,
        finished: String,
        target: Target,
        parts: Vec<PartReport>;
        by: Inspector,
        os: Option<OperatingSystem>,
        audit: Option<model::Audit>,
        packages: Option<Run>,
        images: Vec<InspectedImage>,
        fixes: Vec<model::FixRecord>,
        patches: Vec<model::ImagePatch>,
    }
);

mirror!(
    #[derive(Default)]
    Inspector = model::Inspector { ; login: String, account: String, as_root: bool }
);

mirror!(InspectedImage = model::InspectedImage { run: Run; audit: Option<model::Audit> });

mirror!(
    PartReport = model::PartReport {
        part: model::Part,
        state: model::PartState;
        why: Option<model::Text>,
        millis: u64,
    }
);
