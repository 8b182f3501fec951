//! The JSON Schema of `pasu.toml`, made of the items' own parameters.

use crate::catalogue::Catalogue;
use crate::guideline::Guideline;
use serde_json::{Map, Value, json};

/// The schema of a policy file (JSON Schema 2020-12): what `pasu.toml` may hold.
#[must_use]
pub fn policy_schema(catalogue: &Catalogue) -> Value {
    let items: Map<String, Value> =
        catalogue.items().iter().map(|item| (item.slug.to_owned(), item_schema(item))).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "pasu.toml",
        "type": "object",
        "additionalProperties": false,
        "properties": {"audit": {
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "guideline": {"enum": Guideline::ids().collect::<Vec<_>>()},
                "items": {
                    "description": "Parameters of items, by slug or by the guideline's code.",
                    "type": "object",
                    "properties": items,
                    "patternProperties": {"^([A-Z]+-[0-9]+)$": {"type": "object"}},
                    "additionalProperties": false,
                },
                "exceptions": {"type": "array", "items": exception_schema()},
            },
        }, "report": report_schema(), "runs": runs_schema()},
    })
}

fn report_schema() -> Value {
    json!({
        "description": "How reports look.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "organisation": {"type": "string", "description": "Whose machines these are; stands on the cover."},
            "logo": {"type": "string", "description": "PNG, JPEG or SVG file, from this file's folder."},
            "accent": {"type": "string", "pattern": "^#[0-9A-Fa-f]{6}$", "description": "Colour of headings and lines."},
        },
    })
}

fn runs_schema() -> Value {
    json!({
        "description": "How long runs are kept.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "keep": {"type": "integer", "minimum": 0, "default": 500, "description": "So many of each target; 0 is any number."},
            "keep_days": {"type": "integer", "minimum": 0, "default": 0, "description": "None older than so many days; 0 is without end."},
        },
    })
}

fn exception_schema() -> Value {
    json!({
        "description": "A deviation that the organisation accepts for a time.",
        "type": "object",
        "additionalProperties": false,
        "required": ["item", "reason", "until"],
        "properties": {
            "item": {"type": "string", "description": "Slug or code."},
            "path": {"type": "string", "description": "Only this file of the item."},
            "reason": {"type": "string", "minLength": 1},
            "until": {"type": "string", "format": "date", "description": "Last day; a TOML date or a text."},
        },
    })
}

fn item_schema(item: &crate::catalogue::Item) -> Value {
    let params: Map<String, Value> = item
        .params
        .iter()
        .map(|(name, spec)| {
            let mut schema = type_schema(&spec.default);
            schema["description"] = json!(spec.en);
            schema["default"] = json!(spec.default);
            (name.clone(), schema)
        })
        .collect();
    json!({
        "description": item.title.en,
        "type": "object",
        "additionalProperties": false,
        "properties": params,
    })
}

fn type_schema(default: &toml::Value) -> Value {
    match default {
        toml::Value::Boolean(_) => json!({"type": "boolean"}),
        toml::Value::Integer(_) => json!({"type": "integer"}),
        toml::Value::Array(values) if values.first().is_some_and(toml::Value::is_integer) => {
            json!({"type": "array", "items": {"type": "integer"}})
        }
        toml::Value::Array(_) => json!({"type": "array", "items": {"type": "string"}}),
        _ => json!({"type": "string"}),
    }
}
