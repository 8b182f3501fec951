//! What to do first over a whole inspection.

mod common;

use common::inspection::{empty, usual};
use pasu_model::{Lang, Severity, Status, Vulnerability};
use pasu_report::{ActionKind, OPEN_DOORS, Step, StepKind, first_steps};
use std::path::Path;

fn names(steps: &[Step]) -> Vec<String> {
    let place = |step: &Step| if step.images.is_empty() { "" } else { "@image" };
    steps.iter().map(|step| format!("{}{}", step.name(), place(step))).collect()
}

#[test]
fn exploited_packages_then_open_doors_then_all_else() {
    let steps = first_steps(&usual(), 7);
    let expected = ["openssl", "openssl@image", "nginx", "nginx@image", "U-01", "U-02", "lodash"];
    assert_eq!(names(&steps), expected);
    assert!(steps[0].is_alarming() && steps[1].is_alarming() && !steps[2].is_alarming());
    assert!(steps[0].why(Lang::Ko).contains("랜섬웨어"), "{}", steps[0].why(Lang::Ko));
    assert_eq!(steps[4].command().unwrap(), "sudo pasu fix plan U-01");
    assert!(steps[4].why(Lang::En).contains("a way in from outside"));
    assert!(steps[4].remedy(Lang::Ko).unwrap().contains("U-01"));
}

#[test]
fn one_package_in_several_images_is_one_step_that_names_them() {
    let steps = first_steps(&usual(), 100);
    let openssl: Vec<&Step> = steps.iter().filter(|step| step.name() == "openssl").collect();
    assert_eq!(openssl.len(), 2, "the machine's and the images'");
    assert_eq!(openssl[1].images, ["shop:1.4", "mail:2"]);
    assert!(openssl[1].what(Lang::Ko).contains("[이미지: shop:1.4, mail:2]"));
    assert_eq!(openssl[1].command(), None, "the machine's apt does not reach into images");
    assert!(openssl[1].remedy(Lang::En).unwrap().contains("pasu image patch"));
    let root = steps.iter().find(|step| step.name() == "IMG-01").unwrap();
    assert_eq!((root.images.as_slice(), root.command()), (&["shop:1.4".to_owned()][..], None));

    let mut inspection = usual();
    inspection.images.pop();
    let steps = first_steps(&inspection, 2);
    assert_eq!(steps[1].command().unwrap(), "pasu image patch shop:1.4 -o patched.tar");
    inspection.images[0].run.target.name = "x; rm -rf /".to_owned();
    assert_eq!(first_steps(&inspection, 2)[1].command(), None);
}

#[test]
fn accepted_items_and_what_one_can_only_watch_are_no_steps() {
    let steps = first_steps(&usual(), 100);
    assert!(steps.iter().all(|step| step.name() != "U-23"), "it is accepted");
    let watched = |step: &Step| matches!(&step.kind, StepKind::Package(action) if action.kind == ActionKind::Watch);
    assert!(!steps.iter().any(watched));
    assert_eq!(first_steps(&empty(), 5), []);

    let mut inspection = empty();
    let unfixed = Vulnerability { status: Status::Affected, ..Vulnerability::default() };
    inspection.packages.as_mut().unwrap().sets[0].findings =
        vec![common::finding(0, "CVE-2026-1", Severity::High, unfixed)];
    let steps = first_steps(&inspection, 5);
    assert!(steps.len() == 1 && watched(&steps[0]), "where there is nothing else, they are");
}

#[test]
fn open_doors_are_items_that_exist() {
    let items = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pasu-checks/items");
    for slug in OPEN_DOORS {
        assert!(items.join(slug).is_dir(), "{slug}");
    }
}
