//! Lock files and manifests that are bombs.

use super::{Bench, Expect};

const DEEP: usize = 100_000;

#[test]
fn a_lock_file_of_ten_megabytes_on_one_line_is_read() {
    let bench = Bench::new();
    let integrity = "x".repeat(1000);
    let entries: Vec<String> = (0..10_000)
        .map(|n| {
            format!(
                r#""node_modules/package-{n}":{{"version":"1.0.{n}","integrity":"{integrity}"}}"#
            )
        })
        .collect();
    let lock = format!(r#"{{"lockfileVersion":3,"packages":{{{}}}}}"#, entries.join(","));
    assert!(lock.len() > 10 << 20);
    bench.put("big/package-lock.json", &lock);
    bench.check("fs", Expect::Whole);
    bench.put("big/package-lock.json", &lock[..lock.len() - 1]);
    bench.check("fs", Expect::Unseen("/big/package-lock.json", "EOF"));
}

#[test]
fn json_that_is_nested_without_end_is_refused() {
    let bench = Bench::new();
    for name in [
        "package-lock.json",
        "bun.lock",
        "Pipfile.lock",
        "composer.lock",
        "packages.lock.json",
        "app.deps.json",
    ] {
        for (open, close) in [("[", "]"), (r#"{"packages":"#, "}"), (r#"{"dependencies":"#, "}")] {
            // What is deep where nobody looks may be passed over; what does not end may not.
            let bomb = format!("{}1{}", open.repeat(DEEP), close.repeat(DEEP));
            bench.put(&format!("deep/{name}"), bomb);
            bench.check("fs", Expect::Any);
            bench.put(&format!("deep/{name}"), open.repeat(DEEP));
            bench.check("fs", Expect::Unseen(&format!("/deep/{name}"), ""));
        }
        std::fs::remove_file(bench.target().join("deep").join(name)).unwrap();
    }
}

#[test]
fn text_that_is_not_utf8_is_said() {
    let bench = Bench::new();
    for name in ["package-lock.json", "yarn.lock", "Cargo.lock", "go.mod", "Gemfile.lock"] {
        bench.put(&format!("bytes/{name}"), b"{\"name\": \"\xff\xfe\"}");
        bench.check("fs", Expect::Unseen(&format!("/bytes/{name}"), "UTF-8"));
        std::fs::remove_file(bench.target().join("bytes").join(name)).unwrap();
    }
}

#[test]
fn entities_of_a_pom_do_not_multiply() {
    let bench = Bench::new();
    let mut entities = String::from("<!ENTITY l0 \"lol\">");
    for level in 1..12 {
        let inner = format!("&l{};", level - 1).repeat(10);
        entities.push_str(&format!("<!ENTITY l{level} \"{inner}\">"));
    }
    let pom = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE project [{entities}]><project><groupId>a</groupId>\
         <artifactId>b</artifactId><version>&l11;</version><dependencies><dependency><groupId>a</groupId>\
         <artifactId>c</artifactId><version>&l11;</version></dependency></dependencies></project>"
    );
    bench.put("bomb/pom.xml", pom);
    // An entity that the document declares is not resolved, and so is the version.
    bench.check("fs", Expect::Whole);
}

#[test]
fn a_pom_that_is_nested_without_end_is_refused() {
    let bench = Bench::new();
    let bomb = format!("<project>{}{}</project>", "<a>".repeat(DEEP), "</a>".repeat(DEEP));
    bench.put("deep/pom.xml", bomb);
    bench.check("fs", Expect::Unseen("/deep/pom.xml", "deep"));
}

#[test]
fn properties_of_a_pom_do_not_multiply() {
    let bench = Bench::new();
    let mut properties = String::from("<p0>lol</p0>");
    for level in 1..40 {
        let inner = format!("${{p{}}}", level - 1).repeat(10);
        properties.push_str(&format!("<p{level}>{inner}</p{level}>"));
    }
    let pom = format!(
        "<project><groupId>a</groupId><artifactId>b</artifactId><version>1</version><properties>{properties}\
         <x>${{y}}</x><y>${{x}}</y></properties><dependencies><dependency><groupId>a</groupId>\
         <artifactId>c</artifactId><version>${{p39}}</version></dependency><dependency><groupId>a</groupId>\
         <artifactId>d</artifactId><version>${{x}}</version></dependency></dependencies></project>"
    );
    bench.put("bomb/pom.xml", pom);
    let outcome = bench.run(&[
        "fs",
        super::bench::text(&bench.target()),
        "--db",
        super::bench::text(&bench.db()),
    ]);
    assert!(outcome.stdout.contains(super::bench::FLAW), "{}", outcome.stderr);
}

#[test]
fn aliases_of_yaml_do_not_multiply() {
    let mut bomb = String::from(
        "lockfileVersion: '9.0'\na0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n",
    );
    for level in 1..12 {
        let inner = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{inner}]\n"));
    }
    bomb.push_str("packages: *a11\n");
    let bench = Bench::new();
    for name in ["pnpm-lock.yaml", "yarn.lock"] {
        let head = if name == "yarn.lock" { "__metadata:\n  version: 6\n" } else { "" };
        bench.put(&format!("bomb/{name}"), format!("{head}{bomb}"));
        bench.check("fs", Expect::Unseen(&format!("/bomb/{name}"), ""));
        std::fs::remove_file(bench.target().join("bomb").join(name)).unwrap();
    }
}

#[test]
fn yaml_and_toml_that_are_nested_without_end_are_refused() {
    let bench = Bench::new();
    let yaml = |open: &str| format!("lockfileVersion: '9.0'\npackages: {}", open.repeat(DEEP));
    let toml = |open: &str| format!("version = 4\nx = {}", open.repeat(DEEP));
    for (name, bomb) in [
        ("pnpm-lock.yaml", yaml("[")),
        ("pnpm-lock.yaml", yaml("{a: ")),
        ("pnpm-lock.yaml", yaml("- ")),
        ("Cargo.lock", toml("[")),
        ("poetry.lock", toml("{a=")),
        ("uv.lock", toml("[")),
    ] {
        bench.put(&format!("deep/{name}"), &bomb);
        bench.check("fs", Expect::Unseen(&format!("/deep/{name}"), ""));
        std::fs::remove_file(bench.target().join("deep").join(name)).unwrap();
    }
}

#[test]
fn requirements_that_include_themselves_are_read_once() {
    let bench = Bench::new();
    bench.put("self/requirements.txt", "-r requirements.txt\n-r more.txt\ndjango==3.2.1\n");
    bench.put("self/more.txt", "-r requirements.txt\n-r ./../self/more.txt\nflask==1.0\n");
    bench.check("fs", Expect::Whole);
}
