//! The same by dnf, with packages made by rpmbuild.

use crate::container::Container;
use crate::planning::wanted;
use pasu_fix::packages::{
    End, KeptFile, Manager, OldPackage, Selection, WhyRefused, WhyUnavailable,
};
use pasu_model::FixAuthor;

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn dnf_plans_does_and_takes_back() {
    let container = Container::start_dnf();
    container.sh(include_str!("setup_dnf.sh"));
    let updates = container.updates();
    container.sh("echo mine >>/etc/base-lib.conf; echo mine >>/etc/careless.conf");
    let plan = updates.plan(Selection::Security, false).unwrap();
    assert_eq!(plan.manager, Manager::Dnf);
    let shown: Vec<_> = plan
        .upgrades
        .iter()
        .map(|it| (&*it.package, &*it.from, &*it.to, it.is_wanted, it.old_package.clone()))
        .collect();
    let kept = OldPackage::Source;
    assert_eq!(
        shown,
        [("base-lib", "1-1", "2-1", true, kept.clone()), ("base-tool", "1-1", "2-1", false, kept)]
    );
    let file = KeptFile { path: "/etc/base-lib.conf".into(), package: "base-lib".into() };
    assert_eq!(plan.kept_files, [file]);
    assert!(plan.upgrades[0].size > 1000 && plan.upgrades[0].is_automatic, "{plan:?}");

    let all = ["pinned", "careless", "base-tool"].map(|name| wanted(name, "2-1"));
    let all = Selection::Wanted([&all[..], &[wanted("needs-pinned", "3-1")]].concat());
    let other = updates.plan(all, false).unwrap();
    assert_eq!(other.upgrades.len(), 2);
    assert_eq!(other.unavailable[0].why, WhyUnavailable::Behind);
    let files = vec!["/etc/careless.conf".to_owned()];
    assert_eq!(other.refused[0].why, WhyRefused::ReplacesFiles { files });
    assert!(matches!(other.refused[1].why, WhyRefused::Unsolvable { .. }), "{:?}", other.refused);

    let outcome = updates.apply("first", &FixAuthor::default(), &plan).unwrap();
    assert_eq!((outcome.end, outcome.problem), (End::After, None));
    assert_eq!(
        container.sh("rpm -q base-lib base-tool"),
        "base-lib-2-1.noarch\nbase-tool-2-1.noarch\n"
    );
    assert_eq!(container.sh("cat /etc/base-lib.conf /usr/share/base-lib/data"), "v1\nmine\nv2\n");
    let outcome = updates.rollback("first").unwrap();
    assert_eq!((outcome.end, outcome.problem), (End::Before, None));
    assert_eq!(
        container.sh("rpm -q base-lib base-tool"),
        "base-lib-1-1.noarch\nbase-tool-1-1.noarch\n"
    );
    assert_eq!(container.sh("cat /etc/base-lib.conf /usr/share/base-lib/data"), "v1\nmine\nv1\n");
}
