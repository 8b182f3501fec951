//! The overview of several images.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

mod common;

use pasu_model::{ImageInfo, ImageLayer, Lang, Run, Target, TargetKind};
use pasu_report::{RenderOptions, render_images, render_images_json};

/// An image whose findings all come from the same base layer.
fn image(name: &str) -> Run {
    let mut run = common::run();
    run.target = Target { kind: TargetKind::Image, name: name.to_owned() };
    let layer = |id: char, by: &str| ImageLayer {
        diff_id: format!("sha256:{}", id.to_string().repeat(64)),
        created_by: by.to_owned(),
        ..ImageLayer::default()
    };
    run.image = Some(ImageInfo {
        layers: vec![layer('a', "ADD rootfs"), layer('b', name)],
        ..ImageInfo::default()
    });
    for package in run.sets.iter_mut().flat_map(|set| &mut set.packages) {
        package.layer = Some(0);
    }
    run
}

fn text(runs: &[Run], lang: Lang, width: usize) -> String {
    let mut out = Vec::new();
    let options = RenderOptions { lang, width: Some(width), ..RenderOptions::default() };
    render_images(runs, &options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn what_images_share_is_said_once() {
    let runs = [image("shop:1"), image("shop:2"), image("mail:1"), image("jobs:7")];
    let english = text(&runs, Lang::En, 120);
    assert_eq!(english.matches("Upgrade openssl").count(), 1, "{english}");
    assert!(english.contains("images: 4, worst CRITICAL"), "{english}");
    assert!(english.contains("shop:1, shop:2, mail:1 +1"), "{english}");
    assert_eq!(english.matches("aaaaaaaaaaaa").count(), 1, "one layer: {english}");
    let findings = runs[0].findings().filter(|(set, f)| set.package_of(f).is_some()).count();
    assert!(english.contains(&format!("aaaaaaaaaaaa: findings: {findings} ")), "{english}");
    let korean = text(&runs, Lang::Ko, 120);
    assert!(korean.contains("여러 이미지에 함께 있는 레이어"), "{korean}");
    for width in [60, 80, 100] {
        for line in text(&runs, Lang::Ko, width).lines() {
            assert!(unicode_width::UnicodeWidthStr::width(line) <= width.max(100), "{line}");
        }
    }
}

#[test]
fn json_is_a_list_of_reports() {
    let runs = [image("shop:1"), image("mail:1")];
    let mut out = Vec::new();
    render_images_json(&runs, &RenderOptions::default(), &mut out).unwrap();
    let list: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(list[0]["ArtifactName"], "shop:1");
    assert_eq!(list[1]["ArtifactType"], "container_image");
}
