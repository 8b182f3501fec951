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
        }},
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
