//! The overview of several images.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

mod common;

use pasu_model::{HistoryEntry, ImageInfo, ImageLayer, Lang, Run, Target, TargetKind};
use pasu_report::{Format, RenderOptions, render, render_images, render_images_json};

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

#[test]
fn a_table_says_which_layers_brought_the_findings() {
    let mut run = image("shop:1");
    if let Some(image) = &mut run.image {
        let history = [("ADD rootfs", false), ("CMD sh", true), ("COPY . /srv # buildkit", false)];
        for (created_by, empty_layer) in history {
            let created_by = created_by.to_owned();
            let step = HistoryEntry { created_by, empty_layer, ..HistoryEntry::default() };
            image.config.history.push(step);
        }
        image.config.rootfs.diff_ids = vec!["sha256:a".into(), "sha256:b".into()];
        image.layers[1].created_by = format!("COPY {} # buildkit", "src ".repeat(75));
    }
    let show = |run: &Run, lang| {
        let mut out = Vec::new();
        let options = RenderOptions { lang, width: Some(100), ..RenderOptions::default() };
        render(run, Format::Table, &options, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let english = show(&run, Lang::En);
    assert!(english.contains("│ 1 │ aaaaaaaaaaaa │"), "{english}");
    assert!(english.contains("[base] ADD rootfs"), "{english}");
    assert!(!english.contains("bbbbbbbbbbbb"), "a layer that brought none: {english}");
    for package in run.sets.iter_mut().flat_map(|set| &mut set.packages) {
        package.layer = Some(1);
    }
    let korean = show(&run, Lang::Ko);
    assert!(
        korean.contains("취약점을 가져온 레이어") && korean.contains("bbbbbbbbbbbb"),
        "{korean}"
    );
    assert!(korean.contains("COPY src src") && !korean.contains("# buildkit"), "{korean}");
    let layers = korean.split("취약점을 가져온 레이어").nth(1).unwrap();
    let table = layers.lines().skip(1).take_while(|line| !line.is_empty());
    for line in table {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 100, "{line}");
    }
}
