//! The lines of JSON that the measured programs print.

use serde_json::{Map, Value};

use crate::Values;

/// The object on a line, if it is one: programs may print other things too.
pub(crate) fn object(line: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(line).ok()
}

/// Takes over every number. Of a name that is told twice the last one counts: what came before was
/// the warming up.
pub(crate) fn take_numbers(object: &Map<String, Value>, values: &mut Values) {
    for (name, value) in object {
        if let Some(number) = value.as_f64() {
            values.insert(name.clone(), number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_objects_are_read() {
        assert!(object("{\"a\":1}").is_some());
        for other in ["", "a: 1", "[1]", "3.5", "{\"a\":1"] {
            assert_eq!(object(other), None, "{other}");
        }
    }

    #[test]
    fn numbers_are_taken_and_the_last_one_counts() {
        let mut values = Values::new();
        for line in [
            "{\"a\":1,\"b\":2.5,\"at\":\"x\"}",
            "{\"a\":3,\"r\":{\"c\":4}}",
        ] {
            take_numbers(&object(line).expect("an object"), &mut values);
        }
        let values: Vec<_> = values.iter().map(|(k, v)| (k.as_str(), *v)).collect();
        assert_eq!(values, [("a", 3.0), ("b", 2.5)]);
    }
}
