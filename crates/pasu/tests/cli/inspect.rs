//! `pasu inspect` and `pasu report`, as far as they need no machine of their own; whole machines are inspected in
//! `tests/hosts`.

use crate::program::{Ran, pasu, run};
use std::fs;
use std::path::Path;

const TRIVY: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../pasu-report/tests/data/trivy-0.76.json");

fn in_state(folder: &Path, args: &[&str]) -> Ran {
    run(pasu(args).env("PASU_STATE", folder.join("state")).current_dir(folder))
}

#[test]
fn an_engine_that_was_named_and_is_not_there_is_not_taken_for_no_images() {
    let folder = tempfile::tempdir().unwrap();
    let socket = format!("unix://{}/none.sock", folder.path().display());
    let args = ["inspect", "--only", "images", "--docker-host", &socket, "--lang", "en"];
    let ran = in_state(folder.path(), &args);
    assert_eq!(ran.status, Some(2), "{}", ran.err);
    assert!(ran.out.contains("some images could not be listed: unix://"), "{}", ran.out);
    assert!(ran.out.contains("Security settings: left out"), "{}", ran.out);
    assert!(ran.out.contains("What could not be seen (exit status 2)"), "{}", ran.out);
    assert!(ran.out.contains("Kept as run 1."), "{}", ran.out);
    let again = in_state(folder.path(), &[&args[..], &["--no-save"]].concat());
    assert!(again.out.contains("This result was not kept."), "{}", again.out);
    let listed = in_state(folder.path(), &["runs", "--format", "json"]);
    assert_eq!(listed.out.matches("\"id\"").count(), 1, "{}", listed.out);
    let report = in_state(folder.path(), &["report", "--format", "pasu"]);
    assert_eq!(report.status, Some(0), "{}", report.err);
    assert!(report.out.contains("\"pasu.inspection/1\""));
}

#[test]
fn a_store_that_cannot_be_written_is_said_and_the_result_is_there() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("state"), "no folder").unwrap();
    let socket = format!("unix://{}/none.sock", folder.path().display());
    let args = ["inspect", "--only", "images", "--docker-host", &socket, "--lang", "en"];
    let ran = in_state(folder.path(), &args);
    assert!(ran.err.contains("the result could not be kept"), "{}", ran.err);
    assert!(ran.out.contains("This result was not kept."), "{}", ran.out);
}

#[test]
fn a_file_is_reported_in_several_formats_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["r.pdf", "r.html", "r.md", "r.csv", "r.xml", "r.sarif", "r.cdx.json", "r.spdx"];
    let outputs = files.iter().flat_map(|file| ["-o", file]);
    let args: Vec<&str> = ["report", TRIVY, "--lang", "ko"].into_iter().chain(outputs).collect();
    let ran = in_state(folder.path(), &args);
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), ""), "{}", ran.err);
    let bytes = |file: &str| fs::read(folder.path().join(file)).unwrap();
    assert!(bytes("r.pdf").starts_with(b"%PDF-"));
    let html = String::from_utf8(bytes("r.html")).unwrap();
    assert!(html.contains("<html lang=\"ko\">") && html.contains("취약점 점검 결과 보고서"));
    let csv = bytes("r.csv");
    assert!(csv.starts_with("\u{feff}".as_bytes()), "a spreadsheet sees that it is UTF-8");
    for file in files {
        assert!(bytes(file).len() > 500, "{file}");
    }
    let left = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, files.len(), "nothing but the reports is there");
}

#[test]
fn a_company_has_its_name_and_logo_in_reports() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("pasu.toml");
    fs::write(folder.path().join("logo.svg"), "<svg xmlns='http://www.w3.org/2000/svg'/>").unwrap();
    fs::write(&config, "[report]\norganisation = \"가나 주식회사\"\nlogo = \"logo.svg\"\n")
        .unwrap();
    let args = ["report", TRIVY, "--config", "pasu.toml", "--format", "html"];
    let ran = in_state(folder.path(), &args);
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    assert!(
        ran.out.contains("alt=\"가나 주식회사\"") && ran.out.contains("data:image/svg+xml;base64,")
    );
    fs::write(&config, "[report]\nlogo = \"none.png\"\n").unwrap();
    let ran = in_state(folder.path(), &args);
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.contains("none.png") && ran.err.contains("pasu.toml"), "{}", ran.err);
}

#[test]
fn what_cannot_be_reported_is_said_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    for (args, said) in [
        (&["report", TRIVY, "-o", "report.docx"][..], "no report ends like that"),
        (&["report", TRIVY, "-o", "nowhere/report.pdf"], "there is no folder nowhere"),
        (&["report", TRIVY, "-f", "html", "-f", "csv"], "mixed on standard output"),
        (
            &["report", TRIVY, "-f", "html", "-o", "same", "-f", "csv", "-o", "same"],
            "--output same: two formats would be in one file",
        ),
        (&["report", "last"], "none is kept"),
        (&["report", "none.json", "-o", "r.pdf"], "cannot read none.json"),
        (&["report", "/dev/null", "-o", "r.pdf"], "not a regular file"),
        (&["inspect", "--only", "ports"], "guideline, packages, images"),
        (&["inspect", "--report", "report.docx"], "no report ends like that"),
    ] {
        let ran = in_state(folder.path(), args);
        assert_eq!(ran.status, Some(2), "{args:?}: {}", ran.err);
        assert!(ran.err.contains(said), "{args:?}: {}", ran.err);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{args:?}");
    }
}
