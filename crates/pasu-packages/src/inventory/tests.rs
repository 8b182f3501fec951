#[test]
fn only_forbidden_places_where_programs_could_be_are_told() {
    for (path, expected) in [
        ("/root", false),
        ("/opt/app", false),
        ("/etc", false),
        ("/etc/ssl/private", true),
        ("/var/cache/ldconfig", true),
        ("/srv/lost+found", true),
        ("/etcetera", false),
    ] {
        assert_eq!(super::holds_no_software(Path::new(path)), expected, "{path}");
    }
}
