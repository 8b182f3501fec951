//! The published schemas of the formats, to hold documents against.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use pasu_report::Format;
use serde_json::Value;

/// A JSON file of this crate.
pub fn schema(name: &str) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// What a document violates, each with its place.
pub fn errors(validator: &jsonschema::Validator, value: &Value) -> Vec<String> {
    let short = |text: String| text.chars().take(200).collect::<String>();
    validator
        .iter_errors(value)
        .map(|error| format!("{}: {}", error.instance_path(), short(error.to_string())))
        .collect()
}

/// The schema of SARIF, CycloneDX or SPDX.
pub fn validator(format: Format) -> jsonschema::Validator {
    match format {
        Format::Sarif => sarif(),
        Format::CycloneDx => cyclonedx(),
        Format::SpdxJson => {
            jsonschema::options().build(&schema("tests/schemas/spdx-2.3.schema.json")).unwrap()
        }
        other => panic!("no schema of {}", other.name()),
    }
}

fn sarif() -> jsonschema::Validator {
    let text = schema("tests/schemas/sarif-2.1.0.schema.json").to_string();
    // ECMA takes the stray bracket in the pattern of a language name for itself, stricter engines do not.
    let text = text.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}\\\\]?$");
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

fn cyclonedx() -> jsonschema::Validator {
    let resource = |name: &str| {
        let schema = schema(&format!("tests/schemas/{name}"));
        (format!("http://cyclonedx.org/schema/{name}"), jsonschema::Resource::from_contents(schema))
    };
    let registry = jsonschema::Registry::new()
        .extend([resource("jsf-0.82.SNAPSHOT.schema.json"), resource("spdx.SNAPSHOT.schema.json")])
        .unwrap()
        .prepare()
        .unwrap();
    jsonschema::options()
        .with_registry(&registry)
        .build(&schema("tests/schemas/bom-1.6.SNAPSHOT.schema.json"))
        .unwrap()
}
