use crate::cpe::{Attribute, CpeError, CpeName, Field, Relation, relation};

#[test]
fn formatted_strings_and_uris_read_to_one_form() {
    for (text, printed) in [
        // Examples of NIST IR 7695, 6.1.3.2 and 6.2.3.2.
        (
            "cpe:2.3:a:microsoft:internet_explorer:8.0.6001:beta:*:*:*:*:*:*",
            "cpe:2.3:a:microsoft:internet_explorer:8.0.6001:beta:*:*:*:*:*:*",
        ),
        (
            "cpe:/a:microsoft:internet_explorer:8.%02:sp%01",
            "cpe:2.3:a:microsoft:internet_explorer:8.*:sp?:*:*:*:*:*:*",
        ),
        (
            "cpe:/a:hp:insight_diagnostics:7.4.0.1570::~~online~win2003~x64~",
            "cpe:2.3:a:hp:insight_diagnostics:7.4.0.1570:*:*:*:online:win2003:x64:*",
        ),
        (
            "cpe:/a:hp:openview_network_manager:7.51:-:~~~linux~~",
            "cpe:2.3:a:hp:openview_network_manager:7.51:-:*:*:*:linux:*:*",
        ),
        ("cpe:/a:foo%5cbar:big%24money_2010%07", ""),
        ("cpe:/a:foo%5cbar:big%24money", "cpe:2.3:a:foo\\\\bar:big\\$money:*:*:*:*:*:*:*:*"),
        // CVE-2014-0477 and CVE-2014-0666.
        (
            "cpe:2.3:a:email\\:\\:address_module_project:email\\:\\:address:*:*:*:*:*:perl:*:*",
            "cpe:2.3:a:email\\:\\:address_module_project:email\\:\\:address:*:*:*:*:*:perl:*:*",
        ),
        (
            "cpe:2.3:a:cisco:jabber:*:-:-:*:-:windows:*:*",
            "cpe:2.3:a:cisco:jabber:*:-:-:*:-:windows:*:*",
        ),
        // Not canonical: capitals, needless and missing backslashes, attributes left out.
        (
            "CPE:2.3:a:OpenBSD:OpenSSH:9\\.2+git",
            "cpe:2.3:a:openbsd:openssh:9.2\\+git:*:*:*:*:*:*:*",
        ),
        ("cpe:2.3:a:a:b:\\-", "cpe:2.3:a:a:b:\\-:*:*:*:*:*:*:*"),
    ] {
        let name = text.parse::<CpeName>();
        let shown = name.as_ref().map(ToString::to_string).unwrap_or_default();
        assert_eq!(shown, printed, "{text}");
        if let Ok(name) = name {
            assert_eq!(shown.parse(), Ok(name), "{text} reads back");
        }
    }
}

#[test]
fn what_is_no_name_is_refused() {
    for (text, error) in [
        ("", CpeError::Prefix),
        ("openssh 9.2", CpeError::Prefix),
        ("cpe:2.3:", CpeError::Part(String::new())),
        ("cpe:2.3:x:a:b", CpeError::Part("x".to_owned())),
        ("cpe:2.3:a:b:c:1:2:3:4:5:6:7:8:9", CpeError::Attributes),
        ("cpe:/a:b:c:1:2:3:4:5", CpeError::Attributes),
        ("cpe:/a:b:c%2", CpeError::Percent),
        ("cpe:/a:b:c%zz", CpeError::Percent),
        ("cpe:/a:b:c%é", CpeError::Percent),
        ("cpe:2.3:a:b:c\u{0}", CpeError::Character('\u{0}')),
    ] {
        assert_eq!(text.parse::<CpeName>(), Err(error), "{text}");
    }
    let long = format!("cpe:2.3:a:{}", "b".repeat(1 << 20));
    assert_eq!(long.parse::<CpeName>(), Err(CpeError::Length(long.len())));
    assert_eq!(CpeName::application("", "x", "1"), Err(CpeError::Empty("vendor")));
}

#[test]
fn plain_texts_are_quoted() {
    let name = CpeName::application("GNU", "Libtasn1*", "4.19~1+b").expect("a name");
    let name = name.with(Field::Update, "-").and_then(|name| name.with(Field::TargetHw, "x64"));
    let name = name.expect("a name");
    assert_eq!(name.to_string(), "cpe:2.3:a:gnu:libtasn1\\*:4.19\\~1\\+b:-:*:*:*:*:x64:*");
    assert_eq!(name.product(), "libtasn1*");
    assert_eq!(name.attribute(Field::Version).text().as_deref(), Some("4.19~1+b"));
    assert_eq!(name.attribute(Field::Update), Attribute::NotApplicable);
    assert_eq!(name.attributes()[9], Attribute::Value("x64"));
    assert!(!name.attribute(Field::Product).has_wildcard());
}

#[test]
fn serialised_names_are_short_and_checked() {
    let name: CpeName = "cpe:2.3:a:f5:nginx:1.18.0:*:*:*:*:*:*:*".parse().expect("a name");
    let bytes = postcard::to_stdvec(&name).expect("serialises");
    assert_eq!(bytes, b"\x11a:f5:nginx:1.18.0");
    assert_eq!(postcard::from_bytes::<CpeName>(&bytes), Ok(name));
    assert!(postcard::from_bytes::<CpeName>(b"\x03x:y").is_err());
}

#[test]
fn relations_are_those_of_the_table() {
    use Attribute::{Any, NotApplicable, Value};
    for (source, target, expected) in [
        (Any, Any, Relation::Equal),
        (Any, NotApplicable, Relation::Superset),
        (Any, Value("1"), Relation::Superset),
        (Any, Value("1.*"), Relation::Undefined),
        (NotApplicable, Any, Relation::Subset),
        (NotApplicable, NotApplicable, Relation::Equal),
        (NotApplicable, Value("1"), Relation::Disjoint),
        (Value("1"), Any, Relation::Subset),
        (Value("1"), NotApplicable, Relation::Disjoint),
        (Value("1"), Value("1"), Relation::Equal),
        (Value("1"), Value("2"), Relation::Disjoint),
        (Value("8.*"), Value("8.0.6001"), Relation::Superset),
        (Value("8.*"), Value("9.0"), Relation::Disjoint),
        (Value("*sp?"), Value("xsp12"), Relation::Disjoint),
        (Value("sp??"), Value("sp1"), Relation::Superset),
        (Value("8.\\*"), Value("8.1"), Relation::Disjoint),
    ] {
        assert_eq!(relation(source, target), expected, "{source:?} {target:?}");
    }
}

#[test]
fn wildcards_take_no_exponential_time() {
    let (pattern, text) = ("*a".repeat(300) + "b", "a".repeat(900));
    assert_eq!(relation(Attribute::Value(&pattern), Attribute::Value(&text)), Relation::Disjoint);
}
