//! An image as the binary audits it: its own guideline and what of KISA's applies to a tree.

use pasu_checks::walk::Visitors;
use pasu_checks::{
    Answers, AuditRequest, Catalogue, Guideline, Host, HostOptions, Policy, Software,
};
use pasu_model::{
    Audit, ContainerConfig, ImageConfig, ImageInfo, ItemResult, Target, TargetKind, Tool, Verdict,
};
use pasu_system::{MemorySystem, SharedWalk, System, WalkOptions, WalkStep};
use std::sync::Arc;
use std::time::Duration;

fn image(config: ContainerConfig) -> ImageInfo {
    ImageInfo {
        repo_tags: vec!["shop:1.2".to_owned()],
        config: ImageConfig { config, ..ImageConfig::default() },
        ..ImageInfo::default()
    }
}

fn audit(system: MemorySystem, info: &ImageInfo) -> Audit {
    let system: Arc<dyn System> = Arc::new(system);
    let options = || HostOptions {
        software: Some(Software::default()),
        ..HostOptions::of_image(info, jiff::civil::date(2026, 11, 25), 1_795_608_000)
    };
    // Whole-disk items ride along on a walk that is somebody else's: here of the inventory.
    let visitors = Visitors::new(&Host::new(Arc::clone(&system), options()));
    let shared = SharedWalk::new(&*system, &visitors);
    shared.walk(&WalkOptions::default(), &|_| WalkStep::Continue);
    let walk = shared.into_report().map(|report| visitors.into_facts(&report));
    let host = Host::new(Arc::clone(&system), options());
    host.set_walk(walk.expect("somebody walked"));
    pasu_checks::audit(AuditRequest {
        host: Arc::new(host),
        catalogue: Arc::new(Catalogue::load().expect("the items are tested")),
        guideline: Guideline::for_images().expect("guidelines are tested"),
        policy: Policy::default(),
        answers: Answers::default(),
        only: Vec::new(),
        target: Target { kind: TargetKind::Image, name: "shop:1.2".to_owned() },
        started: "2026-11-25T12:00:00Z".to_owned(),
        tool: Tool { name: "pasu".to_owned(), version: "0".to_owned() },
        item_timeout: Duration::from_secs(60),
        timeout: Duration::from_secs(600),
    })
}

fn base() -> MemorySystem {
    MemorySystem::new()
        .with_file("/etc/passwd", "root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\n")
        .with_file("/etc/group", "root:x:0:\n")
        .with_file("/srv/open", "")
        .with_mode("/srv/open", 0o666)
}

fn result<'a>(audit: &'a Audit, code: &str) -> &'a ItemResult {
    audit.results.iter().find(|result| result.code == code).unwrap_or_else(|| panic!("no {code}"))
}

#[test]
fn an_image_is_held_against_both_guidelines_and_nothing_is_dropped() {
    let audit = audit(base(), &image(ContainerConfig::default()));
    assert_eq!(audit.guideline.id, "pasu-image");
    for (code, verdict, key) in [
        ("IMG-01", Verdict::Fail, "unset"),
        ("IMG-03", Verdict::Pass, "pinned"),
        ("U-05", Verdict::Fail, "not-root"),
        ("U-25", Verdict::Fail, "unexplained"),
        ("U-18", Verdict::NotApplicable, "image-lacks"),
        ("U-01", Verdict::NotApplicable, "image-no-login"),
        ("U-34", Verdict::NotApplicable, "image-no-services"),
        ("U-65", Verdict::NotApplicable, "image-no-kernel"),
    ] {
        let found = result(&audit, code);
        assert_eq!((found.verdict, found.reason.key.as_str()), (verdict, key), "{code}");
    }
    let unix = audit.results.iter().filter(|result| result.chapter == "unix").count();
    assert_eq!(unix, 67, "every item of the chapter is in the result");
    let absent: Vec<(&str, usize)> =
        audit.absent.iter().map(|chapter| (chapter.id.as_str(), chapter.items)).collect();
    assert_eq!(absent, [("web", 26), ("dbms", 26)]);
}

#[test]
fn an_image_whose_program_is_an_init_is_asked_about_its_services() {
    let config = ContainerConfig { cmd: vec!["/sbin/init".to_owned()], ..Default::default() };
    let audit = audit(base(), &image(config));
    assert_ne!(result(&audit, "U-34").reason.key, "image-no-services");
    assert_eq!(result(&audit, "U-01").reason.key, "image-no-login");
}

#[test]
fn nothing_of_an_empty_image_is_blocked() {
    let audit = audit(MemorySystem::new(), &image(ContainerConfig::default()));
    let blocked: Vec<(&str, &str)> = audit
        .results
        .iter()
        .filter(|result| result.verdict == Verdict::Blocked)
        .map(|result| (result.code.as_str(), result.reason.text.en.as_str()))
        .collect();
    assert_eq!(blocked, []);
}
