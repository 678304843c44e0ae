//! JSON with comments, in one object without a key that is there twice.

use std::collections::HashSet;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast, parse_to_serde_value};
use serde_json::{Map, Value};

use crate::Reason;

/// Reads a document's fields.
pub(crate) fn parse(text: &str) -> Result<Map<String, Value>, Reason> {
    let options = ParseOptions::default();
    let syntax = |error: jsonc_parser::errors::ParseError| Reason::Syntax(error.to_string());
    let tree = parse_to_ast(text, &CollectOptions::default(), &options).map_err(syntax)?;
    let Some(ast::Value::Object(fields)) = tree.value else {
        return Err(Reason::NoObject);
    };
    check_object(&fields, text)?;
    parse_to_serde_value(text, &options).map_err(syntax)
}

fn check(value: &ast::Value<'_>, text: &str) -> Result<(), Reason> {
    match value {
        ast::Value::Object(object) => check_object(object, text),
        ast::Value::Array(array) => array.elements.iter().try_for_each(|it| check(it, text)),
        _ => Ok(()),
    }
}

/// The parser bounds how deep this goes.
fn check_object(object: &ast::Object<'_>, text: &str) -> Result<(), Reason> {
    let mut keys = HashSet::new();
    for property in &object.properties {
        let key = property.name.as_str();
        if !keys.insert(key) {
            let before = text.get(..property.start()).unwrap_or(text);
            return Err(Reason::DuplicateKey {
                key: key.to_owned(),
                line: before.matches('\n').count() + 1,
            });
        }
        check(&property.value, text)?;
    }
    Ok(())
}
